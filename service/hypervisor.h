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
#include "service/abi/guest_calls.h"
#include "service/arguments.h"
#include "service/boot_info.h"
#include "service/core_pool.h"
#include "service/el2_memory.h"
#include "service/guest_exit.h"
#include "service/host_memory.h"
#include "service/memory_map.h"
#include "service/refusal.h"
#include "service/vm.h"

namespace cadastre {

struct TransitPages;
template <class P>
class HypervisorView;

inline constexpr std::uint64_t kAbiVersion = 0 << 16 | 2;  // major << 16 | minor

// How a page is given to a guest.
enum class Grant : std::uint8_t { kShare, kLend, kDonate };

template <class P>
class Hypervisor {
 public:
  Hypervisor() : host_(map_, pool_), el2_(pool_) {}
  Hypervisor(const Hypervisor&) = delete;
  Hypervisor& operator=(const Hypervisor&) = delete;

  // Builds both tables, annotates image and pool, then writes TTBR0_EL2 and VTTBR_EL2 (the host's
  // root, VMID 0). Once, before any other CPU runs and before the first ERET to EL1. EL2's map is
  // that of service/ABI.md section 13: what else EL2 needs to run, its text and devices, the image
  // maps beforehand in the table that it hands over. EINVAL: a rule of BootInfo is broken. ENOMEM:
  // the pool is smaller than PoolPagesNeeded; then the machine must not run.
  Status Boot(P& p, const BootInfo& info);
  // Writes both registers of a further CPU, before its first ERET to EL1.
  void BootCpu(P& p);

  // Enough for all RAM and devices at 4 KiB in the host's table and all RAM at 4 KiB in EL2's.
  static std::uint64_t PoolPagesNeeded(const BootInfo& info);

  // --- The host runs on this CPU ---

  // One HVC; answers in place. service/ABI.md section 1. kGuest: the call was vcpu_run, and the CPU
  // goes on with `guest`; the answer in `x` comes with the guest's exit.
  Next HandleHvc(P& p, std::uint16_t immediate, Registers& x, GuestRegisters& guest);

  // An access that faulted at stage 2. service/ABI.md section 10.
  AbortAction HandleHostAbort(P& p, PhysAddr address, HostAccess access);

  // The CPU is about to be switched off (PSCI CPU_OFF, before it is forwarded).
  void HandleCpuOff(P& p);

  // --- A guest runs on this CPU: since HandleHvc gave kGuest, until one of these gives kHost ---
  //
  // `guest`: what the vCPU runs with; on kGuest it goes on with what it holds then. `host`: the
  // host's registers at its vcpu_run; on kHost they hold its answer. service/ABI.md sections 8
  // to 10.

  Next HandleGuestHvc(P& p, std::uint16_t immediate, GuestRegisters& guest, Registers& host);
  Next HandleGuestSmc(P& p, GuestRegisters& guest, Registers& host);
  Next HandleGuestWait(P& p, GuestRegisters& guest, Registers& host);  // WFI or WFE
  // `access`: ESR_EL2.
  Next HandleGuestAbort(P& p, Ipa ipa, AbortSyndrome access, GuestRegisters& guest,
                        Registers& host);
  Next HandleInterrupt(P& p, GuestRegisters& guest, Registers& host);
  // The vCPU that runs. Its page is this CPU's from kPlatformContext on.
  VcpuOfCpu RunningVcpu(P& p);

 private:
  friend class HypervisorView<P>;
  using HostPage = typename HostMemory<P>::Page;
  using HostRows = typename HostMemory<P>::Rows;
  using Handler = Outcome (Hypervisor::*)(P&, const Arguments&);

  // Which rows of host memory a call starts from.
  enum class Source : std::uint8_t { kPrivate, kSharedHyp, kShareable, kParked };
  // What a guest call asks of each gfn.
  enum class Presence : std::uint8_t { kRequired, kAnyway };
  enum class Keep : std::uint8_t { kNo, kYes };

