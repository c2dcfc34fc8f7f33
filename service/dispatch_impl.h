// SPDX-License-Identifier: Apache-2.0
// From registers to a handler and back. service/ABI.md section 1.
#ifndef CADASTRE_SERVICE_DISPATCH_IMPL_H_
#define CADASTRE_SERVICE_DISPATCH_IMPL_H_

#include "service/hypervisor.h"

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
      return &Hypervisor::ShareGuest;
    case CallNumber::kUnshareGuest:
      return &Hypervisor::UnshareGuest;
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
      return &Hypervisor::VmDonateTables;
    case CallNumber::kVmStartTeardown:
      return &Hypervisor::VmStartTeardown;
    case CallNumber::kReclaimTables:
      return &Hypervisor::ReclaimTables;
    case CallNumber::kVmFinishTeardown:
      return &Hypervisor::VmFinishTeardown;
  }
  return nullptr;
}

// The call that x0 names, nullptr for an unknown one. Bit 16 is SMCCC's hint that no SVE state is
// live; bits 63:32 must be zero, so that no two values name one call.
inline const abi::Call* CallOf(std::uint64_t x0) {
  const std::uint64_t id = x0 & ~abi::kSveHint;
  return id < abi::kFunctionBase ? nullptr : abi::FindCall(id - abi::kFunctionBase);
}

template <class P>
void Hypervisor<P>::HandleHvc(P& p, std::uint16_t immediate, Registers& x) {
  const abi::Call* call = immediate == 0 ? CallOf(x[0]) : nullptr;
  if (call == nullptr) {
    x[0] = abi::kUnknownCall;
    return;
  }
  Arguments arguments;
  const abi::Row shape = Decode(*call, x, limits_, &arguments);
  const Outcome outcome = shape == abi::Row::kNone ? (this->*HandlerOf(call->number))(p, arguments)
                                                   : Outcome::Refuse(shape);
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
Outcome Hypervisor<P>::Version(P&, const Arguments&) {
  return Outcome::Done(kAbiVersion, 0);
}

template <class P>
Outcome Hypervisor<P>::Features(P&, const Arguments& a) {
  switch (a.number) {
    case 0: {
      std::uint64_t present = 0;
      for (const abi::Call& call : abi::kCalls) {
        present |= std::uint64_t{1} << (static_cast<unsigned>(call.number) -
                                        static_cast<unsigned>(abi::CallNumber::kVersion));
      }
      return Outcome::Done(present, 0);
    }
    case 1:
      return Outcome::Done(kVmMetaPages, kVcpuPages);
    case 2:
      return Outcome::Done(limits_.largest_ipa_bits(), limits_.pa_bits);
    case 3:
      return Outcome::Done(abi::kMaxPages, abi::kMaxScrubbedPages);
    case 4:
      return Outcome::Done(abi::kMaxListEntries, abi::kMaxPages);
    case 5:
      return Outcome::Done(kVmSlots, abi::kMaxVcpus);
    default:
      return Outcome::Done(limits_.max_borrowers, limits_.cpus);
  }
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_DISPATCH_IMPL_H_
