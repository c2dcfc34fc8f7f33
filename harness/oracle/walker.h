// SPDX-License-Identifier: Apache-2.0
// The hardware's view of the tables: every page that a root reaches, read from raw memory. The
// walker keeps a copy of each reachable table, so that a store costs only the entry that changed;
// what an entry stood for before is taken back by the copy, never by what the core says it was.
//
//   host root -- start level .. level 3   input = physical address, the output must be the same
//   EL2 root  -- level 0 .. level 3       input = virtual address
//   VM root   -- start level .. level 3   input = guest address; the page a leaf outputs counts it
#ifndef CADASTRE_HARNESS_ORACLE_WALKER_H_
#define CADASTRE_HARNESS_ORACLE_WALKER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/oracle/descriptor.h"
#include "harness/oracle/entry_rules.h"
#include "harness/oracle/facts.h"
#include "harness/oracle/ram.h"
#include "harness/oracle/root.h"
#include "harness/oracle/rows.h"
#include "harness/oracle/touch_list.h"

namespace cadastre::oracle {

// For messages: "host", "EL2", "guest 3".
std::string NameOf(const Root& root);

// What a table page is for: entry i covers input_base + (i << LevelShift(level)).
struct TableRole {
  PageIndex page = 0;
  Root root;
  unsigned level = 0;
  std::uint64_t input_base = 0;

  friend bool operator==(const TableRole&, const TableRole&) = default;
};

struct Table {
  TableRole role;
  std::optional<PageIndex> parent;  // none for a root page
  unsigned parent_entry = 0;
  unsigned non_zero = 0;
  unsigned special = 0;     // annotations, and leaves with sw bits
  unsigned absent_ram = 0;  // of a level 3 table of the host: ownable pages without an entry
  const std::uint64_t* words = nullptr;  // all of them: a copy, or the memory itself
};

// A table pointer that can't be followed: its target is reached already, or is not RAM.
struct BadLink {
  EntryView entry;
  std::optional<TableRole> other;
};

// What an update found, by what has to be checked.
struct WalkChanges {
  // Non-zero entries but default pages of the host, and groups of EL2's or of the pool: these are
  // right by comparison.
  std::vector<EntryView> entries;
  std::vector<BadLink> bad_links;
  std::vector<TableRole> linked;
  std::vector<TableRole> unlinked;
  TouchList pages;   // whose views may differ
  TouchList tables;  // whose entries differ

  explicit WalkChanges(PageIndex size) : pages(size), tables(size) {}
  void Clear();
};

class Walker {
 public:
  // Whether it keeps a copy of each table. Without one it can't be told of stores: it is good as
  // long as memory stands still.
  enum class Copies { kKept, kNone };
  Walker(const Ram& ram, const Memory& memory, Copies copies);

  // A new root of `pages` adjacent table pages from `first_pfn`, whose entries are of `level`. Its
  // entries are read now.
  void AddRoot(Root root, std::uint64_t first_pfn, unsigned pages, unsigned level, GuestKind kind,
               WalkChanges& changes);
  void RemoveRoot(Root root, WalkChanges& changes);
  bool HasRoot(Root root) const { return roots_[RootIndex(root)].pages > 0; }
  void Clear();
  // What is known now is what Restore goes back to, at the cost of the tables that changed since.
  // Only with copies, and while no guest has a root; memory must have gone back too.
  void Keep();
  void Restore();

  // A word or page of memory was stored. Only pages that are tables now count: others are read when
  // they are linked.
  void NoteWord(PageIndex page, unsigned entry) {
    if (slots_[page] != 0) NoteEntry(page, entry);
  }
  void NotePage(PageIndex page);
  // Takes all noted stores into account: first takes back what changed, then reads what is there.
  void Update(WalkChanges& changes);

  bool IsTable(PageIndex page) const { return slots_[page] != 0; }
  const Table* TableAt(PageIndex page) const {
    return slots_[page] == 0 ? nullptr : tables_[slots_[page] - 1].get();
  }
  // A 2 MiB span: its level three table, or the one entry that ends every walk into it.
  struct Span {
    const Table* leaves = nullptr;
    WalkEnd end;  // if there is none

    // Where the walk for an input of the span ends.
    WalkEnd EndAt(std::uint64_t input) const {
      if (leaves == nullptr) return end;
      return {.word = leaves->words[input >> kPageShift & (kEntries - 1)], .level = kPageLevel};
    }
  };
  Span WalkSpan(Root root, std::uint64_t input) const {
    const Memo& memo = MemoOf(root, input);
    return {memo.leaves, memo.end};
  }
  WalkEnd Walk(Root root, std::uint64_t input) const { return WalkSpan(root, input).EndAt(input); }
  bool HadGuestLeaves(PageIndex page) const { return pages_with_leaves_.Has(page); }
  const GuestLeaves& guest_leaves(PageIndex page) const { return leaves_[page]; }