  // dispatch_impl.h
  // The call's answer, x0 to x3; or, if there is no such call, that it is unknown.
  Next Answer(P& p, Registers& x, abi::CallNumber number, GuestRegisters& guest);
  [[gnu::noinline]] Next VcpuRun(P& p, Registers& x, GuestRegisters& guest);
  template <abi::CallNumber kNumber, auto kHandler>
  [[gnu::noinline, gnu::flatten]] Next Perform(P& p, Registers& x);
  Outcome PerformList(P& p, abi::ListWords used, Handler handler, Arguments& a);
  PfnRange RangeOf(const PageSpan& span) const {
    return PfnRange::Make(span.first, span.count, limits_.pfn_bits()).value();
  }
  PfnRange OnePage(Pfn pfn) const { return RangeOf({pfn, 1}); }
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
  Outcome QueryPage(P& p, const Arguments& a);
  void Pin(P& p, const HostLocked<P>& host, Pfn pfn);
  void Unpin(P& p, const HostLocked<P>& host, Pfn pfn);
  static void TestSource(HostRows& rows, const HostPage& page, std::uint64_t index, Source source,
                         LowestRow* refusal);
  LowestRow TestSources(P& p, const HostLocked<P>& host, const Arguments& a, Source source);
  // PRIVATE -> HYP with a use; the pages are EL2's and unreachable for the host on return.
  void TakeFromHost(P& p, const HypMemoryLocked<P>& locks, const PfnRange& pages, PageUse use,
                    std::uint8_t slot_plus_one);
  // To TRANSIT, which nobody can reach. Event 1 of the calls that scrub.
  void BeginTransit(P& p, const HostLocked<P>& host, std::span<const PageSpan> spans);
  // HYP -> TRANSIT: EL2 keeps no translation.
  void ToTransit(P& p, const HypMemoryLocked<P>& locks, const PfnRange& pages);
  // TRANSIT -> PRIVATE: scrubs, then event 2 for all of them. Precondition: this CPU holds no lock.
  void ScrubAndReturn(P& p, std::span<const PageSpan> spans);

  // guest_calls_impl.h
  Outcome RelaxGuestPerms(P& p, const Arguments& a);
  Outcome WrprotectGuest(P& p, const Arguments& a);
  Outcome TestClearYoungGuest(P& p, const Arguments& a);
  Outcome MkyoungGuest(P& p, const Arguments& a);
  Outcome FlushGuestTlb(P& p, const Arguments& a);
  Outcome CompactGuest(P& p, const Arguments& a);
  Outcome NextMapped(P& p, const Arguments& a);
  LowestRow TestGfnsFit(const Vm<P>& vm, const Arguments& a);
  LowestRow TestGfns(P& p, const Vm<P>& vm, const Arguments& a, Presence presence);
  LowestRow TestEdit(P& p, const Vm<P>& vm, const Arguments& a, Presence presence);
  // Rows, then `change(Vm<P>&, Batch&) -> Outcome`, over leaves of a LIVE plain VM.
  template <class Change>
  Outcome EditLeaves(P& p, const Arguments& a, Presence presence, Change change);
  void MergeSpans(P& p, Vm<P>& vm, const GfnRange& gfns, typename GuestTable<P>::Batch& batch);
  // Locks the VM and then More, both before the first read of state, and finds the VM:
  // `body(Vm<P>&, const More&) -> Outcome`.
  template <class More, class Body>
  Outcome WithVm(P& p, VmHandle handle, Body body);
  bool IsGood(P& p, const VmLocked<P>& locked, VmHandle handle);

  // grant_calls_impl.h
  struct GrantCursors {
    HostRows rows;
    LeafCursor<GuestTable<P>, P> leaves;
  };
  struct GrantedPage {
    Pfn pfn;
    Gfn gfn;
    std::uint64_t detail;
    Grant grant;
  };
  Outcome ShareGuest(P& p, const Arguments& a);
  Outcome LendGuest(P& p, const Arguments& a);
  Outcome DonateGuest(P& p, const Arguments& a);
  Outcome GrantPages(P& p, const Arguments& a, Grant grant);
  LowestRow TestGrant(P& p, const HostLocked<P>& host, Vm<P>& vm, const Arguments& a, Grant grant);
  void TestGrantPage(P& p, GrantCursors& at, const GrantedPage& page, LowestRow* refusal);
  void LetGo(P& p, const HostAndPoolLocked<P>& locks, const Vm<P>& vm, const Arguments& a,
             Grant grant);

