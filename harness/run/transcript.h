// SPDX-License-Identifier: Apache-2.0
// A run in words: every operation with what it should answer and what it answered.
#ifndef CADASTRE_HARNESS_RUN_TRANSCRIPT_H_
#define CADASTRE_HARNESS_RUN_TRANSCRIPT_H_

#include <string>
#include <vector>

#include "harness/run/runner.h"

namespace cadastre::run {

struct TranscriptLine {
  script::Op op;  // written out: no operand depends on state, no expectation
  script::Expectation expected;
  script::Expectation got;  // if it returned
  Completion completion = Completion::kReturned;
  // The first page that the operation names, in the specification's words; empty if it names none.
  std::string page_before;
  std::string page_after;
};

// Collects the lines of one run.
class Transcript final : public Observer {
 public:
  // The runner must outlive the transcript's use.
  explicit Transcript(const Runner& runner) : runner_(&runner) {}

  void BeforeOp(std::size_t index, const script::Op& op,
                const script::ResolvedOp& resolved) override;
  void AfterOp(std::size_t index, const script::Op& op, const script::ResolvedOp& resolved,
               const Outcome& outcome) override;

  const std::vector<TranscriptLine>& lines() const { return lines_; }

 private:
  const Runner* runner_;
  std::vector<TranscriptLine> lines_;
};

// What happened as a script: expectations are what the specification says, so that it fails where
// the core does not agree.
script::Script ScriptOf(const std::vector<TranscriptLine>& lines, script::Profile profile);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_TRANSCRIPT_H_
