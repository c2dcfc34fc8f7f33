// SPDX-License-Identifier: Apache-2.0
// The hypervisor as an object: the register of who owns every page, changed only by hypercalls. Two
// can live in one process. All that changes after Boot is table words, page records and Shared
// cells.
#ifndef CADASTRE_SERVICE_HYPERVISOR_H_
#define CADASTRE_SERVICE_HYPERVISOR_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "service/abi/calls.h"
#include "service/arguments.h"
#include "service/boot_info.h"
#include "service/core_pool.h"
#include "service/el2_memory.h"
#include "service/host_memory.h"
#include "service/memory_map.h"
#include "service/refusal.h"
#include "service/vm.h"

namespace cadastre {

inline constexpr std::uint64_t kAbiVersion = 0 << 16 | 1;  // major << 16 | minor

template <class P>
class Hypervisor {
 public:
  Hypervisor() : host_(map_, pool_), el2_(pool_) {}
  Hypervisor(const Hypervisor&) = delete;
  Hypervisor& operator=(const Hypervisor&) = delete;

  // Builds both tables, annotates image and pool, writes TTBR0_EL2 and VTTBR_EL2 (the host's root,
  // VMID 0). Once, before any other CPU runs and before the first ERET to EL1. EINVAL: a rule of
  // BootInfo is broken. ENOMEM: the pool is smaller than PoolPagesNeeded; then the machine must not
  // run.
  Status Boot(P& p, const BootInfo& info);

  // Enough for all RAM and devices at 4 KiB in the host's table and all RAM at 4 KiB in EL2's.
  static std::uint64_t PoolPagesNeeded(const BootInfo& info);

  // One HVC of the host on this CPU; answers in place. service/ABI.md section 1.
  void HandleHvc(P& p, std::uint16_t immediate, Registers& x);

  // A host access that faulted at stage 2. service/ABI.md section 10.
  AbortAction HandleHostAbort(P& p, PhysAddr address, HostAccess access);

 private:
  using Handler = Outcome (Hypervisor::*)(P&, const Arguments&);
  static Handler HandlerOf(abi::CallNumber number);

  // Which rows of host memory a call starts from.
  enum class Source : std::uint8_t { kPrivate, kSharedHyp, kShareable, kParked };
  // What a guest call asks of each gfn.
  enum class Presence : std::uint8_t { kRequired, kAnyway };
  enum class Phase : std::uint8_t { kLiveOnly, kLiveOrDying };

  // dispatch_impl.h
  Outcome Version(P& p, const Arguments& a);
  Outcome Features(P& p, const Arguments& a);

  // hyp_calls_impl.h
  Outcome ShareHyp(P& p, const Arguments& a);
  Outcome UnshareHyp(P& p, const Arguments& a);
  Outcome DonateHyp(P& p, const Arguments& a);
  Outcome ReclaimHyp(P& p, const Arguments& a);
  Outcome CompactHost(P& p, const Arguments& a);
  Outcome ListPageSet(P& p, const Arguments& a);
  Outcome ListPageClear(P& p, const HostLocked<P>& host);
  void TestSource(P& p, typename HostMemory<P>::Rows& rows, Pfn pfn, std::uint64_t index,
                  Source source, LowestRow* refusal);
  LowestRow TestSources(P& p, const HostLocked<P>& host, const PfnRange& pages, Source source);
  // PRIVATE -> HYP with a use; the pages are EL2's and unreachable for the host on return.
  void TakeFromHost(P& p, const HypMemoryLocked<P>& locks, const PfnRange& pages, PageUse use,
                    std::uint8_t slot_plus_one);
  // HYP -> TRANSIT: EL2 keeps no translation. Event 1 of the calls that scrub.
  void ToTransit(P& p, const HypMemoryLocked<P>& locks, const PfnRange& pages);
  // TRANSIT -> PRIVATE: scrubs, then event 2 for all of them. Precondition: this CPU holds no lock.
  void ScrubAndReturn(P& p, std::span<const PfnRange> ranges);

  // guest_calls_impl.h
  Outcome ShareGuest(P& p, const Arguments& a);
  Outcome UnshareGuest(P& p, const Arguments& a);
  Outcome RelaxGuestPerms(P& p, const Arguments& a);
  Outcome WrprotectGuest(P& p, const Arguments& a);
  Outcome TestClearYoungGuest(P& p, const Arguments& a);
  Outcome MkyoungGuest(P& p, const Arguments& a);
  Outcome FlushGuestTlb(P& p, const Arguments& a);
  LowestRow TestShare(P& p, const HostLocked<P>& host, Vm<P>& vm, const Arguments& a);
  LowestRow TestGfns(P& p, Vm<P>& vm, const GfnRange& gfns, Presence presence, Phase phase);
  void DropBorrowers(P& p, const HostLocked<P>& host, Vm<P>& vm, const GfnRange& gfns);
  // Locks the VM and then More, both before the first read of state, and finds the VM:
  // `body(Vm<P>&, const More&) -> Outcome`.
  template <class More, class Body>
  Outcome WithVm(P& p, VmHandle handle, Body body);
  bool IsGood(P& p, const VmLocked<P>& locked, VmHandle handle);

  // vm_calls_impl.h
  Outcome VmCreate(P& p, const Arguments& a);
  Outcome VmDonateTables(P& p, const Arguments& a);
  Outcome VmStartTeardown(P& p, const Arguments& a);
  Outcome ReclaimTables(P& p, const Arguments& a);
  Outcome VmFinishTeardown(P& p, const Arguments& a);
  // The lowest slot that is FREE with a generation left, if there is one.
  std::optional<unsigned> LowestFreeSlot(P& p, const VmTableLocked<P>& locked);
  LowestRow TestCreate(P& p, const HostLocked<P>& host, const Arguments& a);
  Outcome CreateIn(P& p, const HypMemoryLocked<P>& locks, const VmLocked<P>& locked,
                   const Arguments& a);
  LowestRow TestReclaimTables(P& p, const HostLocked<P>& host, Vm<P>& vm, const PfnRange& pages);
  void FlushVmid(P& p, std::uint64_t vttbr);

  // Constant after Boot.
  MemoryMap map_;
  Limits limits_{};

  CorePool<P> pool_{map_};
  HostMemory<P> host_;
  El2Memory<P> el2_;
  VmSlot<P> vms_[kVmSlots];
  Shared<std::uint64_t> list_page_[kMaxCpus];  // pfn + 1, 0 for none; each CPU's own
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_HYPERVISOR_H_
