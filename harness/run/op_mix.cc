// SPDX-License-Identifier: Apache-2.0
#include "harness/run/op_mix.h"

#include <deque>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "harness/oracle/oracle.h"
#include "harness/run/mixed_ops.h"

namespace cadastre::run {
namespace {

using oracle::PageClass;
using oracle::VmClass;
using script::Op;
using script::OpCode;
using script::Operand;

struct Share {
  OpCode code;
  unsigned weight;
};
constexpr Share kShares[] = {
    {OpCode::kShareGuest, 20},
    {OpCode::kUnshareGuest, 14},
    {OpCode::kShareHyp, 10},
    {OpCode::kUnshareHyp, 8},
    {OpCode::kDonateHyp, 7},
    {OpCode::kReclaimHyp, 6},
    {OpCode::kRelaxGuestPerms, 4},
    {OpCode::kWrprotectGuest, 4},
    {OpCode::kTestClearYoungGuest, 3},
    {OpCode::kMkyoungGuest, 2},
    {OpCode::kFlushGuestTlb, 2},
    {OpCode::kCompactGuest, 2},
    {OpCode::kLendGuest, 9},
    {OpCode::kDonateGuest, 8},
    {OpCode::kForceReclaim, 3},
    {OpCode::kReclaimLoan, 1},
    {OpCode::kReclaimGuestPage, 2},
    {OpCode::kNextMapped, 3},
    {OpCode::kListPageSet, 3},
    {OpCode::kCompactHost, 8},
    {OpCode::kQueryPage, 2},
    {OpCode::kHostAccess, 6},
    {OpCode::kHostWrite, 3},
    {OpCode::kVmCreate, 2},
    {OpCode::kVmDonateTables, 3},
    {OpCode::kVmStartTeardown, 1},
    {OpCode::kReclaimTables, 1},
    {OpCode::kVmFinishTeardown, 1},
    {OpCode::kVcpuCreate, 2},
    {OpCode::kVcpuLoad, 1},
    {OpCode::kVcpuPut, 2},
    {OpCode::kCpuOff, 1},
    {OpCode::kVersion, 1},
    {OpCode::kFeatures, 1},
};
// Phrases, by the same measure.
constexpr unsigned kGuestRuns = 9;
constexpr unsigned kLists = 4;
constexpr unsigned kTearDowns = 1;

constexpr std::uint64_t kOtherVcpus = 4;  // one run of a guest in so many

constexpr std::uint64_t kPauses = 5;  // one operation in so many, if none pauses
constexpr std::uint64_t kMostSteps = 24;

constexpr unsigned TotalWeight() {
  unsigned total = kGuestRuns + kLists + kTearDowns;
  for (const Share& share : kShares) total += share.weight;
  return total;
}

class Mixer {
 public:
  Mixer(std::uint64_t seed, const oracle::MachineFacts& facts)
      : random_(seed), aside_(~seed), ops_(random_, facts) {}

  // kMixOpening operations.
  void Open(std::vector<Op>& out) {
    const Operand tables = MixedOps::Number(8);
    const Operand run_page = MixedOps::Page(ops_.OpeningPage(14));
    out.push_back(ops_.CreateVm(0, ops_.OpeningPage(0)));
    out.push_back(Tables(VmClass::kPlainLive, tables));
    out.push_back(ops_.CreateVm(1, ops_.OpeningPage(4)));
    out.push_back(Tables(VmClass::kProtectedLive, tables));
    out.push_back(MixedOps::Make(OpCode::kShareHyp, {run_page, MixedOps::Number(2)}));
    out.push_back(OpeningVcpu(VmClass::kPlainLive, 8, run_page));
    out.push_back(OpeningVcpu(VmClass::kProtectedLive, 9, run_page));
  }

