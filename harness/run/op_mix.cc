// SPDX-License-Identifier: Apache-2.0
#include "harness/run/op_mix.h"

#include <algorithm>
#include <initializer_list>

#include "harness/oracle/oracle.h"

namespace cadastre::run {
namespace {

using oracle::PageClass;
using oracle::VmClass;
using script::Op;
using script::OpCode;
using script::Operand;
using script::OperandClass;

constexpr std::uint64_t kWorkingPages = 48;  // of a script: a window of RAM
constexpr std::uint64_t kBlockPages = 512;

// Parts of the whole, which the static_assert below says.
struct Share {
  OpCode code;
  unsigned weight;
};
constexpr Share kShares[] = {
    {OpCode::kShareGuest, 24},
    {OpCode::kUnshareGuest, 18},
    {OpCode::kShareHyp, 11},
    {OpCode::kUnshareHyp, 10},
    {OpCode::kDonateHyp, 7},
    {OpCode::kReclaimHyp, 6},
    {OpCode::kRelaxGuestPerms, 4},
    {OpCode::kWrprotectGuest, 4},
    {OpCode::kTestClearYoungGuest, 3},
    {OpCode::kMkyoungGuest, 2},
    {OpCode::kFlushGuestTlb, 1},
    {OpCode::kListPageSet, 4},
    {OpCode::kCompactHost, 4},
    {OpCode::kHostAccess, 6},
    {OpCode::kVmCreate, 1},
    {OpCode::kVmDonateTables, 2},
    {OpCode::kVmStartTeardown, 1},
    {OpCode::kReclaimTables, 1},
    {OpCode::kVmFinishTeardown, 1},
};

constexpr unsigned TotalWeight() {
  unsigned total = 0;
  for (const Share& share : kShares) total += share.weight;
  return total;
}

static_assert(TotalWeight() == 110);

Operand Number(std::uint64_t value) {
  return {OperandClass::kNumber, static_cast<std::uint16_t>(value), 0};
}
Operand Rights(std::uint64_t rights) {
  return {OperandClass::kProt, static_cast<std::uint16_t>(rights), 0};
}
Operand AnyVm(VmClass vm_class, std::uint64_t which) {
  return {OperandClass::kAnyVm,
          static_cast<std::uint16_t>(static_cast<unsigned>(vm_class) << 9 | which), 0};
}
Operand LiveGfn(std::uint64_t which) {
  return {OperandClass::kLiveGfn, static_cast<std::uint16_t>(which << 4 | 8), 0};
}

// The lowest number i such that page i of RAM begins a 2 MiB granule.
std::uint64_t FirstGranule(const oracle::MachineFacts& facts) {
  return (kBlockPages - facts.ram[0].first % kBlockPages) % kBlockPages;
}

class Mixer {
 public:
  Mixer(std::uint64_t seed, const oracle::MachineFacts& facts)
      : random_(seed),
        granule_(FirstGranule(facts)),
        window_(granule_ +
                random_.Below(std::min<std::uint64_t>(facts.ram[0].count - granule_, 2048))) {}

  Op Create() {
    const std::uint64_t page = WindowPage() & ~std::uint64_t{1};
    return Make(OpCode::kVmCreate,
                {Number(random_.Below(8) == 0 ? 1 : 0), Number(35 + random_.Below(5)), Page(page),
                 Page(page + 2 + random_.Below(3))});
  }
  Op DonateTables() {
    return Make(OpCode::kVmDonateTables,
                {AnyVm(VmClass::kLive, random_.Below(4)), AnyPage(PageClass::kPrivate),
                 Number(1 + random_.Below(12))});
  }
  Op Next() {
    std::uint64_t ticket = random_.Below(TotalWeight());
    for (const Share& share : kShares) {
      if (ticket < share.weight) return OfKind(share.code);
      ticket -= share.weight;
    }
    return OfKind(kShares[0].code);
  }

