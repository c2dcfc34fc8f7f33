// SPDX-License-Identifier: Apache-2.0
// Alphabet::Span. In place of two gfns of a small span the real one has its first page and the
// rest.
#include <algorithm>
#include <vector>

#include "harness/explore/alphabet.h"

namespace cadastre::explore {

using script::Op;
using script::OpCode;
using script::Operand;

namespace {

constexpr std::uint64_t kSpan = 512;
constexpr std::uint64_t kScrubLimit = 64;

struct Part {
  std::uint64_t first;
  std::uint64_t count;
};

// The same call for each piece of a part that a call which scrubs may have.
Move InPieces(OpCode code, const Part& part, bool names_pages) {
  Move move;
  for (std::uint64_t at = part.first; at < part.first + part.count;) {
    const std::uint64_t count = std::min(kScrubLimit, part.first + part.count - at);
    const Operand from = names_pages ? Page(at) : Number(at);
    move.calls.push_back({.op = MakeOp(code, {VmOf(0), from, Number(count)})});
    at += count;
  }
  move.main = move.calls.size() - 1;
  return move;
}

Move Relinquish(const Part& part) {
  using Place = Call::Place;
  Move move{
      .calls = {{.op = MakeOp(OpCode::kVcpuLoad, {VmOf(0), Number(0)}), .place = Place::kSpare},
                {.op = MakeOp(OpCode::kVcpuRun, {}), .place = Place::kSpare}},
      .main = 2};
  for (std::uint64_t gfn = part.first; gfn < part.first + part.count; ++gfn) {
    move.calls.push_back(
        {.op = MakeOp(OpCode::kGuestRelinquish, {Number(gfn), Number(0)}), .place = Place::kSpare});
  }
  move.calls.push_back({.op = MakeOp(OpCode::kInterrupt, {}), .place = Place::kSpare});
  move.calls.push_back({.op = MakeOp(OpCode::kVcpuPut, {}), .place = Place::kSpare});
  return move;
}

}  // namespace

Alphabet& Alphabet::Span(std::uint64_t base) {
  for (const Part& part : {Part{base, 1}, Part{base + 1, kSpan - 1}, Part{base, kSpan}}) {
    Do(MakeOp(OpCode::kDonateGuest,
              {VmOf(0), Page(part.first), Number(part.first), Number(part.count)}));
    Do(MakeOp(OpCode::kLendGuest,
              {VmOf(0), Page(part.first), Number(part.first), Number(part.count), Prot(kR)}));
    Add(InPieces(OpCode::kForceReclaim, part, true));
    Add(InPieces(OpCode::kReclaimGuestPage, part, false));
    Add(InPieces(OpCode::kReclaimLoan, part, true));
    // The guest gives back one page a call: 511 of them lead nowhere that other calls do not.
    if (part.count == 1) Add(Relinquish(part));
    Do(MakeOp(OpCode::kCompactGuest, {VmOf(0), Number(part.first), Number(part.count)}));
    Do(MakeOp(OpCode::kFlushGuestTlb, {VmOf(0), Number(part.first), Number(part.count)}));
    // It looks into the spans behind, so spans do not take each other's place for it.
    Do(MakeOp(OpCode::kNextMapped, {VmOf(0), Number(part.first)}), Move::Closed::kNot);
  }
  return *this;
}

}  // namespace cadastre::explore
