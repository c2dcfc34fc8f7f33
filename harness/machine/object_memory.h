// SPDX-License-Identifier: Apache-2.0
// The bytes of the hypervisor object: journal, digest and rollback of its Shared<T> cells, as
// SimMemory does for pages.
#ifndef CADASTRE_HARNESS_MACHINE_OBJECT_MEMORY_H_
#define CADASTRE_HARNESS_MACHINE_OBJECT_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "harness/machine/digest.h"

namespace cadastre {

// An object is a number of 8-byte words. What stood in it at the snapshot is its ground: the digest
// speaks of differences from there, so that pointers which boot leaves in constants do not make it
// differ from process to process.
class ObjectMemory {
 public:
  // Cells lie in [0, size) of `bytes`, whose address and size are multiples of 8. Discards any
  // snapshot.
  void Register(std::span<std::byte> bytes) {
    bytes_ = bytes;
    Snapshot();
  }

  // The offset of a cell; at or beyond Size() if it lies outside.
  std::size_t OffsetOf(const void* cell) const {
    return static_cast<std::size_t>(static_cast<const std::byte*>(cell) - bytes_.data());
  }
  bool Holds(std::size_t offset, std::size_t size) const {
    return offset < bytes_.size() && bytes_.size() - offset >= size;
  }

  // Stores a cell. Precondition: Holds, and it is aligned to its size.
  template <class T>
  void Write(std::size_t offset, T value) {
    const std::size_t word_offset = offset & ~std::size_t{7};
    const std::uint64_t old = WordAt(word_offset);
    std::memcpy(bytes_.data() + offset, &value, sizeof(T));
    undo_.push_back({word_offset, old});
    digest_ -= Term(word_offset, old);
    digest_ += Term(word_offset, WordAt(word_offset));
  }

  void Snapshot();
  void Rollback();
  const RawDigest& digest() const { return digest_; }
  RawDigest RecomputeDigest() const;

 private:
  struct Undo {
    std::size_t offset;
    std::uint64_t old;
  };

  // Above every physical address, so that a cell's term is no page's.
  static RawDigest Term(std::size_t offset, std::uint64_t word) {
    return DigestTerm((std::uint64_t{1} << 60) + offset, word);
  }
  std::uint64_t WordAt(std::size_t offset) const {
    std::uint64_t word;
    std::memcpy(&word, bytes_.data() + offset, sizeof(word));
    return word;
  }

  std::span<std::byte> bytes_;
  std::vector<std::uint64_t> ground_;
  std::vector<Undo> undo_;
  RawDigest digest_;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_OBJECT_MEMORY_H_
