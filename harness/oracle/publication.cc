// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/publication.h"

#include "harness/oracle/report.h"

namespace cadastre::oracle {

void Publication::Clear() {
  unordered_.clear();
  stage_two_.reset();
  el2_stored_.reset();
  el2_ordered_.reset();
}

void Publication::Follow(EventKind kind) {
  if (kind == EventKind::kIsb) el2_ordered_.reset();
  if (kind != EventKind::kDsbIshst && kind != EventKind::kDsbIsh) return;
  unordered_.clear();
  stage_two_.reset();
  if (el2_stored_) el2_ordered_ = el2_stored_;
  el2_stored_.reset();
}

const MadeEntry* Publication::PendingEl2() const {
  if (el2_stored_) return &*el2_stored_;
  return el2_ordered_ ? &*el2_ordered_ : nullptr;
}

const MadeEntry* Publication::Pending() const { return stage_two_ ? &*stage_two_ : PendingEl2(); }

std::string Publication::Missing() const {
  const MadeEntry& entry = *Pending();
  const bool awaits_isb = !stage_two_ && !el2_stored_;
  return Format("%s, level %u, input 0x%llx: made valid, no %s after it",
                NameOf(entry.root).c_str(), entry.level,
                static_cast<unsigned long long>(entry.input), awaits_isb ? "ISB" : "DSB");
}

}  // namespace cadastre::oracle
