// SPDX-License-Identifier: Apache-2.0
// What an explorer knows, as bytes and back.
#include <utility>

#include "harness/explore/checkpoint.h"
#include "harness/explore/explorer.h"

namespace cadastre::explore {

std::string Explorer::Save() const {
  Writer out;
  out.Put(Fingerprint(world_));
  out.Put(std::uint64_t{next_});
  for (const std::uint64_t count : {counts_.tried, counts_.succeeded, counts_.changed,
                                    counts_.twins, counts_.depth, counts_.operations}) {
    out.Put(count);
  }
  out.Put(std::uint64_t{states_.size()});
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const State& state = states_[i];
    out.Put(std::uint64_t{state.parent} << 32 | std::uint64_t{state.move} << 16 | state.depth);
    out.Put(state.answers);
    out.Put(digests_[i].low);
    out.Put(digests_[i].high);
  }
  out.Put(std::uint64_t{orbits_.size()});
  for (const oracle::CanonicalDigest& orbit : orbits_) {
    out.Put(orbit.low);
    out.Put(orbit.high);
  }
  out.Put(std::uint64_t{twins_.size()});
  for (const Twin& twin : twins_) {
    out.Put(std::uint64_t{twin.state} << 32 | twin.parent);
    out.Put(std::uint64_t{twin.move});
  }
  out.Put(by_shape_);
  out.Put(Cells());
  return out.Take();
}

bool Explorer::Restore(const std::string& text) {
  Reader in(text);
  if (finding_ || in.Word() != Fingerprint(world_)) return false;
  const std::uint64_t next = in.Word();
  Counts counts;
  for (std::uint64_t* count : {&counts.tried, &counts.succeeded, &counts.changed, &counts.twins,
                               &counts.depth, &counts.operations}) {
    *count = in.Word();
  }
  std::vector<State> states;
  std::vector<oracle::CanonicalDigest> digests;
  for (std::uint64_t left = in.Word(); left != 0 && in.good(); --left) {
    const std::uint64_t word = in.Word();
    states.push_back({.parent = static_cast<std::uint32_t>(word >> 32),
                      .move = static_cast<MoveNumber>(word >> 16),
                      .depth = static_cast<std::uint16_t>(word),
                      .answers = in.Word()});
    const std::uint64_t low = in.Word();
    digests.push_back({low, in.Word()});
  }
  std::vector<oracle::CanonicalDigest> orbits;
  for (std::uint64_t left = in.Word(); left != 0 && in.good(); --left) {
    const std::uint64_t low = in.Word();
    orbits.push_back({low, in.Word()});
  }
  std::vector<Twin> twins;
  for (std::uint64_t left = in.Word(); left != 0 && in.good(); --left) {
    const std::uint64_t word = in.Word();
    twins.push_back({.state = static_cast<std::uint32_t>(word >> 32),
                     .parent = static_cast<std::uint32_t>(word),
                     .move = static_cast<MoveNumber>(in.Word())});
  }
  std::vector<bool> by_shape = in.Bits();
  std::vector<bool> cells = in.Bits();
  if (!in.good() || !in.AtEnd() || states.empty() || digests.front() != digests_.front()) {
    return false;
  }
  next_ = next;
  counts_ = counts;
  operations_before_ = counts.operations - driver_.operations();  // which were made here again
  states_ = std::move(states);
  digests_ = std::move(digests);
  twins_ = std::move(twins);
  by_shape_ = std::move(by_shape);
  cells_ = std::move(cells);
  orbits_.clear();
  known_orbits_.clear();
  for (const oracle::CanonicalDigest& orbit : orbits) NoteOrbit(orbit);
  known_.clear();
  for (std::uint32_t i = 0; i < digests_.size(); ++i) known_.emplace(digests_[i], i);
  return true;
}

}  // namespace cadastre::explore
