// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/memory_digest.h"

namespace cadastre::oracle {
namespace {

Row RowOf(const PageRows& rows) {
  switch (rows.host) {
    case HostView::kDefault:
      return Row::kPrivate;
    case HostView::kSharedOwned:
      return rows.el2 == El2View::kNone ? Row::kSharedGuests : Row::kSharedHyp;
    case HostView::kSharedBorrowed:
      return Row::kGuestShared;
    case HostView::kHyp:
      return Row::kHyp;
    case HostView::kGiven:
      return Row::kGiven;
    case HostView::kLent:
      return Row::kLent;
    case HostView::kTransit:
      return Row::kTransit;
    case HostView::kIllegal:
      break;
  }
  return Row::kNone;
}

}  // namespace

void MemoryDigest::Begin(std::span<const std::uint16_t> rank_of_slot) {
  for (unsigned slot = 0; slot < kSlots; ++slot)
    rank_of_slot_[slot] = slot < rank_of_slot.size() ? rank_of_slot[slot] : 0;
  sum_ = 0;
}

void MemoryDigest::AddGuestEntry(void* context, const EntryView& entry) {
  auto& self = *static_cast<MemoryDigest*>(context);
  const std::uint64_t rank = self.RankOf(entry.root.slot);
  const std::uint64_t gfn = entry.input >> kPageShift;
  if (KindOf(entry.word, entry.level) == EntryKind::kAnnotation) {
    self.sum_ += digest::OfPoison(rank, gfn);
    return;
  }
  const Leaf leaf = DecodeLeaf(entry.root.stage(), entry.word);
  const std::uint64_t pages = entry.level == kBlockLevel ? kEntries : 1;
  for (std::uint64_t i = 0; i < pages; ++i)
    self.sum_ += digest::OfLeaf(rank, gfn + i, self.IndexOf(leaf.pfn + i), leaf.state, leaf.prot);
}

digest::PageTerm MemoryDigest::TermOf(std::uint64_t index, std::uint64_t pfn, const AuditNote& note,
                                      const Record& record) const {
  if (!machine_.ram.IsOwnable(pfn)) return {.index = index, .row = Row::kNone};
  const PageRows rows = RowsOf(note.host, note.el2, note.guests);
  digest::PageTerm term{.index = index,
                        .row = RowOf(rows),
                        .use = Use::kNone,
                        .pins = static_cast<std::uint16_t>(record.pins),
                        .borrowers = static_cast<std::uint16_t>(record.borrowers)};
  if (term.row == Row::kGuestShared) {
    term.vm_rank = RankOf(note.guests.slot_sum);
    term.gfn = note.guests.gfn_sum;
  } else {
    term.vm_rank = RankOfTag(rows.annotation.vm_tag);
    term.gfn = rows.annotation.gfn;
  }
  if (term.row == Row::kHyp) term.use = static_cast<Use>(rows.annotation.use);
  if (term.row == Row::kTransit) term.use = Use::kTransit;
  return term;
}

digest::PageTerm MemoryDigest::BootTermOf(std::uint64_t index, std::uint64_t pfn) const {
  if (!machine_.ram.IsOwnable(pfn)) return {.index = index, .row = Row::kNone};
  if (machine_.image.Contains(pfn)) return {.index = index, .row = Row::kHyp, .use = Use::kImage};
  if (machine_.pool.Contains(pfn)) return {.index = index, .row = Row::kHyp, .use = Use::kPoolFree};
  return {.index = index};
}

void MemoryDigest::AddPages(const TableAudit& audit) {
  std::uint64_t index = 0;
  for (const PageSpan& region : machine_.ram.ram) {
    for (std::uint64_t i = 0; i < region.count; ++i, ++index) {
      const std::uint64_t pfn = region.first + i;
      if (audit.IsUntouched(index, pfn)) continue;
      const digest::PageTerm term =
          TermOf(index, pfn, audit.notes()[index], DecodeRecord(audit.RecordWord(index)));
      if (term != BootTermOf(index, pfn)) sum_ += digest::Of(term);
    }
  }
}

void MemoryDigest::AddVm(const ObjectVm& vm) {
  sum_ += digest::Of({.rank = RankOf(vm.audit.slot),
                      .phase = vm.phase,
                      .kind = vm.audit.kind == GuestKind::kProtected ? 1ULL : 0,
                      .ipa_bits = vm.audit.ipa_bits,
                      .donated = vm.donated,
                      .free = vm.free});
}

void MemoryDigest::AddVcpu(const ObjectVcpu& vcpu) {
  sum_ += digest::Of({.vm_rank = RankOf(vcpu.slot),
                      .index = vcpu.index,
                      .power = vcpu.power,
                      .cpu_plus_one = vcpu.cpu_plus_one,
                      .run_page = IndexOf(vcpu.run_pfn)});
}

void MemoryDigest::AddCpu(unsigned cpu, const ObjectCpu& object) {
  if (object.list_pfn_plus_one != 0)
    sum_ += digest::OfListPage(cpu, IndexOf(object.list_pfn_plus_one - 1));
  if (object.has_vcpu)
    sum_ += digest::OfLoaded(cpu, RankOf(object.slot), object.vcpu_index, object.runs_guest);
}

}  // namespace cadastre::oracle
