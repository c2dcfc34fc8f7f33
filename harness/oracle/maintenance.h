// SPDX-License-Identifier: Apache-2.0
// MAINTENANCE_COUNT: caches at a hand-over (ABI.md section 4, duties SC, CC, IC, and those of
// vcpu_load). A page whose contents change hands is cleaned and invalidated to the point of
// coherency exactly once: after what was revoked is gone from every TLB and, if it is scrubbed,
// after it was zeroed; before it is granted. Where execution is granted the instruction caches are
// invalidated once, after the last page was cleaned and before the grant.
#ifndef CADASTRE_HARNESS_ORACLE_MAINTENANCE_H_
#define CADASTRE_HARNESS_ORACLE_MAINTENANCE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "harness/oracle/may_hold.h"
#include "harness/oracle/operation.h"
#include "harness/oracle/touch_list.h"

namespace cadastre::oracle {

// What the duties of a call say. A call that is not in the list owes none of it; what scrubs owes
// SC in its event 2 besides.
struct MaintenanceRule {
  unsigned number = 0;
  bool cleans = false;             // CC, of each page that changed
  Regime grants = Regime::kGuest;  // whose leaves are made, by these and what scrubs
  bool invalidates = false;        // IC, if X is granted
};
std::span<const MaintenanceRule> MaintenanceRules();

class Maintenance {
 public:
  explicit Maintenance(const State& state);

  // No vCPU ran on any CPU.
  void Reset() { ran_.clear(); }

  // A step of S with its events: what is due.
  void Begin(const OperationContext& context, const Effect& effect);
  // The next of these events. `held`: what others may still hold before it.
  void Follow(const Event& event, const TlbiContext& tlbi, const MayHold& held, Report& report);
  // A leaf of a stage 2 tree that an event made valid, or to which it gave a permission. Only a
  // leaf of who gets the page is a grant: the host's tables are filled beside it with what it has.
  void FollowLeaf(Regime regime, std::uint64_t was, std::uint64_t now, unsigned level,
                  Report& report);
  // After the last event.
  void End(Report& report);

 private:
  // Of the instruction caches, and of the local TLB and caches of a CPU that changes vCPUs.
  enum class Progress : std::uint8_t { kNone, kIssued, kComplete };
  struct PageCount {
    std::uint8_t zeroed = 0;
    std::uint8_t cleaned = 0;
  };
  // Which vCPU of a VM was the last to run on a CPU, and may have left something there.
  struct Ran {
    unsigned cpu = 0;
    VcpuName vcpu;
    std::uint32_t generation = 0;
  };

  Ran* FindRan(unsigned cpu, unsigned slot);
  bool ChangesVcpu(const OperationContext& context);
  void NoteEntered(unsigned cpu);
  void NoteForgotten();
  void FollowPage(const Event& event, const MayHold& held, Report& report);
  void FollowLocal(const Event& event, const TlbiContext& tlbi);
  void AssertCounts(Report& report) const;

  const State& state_;
  std::vector<Ran> ran_;
  std::vector<PageCount> counts_;
  TouchList due_;
  TouchList treated_;
  // Of the present step.
  unsigned cpu_ = 0;
  const char* call_ = nullptr;
  bool scrubs_ = false;
  Regime grantee_ = Regime::kHost;
  bool owes_icache_ = false;  // for certain
  bool may_icache_ = false;
  unsigned icache_count_ = 0;
  Progress icache_ = Progress::kNone;
  bool owes_local_ = false;
  std::uint64_t local_vmid_ = 0;
  bool local_tlbi_ = false;
  bool local_icache_ = false;
  Progress local_ = Progress::kNone;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_MAINTENANCE_H_
