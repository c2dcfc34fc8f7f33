// SPDX-License-Identifier: Apache-2.0
// Calls that give a guest pages of the host: share, lend, donate, by range and by list.
// service/ABI.md section 7.
#ifndef CADASTRE_SERVICE_GRANT_CALLS_IMPL_H_
#define CADASTRE_SERVICE_GRANT_CALLS_IMPL_H_

#include "service/check.h"
#include "service/hypervisor.h"

namespace cadastre {

using abi::Row;

// What the three ways of giving differ in.
struct GrantRules {
  VmKind kind;                 // of VMs that may be given so
  Row wrong_kind;              // refuses the other kind
  PageState state;             // of the guest's leaf
  AnnotationKind left_behind;  // in the host's table; kNone: the host keeps its leaf
};
constexpr GrantRules RulesOf(Grant grant) {
  switch (grant) {
    case Grant::kShare:
      break;
    case Grant::kLend:
      return {VmKind::kProtected, Row::kVmPlain, PageState::kLoaned, AnnotationKind::kLent};
    case Grant::kDonate:
      return {VmKind::kProtected, Row::kVmPlain, PageState::kOwned, AnnotationKind::kGiven};
  }
  return {VmKind::kPlain, Row::kVmProtected, PageState::kSharedBorrowed, AnnotationKind::kNone};
}

// Pages of a list in ascending order of gfn, so that neighbours in a table are neighbours here.
struct SortedGfns {
  GfnRange ranges[abi::kMaxListEntries];
  std::size_t size = 0;