  // Of a root: tables below it, blocks, and pages mapped by leaves.
  std::uint64_t TablesBelow(Root root) const { return roots_[RootIndex(root)].tables; }
  std::uint64_t Blocks(Root root) const { return roots_[RootIndex(root)].blocks; }
  std::uint64_t MappedPages(Root root) const { return roots_[RootIndex(root)].mapped; }

  // A page of which the two tell different things: as a table, or by the leaves that output it.
  std::optional<PageIndex> DifferenceFrom(const Walker& other) const;

 private:
  struct RootInfo {
    std::uint64_t first_pfn = 0;
    unsigned pages = 0;
    unsigned level = 0;
    GuestKind kind = GuestKind::kPlain;
    std::uint64_t tables = 0;
    std::uint64_t blocks = 0;
    std::uint64_t mapped = 0;
  };
  struct KeptTable {
    Table table;
    std::array<std::uint64_t, kEntries> words;
  };
  enum class Direction { kTakeBack, kAdd };
  // Where a late walk of a regime entered its 2 MiB span. Few spans are asked for again and again,
  // so most walks end here. Good while `shape` is the walker's.
  struct Memo {
    std::uint64_t shape = 0;
    Root root;
    std::uint64_t span = 0;
    const Table* leaves = nullptr;  // the level three table of the span, if there is one
    WalkEnd end;                    // of every address of the span, if there is none
  };
  static constexpr std::size_t kMemos = 8;  // of a regime
  bool IsSameTable(const Table& mine, const Walker& other) const;
  bool HasSameLeaves(const Walker& other, PageIndex page) const {
    return leaves_[page] == other.leaves_[page];
  }
  struct Dirty {
    PageIndex page;
    unsigned entry;
    std::uint64_t now;  // what stands there when it is taken into account
  };

  static std::size_t RootIndex(const Root& root) {
    return root.regime == Regime::kGuest ? 2 + root.slot : static_cast<std::size_t>(root.regime);
  }
  std::array<std::uint64_t, kEntries>& CopyOf(const Table& table) {
    return *words_[slots_[table.role.page] - 1];
  }
  Table& TableOf(PageIndex page) { return *tables_[slots_[page] - 1]; }
  const Memo& MemoOf(Root root, std::uint64_t input) const {
    const std::uint64_t span = input >> LevelShift(kBlockLevel);
    Memo& memo = memos_[static_cast<std::size_t>(root.regime)][span % kMemos];
    if (memo.shape != shape_ || memo.span != span || memo.root != root)
      memo = FindSpan(root, input);
    return memo;
  }
  Memo FindSpan(Root root, std::uint64_t input) const;
  Table& MakeTable(const TableRole& role);
  void FreeTable(PageIndex page);
  void DropTable(PageIndex page, WalkChanges& changes);
  void Load(Table& table, WalkChanges& changes);
  void ReplaceWord(Table& table, unsigned entry, std::uint64_t word, WalkChanges& changes);
  void NoteEntry(PageIndex page, unsigned entry);
  void ReadDirtyWords();
  void Account(Table& table, unsigned entry, std::uint64_t word, Direction direction,
               WalkChanges& changes);
  void AccountAll(Table& table, Direction direction, WalkChanges& changes);
  bool CountGroup(Table& table, unsigned base, Direction direction, WalkChanges& changes);
  void AccountLeaf(const EntryView& view, Direction direction, WalkChanges& changes);
  void AccountGuestLeaf(const EntryView& view, const Leaf& leaf, Direction direction,
                        WalkChanges& changes);
  void Follow(Table& parent, unsigned entry, const EntryView& view, WalkChanges& changes);
  bool IsHostDefault(const EntryView& view) const;

  const Ram& ram_;
  const Memory& memory_;
  Copies copies_;
  std::vector<std::uint32_t> slots_;  // by RAM page: position in tables_ + 1, 0 for no table
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<std::unique_ptr<std::array<std::uint64_t, kEntries>>> words_;  // of each, if kept
  std::vector<std::uint32_t> free_tables_;
  std::uint64_t tables_in_use_ = 0;
  std::uint64_t shape_ = 1;  // changes with every table, root and entry above level three
  mutable std::array<std::array<Memo, kMemos>, 3> memos_;  // by regime
  std::vector<GuestLeaves> leaves_;
  TouchList pages_with_leaves_;  // now, or at some time since Clear
  TouchList touched_;            // pages that became, ceased to be or changed as tables
  std::vector<RootInfo> roots_;
  std::vector<RootInfo> kept_roots_;
  std::vector<KeptTable> kept_tables_;
  std::vector<Dirty> dirty_words_;
  std::vector<PageIndex> dirty_pages_;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_WALKER_H_
