// SPDX-License-Identifier: Apache-2.0
// Reads operations and their arguments from bytes that a fuzzer chose.
#ifndef CADASTRE_PGTABLE_TESTING_INPUT_H_
#define CADASTRE_PGTABLE_TESTING_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace cadastre::testing {

// Little-endian numbers off the front of the input; zeros once it has run out.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  std::uint64_t Take(unsigned count) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < count && !bytes_.empty(); ++i) {
      value |= std::uint64_t{bytes_.front()} << (8 * i);
      bytes_ = bytes_.subspan(1);
    }
    return value;
  }
  std::uint8_t Byte() { return static_cast<std::uint8_t>(Take(1)); }

 private:
  std::span<const std::uint8_t> bytes_;
};

enum class OpCode : std::uint8_t {
  kMap,
  kUnmap,
  kAnnotate,
  kRelaxPerms,
  kWrProtect,
  kMkYoung,
  kTestClearYoung,
  kSetSw,
  kSplit,
  kMerge,
  kDestroy,
};
inline constexpr unsigned kOpCodes = 11;

// One operation; each uses what it needs. Any value may stand anywhere.
struct Op {
  OpCode code = OpCode::kMap;
  std::uint64_t base = 0;  // bytes
  std::uint64_t bytes = 0;
  std::uint64_t out = 0;   // bytes; a gfn for kAnnotate
  std::uint64_t prot = 0;  // of kAnnotate: kind, class, slot in a byte each; of kSetSw: the value
  std::uint64_t mask = 0;  // of kSetSw
  std::uint8_t flags = 0;  // bit 0: blocks, next gfn, clear; bit 1: over annotations; bit 2: the
                           // range was made for pages of 4 KiB
  int level = 0;           // of kSplit and kMerge
};

// What a decoder needs to know to aim at interesting places.
struct Aim {
  unsigned page_shift = 12;
  unsigned input_bits = 32;
};

// Decodes operations. Addresses cluster around a few anchors (the ends of the input, boundaries of
// blocks) or lie in a range of a recent operation, counts around the sizes of tables, permissions
// around what is legal; one shape in sixteen says that raw 64-bit values follow instead.
class OpReader {
 public:
  OpReader(ByteReader& in, const Aim& aim) : in_(in), aim_(aim) {}

  bool empty() const { return in_.empty(); }
  Op Next();

 private:
  struct Pages {
    std::uint64_t first = 0;
    std::uint64_t count = 1;
  };

  Pages ReadPages();
  Pages FreshPages();
  std::uint64_t ReadCount();
  std::uint64_t ReadProt();
  void ReadArguments(Op& op);

  ByteReader& in_;
  Aim aim_;
  static constexpr unsigned kRecent = 4;
  Pages recent_[kRecent];
  unsigned next_recent_ = 0;
};

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_INPUT_H_
