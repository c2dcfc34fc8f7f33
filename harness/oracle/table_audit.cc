// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/table_audit.h"

#include "harness/oracle/address_space.h"

namespace cadastre::oracle {
namespace {

constexpr Root kHostRoot{.regime = Regime::kHost};
constexpr Root kEl2Root{.regime = Regime::kEl2};
constexpr RootGeometry kEl2Geometry{.start_level = 0, .pages = 1};

std::uint64_t WordAt(const std::uint64_t* words, unsigned entry) {
  return words == nullptr ? 0 : words[entry];
}

// A page that EL2 may use for a table at all, by its record; nothing else may be read as one.
bool MayBeTable(const Record& record) {
  switch (static_cast<Use>(record.use)) {
    case Use::kImage:
    case Use::kPoolFree:
    case Use::kTable:
    case Use::kVmMeta:
      return true;
    default:
      return false;
  }
}

bool IsInOneOf(const EntryView& entry, const PageSpan& inputs) {
  const std::uint64_t pages = std::uint64_t{1} << (LevelShift(entry.level) - kPageShift);
  const std::uint64_t first = entry.input >> kPageShift;
  return first >= inputs.first && first + pages <= inputs.first + inputs.count;
}

}  // namespace

void TableAudit::Fire(Invariant invariant, std::uint64_t where, std::uint64_t word) {
  if (finding_ && finding_->invariant <= invariant) return;
  finding_ = AuditFinding{.invariant = invariant, .where = where, .word = word};
}

std::optional<AuditFinding> TableAudit::Run(const AuditMemory& memory, const AuditRoots& roots,
                                            const AuditListener& listener) {
  memory_ = memory;
  listener_ = listener;
  finding_.reset();
  for (AuditNote& note : notes_) note = AuditNote{};
  WalkRoot(kHostRoot, GuestKind::kPlain, roots.host_pfn, RootGeometryOf(machine_.pa_bits));
  WalkRoot(kEl2Root, GuestKind::kPlain, roots.el2_pfn, kEl2Geometry);
  for (const AuditVm& vm : roots.vms) {
    WalkRoot({.regime = Regime::kGuest, .slot = vm.slot}, vm.kind, vm.root_pfn,
             RootGeometryOf(vm.ipa_bits));
  }
  std::uint64_t index = 0;
  for (const PageSpan& region : machine_.ram.ram) {
    for (std::uint64_t i = 0; i < region.count; ++i) AuditPage(index++, region.first + i);
  }
  return finding_;
}

std::uint64_t TableAudit::RecordWord(std::uint64_t index) const {
  const std::uint64_t address = machine_.record_base + index * sizeof(std::uint64_t);
  const std::uint64_t* words = memory_.page_words(memory_.context, address >> kPageShift);
  return WordAt(words, static_cast<unsigned>(address / sizeof(std::uint64_t) % kEntries));
}

bool TableAudit::IsUntouched(std::uint64_t index, std::uint64_t pfn) const {
  const AuditNote& note = notes_[index];
  return note.host.word == 0 && note.el2.word == 0 && note.guests.Total() == 0 &&
         note.table == AuditNote::Table::kNone && RecordWord(index) == 0 &&
         !machine_.image.Contains(pfn) && !machine_.pool.Contains(pfn);
}

void TableAudit::WalkRoot(const Root& root, GuestKind kind, std::uint64_t first_pfn,
                          const RootGeometry& geometry) {
  const unsigned shift = LevelShift(geometry.start_level);
  for (std::uint64_t i = 0; i < geometry.pages; ++i)
    WalkTree(root, kind, first_pfn + i, geometry.start_level, i * kEntries << shift);
}

void TableAudit::WalkTree(const Root& root, GuestKind kind, std::uint64_t pfn, unsigned level,
                          std::uint64_t input_base) {
  Frame stack[kMaxDepth];
  std::size_t depth = 0;
  const EntryView start{.root = root, .level = level, .input = input_base, .word = 0};
  if (const auto frame = Enter(start, pfn, AuditNote::Table::kRoot)) stack[depth++] = *frame;
  while (depth > 0) {
    Frame& top = stack[depth - 1];
    if (top.next == kEntries) {
      --depth;
      continue;
    }
    const unsigned at = level + static_cast<unsigned>(depth) - 1;
    const EntryView entry{.root = root,
                          .level = at,
                          .input = top.input_base + (std::uint64_t{top.next} << LevelShift(at)),
                          .word = WordAt(top.words, top.next)};
    ++top.next;
    if (IsOwnInput(entry) || !AuditEntry(entry, kind, *top.note)) continue;
    if (const auto frame = Enter(entry, OutputPfn(entry.word), AuditNote::Table::kBelow))
      stack[depth++] = *frame;
  }
}

// SINGLE_PARENT, and of TABLE_PRIVATE what must hold before the page is read as a table.
std::optional<TableAudit::Frame> TableAudit::Enter(const EntryView& link, std::uint64_t pfn,
                                                   AuditNote::Table table) {
  const auto index = machine_.ram.IndexOf(pfn);
  if (!index || !MayBeTable(DecodeRecord(RecordWord(*index)))) {
    FireEntry(Invariant::kTablePrivate, link);
    return std::nullopt;
  }
  AuditNote& note = notes_[*index];
  if (note.table != AuditNote::Table::kNone) {
    FireEntry(Invariant::kSingleParent, link);
    return std::nullopt;
  }
  note.table = table;
  note.root = link.root;
  return Frame{.words = memory_.page_words(memory_.context, pfn),
               .note = &note,
               .input_base = link.input,
               .next = 0};
}

bool TableAudit::IsOwnInput(const EntryView& entry) const {
  for (const AuditMachine::Own& own : machine_.own_inputs) {
    if (own.regime == entry.root.regime && IsInOneOf(entry, own.inputs)) return true;
  }
  return false;
}

bool TableAudit::AuditEntry(const EntryView& entry, GuestKind kind, AuditNote& table) {
  const bool of_host = entry.root.regime == Regime::kHost;
  const bool host_page = of_host && entry.level == kPageLevel;
  const std::uint64_t input_pfn = entry.input >> kPageShift;
  if (entry.word == 0) {
    if (host_page && machine_.ram.IsOwnable(input_pfn))
      FireEntry(Invariant::kGranuleComplete, entry);
    return false;
  }
  if (!of_host) ++table.count;
  if (host_page && entry.word == (kHostDefaultBits | entry.input) &&
      machine_.ram.IsOwnable(input_pfn))
    return false;
  const EntryKind what = KindOf(entry.word, entry.level);
  const bool is_leaf = what == EntryKind::kLeaf;
  if (of_host && (what == EntryKind::kAnnotation || (is_leaf && SoftwareBits(entry.word) != 0)))
    ++table.count;
  if (!IsDecodable(entry, machine_.pa_bits)) {
    FireEntry(Invariant::kDecodableEntry, entry);
    return false;
  }
  if (listener_.guest_entry != nullptr && entry.root.regime == Regime::kGuest &&
      what != EntryKind::kTable)
    listener_.guest_entry(listener_.context, entry);
  if (what == EntryKind::kAnnotation) AuditAnnotation(entry);
  if (is_leaf) AuditLeaf(entry, kind);
  return what == EntryKind::kTable;
}

void TableAudit::AuditAnnotation(const EntryView& entry) {
  if (!IsAnnotationLegal(entry)) FireEntry(Invariant::kAnnotationLegal, entry);
  if (entry.root.regime != Regime::kHost || entry.level != kPageLevel) return;
  const std::uint64_t pfn = entry.input >> kPageShift;
  const auto index = machine_.ram.IndexOf(pfn);
  if (!machine_.ram.IsOwnable(pfn)) FireEntry(Invariant::kNonRamUnowned, entry);
  if (index) notes_[*index].host = {.word = entry.word, .level = entry.level};
}

void TableAudit::AuditLeaf(const EntryView& entry, GuestKind kind) {
  const Leaf leaf = DecodeLeaf(entry.root.stage(), entry.word);
  const std::uint64_t pages = entry.level == kBlockLevel ? kEntries : 1;
  const bool is_host = entry.root.regime == Regime::kHost;
  if (pages != 1 && (leaf.pfn % kEntries != 0 || (is_host && leaf.state != LeafState::kOwned) ||
                     !machine_.ram.IsGranuleOfOneKind(leaf.pfn)))
    FireEntry(Invariant::kBlockLegal, entry);
  const bool reaches_image = entry.root.regime != Regime::kEl2 &&
                             leaf.pfn < machine_.image.first + machine_.image.count &&
                             machine_.image.first < leaf.pfn + pages;
  // A leaf that reaches the image is named for that alone, wherever it stands.
  if (reaches_image) {
    FireEntry(Invariant::kImageProtected, entry);
  } else if (!IsIdentity(entry)) {
    FireEntry(Invariant::kIdentityMap, entry);
  }
  AuditBounds(entry, leaf, pages);
  NoteLeaf(entry, leaf, kind, pages);
}

// PERMISSION_BOUND, MEMORY_TYPE and NON_RAM_UNOWNED of a leaf. What a guest may do with a page of
// its own only S knows.
void TableAudit::AuditBounds(const EntryView& entry, const Leaf& leaf, std::uint64_t pages) {
  constexpr std::uint64_t kReadWrite = kProtRead | kProtWrite;
  const bool is_host = entry.root.regime == Regime::kHost;
  const bool device = machine_.ram.IsDevice(leaf.pfn);
  const bool ownable = machine_.ram.IsOwnable(leaf.pfn);
  if (is_host && (ownable || device) &&
      !(leaf.young && leaf.prot == (ownable ? kProtAll : kReadWrite)))
    FireEntry(Invariant::kPermissionBound, entry);
  if (entry.root.regime == Regime::kEl2 && leaf.prot != kReadWrite)
    FireEntry(Invariant::kPermissionBound, entry);
  const bool is_ram = machine_.ram.IndexOf(leaf.pfn).has_value();
  if (is_ram != (leaf.type == MemoryType::kNormal)) FireEntry(Invariant::kMemoryType, entry);
  for (std::uint64_t i = 0; i < pages; ++i) {
    const std::uint64_t pfn = leaf.pfn + i;
    const bool hosts_device =
        is_host && leaf.state == LeafState::kOwned && machine_.ram.IsDevice(pfn);
    if (!machine_.ram.IsOwnable(pfn) && !hosts_device) FireEntry(Invariant::kNonRamUnowned, entry);
  }
}

// The host's and EL2's views are those of the input, a guest's those of the output.
void TableAudit::NoteLeaf(const EntryView& entry, const Leaf& leaf, GuestKind kind,
                          std::uint64_t pages) {
  const WalkEnd end{.word = entry.word, .level = entry.level};
  for (std::uint64_t i = 0; i < pages; ++i) {
    const std::uint64_t input = entry.input + (i << kPageShift);
    const bool is_guest = entry.root.regime == Regime::kGuest;
    const auto linear = LinearPfn(input);
    const std::uint64_t pfn = is_guest                             ? leaf.pfn + i
                              : entry.root.regime == Regime::kHost ? input >> kPageShift
                                                                   : linear.value_or(~0ULL);
    const auto index = machine_.ram.IndexOf(pfn);
    if (!index) continue;
    AuditNote& note = notes_[*index];
    if (entry.root.regime == Regime::kHost) note.host = end;
    if (entry.root.regime == Regime::kEl2) note.el2 = end;
    if (!is_guest) continue;
    ++note.guests.by_state[static_cast<std::size_t>(leaf.state)];
    note.guests.in_protected += kind == GuestKind::kProtected ? 1 : 0;
    note.guests.slot_sum += entry.root.slot;
    note.guests.gfn_sum += input >> kPageShift;
  }
}

void TableAudit::AuditPage(std::uint64_t index, std::uint64_t pfn) {
  if (IsUntouched(index, pfn)) return;
  const AuditNote& note = notes_[index];
  const PageRows rows = RowsOf(note.host, note.el2, note.guests);
  AuditRows(rows, pfn, note);
  AuditRecord(rows, pfn, note, RecordWord(index));
}

// NON_RAM_UNOWNED, EXCLUSIVE_OWNER, LEGAL_ROW, and of PAGE_AGREES what boot fixes for ever: the
// image and the pool.
void TableAudit::AuditRows(const PageRows& rows, std::uint64_t pfn, const AuditNote& note) {
  const std::uint64_t where = pfn << kPageShift;
  if (!machine_.ram.IsOwnable(pfn)) {
    if (note.host.word != 0 || rows.el2 != El2View::kNone || rows.guests.Total() != 0)
      Fire(Invariant::kNonRamUnowned, where, note.host.word);
    return;
  }
  const unsigned owners = OwnersOf(rows);
  if (owners != 1 && !(owners == 0 && rows.host == HostView::kTransit))
    return Fire(Invariant::kExclusiveOwner, where, note.host.word);
  if (!IsLegalRow(rows)) return Fire(Invariant::kLegalRow, where, note.host.word);
  const auto is = [&rows](Use use) {
    return rows.host == HostView::kHyp && rows.annotation.vm_tag == 0 &&
           rows.annotation.use == static_cast<unsigned>(use);
  };
  const bool image = machine_.image.Contains(pfn);
  const bool pool = machine_.pool.Contains(pfn);
  if ((image && !is(Use::kImage)) || (pool && !is(Use::kPoolFree)) ||
      (!image && !pool && (is(Use::kImage) || is(Use::kPoolFree))))
    Fire(Invariant::kPageAgrees, where, note.host.word);
}

// BORROWERS_COUNTED, RECORD_AGREES, TABLE_PRIVATE, TABLE_COUNT, POOL_ACCOUNTED.
void TableAudit::AuditRecord(const PageRows& rows, std::uint64_t pfn, const AuditNote& note,
                             std::uint64_t word) {
  const std::uint64_t where = pfn << kPageShift;
  const Record record = DecodeRecord(word);
  const bool is_hyp = rows.host == HostView::kHyp;
  const bool pool = machine_.pool.Contains(pfn);
  const bool table = note.table != AuditNote::Table::kNone;
  if (record.borrowers != rows.guests.by_state[kSharedBorrowed])
    Fire(Invariant::kBorrowersCounted, where, word);
  const bool shared_hyp =
      rows.host == HostView::kSharedOwned && rows.el2 == El2View::kSharedBorrowed;
  const Use row_use = rows.host == HostView::kTransit ? Use::kTransit : Use::kNone;
  const unsigned use = is_hyp ? rows.annotation.use : static_cast<unsigned>(row_use);
  if (record.reserved != 0 || (record.pins != 0 && !shared_hyp) || (!pool && record.use != use))
    Fire(Invariant::kRecordAgrees, where, word);
  if (pool && record.use != static_cast<unsigned>(table ? Use::kTable : Use::kPoolFree))
    Fire(Invariant::kPoolAccounted, where, word);
  if (record.count != note.count) Fire(Invariant::kTableCount, where, word);
  if (!table) return;
  const bool root = note.table == AuditNote::Table::kRoot;
  const bool guest = note.root.regime == Regime::kGuest;
  // used(VM) counts no table that stands empty.
  if (guest && !root && note.count == 0) Fire(Invariant::kPoolAccounted, where, word);
  const Use class_use =
      guest ? (root ? Use::kVmMeta : Use::kTable) : (root ? Use::kImage : Use::kPoolFree);
  const unsigned tag = guest ? note.root.slot + 1 : 0;
  if (!is_hyp || rows.annotation.use != static_cast<unsigned>(class_use) ||
      rows.annotation.vm_tag != tag || rows.guests.Total() != 0)
    Fire(Invariant::kTablePrivate, where, note.host.word);
}

}  // namespace cadastre::oracle
