// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/cells.h"

#include "harness/oracle/refusal_rows.h"
#include "harness/oracle/report.h"

namespace cadastre::oracle {

Cells::Cells() {
  for (const CallSpecification* call : AllCalls()) {
    first_of_call_[call->number] = Add(Format("%s/ok", call->name));
    for (const RowRule& rule : call->rows) {
      Add(Format("%s/%u %s", call->name, rule.row, RefusalRowOf(rule.row).name));
    }
  }
  unknown_ = Add("unknown call");
  first_outcome_ = Add("host abort/retry");
  Add("host abort/inject");
  first_row_ = Add("row PRIVATE");
  Add("row SHARED_HYP");
  Add("row SHARED_GUESTS");
  Add("row HYP");
}

std::size_t Cells::Add(std::string name) {
  names_.push_back(std::move(name));
  counters_.push_back(0);
  return names_.size() - 1;
}

void Cells::Count(const Judgement& judgement) {
  std::size_t cell = unknown_;
  if (judgement.call != nullptr) {
    cell = first_of_call_[judgement.call->number];
    if (judgement.outcome == Outcome::kRefused) {
      ++cell;
      for (const RowRule& rule : judgement.call->rows) {
        if (rule.row == judgement.expected.row) break;
        ++cell;
      }
    }
  }
  ++counters_[cell];
}

void Cells::Count(AbortOutcome outcome) {
  ++counters_[first_outcome_ + (outcome == AbortOutcome::kInject ? 1 : 0)];
}

void Cells::Count(Row row) {
  if (row != Row::kNone) ++counters_[first_row_ + static_cast<std::size_t>(row) - 1];
}

}  // namespace cadastre::oracle
