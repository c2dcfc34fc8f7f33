// SPDX-License-Identifier: Apache-2.0
// From registers to a handler and back. service/ABI.md section 1.
#ifndef CADASTRE_SERVICE_DISPATCH_IMPL_H_
#define CADASTRE_SERVICE_DISPATCH_IMPL_H_

#include "service/abi/features.h"
#include "service/hypervisor.h"
#include "service/page_list.h"

namespace cadastre {

template <class P>
typename Hypervisor<P>::Handler Hypervisor<P>::HandlerOf(abi::CallNumber number) {
  using abi::CallNumber;
  switch (number) {
    case CallNumber::kVersion:
      return &Hypervisor::Version;
    case CallNumber::kFeatures:
      return &Hypervisor::Features;
    case CallNumber::kShareHyp:
      return &Hypervisor::ShareHyp;
    case CallNumber::kUnshareHyp:
      return &Hypervisor::UnshareHyp;
    case CallNumber::kShareGuest:
    case CallNumber::kShareGuestList:
      return &Hypervisor::ShareGuest;
    case CallNumber::kUnshareGuest:
    case CallNumber::kUnshareGuestList:
      return &Hypervisor::UnshareGuest;
    case CallNumber::kLendGuest:
    case CallNumber::kLendGuestList:
      return &Hypervisor::LendGuest;
    case CallNumber::kDonateGuest:
    case CallNumber::kDonateGuestList:
      return &Hypervisor::DonateGuest;
    case CallNumber::kReclaimLoan:
      return &Hypervisor::ReclaimLoan;
    case CallNumber::kDonateHyp:
      return &Hypervisor::DonateHyp;
    case CallNumber::kReclaimHyp:
      return &Hypervisor::ReclaimHyp;
    case CallNumber::kRelaxGuestPerms:
      return &Hypervisor::RelaxGuestPerms;
    case CallNumber::kWrprotectGuest:
      return &Hypervisor::WrprotectGuest;
    case CallNumber::kTestClearYoungGuest:
      return &Hypervisor::TestClearYoungGuest;
    case CallNumber::kMkyoungGuest:
      return &Hypervisor::MkyoungGuest;
    case CallNumber::kFlushGuestTlb:
      return &Hypervisor::FlushGuestTlb;
    case CallNumber::kCompactHost:
      return &Hypervisor::CompactHost;
    case CallNumber::kListPageSet:
      return &Hypervisor::ListPageSet;
    case CallNumber::kVmCreate:
      return &Hypervisor::VmCreate;
    case CallNumber::kVmDonateTables:
    case CallNumber::kVmDonateTablesList:
      return &Hypervisor::VmDonateTables;
    case CallNumber::kVmStartTeardown:
      return &Hypervisor::VmStartTeardown;
    case CallNumber::kReclaimTables:
      return &Hypervisor::ReclaimTables;
    case CallNumber::kVmFinishTeardown:
      return &Hypervisor::VmFinishTeardown;
    case CallNumber::kVcpuCreate:
      return &Hypervisor::VcpuCreate;
    case CallNumber::kVcpuLoad:
      return &Hypervisor::VcpuLoad;
    case CallNumber::kVcpuPut:
      return &Hypervisor::VcpuPut;
    case CallNumber::kNextMapped:
      return &Hypervisor::NextMapped;
    case CallNumber::kReclaimGuestPage:
      return &Hypervisor::ReclaimGuestPage;
    case CallNumber::kForceReclaim:
      return &Hypervisor::ForceReclaim;
    case CallNumber::kQueryPage:
      return &Hypervisor::QueryPage;
    case CallNumber::kCompactGuest:
      return &Hypervisor::CompactGuest;
    case CallNumber::kVcpuRun:
      break;  // leaves no answer: HandleHvc
  }
  return nullptr;
}

// The call that x0 names, nullptr for an unknown one. Bit 16 is SMCCC's hint that no SVE state is
// live; bits 63:32 must be zero, so that no two values name one call.
inline const abi::Call* CallOf(std::uint64_t x0, Build build) {
  const std::uint64_t id = x0 & ~abi::kSveHint;
  const abi::Call* call =
      id < abi::kFunctionBase ? nullptr : abi::FindCall(id - abi::kFunctionBase);
  return call != nullptr && abi::IsPresent(*call, build == Build::kChecking) ? call : nullptr;
}

// x0 to x3 of a call that ended.
inline void WriteAnswer(const Outcome& outcome, Registers& x) {
  x[0] = 0;
  x[2] = outcome.x2;
  if (outcome.row == abi::Row::kNone) {
    x[1] = 0;
    x[3] = outcome.x3;
  } else {
    x[1] = ~static_cast<std::uint64_t>(abi::InfoOf(outcome.row).error) + 1;
    x[3] = static_cast<std::uint64_t>(outcome.row);
  }
}

template <class P>
Next Hypervisor<P>::HandleHvc(P& p, std::uint16_t immediate, Registers& x, GuestRegisters& guest) {
  const abi::Call* call = immediate == 0 ? CallOf(x[0], limits_.build) : nullptr;
  if (call == nullptr) {
    x[0] = abi::kUnknownCall;
    return Next::kHost;
  }
  if (call->number != abi::CallNumber::kVcpuRun) {
    Answer(p, *call, x);
    return Next::kHost;
  }
  const Outcome entered = EnterGuest(p, &guest);
  if (entered.row == abi::Row::kNone) return Next::kGuest;
  WriteAnswer(entered, x);
  return Next::kHost;
}

template <class P>
void Hypervisor<P>::Answer(P& p, const abi::Call& call, Registers& x) {
  Arguments arguments;
  const abi::Row shape = Decode(call, x, limits_, &arguments);
  if (shape != abi::Row::kNone) {
    WriteAnswer(Outcome::Refuse(shape), x);
  } else if (call.list == abi::ListWords::kNoList) {
    WriteAnswer((this->*HandlerOf(call.number))(p, arguments), x);
  } else {
    WriteAnswer(PerformList(p, call, arguments), x);
  }
}

// Copies the entries, each word read once and in address order, before any lock is taken: the page
// is pinned, so EL2 reaches it, and the CPU's cell is its own.
template <class P>
Outcome Hypervisor<P>::PerformList(P& p, const abi::Call& call, Arguments& a) {
  const std::uint64_t list_page = list_page_[p.CpuIndex()].Load(p);
  if (list_page == 0) return Outcome::Refuse(abi::Row::kNoListPage);
  ListEntryWords words[abi::kMaxListEntries];
  PageEntry entries[abi::kMaxListEntries];
  PhysAddr at = ToAddress(Pfn(list_page - 1));
  for (std::uint64_t i = 0; i < a.number; ++i) {
    for (std::uint64_t* word : {&words[i].pfn, &words[i].gfn, &words[i].count}) {
      *word = p.ReadHostWord(at);
      at = at + sizeof(*word);
    }
  }
  const LowestRow refusal = JudgeList({words, a.number}, call.list, limits_, {entries, a.number});
  if (refusal.any()) return refusal.outcome();
  a.list = {entries, a.number};
  return (this->*HandlerOf(call.number))(p, a);
}

template <class P>
Outcome Hypervisor<P>::Version(P&, const Arguments&) {
  return Outcome::Done(kAbiVersion, limits_.build == Build::kChecking ? 1 : 0);
}

template <class P>
Outcome Hypervisor<P>::Features(P&, const Arguments& a) {
  switch (static_cast<abi::FeatureId>(a.number)) {
    case abi::FeatureId::kCalls: {
      std::uint64_t present = 0;
      for (const abi::Call& call : abi::kCalls) {
        if (!abi::IsPresent(call, limits_.build == Build::kChecking)) continue;
        present |= std::uint64_t{1} << (static_cast<unsigned>(call.number) -
                                        static_cast<unsigned>(abi::CallNumber::kVersion));
      }
      return Outcome::Done(present, 0);
    }
    case abi::FeatureId::kOwnPages:
      return Outcome::Done(kVmMetaPages, kVcpuPages);
    case abi::FeatureId::kAddressBits:
      return Outcome::Done(limits_.largest_ipa_bits(), limits_.pa_bits);
    case abi::FeatureId::kRangePages:
      return Outcome::Done(abi::kMaxPages, abi::kMaxScrubbedPages);
    case abi::FeatureId::kLists:
      return Outcome::Done(abi::kMaxListEntries, abi::kMaxPages);
    case abi::FeatureId::kVms:
      return Outcome::Done(kVmSlots, abi::kMaxVcpus);
    case abi::FeatureId::kSharing:
      break;
  }
  return Outcome::Done(limits_.max_borrowers, limits_.cpus);
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_DISPATCH_IMPL_H_
