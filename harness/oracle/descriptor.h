// SPDX-License-Identifier: Apache-2.0
// The oracle's own decoder of translation table entries: ABI.md section 13 and Arm ARM D8.3
// (VMSAv8-64, 4 KiB granule, 48-bit output addresses), said again in its own words. Nothing here is
// shared with the core.
//
// A leaf of stage 2:
//   63      59 58 57 56 55 54 53 52      48 47            12 11 10 9  8 7  6 5      2 1 0
//  +----------+-----+-----+-----+----------+----------------+--+--+----+----+--------+-+-+
//  |   zero   |hint |state| XN  |   zero   | output address | 0|AF| SH |AP  |MemAttr |t|v|
//  +----------+-----+-----+-----+----------+----------------+--+--+----+----+--------+-+-+
#ifndef CADASTRE_HARNESS_ORACLE_DESCRIPTOR_H_
#define CADASTRE_HARNESS_ORACLE_DESCRIPTOR_H_

#include <cstdint>

namespace cadastre::oracle {

inline constexpr unsigned kPageShift = 12;
inline constexpr unsigned kEntries = 512;   // entries of a table, and pages of a 2 MiB block
inline constexpr unsigned kPageLevel = 3;   // level of 4 KiB leaves
inline constexpr unsigned kBlockLevel = 2;  // the only level of blocks
inline constexpr std::uint64_t kProtRead = 1;
inline constexpr std::uint64_t kProtWrite = 2;
inline constexpr std::uint64_t kProtExecute = 4;
inline constexpr std::uint64_t kProtAll = 7;

enum class Stage : std::uint8_t { kOne, kTwo };

// Sw bits 1:0 of a valid leaf, in their encoding.
enum class LeafState : std::uint8_t {
  kOwned = 0,
  kSharedOwned = 1,
  kSharedBorrowed = 2,
  kLoaned = 3
};

enum class MemoryType : std::uint8_t { kNormal, kDevice };

enum class EntryKind : std::uint8_t {
  kAbsent,      // all zero
  kAnnotation,  // invalid and not zero
  kTable,
  kLeaf,
  kUndecodable,  // valid, but of no kind that its level knows
};

enum class AnnotationKind : std::uint8_t {
  kHyp = 1,
  kGiven = 2,
  kLent = 3,
  kTransit = 4,
  kPoison = 5
};

struct Leaf {
  std::uint64_t pfn = 0;  // output page, of a block its first
  LeafState state = LeafState::kOwned;
  MemoryType type = MemoryType::kNormal;
  std::uint64_t prot = 0;
  bool young = false;  // AF
};

// The fields of an annotation as they stand; `kind` may be out of range.
struct Annotation {
  unsigned kind = 0;
  unsigned use = 0;
  unsigned vm_tag = 0;  // slot + 1, 0 for none
  std::uint64_t gfn = 0;
  std::uint64_t reserved = 0;
};

constexpr std::uint64_t Bits(std::uint64_t word, unsigned high, unsigned low) {
  return (word >> low) & (~std::uint64_t{0} >> (63 - high + low));
}

// Input address bits below an entry of `level`.
constexpr unsigned LevelShift(unsigned level) { return 39 - 9 * level; }

constexpr std::uint64_t OutputPfn(std::uint64_t word) { return Bits(word, 47, 12); }
constexpr std::uint64_t SoftwareBits(std::uint64_t word) { return Bits(word, 58, 55); }

constexpr EntryKind KindOf(std::uint64_t word, unsigned level) {
  if (word == 0) return EntryKind::kAbsent;
  if (Bits(word, 0, 0) == 0) return EntryKind::kAnnotation;
  const bool table_or_page = Bits(word, 1, 1) == 1;
  if (level == kPageLevel) return table_or_page ? EntryKind::kLeaf : EntryKind::kUndecodable;
  if (table_or_page) return EntryKind::kTable;
  return level == kBlockLevel ? EntryKind::kLeaf : EntryKind::kUndecodable;
}

constexpr bool IsTableBitsLegal(std::uint64_t word) {
  return Bits(word, 11, 2) == 0 && Bits(word, 63, 48) == 0;
}

// Whether memory type and shareability name one of the two combinations in use (section 13).
constexpr bool IsTypeLegal(Stage stage, std::uint64_t word) {
  const std::uint64_t sh = Bits(word, 9, 8);
  if (stage == Stage::kTwo) {
    const std::uint64_t attr = Bits(word, 5, 2);
    return (attr == 0b1111 && sh == 0b11) || (attr == 0b0001 && sh == 0b00);
  }
  const std::uint64_t attr = Bits(word, 4, 2);
  return Bits(word, 5, 5) == 0 && ((attr == 0 && sh == 0b11) || (attr == 1 && sh == 0b00));
}

// Whether every bit of a leaf has a value that section 13 gives a meaning; alignment of blocks is
// not judged here.
constexpr bool IsLeafBitsLegal(Stage stage, std::uint64_t word) {
  const bool common = IsTypeLegal(stage, word) && Bits(word, 11, 11) == 0 &&
                      Bits(word, 52, 48) == 0 && Bits(word, 53, 53) == 0 &&
                      Bits(word, 58, 57) == 0 && Bits(word, 63, 59) == 0;
  if (stage == Stage::kTwo) return common;
  return common && Bits(word, 6, 6) == 1 && Bits(word, 10, 10) == 1;
}

constexpr Leaf DecodeLeaf(Stage stage, std::uint64_t word) {
  Leaf leaf;
  leaf.pfn = OutputPfn(word);
  leaf.state = static_cast<LeafState>(Bits(word, 56, 55));
  leaf.young = Bits(word, 10, 10) == 1;
  const std::uint64_t execute = Bits(word, 54, 54) == 0 ? kProtExecute : 0;
  if (stage == Stage::kTwo) {
    leaf.type = Bits(word, 5, 2) == 0b1111 ? MemoryType::kNormal : MemoryType::kDevice;
    leaf.prot = Bits(word, 7, 6) | execute;
  } else {
    leaf.type = Bits(word, 4, 2) == 0 ? MemoryType::kNormal : MemoryType::kDevice;
    leaf.prot = kProtRead | (Bits(word, 7, 7) == 0 ? kProtWrite : 0) | execute;
  }
  return leaf;
}

constexpr Annotation DecodeAnnotation(std::uint64_t word) {
  return {.kind = static_cast<unsigned>(Bits(word, 3, 1)),
          .use = static_cast<unsigned>(Bits(word, 7, 4)),
          .vm_tag = static_cast<unsigned>(Bits(word, 15, 8)),
          .gfn = Bits(word, 51, 16),
          .reserved = Bits(word, 63, 52)};
}

// A default page of the host: Normal write-back, inner shareable, RWX, AF, state OWNED, without its
// output address.
inline constexpr std::uint64_t kHostDefaultBits = 0x7FF;
// The same of a block.
inline constexpr std::uint64_t kHostDefaultBlockBits = kHostDefaultBits & ~std::uint64_t{0b10};
// A page of EL2's own in its linear map: Normal write-back, inner shareable, RW, AF, state OWNED,
// without its output address.
inline constexpr std::uint64_t kEl2DefaultBits = 0x743 | std::uint64_t{1} << 54;
// The host's annotation of a pool page.
inline constexpr std::uint64_t kPoolAnnotation = 0x22;
static_assert(KindOf(kPoolAnnotation, kPageLevel) == EntryKind::kAnnotation);
static_assert(DecodeAnnotation(kPoolAnnotation).kind ==
              static_cast<unsigned>(AnnotationKind::kHyp));
static_assert(IsLeafBitsLegal(Stage::kOne, kEl2DefaultBits));
static_assert(KindOf(kEl2DefaultBits, kPageLevel) == EntryKind::kLeaf);
static_assert(DecodeLeaf(Stage::kOne, kEl2DefaultBits).prot == (kProtRead | kProtWrite));
static_assert(DecodeLeaf(Stage::kOne, kEl2DefaultBits).type == MemoryType::kNormal);
static_assert(DecodeLeaf(Stage::kOne, kEl2DefaultBits).state == LeafState::kOwned);
static_assert(IsLeafBitsLegal(Stage::kTwo, kHostDefaultBits));
static_assert(KindOf(kHostDefaultBlockBits, kBlockLevel) == EntryKind::kLeaf);
static_assert(KindOf(kHostDefaultBits, kPageLevel) == EntryKind::kLeaf);
static_assert(DecodeLeaf(Stage::kTwo, kHostDefaultBits).prot == kProtAll);
static_assert(DecodeLeaf(Stage::kTwo, kHostDefaultBits).young);

// A page record (section 13): 8 bytes, little-endian.
struct Record {
  unsigned borrowers = 0;
  unsigned pins = 0;
  unsigned count = 0;
  unsigned use = 0;
  unsigned reserved = 0;
};

constexpr Record DecodeRecord(std::uint64_t word) {
  return {.borrowers = static_cast<unsigned>(Bits(word, 15, 0)),
          .pins = static_cast<unsigned>(Bits(word, 31, 16)),
          .count = static_cast<unsigned>(Bits(word, 47, 32)),
          .use = static_cast<unsigned>(Bits(word, 55, 48)),
          .reserved = static_cast<unsigned>(Bits(word, 63, 56))};
}

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_DESCRIPTOR_H_
