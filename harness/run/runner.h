// SPDX-License-Identifier: Apache-2.0
// Runs scripts: the machine, the core on it, and the oracle that judges every operation. Boots
// once; each run starts from the snapshot taken after boot.
#ifndef CADASTRE_HARNESS_RUN_RUNNER_H_
#define CADASTRE_HARNESS_RUN_RUNNER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/machine/core_sim.h"
#include "harness/machine/machine.h"
#include "harness/oracle/oracle.h"
#include "harness/script/oracle_picker.h"
#include "harness/script/resolve.h"
#include "harness/script/script.h"

namespace cadastre::run {

// What the runner itself can find wrong.
inline constexpr char kHostAccessForbidden[] =
    "HOST_ACCESS_FORBIDDEN";  // hardware lets the host where S does not
inline constexpr char kHostAccessStuck[] =
    "HOST_ACCESS_STUCK";  // EL2 said retry, and the access aborted again
inline constexpr char kExpectation[] = "EXPECTATION";   // an answer that the script did not expect
inline constexpr char kBootRefused[] = "BOOT_REFUSED";  // the core did not boot on this machine

// What the machine did with a host access.
enum class AccessResult : std::uint8_t { kAllowed, kInjected };

// Did the core come back from the operation, or did a violation end it half way?
enum class Completion : std::uint8_t { kReturned, kStopped };

// What one operation should answer and what it answered, which is only known if it returned.
struct Outcome {
  Completion completion = Completion::kReturned;
  // Of an HVC.
  oracle::Expectation expected;
  oracle::Registers after{};
  // Of a host access.
  AccessResult expected_access = AccessResult::kAllowed;
  AccessResult access = AccessResult::kAllowed;
};

// A violation, and the operation that met it. Where several fire, the machine's comes before the
// oracle's, and both before EXPECTATION: what stopped the core, then what is wrong, then what
// somebody thought. The oracle orders its own.
struct Failure {
  Violation violation;
  std::size_t op_index = 0;  // in its script; the last one for what only a sweep found
  std::string call;          // name of the operation; "boot" or "sweep"
};

// Sees each operation before and after. For people's eyes: slow runs only.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void BeforeOp(std::size_t index, const script::Op& op,
                        const script::ResolvedOp& resolved) = 0;
  virtual void AfterOp(std::size_t index, const script::Op& op, const script::ResolvedOp& resolved,
                       const Outcome& outcome) = 0;
};

// Are a script's own expectations held against the answers?
enum class Expectations : std::uint8_t { kIgnored, kChecked };

struct RunResult {
  std::optional<Failure> failure;
  std::size_t ops = 0;      // that ran, the failing one included
  RawDigest raw;            // after the last operation
  std::uint64_t state = 0;  // likewise; 0 after a failure
};

class Runner {
 public:
  // Operations between two full sweeps of one run.
  static constexpr std::size_t kOpsPerSweep = 64;

  explicit Runner(Profile profile);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // From boot: every operation in turn, a sweep after each 64 and at the end. Stops at the first
  // violation.
  RunResult Run(const script::Script& script, Expectations expectations,
                Observer* observer = nullptr);

  // The parts of Run, for drivers that make their operations as they go: Reset, then Step for each,
  // Sweep now and then.
  void Reset();
  std::optional<Failure> Step(const script::ResolvedOp& op, std::string_view call,
                              Outcome& outcome);
  std::optional<Failure> Sweep();

  const script::ResolveContext& context() const { return context_; }
  const oracle::Oracle& oracle() const { return oracle_; }
  Machine& machine() { return machine_; }
  const oracle::MachineFacts& facts() const { return facts_; }
  // Operations since Reset.
  std::size_t steps() const { return steps_; }

 private:
  std::optional<Violation> Boot();
  std::optional<Violation> StepHvc(const script::ResolvedOp& op, Outcome& outcome);
  std::optional<Violation> StepHostAccess(const script::ResolvedOp& op, Outcome& outcome);
  std::optional<Violation> Abort(const oracle::HostAbortInput& input, Outcome& outcome);
  bool HardwareAllows(const script::ResolvedOp& op) const;
  // A store by the host, which nobody but memory hears of.
  void HostStore(std::uint64_t address);
  Failure Failed(Violation violation, std::string_view call) const;

  Machine machine_;
  oracle::MachineFacts facts_;
  std::unique_ptr<std::uint64_t[]> storage_;  // of the core's object, zeroed
  SimHypervisor* core_;                       // in storage_
  oracle::Oracle oracle_;
  script::OraclePicker picker_;
  script::ResolveContext context_;
  std::optional<Violation> boot_violation_;
  std::size_t steps_ = 0;
};

// One runner for each machine that scripts name, made when first asked for.
class Runners {
 public:
  Runner& For(script::Profile profile);

 private:
  std::unique_ptr<Runner> runners_[script::kProfileNames.size()];
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_RUNNER_H_