  explicit SortedGfns(std::span<const PageEntry> entries) {
    for (const PageEntry& entry : entries) {
      std::size_t at = size++;
      for (; at > 0 && entry.gfns.first() < ranges[at - 1].first(); --at)
        ranges[at] = ranges[at - 1];
      ranges[at] = entry.gfns;
    }
  }
};

// need(call) of the manual: table pages for all entries together. Two that lie in one span without
// a table count it once: the tables that are absent above a gfn are always the deepest ones.
// Precondition: no gfn is beyond the VM or has a leaf.
template <class P>
std::uint64_t TablesNeeded(P& p, const Vm<P>& vm, std::span<const PageEntry> entries) {
  if (entries.size() == 1) return vm.table().TablesNeeded(p, IpaRange(vm, entries[0].gfns));
  const SortedGfns sorted(entries);
  std::uint64_t needed = 0;
  for (std::size_t i = 0; i < sorted.size; ++i) {
    const GfnRange& gfns = sorted.ranges[i];
    needed += vm.table().TablesNeeded(p, IpaRange(vm, gfns));
    if (i == 0) continue;
    const std::uint64_t before = (sorted.ranges[i - 1].end().value) - 1;
    const std::uint64_t first = gfns.first().value;
    const GfnRange one = GfnRange::Make(gfns.first(), 1, kGfnBits).value();
    const std::uint64_t absent = vm.table().TablesNeeded(p, IpaRange(vm, one));
    for (std::uint64_t depth = 1; depth <= absent; ++depth) {
      const std::uint64_t bits = depth * Granule4K::kEntryBits;
      if (before >> bits == first >> bits) --needed;
    }
  }
  return needed;
}

template <class P>
void Hypervisor<P>::TestGrantPage(P& p, GrantCursors& at, const GrantedPage& page,
                                  LowestRow* refusal) {
  const HostPage source = host_.PageAt(p, page.pfn);
  TestSource(at.rows, source, page.detail,
             page.grant == Grant::kShare ? Source::kShareable : Source::kPrivate, refusal);
  const Leaf leaf = at.leaves.At(ToIpa(page.gfn));
  const EntryKind kind = KindOf(leaf.descriptor, leaf.level);
  refusal->Test(Row::kGfnInUse, kind == EntryKind::kLeaf, page.detail);
  if (page.grant != Grant::kShare) {
    refusal->Test(Row::kGfnPoison, kind == EntryKind::kAnnotation, page.detail);
    return;
  }
  const bool full = source.is_ram() && source.record->borrowers() == limits_.max_borrowers;
  refusal->Test(Row::kTooManyBorrowers, full, page.detail);
}

template <class P>
LowestRow Hypervisor<P>::TestGrant(P& p, const HostLocked<P>& host, Vm<P>& vm, const Arguments& a,
                                   Grant grant) {
  LowestRow refusal = TestGfnsFit(vm, a);
  if (refusal.any()) return refusal;
  if (refusal.Test(Row::kVmNotLive, vm.IsDying(p), 0)) return refusal;
  const GrantRules rules = RulesOf(grant);
  refusal.Test(rules.wrong_kind, vm.slot().kind.Load(p) != rules.kind, 0);

  GrantCursors at{HostRows(p, host_, host), LeafCursor<GuestTable<P>, P>(p, vm.table())};
  ForEachPage(a, [&](const PageEntry& entry, std::uint64_t i, std::uint64_t detail) {
    TestGrantPage(p, at, {entry.pfns.first() + i, entry.gfns.first() + i, detail, grant}, &refusal);
  });
  if (refusal.any()) return refusal;
  const std::uint64_t need = TablesNeeded(p, vm, a.entries());
  const std::uint64_t free = vm.slot().tables.Available(p);
  refusal.Test(Row::kTablesMissing, need > free, need - free);
  return refusal;
}

// The host's side of a grant: it shares the pages from now on, or can't reach them any more.
template <class P>
void Hypervisor<P>::LetGo(P& p, const HostAndPoolLocked<P>& locks, const Vm<P>& vm,
                          const Arguments& a, Grant grant) {
  const GrantRules rules = RulesOf(grant);
  for (const PageEntry& entry : a.entries()) host_.ToPages(p, locks.host, locks.pool, entry.pfns);
  if (grant == Grant::kShare) {
    for (const PageEntry& entry : a.entries()) {
      host_.SetState(p, locks.host, entry.pfns, PageState::kSharedOwned);
      for (Pfn pfn = entry.pfns.first(); pfn < entry.pfns.end(); pfn = pfn + 1) {
        PageRecord<P> record = host_.Record(p, pfn);
        record.set_borrowers(static_cast<std::uint16_t>(record.borrowers() + 1));
      }
    }
    return;
  }
  typename HostMemory<P>::Batch batch = host_.NewBatch(p);
  for (const PageEntry& entry : a.entries()) {
    const Annotation first{rules.left_behind, 0, vm.slot_plus_one(), entry.gfns.first()};
    host_.Annotate(p, locks.host, entry.pfns, first, AnnotationRun::kNextGfn, batch);
  }
  batch.Flush();
}

template <class P>
Outcome Hypervisor<P>::GrantPages(P& p, const Arguments& a, Grant grant) {
  return WithVm<HostAndPoolLocked<P>>(p, a.vm, [&](Vm<P>& vm, const HostAndPoolLocked<P>& locks) {
    const LowestRow refusal = TestGrant(p, locks.host, vm, a, grant);
    if (refusal.any()) return refusal.outcome();

    LetGo(p, locks, vm, a, grant);
    // The guest may use other attributes than the host: what the host wrote must be in memory, and
    // fetched anew.
    ForEachPage(a, [&](const PageEntry& entry, std::uint64_t i, std::uint64_t) {
      el2_.Clean(p, entry.pfns.first() + i);
    });
    const Prot prot = grant == Grant::kDonate ? Prot(Prot::kRwx) : a.prot;
    // After the cleaning: what is fetched before that is what memory held before, and would be
    // kept.
    if (prot.Has(Prot::kExecute)) {
      p.InvalidateIcache();
      p.DsbIsh();
    }
    for (const PageEntry& entry : a.entries()) {
      Commit(p,
             vm.table().Map(p, vm.slot().tables, IpaRange(vm, entry.gfns),
                            ToAddress(entry.pfns.first()), prot | ToProt(RulesOf(grant).state),
                            Blocks::kAllowed, Over::kAbsentOnly),
             "map of granted pages in a guest");
    }
    return Outcome::Done();
  });
}

template <class P>
Outcome Hypervisor<P>::ShareGuest(P& p, const Arguments& a) {
  return GrantPages(p, a, Grant::kShare);
}
template <class P>
Outcome Hypervisor<P>::LendGuest(P& p, const Arguments& a) {
  return GrantPages(p, a, Grant::kLend);
}
template <class P>
Outcome Hypervisor<P>::DonateGuest(P& p, const Arguments& a) {
  return GrantPages(p, a, Grant::kDonate);
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_GRANT_CALLS_IMPL_H_
