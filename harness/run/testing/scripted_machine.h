// SPDX-License-Identifier: Apache-2.0
// A booted machine for tests that speak to it in lines of op scripts. The oracle judges each; what
// it finds wrong is a test failure.
#ifndef CADASTRE_HARNESS_RUN_TESTING_SCRIPTED_MACHINE_H_
#define CADASTRE_HARNESS_RUN_TESTING_SCRIPTED_MACHINE_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "harness/run/runner.h"
#include "harness/script/script.h"

namespace cadastre::run {

class ScriptedMachine {
 public:
  // On the machine of profile `small`, `plain`, ... by number.
  explicit ScriptedMachine(script::Profile profile = script::Profile::kSmall);

  // Back to the state after boot.
  void Reset() { runner_.Reset(); }

  // Carries out the lines, operations as text.h has them, and returns what the last one answered.
  // A line without a CPU is CPU 0's. An expectation in a line is held against the answer.
  script::Expectation Do(std::string_view lines);
  // Likewise, and each must succeed or be carried out.
  void Must(std::string_view lines);
  // The last operation as a line, for messages.
  const std::string& last_line() const { return last_line_; }

  Runner& runner() { return runner_; }
  Machine& machine() { return runner_.machine(); }
  const oracle::Oracle& oracle() const { return runner_.oracle(); }
  RawDigest Raw() { return machine().Digest(); }
  std::uint64_t State() const { return oracle().StateDigest(); }
  // Everything anew from raw memory.
  void Sweep();

 private:
  enum class Demand : std::uint8_t { kAnything, kSuccess };
  script::Expectation Take(std::string_view lines, Demand demand);
  script::Expectation TakeOp(const script::Op& op, Demand demand);

  script::Profile profile_;
  Runner runner_;
  std::string last_line_;
};

// The text with each {name} replaced by its value.
std::string Fill(std::string text,
                 std::initializer_list<std::pair<std::string_view, std::string>> values);
// The operation's line with operands replaced: With("lend_guest vm=a count=9", "count=0").
std::string With(std::string_view line, std::string_view operands);
std::string Hex(std::uint64_t value);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_TESTING_SCRIPTED_MACHINE_H_
