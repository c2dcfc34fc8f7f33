// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/maintenance.h"

#include <algorithm>

#include "harness/oracle/address_space.h"
#include "harness/oracle/entry_change.h"

namespace cadastre::oracle {
namespace {

using Hex = unsigned long long;

constexpr unsigned kVcpuLoad = 0x5A;
constexpr unsigned kRelax = 0x4B;
constexpr unsigned kDonate = 0x4A;
constexpr unsigned kDonateList = 0x55;
constexpr std::uint64_t kExecuteNever = std::uint64_t{1} << 54;

constexpr MaintenanceRule kRules[] = {
    {.number = 0x03, .cleans = true, .grants = Regime::kHost, .invalidates = true},
    {.number = 0x04, .cleans = true},
    {.number = 0x09,
     .cleans = true,
     .grants = Regime::kHost,
     .invalidates = true},  // with KEEP; else it scrubs
    {.number = 0x44, .cleans = true, .invalidates = true},
    {.number = 0x48, .cleans = true, .invalidates = true},
    {.number = kDonate, .cleans = true, .invalidates = true},
    {.number = kRelax, .invalidates = true},
    {.number = 0x52, .cleans = true, .invalidates = true},
    {.number = 0x54, .cleans = true, .invalidates = true},
    {.number = kDonateList, .cleans = true, .invalidates = true},
};

const MaintenanceRule* FindRule(const Judgement& judgement) {
  if (judgement.call == nullptr || judgement.outcome != Outcome::kDone) return nullptr;
  const auto rule =
      std::find_if(std::begin(kRules), std::end(kRules),
                   [&](const MaintenanceRule& r) { return r.number == judgement.call->number; });
  return rule == std::end(kRules) ? nullptr : rule;
}

// Whether the leaves that the call makes are executable; the host's always are.
bool GrantsExecution(const OperationContext& context) {
  const Judgement& judgement = context.judgement;
  std::size_t window = 0;
  for (const Argument argument : judgement.call->arguments) {
    ++window;
    if (argument == Argument::kProt)
      return (context.operation.registers[window] & kProtExecute) != 0;
  }
  return true;
}

bool IsExecutable(std::uint64_t word) { return IsValid(word) && (word & kExecuteNever) == 0; }

}  // namespace

std::span<const MaintenanceRule> MaintenanceRules() { return kRules; }

Maintenance::Maintenance(const State& state)
    : state_(state),
      counts_(state.ram().size()),
      due_(state.ram().size()),
      treated_(state.ram().size()) {}

Maintenance::Ran* Maintenance::FindRan(unsigned cpu, unsigned slot) {
  const auto at = std::find_if(ran_.begin(), ran_.end(), [=](const Ran& ran) {
    return ran.cpu == cpu && ran.vcpu.slot == slot;
  });
  return at == ran_.end() ? nullptr : &*at;
}

// Whether the call loads another vCPU of a VM than the CPU last ran of it and has not forgotten.
bool Maintenance::ChangesVcpu(const OperationContext& context) {
  const Judgement& judgement = context.judgement;
  const bool loads = judgement.call != nullptr && judgement.call->number == kVcpuLoad &&
                     judgement.outcome == Outcome::kDone && !context.has_stepped;
  if (!loads) return false;
  const VcpuName loaded = *state_.cpu(cpu_).loaded;
  const Ran* ran = FindRan(cpu_, loaded.slot);
  local_vmid_ = loaded.slot + 1U;
  return ran != nullptr && ran->generation == state_.vm(loaded.slot).generation &&
         ran->vcpu.index != loaded.index;
}

void Maintenance::NoteEntered(unsigned cpu) {
  const VcpuName entered = *state_.cpu(cpu).loaded;
  const Ran now{.cpu = cpu, .vcpu = entered, .generation = state_.vm(entered.slot).generation};
  Ran* ran = FindRan(cpu, entered.slot);
  if (ran == nullptr) {
    ran_.push_back(now);
  } else {
    *ran = now;
  }
}

// The CPU holds nothing of the VM any more, until one of its vCPUs runs there.
void Maintenance::NoteForgotten() {
  std::erase_if(
      ran_, [&](const Ran& ran) { return ran.cpu == cpu_ && ran.vcpu.slot + 1U == local_vmid_; });
}

void Maintenance::Begin(const OperationContext& context, const Effect& effect) {
  cpu_ = context.operation.cpu;
  const Judgement& judgement = context.judgement;
  call_ = judgement.call == nullptr ? "no call" : judgement.call->name;
  for (const PageIndex page : treated_.members()) counts_[page] = {};
  treated_.Clear();
  due_.Clear();
  scrubs_ = effect.is_scrubbed;
  icache_count_ = 0;
  icache_ = local_ = Progress::kNone;
  local_tlbi_ = local_icache_ = false;
  owes_local_ = ChangesVcpu(context);
  const MaintenanceRule* rule = context.has_stepped ? nullptr : FindRule(judgement);
  const bool cleans = rule != nullptr && rule->cleans;
  grantee_ = rule != nullptr ? rule->grants : Regime::kHost;
  for (const PageChange& change : state_.changes()) {
    if (scrubs_ || (cleans && state_.page(change.index).row != Row::kTransit))
      due_.Add(change.index);
  }
  const bool grants = rule != nullptr && rule->invalidates && GrantsExecution(context);
  owes_icache_ = !due_.members().empty() && (scrubs_ || grants);
  may_icache_ = owes_icache_ || (grants && !cleans);
  if (effect.enters_guest) NoteEntered(cpu_);
}

void Maintenance::FollowPage(const Event& event, const MayHold& held, Report& report) {
  const std::uint64_t pfn = event.address >> kPageShift;
  const auto page = state_.ram().IndexOf(pfn);
  if (!page) return;
  treated_.Add(*page);
  PageCount& count = counts_[*page];
  if (const auto* stale = held.FirstBut(ScrubWindowOf(cpu_)))
    report.Fire(Invariant::kMaintenanceCount,
                Format("page 0x%llx is scrubbed or cleaned before it is revoked: ", Hex{pfn}) +
                    Describe(*stale));
  if (event.kind == EventKind::kZeroPage) {
    if (count.cleaned != 0)
      report.Fire(Invariant::kMaintenanceCount,
                  Format("page 0x%llx is zeroed after it was cleaned", Hex{pfn}));
    ++count.zeroed;
    return;
  }
  ++count.cleaned;
  icache_ = Progress::kNone;
}

void Maintenance::FollowLocal(const Event& event, const TlbiContext& tlbi) {
  const bool reaches = tlbi.is_synchronised && tlbi.vmid == local_vmid_;
  if (event.kind == EventKind::kTlbiVmalle1 && reaches) local_tlbi_ = true;
  if (event.kind == EventKind::kIcIallu) local_icache_ = true;
  const bool waits = event.kind == EventKind::kDsbNsh || event.kind == EventKind::kDsbIsh;
  if (waits && local_tlbi_ && local_icache_) local_ = Progress::kIssued;
  if (event.kind == EventKind::kIsb && local_ == Progress::kIssued) local_ = Progress::kComplete;
}

void Maintenance::Follow(const Event& event, const TlbiContext& tlbi, const MayHold& held,
                         Report& report) {
  switch (event.kind) {
    case EventKind::kZeroPage:
    case EventKind::kCleanInvalidate:
      return FollowPage(event, held, report);
    case EventKind::kInvalidateIcache:
      ++icache_count_;
      icache_ = Progress::kIssued;
      return;
    case EventKind::kDsbIsh:
      if (icache_ == Progress::kIssued) icache_ = Progress::kComplete;
      break;
    default:
      break;
  }
  if (owes_local_) FollowLocal(event, tlbi);
}

void Maintenance::FollowLeaf(Regime regime, std::uint64_t was, std::uint64_t now, unsigned level,
                             Report& report) {
  if (regime != grantee_) return;
  const bool gains_execution = IsExecutable(now) && !IsExecutable(was);
  const std::uint64_t first = OutputPfn(now);
  bool is_due = may_icache_ && due_.members().empty();
  for (std::uint64_t i = 0; !due_.members().empty() && i < (level == kPageLevel ? 1 : kEntries);
       ++i) {
    const auto page = state_.ram().IndexOf(first + i);
    if (!page || !due_.Has(*page)) continue;
    is_due = true;
    if (!IsValid(was) && counts_[*page].cleaned == 0)
      report.Fire(Invariant::kMaintenanceCount,
                  Format("%s: page 0x%llx is granted before it is cleaned", call_, Hex{first + i}));
  }
  if (!is_due || !gains_execution || !may_icache_ || icache_ == Progress::kComplete) return;
  report.Fire(Invariant::kMaintenanceCount,
              Format("%s: execution of page 0x%llx is granted before the instruction caches are "
                     "invalidated",
                     call_, Hex{first}));
}

void Maintenance::AssertCounts(Report& report) const {
  const auto check = [&](PageIndex page) {
    const bool due = due_.Has(page);
    const unsigned zeroed = due && scrubs_ ? 1 : 0;
    const unsigned cleaned = due ? 1 : 0;
    const PageCount& count = counts_[page];
    if (count.zeroed == zeroed && count.cleaned == cleaned) return;
    report.Fire(
        Invariant::kMaintenanceCount,
        Format("%s: page 0x%llx was zeroed %u and cleaned %u times, not %u and %u", call_,
               Hex{state_.ram().PfnOf(page)}, count.zeroed, count.cleaned, zeroed, cleaned));
  };
  for (const PageIndex page : due_.members()) check(page);
  for (const PageIndex page : treated_.members()) check(page);
}

void Maintenance::End(Report& report) {
  AssertCounts(report);
  const unsigned least = owes_icache_ ? 1 : 0;
  const unsigned most = may_icache_ ? 1 : 0;
  if (icache_count_ < least || icache_count_ > most)
    report.Fire(Invariant::kMaintenanceCount,
                Format("%s: the instruction caches were invalidated %u times, not %u", call_,
                       icache_count_, most));
  if (icache_ == Progress::kIssued)
    report.Fire(Invariant::kMaintenanceCount,
                Format("%s: no DSB ISH after the instruction caches' invalidation", call_));
  if (owes_icache_ && icache_ == Progress::kNone && icache_count_ > 0)
    report.Fire(Invariant::kMaintenanceCount,
                Format("%s: a page is cleaned after the instruction caches' invalidation", call_));
  if (!owes_local_) return;
  if (local_ == Progress::kComplete) return NoteForgotten();
  report.Fire(Invariant::kMaintenanceCount,
              Format("%s: another vCPU of the VM ran here, and VMALLE1, IC IALLU, DSB, ISB did "
                     "not follow under its VMID",
                     call_));
}

}  // namespace cadastre::oracle
