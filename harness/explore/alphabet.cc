// SPDX-License-Identifier: Apache-2.0
#include "harness/explore/alphabet.h"

#include <algorithm>

namespace cadastre::explore {

using script::Op;
using script::OpCode;
using script::Operand;
using script::OperandClass;

namespace {

// Arena pages of machine "wide": the world's at 0x400, the VMs' own from 0x800 on.
constexpr std::uint64_t kWorldBase = 0x400;
constexpr std::uint64_t kVmBase = 0x800;
constexpr std::uint64_t kVmStride = 0x40;

}  // namespace

Op MakeOp(OpCode code, std::initializer_list<Operand> operands, std::uint8_t cpu) {
  Op op;
  op.code = code;
  op.cpu = cpu;
  std::copy(operands.begin(), operands.end(), op.operands.begin());
  return op;
}

Operand Number(std::uint64_t value) {
  if (value < script::kIndexLimit) {
    return {OperandClass::kNumber, static_cast<std::uint16_t>(value), 0};
  }
  return {OperandClass::kRaw, 0, value};
}
Operand Page(std::uint64_t arena_index) {
  return {OperandClass::kArena, static_cast<std::uint16_t>(arena_index), 0};
}
Operand VmOf(std::uint8_t vm) { return {OperandClass::kCreated, vm, 0}; }
Operand Prot(std::uint16_t rights) { return {OperandClass::kProt, rights, 0}; }
Call Whole(Op op) { return {.op = std::move(op)}; }
Call OnSpare(Op op, Call::Extent extent) {
  return {.op = std::move(op), .place = Call::Place::kSpare, .extent = extent};
}

VmPlan PlanVm(std::uint8_t number, std::uint64_t kind) {
  const std::uint64_t base = kVmBase + kVmStride * number;
  return {.kind = kind,
          .meta = base,
          .root = base + 8,
          .tables = base + 16,
          .vcpu = base + 24,
          .run_page = base + 28};
}

std::vector<std::uint64_t> WorldPages(std::uint64_t count) {
  std::vector<std::uint64_t> pages;
  for (std::uint64_t i = 0; i < count; ++i) pages.push_back(kWorldBase + i);
  return pages;
}

Alphabet& Alphabet::Do(Op op, Move::Closed closed) {
  AddOnCallers({.calls = {Whole(std::move(op))}, .main = 0, .creates = {}, .closed = closed});
  return *this;
}
void Alphabet::AddOnCallers(Move move) {
  for (std::uint8_t cpu = 0; cpu < bounds_.callers; ++cpu) {
    for (Call& call : move.calls) call.op.cpu = cpu;
    moves_.push_back(move);
  }
}

Alphabet& Alphabet::Scrub(Op op, Move::Closed closed) {
  return Add({.calls = {OnSpare(std::move(op), Call::Extent::kFirstEvent)},
              .main = 0,
              .creates = {},
              .closed = closed});
}

std::vector<Alphabet::Range> Alphabet::RangesOf(const std::vector<std::uint64_t>& items) const {
  std::vector<Range> ranges;
  for (const std::uint64_t item : items) ranges.push_back({item, 1, Move::Closed::kUnderRenaming});
  if (bounds_.ranges == Ranges::kOnePage) return ranges;
  for (const std::uint64_t item : items) {
    if (item != items.back()) ranges.push_back({item, 2, Move::Closed::kNot});
  }
  return ranges;
}

Alphabet& Alphabet::HostPages() {
  for (const Range& r : RangesOf(bounds_.pages)) {
    const std::initializer_list<Operand> range = {Page(r.first), Number(r.count)};
    Do(MakeOp(OpCode::kShareHyp, range), r.closed);
    Do(MakeOp(OpCode::kUnshareHyp, range), r.closed);
    Do(MakeOp(OpCode::kDonateHyp, range), r.closed);
    Scrub(MakeOp(OpCode::kReclaimHyp, range), r.closed);
    Do(MakeOp(OpCode::kCompactHost, range), r.closed);
  }
  for (const std::uint64_t page : bounds_.pages) Do(MakeOp(OpCode::kQueryPage, {Page(page)}));
  return *this;
}

Alphabet& Alphabet::ListPage() {
  for (const std::uint64_t page : bounds_.pages) {
    Do(MakeOp(OpCode::kListPageSet, {Number(1), Page(page)}));
  }
  for (const std::uint64_t wrong : {std::uint64_t{0x10}, ~std::uint64_t{0}}) {
    Do(MakeOp(OpCode::kListPageSet, {Number(1), Number(wrong)}));
  }
  return Do(MakeOp(OpCode::kListPageSet, {Number(0), Number(0)}));
}

Alphabet& Alphabet::GuestPages() {
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    for (const Range& p : RangesOf(bounds_.pages)) {
      for (const std::uint64_t gfn : bounds_.gfns) {
        if (gfn + p.count > bounds_.gfns.back() + 1) continue;
        for (const std::uint16_t rights : bounds_.rights) {
          const std::initializer_list<Operand> range = {VmOf(vm), Page(p.first), Number(gfn),
                                                        Number(p.count), Prot(rights)};
          Do(MakeOp(OpCode::kShareGuest, range), p.closed);
          Do(MakeOp(OpCode::kLendGuest, range), p.closed);
        }
        Do(MakeOp(OpCode::kDonateGuest, {VmOf(vm), Page(p.first), Number(gfn), Number(p.count)}),
           p.closed);
      }
      const std::initializer_list<Operand> pages = {VmOf(vm), Page(p.first), Number(p.count)};
      Scrub(MakeOp(OpCode::kReclaimLoan, pages), p.closed);
      Scrub(MakeOp(OpCode::kForceReclaim, pages), p.closed);
    }
    for (const Range& g : RangesOf(bounds_.gfns)) {
      const std::initializer_list<Operand> gfns = {VmOf(vm), Number(g.first), Number(g.count)};
      Do(MakeOp(OpCode::kUnshareGuest, gfns));
      Scrub(MakeOp(OpCode::kReclaimGuestPage, gfns));
    }
  }
  return *this;
}

