// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/object_memory.h"

#include <algorithm>

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

// Few words differ from the ground: a block that does not is told apart as a whole.
RawDigest ObjectMemory::RecomputeDigest() const {
  constexpr std::size_t kBlock = 64;
  RawDigest sum;
  for (std::size_t block = 0; block < ground_.size(); block += kBlock) {
    const std::size_t end = std::min(block + kBlock, ground_.size());
    if (std::memcmp(&ground_[block], bytes_.data() + block * 8, (end - block) * 8) == 0) continue;
    for (std::size_t i = block; i < end; ++i) {
      sum -= Term(i * 8, ground_[i]);
      sum += Term(i * 8, WordAt(i * 8));
    }
  }
  return sum;
}

}  // namespace cadastre