  // Most of a phrase comes in one piece, the rest of the script around it.
  Op Next() {
    if (paused_ && random_.Below(6) == 0) return Step();
    if (!phrase_.empty() && random_.Below(4) != 0) {
      Op op = std::move(phrase_.front());
      phrase_.pop_front();
      return On(phrase_cpu_, std::move(op));
    }
    std::uint64_t ticket = random_.Below(TotalWeight());
    for (const Share& share : kShares) {
      if (ticket < share.weight) return Single(share.code);
      ticket -= share.weight;
    }
    if (!phrase_.empty()) return Single(OpCode::kShareHyp);
    phrase_cpu_ = random_.Below(2);
    if (ticket < kGuestRuns) {
      GuestRun();
    } else if (ticket < kGuestRuns + kLists) {
      List();
    } else {
      TearDown();
    }
    return Next();
  }

 private:
  Op Tables(VmClass vm_class, Operand count) {
    return MixedOps::Make(OpCode::kVmDonateTables,
                          {MixedOps::AnyVm(vm_class, 0), ops_.AnyPage(PageClass::kPrivate), count});
  }

  Op OpeningVcpu(VmClass vm_class, std::uint64_t page, Operand run_page) {
    return MixedOps::Make(OpCode::kVcpuCreate, {MixedOps::AnyVm(vm_class, 0), MixedOps::Number(0),
                                                MixedOps::Page(ops_.OpeningPage(page)), run_page,
                                                MixedOps::Number(0), MixedOps::Number(0)});
  }

  // An operation of another CPU than that of a phrase, which it would disturb, or than one that
  // pauses.
  Op Single(OpCode code) {
    std::uint64_t cpu = random_.Below(2);
    if (random_.Below(8) != 0) {
      if (paused_) cpu = 1 - *paused_;
      if (!phrase_.empty()) cpu = 1 - phrase_cpu_;
    }
    return On(cpu, ops_.OfHost(code));
  }

  // Some pause half way; then the other CPU goes on, or this one by steps.
  Op On(std::uint64_t cpu, Op op) {
    if (paused_ == cpu) paused_.reset();
    op.cpu = static_cast<std::uint8_t>(cpu);
    if (!paused_ && random_.Below(kPauses) == 0) {
      op.schedule = static_cast<std::uint16_t>(1 + random_.Below(kMostSteps));
      paused_ = cpu;
    }
    return op;
  }

  // Nobody here knows whether it has ended: more than one or two would find nothing to do.
  Op Step() {
    Op step = MixedOps::Make(OpCode::kStep, {MixedOps::Number(1 + random_.Below(16))});
    step.cpu = static_cast<std::uint8_t>(*paused_);
    if (random_.Below(3) != 0) paused_.reset();
    return step;
  }

  void Add(OpCode code, std::initializer_list<Operand> operands) {
    phrase_.push_back(MixedOps::Make(code, operands));
  }

  // Whatever stops the guest, vcpu_run lets it go on.
  void GuestRun() {
    const bool plain = random_.Below(4) == 0;
    const Operand vm = MixedOps::AnyVm(plain ? VmClass::kPlainLive : VmClass::kProtectedLive, 0);
    const OpCode give = plain                   ? OpCode::kShareGuest
                        : random_.Below(2) == 0 ? OpCode::kLendGuest
                                                : OpCode::kDonateGuest;
    phrase_.push_back(ops_.OfHost(give));
    Add(OpCode::kVcpuLoad, {vm, MixedOps::Number(0)});
    for (std::uint64_t runs = 1 + random_.Below(3); runs > 0; --runs) {
      Add(OpCode::kVcpuRun, {});
      for (std::uint64_t ops = 1 + random_.Below(3); ops > 0; --ops) {
        phrase_.push_back(ops_.OfGuest());
      }
    }
    if (random_.Below(2) == 0) phrase_.push_back(ops_.OfHost(OpCode::kForceReclaim));
    Add(OpCode::kVcpuPut, {});
    if (aside_.Below(kOtherVcpus) == 0) OtherVcpu(vm);
  }

