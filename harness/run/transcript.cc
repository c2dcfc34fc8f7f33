// SPDX-License-Identifier: Apache-2.0
#include "harness/run/transcript.h"

#include <algorithm>
#include <utility>

namespace cadastre::run {
namespace {

std::string DescribePage(const Runner& runner, const script::ResolvedOp& resolved) {
  return resolved.pfn ? runner.oracle().DescribePage(*resolved.pfn) : "";
}

}  // namespace

void Transcript::BeforeOp(const Occurrence& occurrence) {
  TranscriptLine line;
  line.index = occurrence.index;
  line.origin = occurrence.origin;
  line.op = script::Concretise(occurrence.op, occurrence.resolved, runner_->context());
  line.op.expectation.reset();
  line.page_before = DescribePage(*runner_, occurrence.resolved);
  lines_.push_back(std::move(line));
}

void Transcript::AfterOp(const Occurrence& occurrence, const Outcome& outcome) {
  const auto line = std::find_if(lines_.rbegin(), lines_.rend(), [&](const TranscriptLine& begun) {
    return begun.index == occurrence.index && begun.origin == occurrence.origin;
  });
  if (line == lines_.rend()) return;
  line->outcome = outcome;
  line->page_after = DescribePage(*runner_, occurrence.resolved);
}

std::size_t BlamedLine(const Failure& failure, const std::vector<TranscriptLine>& lines) {
  std::size_t blamed = lines.size();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].index != failure.op_index) continue;
    blamed = i + 1;
    if (script::InfoOf(lines[i].op.code).name == failure.call) break;
  }
  return blamed;
}

script::Script ScriptOf(const std::vector<TranscriptLine>& lines, script::Profile profile) {
  script::Script script;
  script.profile = profile;
  for (const TranscriptLine& line : lines) {
    script.ops.push_back(line.op);
    script.ops.back().expectation = line.outcome.expected;
  }
  return script;
}

}  // namespace cadastre::run