  // return_calls_impl.h
  Outcome UnshareGuest(P& p, const Arguments& a);
  Outcome ReclaimGuestPage(P& p, const Arguments& a);
  Outcome ReclaimLoan(P& p, const Arguments& a);
  Outcome ForceReclaim(P& p, const Arguments& a);
  bool DropBorrower(P& p, const HostLocked<P>& host, Pfn pfn);
  void TakeBack(P& p, const HostLocked<P>& host, Vm<P>& vm, const Arguments& a,
                TransitPages* transit);
  // Rows 401 and `row` (NOT_LENT, or NOT_OF_VM for given pages too).
  LowestRow TestHeldBy(P& p, const HostLocked<P>& host, const Vm<P>& vm, const PfnRange& pages,
                       abi::Row row);
  template <class Edit>
  void ForEachGfnRun(P& p, const HostLocked<P>& host, const PfnRange& pages, Edit edit);

  // vcpu_calls_impl.h
  Outcome VcpuCreate(P& p, const Arguments& a);
  Outcome VcpuLoad(P& p, const Arguments& a);
  Outcome VcpuPut(P& p, const Arguments& a);
  Outcome EnterGuest(P& p, GuestRegisters* guest);
  LowestRow TestVcpuPages(P& p, const HostLocked<P>& host, const Arguments& a);
  void EndVcpus(P& p, const HostLocked<P>& host, Vm<P>& vm);
  void ForgetOtherVcpus(P& p, Vm<P>& vm, unsigned index);
  void ReadRunPage(P& p, Vcpu<P>& vcpu, GuestRegisters* guest);
  // Locks the VM of what is loaded here, and More: `body(Vm<P>&, Vcpu<P>&, const More&)`.
  template <class More, class Body>
  auto WithLoaded(P& p, LoadedVcpu loaded, Body body);

  // guest_traps_impl.h
  Next Leave(P& p, const Vm<P>& vm, Vcpu<P>& vcpu, const GuestExit& exit,
             const GuestRegisters& guest, Registers& host);
  Next Exit(P& p, const GuestExit& exit, const GuestRegisters& guest, Registers& host);

  // guest_psci_impl.h
  Next HandlePsci(P& p, abi::PsciId id, GuestRegisters& guest, Registers& host);
  Next PsciCpuOn(P& p, abi::PsciId id, GuestRegisters& guest, Registers& host);
  Next PsciOff(P& p, const GuestExit& exit, const GuestRegisters& guest, Registers& host);
  std::uint64_t PsciAffinityInfo(P& p, abi::PsciId id, const GuestRegisters& guest);

  // guest_own_calls_impl.h
  struct OwnPage {
    bool fits = false;  // below the VM's IPA size; the rest is known only then
    EntryKind kind = EntryKind::kAbsent;
    Leaf leaf;
  };
  Next HandleVendorCall(P& p, std::uint64_t id, GuestRegisters& guest, Registers& host);
  Next HandlePageCall(P& p, abi::GuestCallId id, GuestRegisters& guest, Registers& host);
  Next AnswerAnyCaller(P& p, const abi::Call& call, GuestRegisters& guest);
  Next GuestShareHost(P& p, GuestRegisters& guest, Registers& host);
  Outcome GuestUnshareHost(P& p, Ipa ipa);
  Outcome GuestRelinquish(P& p, Ipa ipa, Keep keep);
  OwnPage OwnPageAt(P& p, const Vm<P>& vm, Ipa ipa);
  void SetGuestState(P& p, Vm<P>& vm, Ipa ipa, PageState state);

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
  // Each CPU's own.
  Shared<std::uint64_t> list_page_[kMaxCpus];  // pfn + 1, 0 for none
  Shared<LoadedVcpu> loaded_[kMaxCpus];
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_HYPERVISOR_H_