  // Where one vCPU of the VM just ran: the CPU forgets what it holds of that one.
  void OtherVcpu(Operand vm) {
    const Operand other = MixedOps::Number(1);
    const Operand page = MixedOps::AnyPage(PageClass::kPrivate, aside_.Below(256));
    const Operand run_page = MixedOps::AnyPage(PageClass::kSharedHyp, aside_.Below(256));
    Add(OpCode::kVcpuCreate, {vm, other, page, run_page, MixedOps::Number(0), MixedOps::Number(0)});
    Add(OpCode::kVcpuLoad, {vm, other});
    Add(OpCode::kVcpuRun, {});
    Add(OpCode::kVcpuPut, {});
  }

  void List() {
    constexpr OpCode kCalls[] = {OpCode::kShareGuestList, OpCode::kUnshareGuestList,
                                 OpCode::kLendGuestList, OpCode::kDonateGuestList,
                                 OpCode::kVmDonateTablesList};
    const OpCode call = kCalls[random_.Below(5)];
    const bool plain = call == OpCode::kShareGuestList || call == OpCode::kUnshareGuestList;
    const Operand vm =
        MixedOps::AnyVm(plain ? VmClass::kPlainLive : VmClass::kProtectedLive, random_.Below(2));
    const Operand page = MixedOps::Page(ops_.WindowPage());
    Add(OpCode::kShareHyp, {page, MixedOps::Number(1)});
    Add(OpCode::kListPageSet, {MixedOps::Number(1), page});
    const std::uint64_t entries = 1 + random_.Below(3);
    for (std::uint64_t i = 0; i < entries; ++i) phrase_.push_back(ops_.ListEntry(call, i, vm));
    Op list = MixedOps::Make(call, {vm, MixedOps::Number(entries)});
    if (call == OpCode::kShareGuestList || call == OpCode::kLendGuestList) {
      list.operands[2] = {script::OperandClass::kProt,
                          static_cast<std::uint16_t>(1 | random_.Below(4) << 1), 0};
    }
    phrase_.push_back(list);
  }

  // The recipe of the manual, as far as a few operations go.
  void TearDown() {
    const Operand dying = MixedOps::AnyVm(VmClass::kDying, 0);
    phrase_.push_back(ops_.OfHost(OpCode::kVmStartTeardown));
    for (std::uint64_t pages = random_.Below(6); pages > 0; --pages) {
      phrase_.push_back(
          ops_.OfHost(random_.Below(4) == 0 ? OpCode::kReclaimLoan : OpCode::kReclaimGuestPage));
    }
    Add(OpCode::kNextMapped, {dying, MixedOps::Number(0)});
    // From the lowest page on: the tables of the opening are one run.
    Add(OpCode::kReclaimTables,
        {dying, MixedOps::AnyPage(PageClass::kVmTable, 0), MixedOps::Number(8)});
    for (std::uint64_t pages = 1 + random_.Below(4); pages > 0; --pages) {
      phrase_.push_back(ops_.OfHost(OpCode::kReclaimTables));
    }
    Add(OpCode::kVmFinishTeardown, {dying});
    phrase_.push_back(ops_.OfHost(OpCode::kVmCreate));
    phrase_.push_back(ops_.OfHost(OpCode::kVmDonateTables));
    phrase_.push_back(ops_.OfHost(OpCode::kVcpuCreate));
  }

  MixRandom random_;
  MixRandom aside_;  // what came later to the mix draws from it: scripts without are as they were
  MixedOps ops_;
  std::deque<Op> phrase_;  // what is left of one
  std::uint64_t phrase_cpu_ = 0;
  std::optional<std::uint64_t> paused_;  // CPU
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
  mixer.Open(script.ops);
  while (script.ops.size() < ops) script.ops.push_back(mixer.Next());
  script.ops.resize(ops);
  return script;
}

}  // namespace cadastre::run