Alphabet& Alphabet::Permissions() {
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    for (const Range& g : RangesOf(bounds_.gfns)) {
      for (const std::uint16_t rights : {kR, kRw}) {
        Do(MakeOp(OpCode::kRelaxGuestPerms,
                  {VmOf(vm), Number(g.first), Number(g.count), Prot(rights)}));
      }
      Do(MakeOp(OpCode::kWrprotectGuest, {VmOf(vm), Number(g.first), Number(g.count)}));
    }
  }
  return *this;
}

Alphabet& Alphabet::Ages() {
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    for (const Range& g : RangesOf(bounds_.gfns)) {
      for (const std::uint64_t clear : {0, 1}) {
        Do(MakeOp(OpCode::kTestClearYoungGuest,
                  {VmOf(vm), Number(g.first), Number(g.count), Number(clear)}));
      }
      Do(MakeOp(OpCode::kMkyoungGuest, {VmOf(vm), Number(g.first), Number(g.count)}));
    }
  }
  return *this;
}

Alphabet& Alphabet::Questions() {
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    for (const Range& g : RangesOf(bounds_.gfns)) {
      Do(MakeOp(OpCode::kFlushGuestTlb, {VmOf(vm), Number(g.first), Number(g.count)}));
      Do(MakeOp(OpCode::kCompactGuest, {VmOf(vm), Number(g.first), Number(g.count)}));
    }
    for (const std::uint64_t gfn : bounds_.gfns) {
      Do(MakeOp(OpCode::kNextMapped, {VmOf(vm), Number(gfn)}));
    }
  }
  Do(MakeOp(OpCode::kVersion, {}));
  return Do(MakeOp(OpCode::kFeatures, {Number(1)}));
}

void Alphabet::GuestCall(std::uint8_t vm, Op op) {
  Add({.calls = {OnSpare(MakeOp(OpCode::kVcpuLoad, {VmOf(vm), Number(0)})),
                 OnSpare(MakeOp(OpCode::kVcpuRun, {})),
                 OnSpare(std::move(op), Call::Extent::kFirstEvent),
                 OnSpare(MakeOp(OpCode::kInterrupt, {})), OnSpare(MakeOp(OpCode::kVcpuPut, {}))},
       .main = 2,
       .creates = {},
       .closed = Move::Closed::kUnderRenaming});
}

Alphabet& Alphabet::GuestCalls() {
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    if (bounds_.vms[vm].kind == 0) continue;
    GuestMisuse(vm);
    for (const std::uint64_t gfn : bounds_.gfns) {
      GuestCall(vm, MakeOp(OpCode::kGuestShareHost, {Number(gfn)}));
      GuestCall(vm, MakeOp(OpCode::kGuestUnshareHost, {Number(gfn)}));
      for (const std::uint64_t keep : {0, 1}) {
        GuestCall(vm, MakeOp(OpCode::kGuestRelinquish, {Number(gfn), Number(keep)}));
      }
    }
  }
  return *this;
}

}  // namespace cadastre::explore
