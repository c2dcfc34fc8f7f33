// SPDX-License-Identifier: Apache-2.0
// Physical memory. A page has no bytes until something other than zero is written to it. Every
// write is kept for rollback and counted in the raw digest.
#ifndef CADASTRE_HARNESS_MACHINE_SIM_MEMORY_H_
#define CADASTRE_HARNESS_MACHINE_SIM_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "harness/machine/digest.h"
#include "harness/machine/profile.h"
#include "harness/oracle/facts.h"

namespace cadastre {

class SimMemory : public oracle::Memory {
 public:
  static constexpr unsigned kWords = 512;  // of a page

  explicit SimMemory(const Profile& profile);
  SimMemory(const SimMemory&) = delete;
  SimMemory& operator=(const SimMemory&) = delete;

  // Bits of a physical address.
  unsigned pa_bits() const { return pa_bits_; }
  // RAM that software may reach: not no-map, not a hole.
  bool IsOrdinaryRam(std::uint64_t pfn) const {
    const std::uint64_t i = pfn - lowest_;
    return i < slots_.size() && slots_[i].kind == Kind::kRam;
  }
  // RAM in the sense of the page records: no-map pages too.
  bool IsAnyRam(std::uint64_t pfn) const {
    const std::uint64_t i = pfn - lowest_;
    return i < slots_.size() && slots_[i].kind != Kind::kHole;
  }
  // Its number in the order of the regions. Precondition: IsAnyRam.
  std::uint64_t RamIndex(std::uint64_t pfn) const { return slots_[pfn - lowest_].ram_index; }

  // The word at an aligned address. Precondition of both: IsOrdinaryRam of its page.
  std::uint64_t Peek(std::uint64_t address) const {
    const std::uint64_t* words = slots_[(address >> 12) - lowest_].words;
    return words == nullptr ? 0 : words[(address >> 3) & (kWords - 1)];
  }
  // Stores and returns the old word.
  std::uint64_t Write(std::uint64_t address, std::uint64_t word) {
    Slot& slot = slots_[(address >> 12) - lowest_];
    if (slot.words == nullptr) {
      if (word == 0) return 0;
      Materialise(slot);
    }
    std::uint64_t& place = slot.words[(address >> 3) & (kWords - 1)];
    const std::uint64_t old = place;
    if (slot.undo <= Undo::kFresh) words_undo_.push_back({&slot, &place, old});
    digest_ -= DigestTerm(address, old);
    digest_ += DigestTerm(address, word);
    slot.sum += SumTerm(address >> 3, word - old);
    place = word;
    return old;
  }
  // Word i of the page becomes first + i * step. Precondition: page-aligned, IsOrdinaryRam.
  void Fill(std::uint64_t address, std::uint64_t first, std::uint64_t step);

  const std::uint64_t* PageWords(std::uint64_t pfn) const override;

  // From here on writes can be undone. Discards an earlier snapshot.
  void Snapshot();
  // Back to the last Snapshot, as often as wanted. Cost: what was written since.
  void Rollback();

  const RawDigest& digest() const { return digest_; }
  // Whether each page holds what was written to it: false if one word was written past this class,
  // or several and their weighted sum differs.
  bool IsAsWritten() const;

 private:
  enum class Kind : std::uint8_t { kHole, kRam, kNoMap };
  // How a page's content at the snapshot is kept.
  enum class Undo : std::uint8_t {
    kByWord,   // had bytes at the snapshot: each write is journalled
    kFresh,    // had none: each write is journalled, and rollback takes the zeros away
    kSaved,    // the whole page was saved, which ends its word journal
    kDropped,  // had no bytes at the snapshot and was filled: rollback clears and takes them away
  };
  struct Slot {
    std::uint64_t* words = nullptr;  // nullptr: all zero
    std::uint64_t sum = 0;           // of the words as they were written, SumTerm each
    std::uint64_t snapshot_sum = 0;  // what it was at the snapshot, if the page had bytes
    std::uint32_t ram_index = 0;
    Kind kind = Kind::kHole;
    Undo undo = Undo::kFresh;
  };
  struct WordUndo {
    Slot* slot;
    std::uint64_t* place;
    std::uint64_t old;
  };
  struct PageUndo {
    Slot* slot;
    std::uint64_t* saved;
  };

  static constexpr unsigned kSumBlock = 64;  // words
  static constexpr std::size_t kBufferAlignment = 16;
  // Linear in the word. The factor is odd, so a changed word always changes the sum.
  static std::uint64_t SumTerm(std::uint64_t index, std::uint64_t word) {
    return word * (2 * (index % kWords / kSumBlock) + 1);
  }
  static std::uint64_t SumOf(const std::uint64_t* words);
  // The terms of a page.
  static RawDigest DigestOf(std::uint64_t address, const std::uint64_t* words);

  std::uint64_t* TakeBuffer();
  void Materialise(Slot& slot);
  void SavePage(Slot& slot);

  unsigned pa_bits_;
  std::uint64_t lowest_ = 0;  // page number of slots_[0]
  std::vector<Slot> slots_;
  RawDigest digest_;
  RawDigest snapshot_digest_;
  std::vector<WordUndo> words_undo_;
  std::vector<PageUndo> pages_undo_;
  std::vector<Slot*> fresh_;   // got bytes since the snapshot
  std::vector<Slot*> ground_;  // had bytes at the snapshot
  std::vector<std::unique_ptr<std::uint64_t[]>> chunks_;
  std::vector<std::uint64_t*> free_buffers_;  // of a page each, all zero
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_SIM_MEMORY_H_
