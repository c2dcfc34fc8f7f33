// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/walker.h"

#include <algorithm>

#include "harness/oracle/address_space.h"
#include "harness/oracle/report.h"

namespace cadastre::oracle {
namespace {

constexpr std::size_t kRoots = 2 + 256;
constexpr std::uint64_t kPageBytes = std::uint64_t{1} << kPageShift;

std::uint64_t WordAt(const std::uint64_t* words, unsigned entry) {
  return words == nullptr ? 0 : words[entry];
}

std::uint64_t InputOf(const TableRole& role, unsigned entry) {
  return role.input_base + (std::uint64_t{entry} << LevelShift(role.level));
}

// The default leaf at an entry of a level three table of the host or of EL2's linear map; 0 if the
// table has none.
std::uint64_t DefaultWord(const TableRole& role, unsigned entry) {
  if (role.level != kPageLevel) return 0;
  const std::uint64_t input = InputOf(role, entry);
  if (role.root.regime == Regime::kHost) return kHostDefaultBits | input;
  const auto linear = role.root.regime == Regime::kEl2 ? LinearPfn(input) : std::nullopt;
  return linear ? kEl2DefaultBits | *linear << kPageShift : 0;
}

// Of a group of entries: each is `first` and as many steps more as its number.
bool AreAscending(const std::uint64_t* words, std::uint64_t first, std::uint64_t step) {
  std::uint64_t differences = 0;
  for (unsigned i = 0; i < Ram::kGroup; ++i, first += step) differences |= words[i] ^ first;
  return differences == 0;
}

// Of a group of entries.
bool AreZero(const std::uint64_t* words) {
  std::uint64_t any = 0;
  for (unsigned i = 0; i < Ram::kGroup; ++i) any |= words[i];
  return any == 0;
}

}  // namespace

std::string NameOf(const Root& root) {
  if (root.regime == Regime::kGuest) return Format("guest %u", root.slot);
  return root.regime == Regime::kHost ? "host" : "EL2";
}

void WalkChanges::Clear() {
  entries.clear();
  bad_links.clear();
  linked.clear();
  unlinked.clear();
  pages.Clear();
  tables.Clear();
}

Walker::Walker(const Ram& ram, const Memory& memory, Copies copies)
    : ram_(ram),
      memory_(memory),
      copies_(copies),
      slots_(ram.size(), 0),
      leaves_(ram.size()),
      pages_with_leaves_(ram.size()),
      touched_(ram.size()),
      roots_(kRoots) {}

void Walker::Clear() {
  ++shape_;
  std::fill(slots_.begin(), slots_.end(), 0);
  free_tables_.clear();
  for (std::uint32_t i = 0; i < tables_.size(); ++i) free_tables_.push_back(i);
  tables_in_use_ = 0;
  for (const PageIndex page : pages_with_leaves_.members()) leaves_[page] = GuestLeaves{};
  pages_with_leaves_.Clear();
  std::fill(roots_.begin(), roots_.end(), RootInfo{});
  dirty_words_.clear();
  dirty_pages_.clear();
  touched_.Clear();
}

void Walker::Keep() {
  touched_.Clear();
  kept_roots_ = roots_;
  kept_tables_.clear();
  for (PageIndex page = 0; page < slots_.size(); ++page) {
    if (slots_[page] == 0) continue;
    kept_tables_.push_back({.table = TableOf(page), .words = CopyOf(TableOf(page))});
  }
}

// Every table that came, went or changed was touched: the others stand as they were kept.
void Walker::Restore() {
  for (const PageIndex page : touched_.members()) {
    if (slots_[page] != 0) FreeTable(page);
  }
  for (const KeptTable& kept : kept_tables_) {
    if (!touched_.Has(kept.table.role.page)) continue;
    Table& table = MakeTable(kept.table.role);
    auto& copy = CopyOf(table);
    copy = kept.words;
    table = kept.table;
    table.words = copy.data();
  }
  touched_.Clear();
  for (const PageIndex page : pages_with_leaves_.members()) leaves_[page] = GuestLeaves{};
  pages_with_leaves_.Clear();
  roots_ = kept_roots_;
  ++shape_;
  dirty_words_.clear();
  dirty_pages_.clear();
}

Table& Walker::MakeTable(const TableRole& role) {
  if (free_tables_.empty()) {
    free_tables_.push_back(static_cast<std::uint32_t>(tables_.size()));
    tables_.push_back(std::make_unique<Table>());
    if (copies_ == Copies::kKept)
      words_.push_back(std::make_unique<std::array<std::uint64_t, kEntries>>());
  }
  const std::uint32_t position = free_tables_.back();
  free_tables_.pop_back();
  ++tables_in_use_;
  ++shape_;
  slots_[role.page] = position + 1;
  touched_.Add(role.page);
  Table& table = *tables_[position];
  table.role = role;
  table.parent.reset();
  table.non_zero = table.special = table.absent_ram = 0;
  return table;
}

void Walker::AddRoot(Root root, std::uint64_t first_pfn, unsigned pages, unsigned level,
                     GuestKind kind, WalkChanges& changes) {
  ++shape_;
  roots_[RootIndex(root)] = {.first_pfn = first_pfn, .pages = pages, .level = level, .kind = kind};
  for (unsigned i = 0; i < pages; ++i) {
    const auto page = ram_.IndexOf(first_pfn + i);
    const std::uint64_t base = std::uint64_t{i} * kEntries << LevelShift(level);
    if (!page || slots_[*page] != 0) {
      const EntryView entry{.root = root, .level = level, .input = base};
      const auto* other = page ? TableAt(*page) : nullptr;
      changes.bad_links.push_back(
          {entry, other == nullptr ? std::nullopt : std::optional(other->role)});
      continue;
    }
    Load(MakeTable({.page = *page, .root = root, .level = level, .input_base = base}), changes);
  }
}

void Walker::RemoveRoot(Root root, WalkChanges& changes) {
  const RootInfo info = roots_[RootIndex(root)];
  for (unsigned i = 0; i < info.pages; ++i) {
    const auto page = ram_.IndexOf(info.first_pfn + i);
    const Table* table = page ? TableAt(*page) : nullptr;
    if (table != nullptr && table->role.root == root) DropTable(*page, changes);
  }
  roots_[RootIndex(root)] = RootInfo{};
  ++shape_;
}

void Walker::NoteEntry(PageIndex page, unsigned entry) { dirty_words_.push_back({page, entry, 0}); }

void Walker::NotePage(PageIndex page) {
  if (slots_[page] != 0) dirty_pages_.push_back(page);
}

// First an entry that no longer points to its table drops it, so that the page may be linked
// elsewhere.
void Walker::Update(WalkChanges& changes) {
  ReadDirtyWords();
  for (const auto& [page, entry, now] : dirty_words_) {
    if (slots_[page] == 0) continue;
    Table& table = TableOf(page);
    if (KindOf(table.words[entry], table.role.level) == EntryKind::kTable)
      ReplaceWord(table, entry, 0, changes);
  }
  for (const auto& [page, entry, now] : dirty_words_) {
    if (slots_[page] != 0) ReplaceWord(TableOf(page), entry, now, changes);
  }
  dirty_words_.clear();
}

// Of all that was noted, the words that differ from their copies.
void Walker::ReadDirtyWords() {
  std::size_t kept = 0;
  for (const Dirty& word : dirty_words_) {
    if (slots_[word.page] == 0) continue;  // gone with its root
    const std::uint64_t now = WordAt(memory_.PageWords(ram_.PfnOf(word.page)), word.entry);
    if (TableOf(word.page).words[word.entry] != now)
      dirty_words_[kept++] = {word.page, word.entry, now};
  }
  dirty_words_.resize(kept);
  for (const PageIndex page : dirty_pages_) {
    if (slots_[page] == 0) continue;
    const std::uint64_t* copy = TableOf(page).words;
    const std::uint64_t* words = memory_.PageWords(ram_.PfnOf(page));
    for (unsigned i = 0; i < kEntries; ++i) {
      if (copy[i] != WordAt(words, i)) dirty_words_.push_back({page, i, WordAt(words, i)});
    }
  }
  dirty_pages_.clear();
}

void Walker::ReplaceWord(Table& table, unsigned entry, std::uint64_t word, WalkChanges& changes) {
  const std::uint64_t was = table.words[entry];
  if (was == word) return;
  CopyOf(table)[entry] = word;
  touched_.Add(table.role.page);
  if (table.role.level != kPageLevel) ++shape_;
  changes.tables.Add(table.role.page);
  Account(table, entry, was, Direction::kTakeBack, changes);
  Account(table, entry, word, Direction::kAdd, changes);
}

void Walker::Load(Table& table, WalkChanges& changes) {
  changes.linked.push_back(table.role);
  changes.tables.Add(table.role.page);
  changes.pages.Add(table.role.page);
  static constexpr std::array<std::uint64_t, kEntries> kZeroPage{};
  const std::uint64_t* words = memory_.PageWords(ram_.PfnOf(table.role.page));
  table.words = words == nullptr ? kZeroPage.data() : words;
  if (copies_ == Copies::kKept) {
    auto& copy = CopyOf(table);
    std::copy_n(table.words, kEntries, copy.begin());
    table.words = copy.data();
  }
  AccountAll(table, Direction::kAdd, changes);
}

// Most entries of a table are absent, or stand for default or pool pages: a group of such is told
// apart as a whole, and only counted. No rule of AssertEntry speaks against the default leaf or the
// pool's annotation of ownable RAM.
void Walker::AccountAll(Table& table, Direction direction, WalkChanges& changes) {
  const bool host_page = table.role.root.regime == Regime::kHost && table.role.level == kPageLevel;
  for (unsigned base = 0; base < kEntries; base += Ram::kGroup) {
    const std::uint64_t* words = table.words + base;
    if (!host_page && AreZero(words)) continue;
    if (CountGroup(table, base, direction, changes)) continue;
    for (unsigned i = 0; i < Ram::kGroup; ++i) {
      if (host_page || words[i] != 0) Account(table, base + i, words[i], direction, changes);
    }
  }
}

// Counts a group that stands for default or pool pages; false if it does not.
bool Walker::CountGroup(Table& table, unsigned base, Direction direction, WalkChanges& changes) {
  const std::uint64_t* words = table.words + base;
  const std::uint64_t default_word = DefaultWord(table.role, base);
  const std::uint64_t first = OutputPfn(default_word);
  if (default_word == 0 || !ram_.IsOwnableGroup(first)) return false;
  const bool is_host = table.role.root.regime == Regime::kHost;
  const bool is_default = AreAscending(words, default_word, kPageBytes);
  if (!is_default && !(is_host && AreAscending(words, kPoolAnnotation, 0))) return false;
  const std::uint64_t count =
      direction == Direction::kAdd ? Ram::kGroup : -std::uint64_t{Ram::kGroup};
  table.non_zero += static_cast<unsigned>(count);
  if (is_host && is_default) return true;
  for (unsigned i = 0; i < Ram::kGroup; ++i) changes.pages.Add(*ram_.IndexOf(first + i));
  if (is_default) {
    roots_[RootIndex(table.role.root)].mapped += count;
  } else {
    table.special += static_cast<unsigned>(count);
  }
  return true;
}

void Walker::FreeTable(PageIndex page) {
  free_tables_.push_back(slots_[page] - 1);
  slots_[page] = 0;
  touched_.Add(page);
  --tables_in_use_;
  ++shape_;
}

void Walker::DropTable(PageIndex page, WalkChanges& changes) {
  Table& table = TableOf(page);
  changes.unlinked.push_back(table.role);
  changes.tables.Add(page);
  changes.pages.Add(page);
  AccountAll(table, Direction::kTakeBack, changes);
  FreeTable(page);
}

bool Walker::IsHostDefault(const EntryView& view) const {
  return view.word == (kHostDefaultBits | view.input) &&
         ram_.OwnableIndexOf(view.input >> kPageShift).has_value();
}

void Walker::Account(Table& table, unsigned entry, std::uint64_t word, Direction direction,
                     WalkChanges& changes) {
  const TableRole& role = table.role;
  const unsigned one =
      direction == Direction::kAdd ? 1U : ~0U;  // unsigned minus one: counts never pass zero
  const bool host_page = role.root.regime == Regime::kHost && role.level == kPageLevel;
  if (word == 0 && !host_page) return;
  const EntryView view{
      .root = role.root, .level = role.level, .input = InputOf(role, entry), .word = word};
  if (word != 0) table.non_zero += one;
  if (host_page && IsHostDefault(view)) return;
  if (word == 0) {
    if (const auto page = ram_.OwnableIndexOf(view.input >> kPageShift)) {
      table.absent_ram += one;
      changes.pages.Add(*page);
    }
    return;
  }
  if (direction == Direction::kAdd) changes.entries.push_back(view);
  const EntryKind kind = KindOf(word, role.level);
  if (kind == EntryKind::kAnnotation || (kind == EntryKind::kLeaf && SoftwareBits(word) != 0))
    table.special += one;
  if (kind == EntryKind::kLeaf) AccountLeaf(view, direction, changes);
  if (host_page) {
    if (const auto page = ram_.IndexOf(view.input >> kPageShift)) changes.pages.Add(*page);
  }
  if (kind != EntryKind::kTable) return;
  if (direction == Direction::kAdd) return Follow(table, entry, view, changes);
  const auto child = ram_.IndexOf(OutputPfn(word));
  const Table* below = child ? TableAt(*child) : nullptr;
  if (below == nullptr || below->parent != role.page || below->parent_entry != entry) return;
  --roots_[RootIndex(role.root)].tables;
  DropTable(*child, changes);
}

void Walker::Follow(Table& parent, unsigned entry, const EntryView& view, WalkChanges& changes) {
  const auto page = ram_.IndexOf(OutputPfn(view.word));
  if (!page || slots_[*page] != 0) {
    const Table* other = page ? TableAt(*page) : nullptr;
    changes.bad_links.push_back(
        {view, other == nullptr ? std::nullopt : std::optional(other->role)});
    return;
  }
  ++roots_[RootIndex(view.root)].tables;
  const PageIndex parent_page = parent.role.page;
  Table& table = MakeTable(
      {.page = *page, .root = view.root, .level = view.level + 1, .input_base = view.input});
  table.parent = parent_page;
  table.parent_entry = entry;
  Load(table, changes);
}

void Walker::AccountLeaf(const EntryView& view, Direction direction, WalkChanges& changes) {
  const Leaf leaf = DecodeLeaf(view.root.stage(), view.word);
  const std::uint64_t pages = view.level == kBlockLevel ? kEntries : 1;
  RootInfo& root = roots_[RootIndex(view.root)];
  const std::uint64_t one = direction == Direction::kAdd ? 1 : ~std::uint64_t{0};
  if (view.level == kBlockLevel) root.blocks += one;
  root.mapped += one * pages;
  if (view.root.regime == Regime::kGuest) return AccountGuestLeaf(view, leaf, direction, changes);
  if (view.root.regime == Regime::kHost) return;
  for (std::uint64_t i = 0; i < pages; ++i) {
    if (const auto page = ram_.IndexOf(leaf.pfn + i)) changes.pages.Add(*page);
    const auto linear = LinearPfn(view.input + (i << kPageShift));
    if (!linear) continue;
    if (const auto page = ram_.IndexOf(*linear)) changes.pages.Add(*page);
  }
}

void Walker::AccountGuestLeaf(const EntryView& view, const Leaf& leaf, Direction direction,
                              WalkChanges& changes) {
  const std::uint64_t pages = view.level == kBlockLevel ? kEntries : 1;
  const std::uint32_t one = direction == Direction::kAdd ? 1U : ~0U;
  const bool is_protected = roots_[RootIndex(view.root)].kind == GuestKind::kProtected;
  for (std::uint64_t i = 0; i < pages; ++i) {
    const auto page = ram_.IndexOf(leaf.pfn + i);
    if (!page) continue;
    changes.pages.Add(*page);
    pages_with_leaves_.Add(*page);
    GuestLeaves& leaves = leaves_[*page];
    const std::uint64_t gfn = (view.input >> kPageShift) + i;
    leaves.by_state[static_cast<std::size_t>(leaf.state)] += one;
    if (is_protected) leaves.in_protected += one;
    leaves.slot_sum += one * view.root.slot;
    leaves.gfn_sum += direction == Direction::kAdd ? gfn : std::uint64_t{0} - gfn;
  }
}

Walker::Memo Walker::FindSpan(Root root, std::uint64_t input) const {
  Memo memo;
  memo.shape = shape_;
  memo.root = root;
  memo.span = input >> LevelShift(kBlockLevel);
  const RootInfo& info = roots_[RootIndex(root)];
  memo.end.level = info.level;
  const std::uint64_t position = input >> LevelShift(info.level);
  if (position >= std::uint64_t{info.pages} * kEntries) return memo;
  auto page = ram_.IndexOf(info.first_pfn + position / kEntries);
  for (unsigned level = info.level;; ++level) {
    const Table* table = page ? TableAt(*page) : nullptr;
    memo.end = {.word = 0, .level = level};
    if (table == nullptr) return memo;
    if (level == kPageLevel) {
      memo.leaves = table;
      return memo;
    }
    memo.end.word = table->words[input >> LevelShift(level) & (kEntries - 1)];
    if (KindOf(memo.end.word, level) != EntryKind::kTable) return memo;
    page = ram_.IndexOf(OutputPfn(memo.end.word));
  }
}

}  // namespace cadastre::oracle
