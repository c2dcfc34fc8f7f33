// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/sim_memory.h"

#include <algorithm>
#include <cstring>

namespace cadastre {
namespace {
constexpr std::size_t kPageBytes = SimMemory::kWords * sizeof(std::uint64_t);
constexpr std::size_t kBuffersPerChunk = 64;
}  // namespace

SimMemory::SimMemory(const Profile& profile) : pa_bits_(profile.pa_bits()) {
  lowest_ = profile.ram().front().first.value;
  const PageSpan& last = profile.ram().back();
  slots_.resize(last.first.value + last.count - lowest_);
  std::uint32_t index = 0;
  for (const PageSpan& region : profile.ram()) {
    for (std::uint64_t i = 0; i < region.count; ++i) {
      Slot& slot = slots_[region.first.value + i - lowest_];
      slot.kind = Kind::kRam;
      slot.ram_index = index++;
    }
  }
  for (const PageSpan& span : profile.no_map()) {
    for (std::uint64_t i = 0; i < span.count; ++i) {
      slots_[span.first.value + i - lowest_].kind = Kind::kNoMap;
    }
  }
}

std::uint64_t* SimMemory::TakeBuffer() {
  if (free_buffers_.empty()) {
    chunks_.push_back(std::make_unique<std::uint64_t[]>(kBuffersPerChunk * kWords));
    static_assert(kBufferAlignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    for (std::size_t i = kBuffersPerChunk; i-- > 0;) {
      free_buffers_.push_back(chunks_.back().get() + i * kWords);
    }
  }
  std::uint64_t* buffer = free_buffers_.back();
  free_buffers_.pop_back();
  return buffer;
}

void SimMemory::Materialise(Slot& slot) {
  slot.words = TakeBuffer();
  slot.sum = 0;
  slot.undo = Undo::kFresh;
  fresh_.push_back(&slot);
}

void SimMemory::SavePage(Slot& slot) {
  std::uint64_t* saved = TakeBuffer();
  std::memcpy(saved, slot.words, kPageBytes);
  pages_undo_.push_back({&slot, saved});
  slot.undo = Undo::kSaved;
}

void SimMemory::Fill(std::uint64_t address, std::uint64_t first, std::uint64_t step) {
  Slot& slot = slots_[(address >> 12) - lowest_];
  if (slot.words == nullptr) {
    if (first == 0 && step == 0) return;
    Materialise(slot);
  } else if (slot.undo == Undo::kByWord) {
    SavePage(slot);
  }
  if (slot.undo == Undo::kFresh) slot.undo = Undo::kDropped;
  digest_ -= DigestOf(address, slot.words);
  if (first == 0 && step == 0) {
    std::memset(slot.words, 0, kPageBytes);
    slot.sum = 0;
    return;
  }
  for (unsigned i = 0; i < kWords; ++i) slot.words[i] = first + i * step;
  digest_ += DigestOf(address, slot.words);
  slot.sum = SumOf(slot.words);
}

const std::uint64_t* SimMemory::PageWords(std::uint64_t pfn) const {
  const std::uint64_t i = pfn - lowest_;
  return i < slots_.size() ? slots_[i].words : nullptr;
}

void SimMemory::Snapshot() {
  ground_.clear();
  for (Slot& slot : slots_) {
    if (slot.words == nullptr) continue;
    ground_.push_back(&slot);
    slot.undo = Undo::kByWord;
    slot.snapshot_sum = slot.sum;
  }
  for (const PageUndo& undo : pages_undo_) {
    std::memset(undo.saved, 0, kPageBytes);
    free_buffers_.push_back(undo.saved);
  }
  pages_undo_.clear();
  words_undo_.clear();
  fresh_.clear();
  snapshot_digest_ = digest_;
}

void SimMemory::Rollback() {
  // A saved page holds what stood there when its word journal ended, so pages come before words.
  for (const PageUndo& undo : pages_undo_) {
    std::memcpy(undo.slot->words, undo.saved, kPageBytes);
    undo.slot->undo = Undo::kByWord;
    undo.slot->sum = undo.slot->snapshot_sum;
    std::memset(undo.saved, 0, kPageBytes);
    free_buffers_.push_back(undo.saved);
  }
  pages_undo_.clear();
  for (std::size_t i = words_undo_.size(); i-- > 0;) {
    *words_undo_[i].place = words_undo_[i].old;
    words_undo_[i].slot->sum = words_undo_[i].slot->snapshot_sum;
  }
  words_undo_.clear();
  for (Slot* slot : fresh_) {
    if (slot->undo == Undo::kDropped) std::memset(slot->words, 0, kPageBytes);
    free_buffers_.push_back(slot->words);
    slot->words = nullptr;
  }
  fresh_.clear();
  digest_ = snapshot_digest_;
}

// Zero words have no term: a block of them is told apart as a whole.
RawDigest SimMemory::DigestOf(std::uint64_t address, const std::uint64_t* words) {
  constexpr unsigned kBlock = 8;
  RawDigest sum;
  for (unsigned block = 0; block < kWords; block += kBlock) {
    std::uint64_t any = 0;
    for (unsigned i = block; i < block + kBlock; ++i) any |= words[i];
    if (any == 0) continue;
    for (unsigned i = block; i < block + kBlock; ++i) sum += DigestTerm(address + i * 8, words[i]);
  }
  return sum;
}

std::uint64_t SimMemory::SumOf(const std::uint64_t* words) {
  words = std::assume_aligned<kBufferAlignment>(words);
  std::uint64_t sum = 0;
  for (unsigned block = 0; block < kWords; block += kSumBlock) {
    std::uint64_t part = 0;
    for (unsigned i = 0; i < kSumBlock; ++i) part += words[block + i];
    sum += SumTerm(block, part);
  }
  return sum;
}

bool SimMemory::IsAsWritten() const {
  const auto is_as_written = [](const Slot* slot) { return SumOf(slot->words) == slot->sum; };
  return std::all_of(ground_.begin(), ground_.end(), is_as_written) &&
         std::all_of(fresh_.begin(), fresh_.end(), is_as_written);
}

}  // namespace cadastre