 private:
  Op OfKind(OpCode code) {
    switch (code) {
      case OpCode::kShareGuest:
        return ShareGuest();
      case OpCode::kUnshareGuest:
        return Make(code, {PlainVm(), LiveGfn(random_.Below(64)), Count()});
      case OpCode::kRelaxGuestPerms:
        return Make(code, {PlainVm(), LiveGfn(random_.Below(64)), Count(), AddedRights()});
      case OpCode::kTestClearYoungGuest:
        return Make(code,
                    {PlainVm(), LiveGfn(random_.Below(64)), Count(), Number(random_.Below(2))});
      case OpCode::kWrprotectGuest:
      case OpCode::kMkyoungGuest:
      case OpCode::kFlushGuestTlb:
        return Make(code, {PlainVm(), LiveGfn(random_.Below(64)), Count()});
      case OpCode::kShareHyp:
      case OpCode::kDonateHyp:
        return Make(code, {FreshPage(), Count()});
      case OpCode::kUnshareHyp:
        return Make(code, {AnyPage(PageClass::kSharedHyp), Count()});
      case OpCode::kReclaimHyp:
        return Make(code, {AnyPage(PageClass::kParked), Count()});
      case OpCode::kListPageSet:
        return ListPage();
      case OpCode::kCompactHost:
        return Make(code, {FreshPage(), Count()});
      case OpCode::kHostAccess:
        return HostAccess();
      default:
        return OfVm(code);
    }
  }
  Op OfVm(OpCode code) {
    switch (code) {
      case OpCode::kVmCreate:
        return Create();
      case OpCode::kVmStartTeardown:
        return Make(code, {AnyVm(VmClass::kLive, random_.Below(4))});
      case OpCode::kReclaimTables:
        return Make(code, {AnyVm(VmClass::kDying, 0), AnyPage(PageClass::kVmTable), Count()});
      case OpCode::kVmFinishTeardown:
        return Make(code, {AnyVm(VmClass::kDying, 0)});
      default:
        return DonateTables();
    }
  }

  Op ShareGuest() {
    const std::uint64_t kind = random_.Below(64);
    const Operand rights = Rights(1 | random_.Below(4) << 1);
    if (kind == 0) {  // a whole span, which becomes a block
      return Make(OpCode::kShareGuest,
                  {PlainVm(), Page(granule_ + kBlockPages * random_.Below(4)),
                   Number(kBlockPages * random_.Below(8)), Number(kBlockPages), rights});
    }
    const Operand page = kind < 16 ? AnyPage(PageClass::kSharedGuests) : FreshPage();
    const std::uint64_t gfn = kBlockPages * random_.Below(3) + random_.Below(2 * kWorkingPages);
    return Make(OpCode::kShareGuest, {PlainVm(), page, Number(gfn), Count(), rights});
  }
  Op ListPage() {
    if (random_.Below(3) == 0) return Make(OpCode::kListPageSet, {Number(0), Number(0)});
    return Make(OpCode::kListPageSet, {Number(1), AnyPage(PageClass::kSharedHyp)});
  }
  Op HostAccess() {
    const auto page_class = static_cast<PageClass>(random_.Below(12));
    const Operand page = random_.Below(2) == 0 ? AnyPage(page_class) : FreshPage();
    return Make(OpCode::kHostAccess,
                {page, Number(8 * random_.Below(512)), Number(random_.Below(3))});
  }

  // Now and then nothing, or a bit that no prot has: operand.h says how they are packed.
  Operand AddedRights() {
    const std::uint64_t kind = random_.Below(16);
    return Rights(kind == 0 ? (1 + random_.Below(61)) << 3 | random_.Below(8) : random_.Below(8));
  }
  Operand PlainVm() { return AnyVm(VmClass::kPlainLive, random_.Below(4)); }
  Operand AnyPage(PageClass page_class) {
    return {OperandClass::kAnyPage,
            static_cast<std::uint16_t>(static_cast<unsigned>(page_class) << 8 | random_.Below(256)),
            0};
  }
  static Operand Page(std::uint64_t page) {
    return {OperandClass::kArena, static_cast<std::uint16_t>(page), 0};
  }
  std::uint64_t WindowPage() { return window_ + random_.Below(kWorkingPages); }
  Operand FreshPage() {
    return random_.Below(4) == 0 ? AnyPage(PageClass::kPrivate) : Page(WindowPage());
  }
  Operand Count() {
    const std::uint64_t kind = random_.Below(100);
    if (kind < 84) return Number(1);
    if (kind < 96) return Number(2 + random_.Below(3));
    return Number(kind < 99 ? 8 : 64);
  }
  Op Make(OpCode code, std::initializer_list<Operand> operands) {
    Op op;
    op.code = code;
    op.cpu = static_cast<std::uint8_t>(random_.Below(2));
    std::copy(operands.begin(), operands.end(), op.operands.begin());
    return op;
  }

  MixRandom random_;
  std::uint64_t granule_;
  std::uint64_t window_;
};

}  // namespace

std::uint64_t MixRandom::Next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

script::Script MakeMixedScript(std::uint64_t seed, std::size_t ops, script::Profile profile,
                               const oracle::MachineFacts& facts) {
  Mixer mixer(seed, facts);
  script::Script script;
  script.profile = profile;
  script.ops = {mixer.Create(), mixer.DonateTables()};
  while (script.ops.size() < ops) script.ops.push_back(mixer.Next());
  script.ops.resize(ops);
  return script;
}

}  // namespace cadastre::run
