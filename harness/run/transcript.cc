// SPDX-License-Identifier: Apache-2.0
#include "harness/run/transcript.h"

#include "harness/run/expectation.h"

namespace cadastre::run {
namespace {

std::string DescribePage(const Runner& runner, const script::ResolvedOp& resolved) {
  return resolved.pfn ? runner.oracle().DescribePage(*resolved.pfn) : "";
}

}  // namespace

void Transcript::BeforeOp(std::size_t, const script::Op& op, const script::ResolvedOp& resolved) {
  TranscriptLine line;
  line.op = script::Concretise(op, resolved, runner_->context());
  line.op.expectation.reset();
  line.page_before = DescribePage(*runner_, resolved);
  lines_.push_back(std::move(line));
}

void Transcript::AfterOp(std::size_t, const script::Op&, const script::ResolvedOp& resolved,
                         const Outcome& outcome) {
  TranscriptLine& line = lines_.back();
  line.completion = outcome.completion;
  line.expected = AnswerOf(resolved, outcome.expected.registers, outcome.expected_access);
  line.got = AnswerOf(resolved, outcome.after, outcome.access);
  line.page_after = DescribePage(*runner_, resolved);
}

script::Script ScriptOf(const std::vector<TranscriptLine>& lines, script::Profile profile) {
  script::Script script;
  script.profile = profile;
  for (const TranscriptLine& line : lines) {
    script.ops.push_back(line.op);
    script.ops.back().expectation = line.expected;
  }
  return script;
}

}  // namespace cadastre::run
