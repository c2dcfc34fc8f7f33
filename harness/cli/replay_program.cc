// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/replay_program.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "harness/run/json.h"
#include "pgtable/granule.h"
#include "pgtable/prot.h"
#include "pgtable/testing/input.h"

namespace cadastre {
namespace {

using testing::Op;
using testing::OpCode;

// What follows, up to PageShift, says again what pgtable/testing/programs.cc makes of the first two
// bytes. Only the words depend on it: the verdict is RunProgram's own.
constexpr std::size_t kMaxOps = 48;
constexpr unsigned kStocks[4] = {64, 16, 6, 2};

constexpr const char* kKinds[4] = {"stage 2 as a guest's, deposits",
                                   "stage 2 as the host's, tables kept", "stage 1, largest blocks",
                                   "stage 1, deposits"};

unsigned InputBits(unsigned page_shift, std::uint8_t size) {
  const unsigned entry_bits = page_shift - 3;
  const unsigned bits[3] = {page_shift + entry_bits + 3,
                            std::min(page_shift + 2 * entry_bits + 1, 47u), 48};
  return bits[size % 3];
}

unsigned PageShift(std::uint8_t kind) {
  constexpr unsigned kShifts[4] = {Granule4K::kPageShift, Granule4K::kPageShift,
                                   Granule16K::kPageShift, Granule64K::kPageShift};
  return kShifts[kind / 4 % 4];
}

// "rw", "rx,device", "r,sw3"; in figures if a bit has no name.
std::string ProtText(std::uint64_t prot) {
  if ((prot & ~Prot::kKnown) != 0) return absl::StrFormat("0x%x", prot);
  std::string text;
  if ((prot & Prot::kRead) != 0) text += 'r';
  if ((prot & Prot::kWrite) != 0) text += 'w';
  if ((prot & Prot::kExecute) != 0) text += 'x';
  if (text.empty()) text = "none";
  if ((prot & Prot::kDevice) != 0) text += ",device";
  const std::uint64_t sw = (prot & Prot::kSwMask) >> Prot::kSwShift;
  if (sw != 0) absl::StrAppendFormat(&text, ",sw%x", sw);
  return text;
}

std::string OperationText(const Op& op) {
  const bool first = (op.flags & 1) != 0;
  const bool second = (op.flags & 2) != 0;
  const std::string range = absl::StrFormat("base=0x%x bytes=0x%x%s", op.base, op.bytes,
                                            (op.flags & 4) != 0 ? " made-for=4K" : "");
  switch (op.code) {
    case OpCode::kMap:
      return absl::StrFormat("map %s out=0x%x prot=%s%s%s", range, op.out, ProtText(op.prot),
                             first ? " blocks" : " pages-only", second ? " over-annotations" : "");
    case OpCode::kUnmap:
      return "unmap " + range;
    case OpCode::kAnnotate:
      return absl::StrFormat("annotate %s kind=%d class=%d slot=%d gfn=0x%x%s", range,
                             op.prot & 0xff, op.prot >> 8 & 0xff, op.prot >> 16 & 0xff, op.out,
                             first ? " next-gfn" : "");
    case OpCode::kRelaxPerms:
      return absl::StrFormat("relax_perms %s prot=%s", range, ProtText(op.prot));
    case OpCode::kWrProtect:
      return "wrprotect " + range;
    case OpCode::kMkYoung:
      return "mkyoung " + range;
    case OpCode::kTestClearYoung:
      return absl::StrCat(first ? "test_clear_young " : "test_young ", range);
    case OpCode::kSetSw:
      return absl::StrFormat("set_sw %s mask=0x%x value=0x%x", range, op.mask, op.prot);
    case OpCode::kSplit:
      return absl::StrFormat("split at=0x%x level=%d", op.base, op.level);
    case OpCode::kMerge:
      return absl::StrFormat("merge at=0x%x level=%d", op.base, op.level);
    case OpCode::kDestroy:
      return "destroy";
  }
  __builtin_unreachable();
}

}  // namespace

ProgramText DescribeProgram(std::span<const std::uint8_t> bytes) {
  testing::ByteReader in(bytes);
  const std::uint8_t kind = in.Byte();
  const std::uint8_t size = in.Byte();
  const unsigned page_shift = PageShift(kind);
  const unsigned input_bits = InputBits(page_shift, size);
  ProgramText text;
  text.table =
      absl::StrFormat("%s, pages of %dK, %d bits of input, %d pages in stock", kKinds[kind % 4],
                      1 << (page_shift - 10), input_bits, kStocks[size / 3 % 4]);
  testing::OpReader ops(in, {page_shift, input_bits});
  while (text.operations.size() < kMaxOps && !ops.empty())
    text.operations.push_back(OperationText(ops.Next()));
  return text;
}

std::size_t OperationsRun(const ProgramText& program,
                          const std::optional<testing::Mismatch>& found) {
  constexpr std::string_view kBlame = "op ";  // op 3 code 0: errno at 0x1000: ...
  const std::size_t all = program.operations.size();
  if (!found || !found->detail.starts_with(kBlame)) return all;
  const std::size_t end = found->detail.find(' ', kBlame.size());
  std::size_t blamed = 0;
  const bool known =
      absl::SimpleAtoi(found->detail.substr(kBlame.size(), end - kBlame.size()), &blamed);
  return known && blamed < all ? blamed + 1 : all;
}

std::string FormatProgram(const std::string& path, const ProgramText& program,
                          const std::optional<testing::Mismatch>& found) {
  std::string text = absl::StrCat(path, ": ", program.table, "\n");
  const std::size_t ran = OperationsRun(program, found);
  for (std::size_t i = 0; i < ran; ++i)
    absl::StrAppendFormat(&text, "op %-2d  %s\n", i, program.operations[i]);
  if (found) {
    absl::StrAppend(&text, "violation ", found->name, "\n  ", found->detail, "\n");
  } else {
    absl::StrAppend(&text, "no violation in ", ran, " operations\n");
  }
  return text;
}

std::string FormatProgramJson(const std::string& path, const ProgramText& program,
                              const std::optional<testing::Mismatch>& found) {
  std::string text = absl::StrCat("{\"version\":1,\"file\":", run::JsonString(path),
                                  ",\"ops\":", OperationsRun(program, found));
  if (!found) return text + ",\"violation\":null}";
  return absl::StrCat(text, ",\"violation\":{\"invariant\":", run::JsonString(found->name),
                      ",\"detail\":", run::JsonString(found->detail), "}}");
}

}  // namespace cadastre
