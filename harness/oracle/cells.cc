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
  Add("row GIVEN");
  Add("row GUEST_SHARED");
  Add("row LENT");
  Add("row TRANSIT");
  first_exit_ = Add("exit IRQ");
  for (const char* exit :
       {"exit WAIT", "exit HVC", "exit ABORT", "exit NEED_TABLES", "exit POISON", "exit SHUTDOWN"})
    Add(exit);
  resumed_ = Add("guest trap/resumed");
}

std::size_t Cells::Add(std::string name) {
  names_.push_back(std::move(name));
  counters_.push_back(0);
  return names_.size() - 1;
}

std::size_t Cells::CellOf(const Judgement& judgement) const {
  if (judgement.call == nullptr) return unknown_;
  std::size_t cell = first_of_call_[judgement.call->number];
  if (judgement.expected.row == 0) return cell;
  ++cell;
  for (const RowRule& rule : judgement.call->rows) {
    if (rule.row == judgement.expected.row) break;
    ++cell;
  }
  return cell;
}

void Cells::Count(const Operation& operation, const Judgement& judgement) {
  switch (operation.trap) {
    case Trap::kHostHvc:
      ++counters_[CellOf(judgement)];
      return;
    case Trap::kHostAbort:
      ++counters_[first_outcome_ +
                  (judgement.expected.answer.abort == AbortOutcome::kInject ? 1 : 0)];
      return;
    case Trap::kCpuOff:
      return;
    default:
      if (judgement.call != nullptr) ++counters_[CellOf(judgement)];
      ++counters_[judgement.exit ? first_exit_ + static_cast<std::size_t>(*judgement.exit)
                                 : resumed_];
      return;
  }
}

void Cells::Count(Row row) {
  if (row != Row::kNone) ++counters_[first_row_ + static_cast<std::size_t>(row) - 1];
}

}  // namespace cadastre::oracle
