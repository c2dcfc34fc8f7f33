// SPDX-License-Identifier: Apache-2.0
// The part of the oracle that runs at EL2 too: what tables and page records say by themselves, read
// from raw memory without S. Groups A and B over everything that the roots reach, and the record of
// each page, in one walk.
//
// No heap, no strings, no recursion. While it runs no other CPU may change a table or a record: at
// EL2 the caller holds all locks, or is the only one at work.
//
// What needs S stays on the host: which page is whose by the calls so far (GFN_AGREES, most of
// PAGE_AGREES), a guest's permissions, used(VM), pins by their number.
#ifndef CADASTRE_HARNESS_ORACLE_TABLE_AUDIT_H_
#define CADASTRE_HARNESS_ORACLE_TABLE_AUDIT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "harness/oracle/entry_rules.h"
#include "harness/oracle/invariants.h"
#include "harness/oracle/ram_spans.h"
#include "harness/oracle/root_geometry.h"
#include "harness/oracle/rows.h"

namespace cadastre::oracle {

// Raw memory, read only. `page_words` gives the 512 words of a page, or nullptr if all are zero. It
// is asked for pages of records and of tables alone.
struct AuditMemory {
  const std::uint64_t* (*page_words)(const void* context, std::uint64_t pfn) = nullptr;
  const void* context = nullptr;
};

struct AuditMachine {
  unsigned pa_bits = 40;
  RamSpans ram;
  PageSpan image;
  PageSpan pool;
  std::uint64_t record_base = 0;  // physical address of the page records
  // Inputs that the manual says nothing of, since they are the image's own matter: where EL2 maps
  // its text and devices, and where a host finds what is none of the machine's RAM.
  struct Own {
    Regime regime = Regime::kEl2;
    PageSpan inputs;
  };
  std::span<const Own> own_inputs;
};

// Hears of each leaf and annotation of a guest's tables that the walk meets, in ascending order of
// their inputs within a VM.
struct AuditListener {
  void (*guest_entry)(void* context, const EntryView& entry) = nullptr;
  void* context = nullptr;
};

// A VM that has a root.
struct AuditVm {
  unsigned slot = 0;
  GuestKind kind = GuestKind::kPlain;
  unsigned ipa_bits = 0;
  std::uint64_t root_pfn = 0;
};

struct AuditRoots {
  std::uint64_t host_pfn = 0;
  std::uint64_t el2_pfn = 0;
  std::span<const AuditVm> vms;
};

// What a walk noted of one page of RAM.
struct AuditNote {
  GuestLeaves guests;
  WalkEnd host;  // word 0: absent, or the default leaf of a table
  WalkEnd el2;
  // As a table: of which regime's tree, and where in it.
  enum class Table : std::uint8_t { kNone, kRoot, kBelow };
  Table table = Table::kNone;
  Root root;
  std::uint32_t count = 0;  // what its record's count must be
};

struct AuditFinding {
  Invariant invariant{};
  std::uint64_t where = 0;  // the input of the entry, or the address of the page
  std::uint64_t word = 0;   // the entry, or the record
};

class TableAudit {
 public:
  // Both must outlive the audit. Precondition: one note for each page of RAM.
  TableAudit(const AuditMachine& machine, std::span<AuditNote> notes)
      : machine_(machine), notes_(notes) {}

  // What is wrong, by the priority of invariants.h and of that the first; nullopt if nothing is.
  std::optional<AuditFinding> Run(const AuditMemory& memory, const AuditRoots& roots,
                                  const AuditListener& listener = {});

  // Of the last run, by index of the RAM page.
  std::span<const AuditNote> notes() const { return notes_; }
  // The page's record as it stood in the last run's memory.
  std::uint64_t RecordWord(std::uint64_t index) const;
  // Nothing speaks of the page, in the last run: no entry, and its record is zero. Nor is it of the
  // image or the pool, of which something must. Most pages are so.
  bool IsUntouched(std::uint64_t index, std::uint64_t pfn) const;

 private:
  // A table on the way from a root to where the walk is.
  struct Frame {
    const std::uint64_t* words = nullptr;
    AuditNote* note = nullptr;
    std::uint64_t input_base = 0;
    unsigned next = 0;  // entry
  };
  static constexpr std::size_t kMaxDepth = 4;

  void Fire(Invariant invariant, std::uint64_t where, std::uint64_t word);
  void FireEntry(Invariant invariant, const EntryView& entry) {
    Fire(invariant, entry.input, entry.word);
  }
  void WalkRoot(const Root& root, GuestKind kind, std::uint64_t first_pfn,
                const RootGeometry& geometry);
  void WalkTree(const Root& root, GuestKind kind, std::uint64_t pfn, unsigned level,
                std::uint64_t input_base);
  // Notes the page as a table; nullopt if it can't be one.
  std::optional<Frame> Enter(const EntryView& link, std::uint64_t pfn, AuditNote::Table table);
  bool IsOwnInput(const EntryView& entry) const;
  // Whether it points to a table.
  bool AuditEntry(const EntryView& entry, GuestKind kind, AuditNote& table);
  void AuditAnnotation(const EntryView& entry);
  void AuditLeaf(const EntryView& entry, GuestKind kind);
  void AuditBounds(const EntryView& entry, const Leaf& leaf, std::uint64_t pages);
  void NoteLeaf(const EntryView& entry, const Leaf& leaf, GuestKind kind, std::uint64_t pages);
  void AuditPage(std::uint64_t index, std::uint64_t pfn);
  void AuditRows(const PageRows& rows, std::uint64_t pfn, const AuditNote& note);
  void AuditRecord(const PageRows& rows, std::uint64_t pfn, const AuditNote& note,
                   std::uint64_t word);

  const AuditMachine& machine_;
  std::span<AuditNote> notes_;
  AuditMemory memory_;
  AuditListener listener_;
  std::optional<AuditFinding> finding_;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_TABLE_AUDIT_H_
