// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/object_memory.h"

namespace cadastre {

void ObjectMemory::Snapshot() {
  ground_.resize(bytes_.size() / 8);
  if (!ground_.empty()) std::memcpy(ground_.data(), bytes_.data(), ground_.size() * 8);
  undo_.clear();
  digest_ = {};
}

void ObjectMemory::Rollback() {
  for (std::size_t i = undo_.size(); i-- > 0;) {
    std::memcpy(bytes_.data() + undo_[i].offset, &undo_[i].old, sizeof(undo_[i].old));
  }
  undo_.clear();
  digest_ = {};
}

RawDigest ObjectMemory::RecomputeDigest() const {
  RawDigest sum;
  for (std::size_t i = 0; i < ground_.size(); ++i) {
    const std::uint64_t now = WordAt(i * 8);
    if (now == ground_[i]) continue;
    sum -= Term(i * 8, ground_[i]);
    sum += Term(i * 8, now);
  }
  return sum;
}

}  // namespace cadastre
