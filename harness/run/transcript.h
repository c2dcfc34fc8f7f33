// SPDX-License-Identifier: Apache-2.0
// A run in words: every operation with what it should answer and what it answered.
#ifndef CADASTRE_HARNESS_RUN_TRANSCRIPT_H_
#define CADASTRE_HARNESS_RUN_TRANSCRIPT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "harness/run/outcome.h"
#include "harness/run/runner.h"

namespace cadastre::run {

struct TranscriptLine {
  std::size_t index = 0;  // in the script that ran; of the next one, if it was implied
  Origin origin = Origin::kScript;
  script::Op op;    // written out: no operand depends on state, no expectation
  Outcome outcome;  // empty where it did not end
  // The first page that the operation names, in the specification's words; empty if it names none.
  std::string page_before;
  std::string page_after;
};

// Collects the lines of one run, in the order in which the operations began.
class Transcript final : public Observer {
 public:
  // The runner must outlive the transcript's use.
  explicit Transcript(const Runner& runner) : runner_(&runner) {}

  void BeforeOp(const Occurrence& occurrence) override;
  void AfterOp(const Occurrence& occurrence, const Outcome& outcome) override;

  const std::vector<TranscriptLine>& lines() const { return lines_; }

 private:
  const Runner* runner_;
  std::vector<TranscriptLine> lines_;
};

// The line, from 1, of the operation that met the violation; of one that only a sweep found, of the
// last that ran. 0 if there are no lines. Interrupts are lines too, so it is not Failure::op_index.
std::size_t BlamedLine(const Failure& failure, const std::vector<TranscriptLine>& lines);

// What happened as a script: interrupts are operations of their own, and expectations are what the
// specification says, so that it fails where the core does not agree.
script::Script ScriptOf(const std::vector<TranscriptLine>& lines, script::Profile profile);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_TRANSCRIPT_H_
