// SPDX-License-Identifier: Apache-2.0
// A script: what host and guests do to the hypervisor, one operation after another. The value
// behind both forms, text.h (`*.ops`) and codec.h (binary). resolve.h makes registers of an
// operation.
#ifndef CADASTRE_HARNESS_SCRIPT_SCRIPT_H_
#define CADASTRE_HARNESS_SCRIPT_SCRIPT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/script/op_table.h"
#include "harness/script/operand.h"
#include "harness/script/profile.h"

namespace cadastre::script {

inline constexpr std::uint16_t kScriptVersion = 1;
inline constexpr std::size_t kMaxOps = 4096;
inline constexpr std::uint8_t kMaxScriptCpus = 16;

// What an operation should answer. Fields without a value are not compared.
struct Expectation {
  enum class Answer : std::uint8_t {
    kSuccess,   // x0 = 0, x1 = 0
    kRefusal,   // x0 = 0, x1 = -error
    kUnknown,   // x0 = -1 and nothing else written
    kAllowed,   // of a host access: it was carried out, after an abort or without one
    kInjected,  // of an access: the abort came back to who made it
    kGuest,     // the guest runs next, with x0..x3: it goes on, or vcpu_run entered it
    kExit,      // the guest's exit: the host runs next, with x2 and x3
    kDone,      // of what answers nothing: carried out
    kIdle,      // there was nothing to do: no guest runs on the CPU, it has no list page that the
                // host can write, or nothing is under way on it
  };
  Answer answer = Answer::kSuccess;
  Errno error = Errno::kPerm;          // of a refusal
  std::optional<std::uint16_t> row{};  // of a refusal: x3
  std::optional<std::uint64_t>
      x2{};  // of a refusal it is the detail; of an exit its number, always
  std::optional<std::uint64_t> x3{};
  std::optional<std::uint64_t> x0{};  // of kGuest, as x1
  std::optional<std::uint64_t> x1{};

  friend bool operator==(const Expectation&, const Expectation&) = default;
};

// Can the operation answer so? Text says no more than that.
bool CanAnswer(OpCode code, Expectation::Answer answer);

struct Op {
  OpCode code = OpCode::kShareHyp;
  std::uint8_t cpu = 0;  // below kMaxScriptCpus; the machine takes it modulo its number of CPUs
  // Yield points that the operation passes before the script goes on beside it; 0 runs it to its
  // end. What is under way on a CPU goes on by `step`, is run to its end by any other operation of
  // that CPU, and at the end of the script.
  std::uint16_t schedule = 0;
  std::array<Operand, kMaxOperands>
      operands{};  // those beyond InfoOf(code).operand_count are Operand{}
  std::optional<Expectation> expectation;

  // Notes for people; binary scripts do not carry them, nor expectations.
  std::vector<std::string>
      above;            // lines above: each empty, or beginning with '#', without space at its end
  std::string comment;  // behind the operation, without "# " before and space at its ends

  friend bool operator==(const Op&, const Op&) = default;
};

struct Script {
  std::uint16_t version = kScriptVersion;
  Profile profile = Profile::kSmall;
  std::vector<Op> ops;            // at most kMaxOps
  std::vector<std::string> head;  // lines above the header line, as Op::above
  std::vector<std::string> foot;  // lines below the last operation

  friend bool operator==(const Script&, const Script&) = default;
};

// The script without expectations and notes: what its binary form carries.
Script WithoutNotes(Script script);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_SCRIPT_H_
