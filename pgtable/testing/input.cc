// SPDX-License-Identifier: Apache-2.0
#include "pgtable/testing/input.h"

#include "pgtable/prot.h"

namespace cadastre::testing {
namespace {

// How often each operation comes, of 32. Destroy ends a table's story, so it comes seldom.
constexpr OpCode kOps[32] = {
    OpCode::kMap,
    OpCode::kMap,
    OpCode::kMap,
    OpCode::kMap,
    OpCode::kMap,
    OpCode::kMap,
    OpCode::kMap,
    OpCode::kMap,
    OpCode::kUnmap,
    OpCode::kUnmap,
    OpCode::kUnmap,
    OpCode::kUnmap,
    OpCode::kAnnotate,
    OpCode::kAnnotate,
    OpCode::kAnnotate,
    OpCode::kRelaxPerms,
    OpCode::kRelaxPerms,
    OpCode::kRelaxPerms,
    OpCode::kWrProtect,
    OpCode::kWrProtect,
    OpCode::kMkYoung,
    OpCode::kMkYoung,
    OpCode::kTestClearYoung,
    OpCode::kTestClearYoung,
    OpCode::kTestClearYoung,
    OpCode::kSetSw,
    OpCode::kSetSw,
    OpCode::kSplit,
    OpCode::kSplit,
    OpCode::kMerge,
    OpCode::kMerge,
    OpCode::kDestroy,
};

constexpr std::uint64_t kR = Prot::kRead;
constexpr std::uint64_t kW = Prot::kWrite;
constexpr std::uint64_t kX = Prot::kExecute;

// Mostly legal at one stage at least.
constexpr std::uint64_t kProts[16] = {kR,
                                      kR | kW,
                                      kR | kX,
                                      kR | kW | kX,
                                      kR | Prot::kDevice,
                                      kR,
                                      kR | kW,
                                      kR | kX,
                                      kR | kW,
                                      kW,
                                      kX,
                                      kR,
                                      kR | kW,
                                      kR | kX,
                                      0,
                                      kR | kX | Prot::kDevice};

}  // namespace

// A few pages, a table's worth, several tables', more.
std::uint64_t OpReader::ReadCount() {
  const std::uint64_t block = std::uint64_t{1} << (aim_.page_shift - 3);
  const std::uint8_t byte = in_.Byte();
  const std::uint64_t n = byte / 8 % 4;
  switch (byte % 8) {
    case 0:
    case 1:
      return n + 1;
    case 2:
    case 3:
      return block * (n + 1);
    case 4:
      return block * (n + 1) + byte / 32;
    case 5:
      return block - byte / 8;
    case 6:
      return block / 2 + byte / 8;
    default:
      return n == 0 ? block * block * (1 + byte / 64) : block * 4 * n;
  }
}

OpReader::Pages OpReader::FreshPages() {
  const std::uint64_t block = std::uint64_t{1} << (aim_.page_shift - 3);
  const std::uint64_t end = std::uint64_t{1} << (aim_.input_bits - aim_.page_shift);
  const std::uint8_t anchor = in_.Byte();
  const std::uint64_t n = anchor / 8 % 8;
  std::uint64_t page = block * n;
  switch (anchor % 8) {
    case 1:
      page = block * block;
      break;
    case 2:
      page = block * block - block * n;
      break;
    case 3:
      page = end - block * n;
      break;
    case 4:
      page = end / 2;
      break;
    case 5:
      page = block * n + block / 2;
      break;
    default:
      break;
  }
  // Usually on the spot, else a little off it.
  if ((anchor & 0xc0) == 0xc0) page += static_cast<std::uint64_t>(std::int64_t{in_.Byte()} - 128);
  return {page, ReadCount()};
}

OpReader::Pages OpReader::ReadPages() {
  const std::uint8_t how = in_.Byte();
  if (how % 4 == 0) {
    recent_[next_recent_++ % kRecent] = FreshPages();
    return recent_[(next_recent_ - 1) % kRecent];
  }
  Pages pages = recent_[how / 4 % kRecent];
  if (how % 4 == 1) return pages;
  // A part of it, now and then with a little beyond.
  const std::uint64_t skip = in_.Take(2) % (pages.count + 1);
  const std::uint64_t rest = pages.count - skip;
  const std::uint64_t count = how % 4 == 2 ? ReadCount() : rest;
  return {pages.first + skip, (how & 0x80) == 0 && count > rest && rest != 0 ? rest : count};
}

std::uint64_t OpReader::ReadProt() {
  const std::uint8_t byte = in_.Byte();
  std::uint64_t prot = kProts[byte % 16];
  if ((byte & 0xf0) == 0xf0) return prot ^ std::uint64_t{1} << (in_.Byte() % 64);
  if ((byte & 0xf0) >= 0xc0) prot |= std::uint64_t{in_.Byte() % 16u} << Prot::kSwShift;
  return prot;
}

// Turns the permissions read into what the operation takes, mostly.
void OpReader::ReadArguments(Op& op) {
  switch (op.code) {
    case OpCode::kAnnotate: {
      const std::uint8_t byte = in_.Byte();
      const std::uint64_t kind = byte == 0 ? 0 : byte == 0xff ? 8 : byte % 5 + 1;
      op.prot = kind | std::uint64_t{byte / 16u} << 8 | std::uint64_t{byte} << 16;
      if (byte == 0xfe) op.prot |= 0x1000;
      op.out >>= aim_.page_shift;
      break;
    }
    case OpCode::kRelaxPerms:
      if (op.prot % 16 == 0) break;
      op.prot &= (op.flags & 8) != 0 ? ~std::uint64_t{0} : Prot::kRwx;
      if ((op.flags & 16) != 0 && (op.prot & ~kR) != 0) op.prot &= ~kR;
      break;
    case OpCode::kSetSw: {
      const std::uint8_t byte = in_.Byte();
      op.mask = std::uint64_t{byte % 16u} << Prot::kSwShift;
      op.prot = op.mask & std::uint64_t{byte / 16u} << Prot::kSwShift;
      if (byte % 32 == 31) op.mask = std::uint64_t{1} << (in_.Byte() % 64);
      if (byte % 32 == 30) op.prot = std::uint64_t{1} << (in_.Byte() % 64);
      break;
    }
    case OpCode::kSplit:
      op.level = (op.flags & 8) != 0 ? 3 : op.flags % 6;
      break;
    case OpCode::kMerge:
      op.level = (op.flags & 8) != 0 ? 2 : op.flags % 4;
      break;
    default:
      break;
  }
}

Op OpReader::Next() {
  Op op;
  op.code = kOps[in_.Byte() % 32];
  const std::uint8_t shape = in_.Byte();
  op.flags = shape & 0x1b;
  if ((shape & 0xf0) == 0xf0) {
    op.base = in_.Take(8);
    op.bytes = in_.Take(8);
    op.out = in_.Take(8);
    op.flags |= shape & 4;
  } else {
    const Pages pages = ReadPages();
    op.base = pages.first << aim_.page_shift;
    op.bytes = pages.count << aim_.page_shift;
    // Equal to the input modulo any block, or close to it, or anything.
    const std::uint8_t out = in_.Byte();
    op.out = op.base + (std::uint64_t{out / 8u} << 33);
    if (out % 8 == 6) op.out += std::uint64_t{1} << aim_.page_shift;
    if (out % 8 == 7) op.out = std::uint64_t{out} << (aim_.page_shift + out % 32);
  }
  op.prot = ReadProt();
  ReadArguments(op);
  return op;
}

}  // namespace cadastre::testing
