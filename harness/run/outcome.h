// SPDX-License-Identifier: Apache-2.0
// What a run of a script comes to, and who may watch it.
#ifndef CADASTRE_HARNESS_RUN_OUTCOME_H_
#define CADASTRE_HARNESS_RUN_OUTCOME_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/machine/machine.h"
#include "harness/script/resolve.h"
#include "harness/script/script.h"

namespace cadastre::run {

// What the runner itself can find wrong.
inline constexpr char kHostAccessForbidden[] =
    "HOST_ACCESS_FORBIDDEN";  // hardware lets the host where S does not
inline constexpr char kHostAccessStuck[] =
    "HOST_ACCESS_STUCK";  // EL2 said retry, and the access aborted again
inline constexpr char kGuestAccessForbidden[] = "GUEST_ACCESS_FORBIDDEN";  // likewise of a guest
inline constexpr char kGuestAccessStuck[] = "GUEST_ACCESS_STUCK";
inline constexpr char kSecretLeaks[] =
    "SECRET_LEAKS";  // two runs that differ in secrets differ in what others see: secret_pair.h
inline constexpr char kExpectation[] = "EXPECTATION";   // an answer that the script did not expect
inline constexpr char kBootRefused[] = "BOOT_REFUSED";  // the core did not boot on this machine

// What one operation should answer and what it answered, in the words of a script.
struct Outcome {
  std::optional<script::Expectation> expected;  // none if it ended before the specification spoke
  std::optional<script::Expectation> got;       // none if it did not return
};

// A violation, and the operation that met it. Where several fire, the machine's comes before the
// oracle's, and both before EXPECTATION: what stopped the core, then what is wrong, then what
// somebody thought. The oracle orders its own.
struct Failure {
  Violation violation;
  std::size_t op_index = 0;  // in its script; the last one for what only a sweep found
  std::string call;          // name of the operation; "boot" or "sweep"
};

// Does the script say so, or does it follow from the operation behind it?
enum class Origin : std::uint8_t {
  kScript,
  kImplied,  // the interrupt that brings the host back before it acts
};

// An operation of a run.
struct Occurrence {
  std::size_t index;  // in the script; of the operation that implies it, if it is implied
  Origin origin;
  const script::Op& op;
  const script::ResolvedOp& resolved;
};

// Sees each operation when it begins and when it ends. One that is under way beside others ends
// after these have begun; one that is under way when a violation ends the run does not end. For
// people's eyes: slow runs only.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void BeforeOp(const Occurrence& occurrence) = 0;
  virtual void AfterOp(const Occurrence& occurrence, const Outcome& outcome) = 0;
};

// Are a script's own expectations held against the answers?
enum class Expectations : std::uint8_t { kIgnored, kChecked };

struct RunResult {
  std::optional<Failure> failure;
  std::size_t ops = 0;      // of the script that it took, to the failure or to the end
  RawDigest raw;            // after the last operation
  std::uint64_t state = 0;  // likewise; 0 after a failure
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_OUTCOME_H_
