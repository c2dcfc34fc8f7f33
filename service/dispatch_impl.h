// SPDX-License-Identifier: Apache-2.0
// From registers to a handler and back. service/ABI.md section 1.
#ifndef CADASTRE_SERVICE_DISPATCH_IMPL_H_
#define CADASTRE_SERVICE_DISPATCH_IMPL_H_

#include <optional>

#include "service/abi/features.h"
#include "service/decode.h"
#include "service/hypervisor.h"
#include "service/page_list.h"

namespace cadastre {

// The number of the call that x0 names. Bit 16 is SMCCC's hint that no SVE state is live; bits
// 63:32 must be zero, so that no two values name one call. Whether a call has the number is left
// open.
inline std::optional<abi::CallNumber> NumberOf(std::uint64_t x0) {
  const std::uint64_t number = (x0 & ~abi::kSveHint) - abi::kFunctionBase;
  if (number > 0xff) return std::nullopt;
  return static_cast<abi::CallNumber>(number);
}

// Each call has code of its own, decoding and all: what the table says of it costs nothing here.
template <class P>
Next Hypervisor<P>::Answer(P& p, Registers& x, abi::CallNumber number, GuestRegisters& guest) {
  using abi::CallNumber;
  switch (number) {
    case CallNumber::kVersion:
      return Perform<CallNumber::kVersion, &Hypervisor::Version>(p, x);
    case CallNumber::kFeatures:
      return Perform<CallNumber::kFeatures, &Hypervisor::Features>(p, x);
    case CallNumber::kShareHyp:
      return Perform<CallNumber::kShareHyp, &Hypervisor::ShareHyp>(p, x);
    case CallNumber::kUnshareHyp:
      return Perform<CallNumber::kUnshareHyp, &Hypervisor::UnshareHyp>(p, x);
    case CallNumber::kShareGuest:
      return Perform<CallNumber::kShareGuest, &Hypervisor::ShareGuest>(p, x);
    case CallNumber::kShareGuestList:
      return Perform<CallNumber::kShareGuestList, &Hypervisor::ShareGuest>(p, x);
    case CallNumber::kUnshareGuest:
      return Perform<CallNumber::kUnshareGuest, &Hypervisor::UnshareGuest>(p, x);
    case CallNumber::kUnshareGuestList:
      return Perform<CallNumber::kUnshareGuestList, &Hypervisor::UnshareGuest>(p, x);
    case CallNumber::kLendGuest:
      return Perform<CallNumber::kLendGuest, &Hypervisor::LendGuest>(p, x);
    case CallNumber::kLendGuestList:
      return Perform<CallNumber::kLendGuestList, &Hypervisor::LendGuest>(p, x);
    case CallNumber::kDonateGuest:
      return Perform<CallNumber::kDonateGuest, &Hypervisor::DonateGuest>(p, x);
    case CallNumber::kDonateGuestList:
      return Perform<CallNumber::kDonateGuestList, &Hypervisor::DonateGuest>(p, x);
    case CallNumber::kReclaimLoan:
      return Perform<CallNumber::kReclaimLoan, &Hypervisor::ReclaimLoan>(p, x);
    case CallNumber::kDonateHyp:
      return Perform<CallNumber::kDonateHyp, &Hypervisor::DonateHyp>(p, x);
    case CallNumber::kReclaimHyp:
      return Perform<CallNumber::kReclaimHyp, &Hypervisor::ReclaimHyp>(p, x);
    case CallNumber::kRelaxGuestPerms:
      return Perform<CallNumber::kRelaxGuestPerms, &Hypervisor::RelaxGuestPerms>(p, x);
    case CallNumber::kWrprotectGuest:
      return Perform<CallNumber::kWrprotectGuest, &Hypervisor::WrprotectGuest>(p, x);
    case CallNumber::kTestClearYoungGuest:
      return Perform<CallNumber::kTestClearYoungGuest, &Hypervisor::TestClearYoungGuest>(p, x);
    case CallNumber::kMkyoungGuest:
      return Perform<CallNumber::kMkyoungGuest, &Hypervisor::MkyoungGuest>(p, x);
    case CallNumber::kFlushGuestTlb:
      return Perform<CallNumber::kFlushGuestTlb, &Hypervisor::FlushGuestTlb>(p, x);
    case CallNumber::kCompactHost:
      return Perform<CallNumber::kCompactHost, &Hypervisor::CompactHost>(p, x);
    case CallNumber::kListPageSet:
      return Perform<CallNumber::kListPageSet, &Hypervisor::ListPageSet>(p, x);
    case CallNumber::kVmCreate:
      return Perform<CallNumber::kVmCreate, &Hypervisor::VmCreate>(p, x);
    case CallNumber::kVmDonateTables:
      return Perform<CallNumber::kVmDonateTables, &Hypervisor::VmDonateTables>(p, x);
    case CallNumber::kVmDonateTablesList:
      return Perform<CallNumber::kVmDonateTablesList, &Hypervisor::VmDonateTables>(p, x);
    case CallNumber::kVmStartTeardown:
      return Perform<CallNumber::kVmStartTeardown, &Hypervisor::VmStartTeardown>(p, x);
    case CallNumber::kReclaimTables:
      return Perform<CallNumber::kReclaimTables, &Hypervisor::ReclaimTables>(p, x);
    case CallNumber::kVmFinishTeardown:
      return Perform<CallNumber::kVmFinishTeardown, &Hypervisor::VmFinishTeardown>(p, x);
    case CallNumber::kVcpuCreate:
      return Perform<CallNumber::kVcpuCreate, &Hypervisor::VcpuCreate>(p, x);
    case CallNumber::kVcpuLoad:
      return Perform<CallNumber::kVcpuLoad, &Hypervisor::VcpuLoad>(p, x);
    case CallNumber::kVcpuPut:
      return Perform<CallNumber::kVcpuPut, &Hypervisor::VcpuPut>(p, x);
    case CallNumber::kNextMapped:
      return Perform<CallNumber::kNextMapped, &Hypervisor::NextMapped>(p, x);
    case CallNumber::kReclaimGuestPage:
      return Perform<CallNumber::kReclaimGuestPage, &Hypervisor::ReclaimGuestPage>(p, x);
    case CallNumber::kForceReclaim:
      return Perform<CallNumber::kForceReclaim, &Hypervisor::ForceReclaim>(p, x);
    case CallNumber::kQueryPage:
      return Perform<CallNumber::kQueryPage, &Hypervisor::QueryPage>(p, x);
    case CallNumber::kCompactGuest:
      return Perform<CallNumber::kCompactGuest, &Hypervisor::CompactGuest>(p, x);
    case CallNumber::kVcpuRun:
      return VcpuRun(p, x, guest);
  }
  x[0] = abi::kUnknownCall;
  return Next::kHost;
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
  const std::optional<abi::CallNumber> number = immediate == 0 ? NumberOf(x[0]) : std::nullopt;
  if (number) return Answer(p, x, *number, guest);
  x[0] = abi::kUnknownCall;
  return Next::kHost;
}

template <class P>
Next Hypervisor<P>::VcpuRun(P& p, Registers& x, GuestRegisters& guest) {
  const Outcome entered = EnterGuest(p, &guest);
  if (entered.row == abi::Row::kNone) return Next::kGuest;
  WriteAnswer(entered, x);
  return Next::kHost;
}

// Decodes, performs and answers. Not inlined, and its handler is: each call has one frame, no
// larger than it needs.
template <class P>
template <abi::CallNumber kNumber, auto kHandler>
Next Hypervisor<P>::Perform(P& p, Registers& x) {
  constexpr const abi::Call& kCall = *abi::FindCall(static_cast<std::uint64_t>(kNumber));
  if (!abi::IsPresent(kCall, limits_.build == Build::kChecking)) {
    x[0] = abi::kUnknownCall;
    return Next::kHost;
  }
  Arguments arguments;
  const abi::Row shape = Decoder<kNumber>(x, limits_).Decode(&arguments);
  if (shape != abi::Row::kNone) {
    WriteAnswer(Outcome::Refuse(shape), x);
  } else if constexpr (kCall.list == abi::ListWords::kNoList) {
    WriteAnswer((this->*kHandler)(p, arguments), x);
  } else {
    WriteAnswer(PerformList(p, kCall.list, kHandler, arguments), x);
  }
  return Next::kHost;
}

// Copies the entries, each word read once and in address order, before any lock is taken: the page
// is pinned, so EL2 reaches it, and the CPU's cell is its own.
template <class P>
Outcome Hypervisor<P>::PerformList(P& p, abi::ListWords used, Handler handler, Arguments& a) {
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
  const LowestRow refusal = JudgeList({words, a.number}, used, limits_, {entries, a.number});
  if (refusal.any()) return refusal.outcome();
  a.list = {entries, a.number};
  return (this->*handler)(p, a);
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
