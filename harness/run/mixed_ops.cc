// SPDX-License-Identifier: Apache-2.0
#include "harness/run/mixed_ops.h"

#include <algorithm>

#include "harness/script/favourites.h"

namespace cadastre::run {
namespace {

using oracle::PageClass;
using oracle::VmClass;
using script::Op;
using script::OpCode;
using script::Operand;
using script::OperandClass;

constexpr std::uint64_t kOpeningPages = 16;  // at the window's beginning
constexpr std::uint64_t kWorkingPages = 48;  // behind them
constexpr std::uint64_t kBlockPages = 512;
constexpr std::uint64_t kPageClasses = 16;

// The lowest number i such that page i of RAM begins a 2 MiB granule.
std::uint64_t FirstGranule(const oracle::MachineFacts& facts) {
  return (kBlockPages - facts.ram[0].first % kBlockPages) % kBlockPages;
}

Operand ProtOf(std::uint64_t rights) {
  return {OperandClass::kProt, static_cast<std::uint16_t>(rights), 0};
}

}  // namespace

MixedOps::MixedOps(MixRandom& random, const oracle::MachineFacts& facts)
    : random_(random),
      granule_(FirstGranule(facts)),
      window_(granule_ +
              random.Below(std::min<std::uint64_t>(facts.ram[0].count - granule_, 2048))) {}

Op MixedOps::Make(OpCode code, std::initializer_list<Operand> operands) {
  Op op;
  op.code = code;
  std::copy(operands.begin(), operands.end(), op.operands.begin());
  return op;
}

Operand MixedOps::Number(std::uint64_t value) {
  return {OperandClass::kNumber, static_cast<std::uint16_t>(value), 0};
}

Operand MixedOps::Page(std::uint64_t page) {
  return {OperandClass::kArena, static_cast<std::uint16_t>(page), 0};
}

Operand MixedOps::AnyVm(VmClass vm_class, std::uint64_t which) {
  return {OperandClass::kAnyVm,
          static_cast<std::uint16_t>(static_cast<unsigned>(vm_class) << 9 | which), 0};
}

Operand MixedOps::AnyPage(PageClass page_class, std::uint64_t which) {
  return {OperandClass::kAnyPage,
          static_cast<std::uint16_t>(static_cast<unsigned>(page_class) << 8 | which), 0};
}

Operand MixedOps::AnyPage(PageClass page_class) { return AnyPage(page_class, random_.Below(256)); }

std::uint64_t MixedOps::WindowPage() {
  return window_ + kOpeningPages + random_.Below(kWorkingPages);
}

Operand MixedOps::FreshPage() {
  return random_.Below(4) == 0 ? AnyPage(PageClass::kPrivate) : Page(WindowPage());
}

Operand MixedOps::Count() {
  const std::uint64_t kind = random_.Below(100);
  if (kind < 82) return Number(1);
  if (kind < 96) return Number(2 + random_.Below(3));
  return Number(kind < 99 ? 8 : 64);
}

Operand MixedOps::Rights() { return ProtOf(1 | random_.Below(4) << 1); }

// Now and then nothing, or a bit that no prot has: operand.h says how they are packed.
Operand MixedOps::AddedRights() {
  const std::uint64_t kind = random_.Below(16);
  return ProtOf(kind == 0 ? (1 + random_.Below(61)) << 3 | random_.Below(8) : random_.Below(8));
}

Operand MixedOps::PlainVm() { return AnyVm(VmClass::kPlainLive, random_.Below(4)); }
Operand MixedOps::ProtectedVm() { return AnyVm(VmClass::kProtectedLive, random_.Below(4)); }
Operand MixedOps::Dying() { return AnyVm(VmClass::kDying, 0); }

Operand MixedOps::Gfn() {
  return Number(kBlockPages * random_.Below(3) + random_.Below(2 * kWorkingPages));
}

Operand MixedOps::LiveGfn() {
  return {OperandClass::kLiveGfn, static_cast<std::uint16_t>(random_.Below(64) << 4 | 8), 0};
}

Op MixedOps::CreateVm(std::uint64_t kind, std::uint64_t page) {
  return Make(OpCode::kVmCreate,
              {Number(kind), Number(35 + random_.Below(5)), Page(page), Page(page + 2)});
}

Op MixedOps::CreateVcpu(Operand vm, Operand meta, Operand run_page) {
  return Make(OpCode::kVcpuCreate,
              {vm, Number(random_.Below(8) == 0 ? 1 : 0), meta, run_page, Number(0), Number(0)});
}

Op MixedOps::OfHost(OpCode code) {
  switch (code) {
    case OpCode::kShareHyp:
    case OpCode::kDonateHyp:
    case OpCode::kCompactHost:
      return Make(code, {FreshPage(), Count()});
    case OpCode::kUnshareHyp:
      return Make(code, {AnyPage(PageClass::kSharedHyp), Count()});
    case OpCode::kReclaimHyp:
      return Make(code, {AnyPage(PageClass::kParked), Count()});
    case OpCode::kListPageSet:
      if (random_.Below(3) == 0) return Make(code, {Number(0), Number(0)});
      return Make(code, {Number(1), AnyPage(PageClass::kSharedHyp)});
    case OpCode::kQueryPage:
      return Make(code, {AnyPage(static_cast<PageClass>(random_.Below(kPageClasses)))});
    case OpCode::kFeatures:
      return Make(code, {Number(random_.Below(8))});
    case OpCode::kHostAccess:
      return HostAccess();
    case OpCode::kHostWrite: {
      const Operand page =
          AnyPage(random_.Below(2) == 0 ? PageClass::kPinned : PageClass::kPrivate);
      return Make(code, {page, Number(8 * random_.Below(40)), Number(random_.Below(600))});
    }
    case OpCode::kVersion:
    case OpCode::kCpuOff:
    case OpCode::kVcpuPut:
    case OpCode::kVcpuRun:
      return Make(code, {});
    default:
      return OfGuestPages(code);
  }
}

Op MixedOps::OfGuestPages(OpCode code) {
  switch (code) {
    case OpCode::kShareGuest:
      return ShareGuest();
    case OpCode::kLendGuest:
    case OpCode::kDonateGuest:
      return LendOrDonate(code);
    case OpCode::kRelaxGuestPerms:
      return Make(code, {PlainVm(), LiveGfn(), Count(), AddedRights()});
    case OpCode::kTestClearYoungGuest:
      return Make(code, {PlainVm(), LiveGfn(), Count(), Number(random_.Below(2))});
    case OpCode::kUnshareGuest:
    case OpCode::kWrprotectGuest:
    case OpCode::kMkyoungGuest:
    case OpCode::kFlushGuestTlb:
      return Make(code, {PlainVm(), LiveGfn(), Count()});
    case OpCode::kCompactGuest:
      return Make(code, {AnyVm(VmClass::kLive, random_.Below(4)),
                         Number(kBlockPages * random_.Below(8)), Number(kBlockPages)});
    case OpCode::kForceReclaim:
      return Make(code,
                  {ProtectedVm(),
                   AnyPage(random_.Below(2) == 0 ? PageClass::kGiven : PageClass::kLent), Count()});
    case OpCode::kReclaimLoan:
      return Make(code, {Dying(), AnyPage(PageClass::kLent), Count()});
    case OpCode::kReclaimGuestPage:
      return Make(code, {Dying(), LiveGfn(), Count()});
    case OpCode::kNextMapped:
      return Make(
          code, {AnyVm(random_.Below(3) == 0 ? VmClass::kDying : VmClass::kLive, random_.Below(4)),
                 Number(random_.Below(64))});
    default:
      return OfVm(code);
  }
}

Op MixedOps::OfVm(OpCode code) {
  const Operand live = AnyVm(VmClass::kLive, random_.Below(4));
  switch (code) {
    case OpCode::kVmCreate:
      return CreateVm(random_.Below(2), WindowPage());
    case OpCode::kVmStartTeardown:
      return Make(code, {live});
    case OpCode::kReclaimTables: {
      const PageClass page_class = random_.Below(3) == 0 ? PageClass::kVmVcpu : PageClass::kVmTable;
      return Make(code, {Dying(), AnyPage(page_class), Count()});
    }
    case OpCode::kVmFinishTeardown:
      return Make(code, {Dying()});
    case OpCode::kVcpuCreate:
      return CreateVcpu(live, AnyPage(PageClass::kPrivate), AnyPage(PageClass::kSharedHyp));
    case OpCode::kVcpuLoad:
      return Make(code, {live, Number(random_.Below(8) == 0 ? 1 : 0)});
    default:
      return Make(OpCode::kVmDonateTables,
                  {live, AnyPage(PageClass::kPrivate), Number(1 + random_.Below(12))});
  }
}

Op MixedOps::ShareGuest() {
  const std::uint64_t kind = random_.Below(64);
  if (kind == 0) {  // a whole span, which becomes a block
    return Make(OpCode::kShareGuest,
                {PlainVm(), Page(granule_ + kBlockPages * random_.Below(4)),
                 Number(kBlockPages * random_.Below(8)), Number(kBlockPages), Rights()});
  }
  const Operand page = kind < 16 ? AnyPage(PageClass::kSharedGuests) : FreshPage();
  return Make(OpCode::kShareGuest, {PlainVm(), page, Gfn(), Count(), Rights()});
}

Op MixedOps::LendOrDonate(OpCode code) {
  Operand page = random_.Below(2) == 0 ? AnyPage(PageClass::kPrivate) : FreshPage();
  Operand gfn = Gfn();
  Operand count = Count();
  if (random_.Below(64) == 0) {
    page = Page(granule_ + kBlockPages * random_.Below(4));
    gfn = Number(kBlockPages * random_.Below(8));
    count = Number(kBlockPages);
  }
  Op op = Make(code, {ProtectedVm(), page, gfn, count});
  if (code == OpCode::kLendGuest) op.operands[4] = Rights();
  return op;
}

Op MixedOps::HostAccess() {
  const auto page_class = static_cast<PageClass>(random_.Below(kPageClasses));
  const Operand page = random_.Below(2) == 0 ? AnyPage(page_class) : FreshPage();
  return Make(OpCode::kHostAccess,
              {page, Number(8 * random_.Below(512)), Number(random_.Below(6))});
}

Op MixedOps::ListEntry(OpCode call, std::uint64_t index, Operand vm) {
  Operand page = AnyPage(PageClass::kPrivate);
  Operand gfn = Gfn();
  if (call == OpCode::kUnshareGuestList) {
    page = Number(0);
    gfn = LiveGfn();
  }
  if (call == OpCode::kVmDonateTablesList) gfn = Number(0);
  return Make(OpCode::kListEntry, {vm, Number(index), page, gfn, Number(1 + random_.Below(3))});
}

Op MixedOps::OfGuest() {
  const std::uint64_t kind = random_.Below(16);
  if (kind < 7) return GuestAccess();
  if (kind < 15) return GuestCall();
  return InterruptOrWait();
}

Op MixedOps::InterruptOrWait() {
  constexpr OpCode kCodes[] = {OpCode::kInterrupt, OpCode::kGuestWfi, OpCode::kGuestWait};
  return Make(kCodes[random_.Below(3)], {});
}

Op MixedOps::GuestAccess() {
  const Operand gfn = random_.Below(8) == 0 ? Gfn() : LiveGfn();
  return Make(OpCode::kGuestAccess, {gfn, Number(8 * random_.Below(512)), Number(random_.Below(6)),
                                     Number(random_.Below(32))});
}

Op MixedOps::GuestCall() {
  const std::span<const Operand> values = script::FavouritesOf(script::OperandKind::kRegister);
  switch (random_.Below(10)) {
    case 0:
    case 1:
    case 2:
      return Make(OpCode::kGuestShareHost, {LiveGfn()});
    case 3:
    case 4:
      return Make(OpCode::kGuestUnshareHost, {LiveGfn()});
    case 5:
    case 6:
      return Make(OpCode::kGuestRelinquish, {LiveGfn(), Number(random_.Below(2))});
    case 7:
      return Make(OpCode::kGuestMeminfo, {});
    default:
      if (random_.Below(6) == 0) {
        return Make(OpCode::kGuestSmc,
                    {Number(0), Number(0), Number(0), Number(0), Number(0), Number(0)});
      }
      return Make(OpCode::kGuestHvc,
                  {values[random_.Below(values.size())], Number(random_.Below(2)),
                   Number(4 * random_.Below(2)), Number(0), Number(0), Number(0)});
  }
}

}  // namespace cadastre::run
