// SPDX-License-Identifier: Apache-2.0
// What a page table should be, said naively: runs of pages that are absent, annotated or mapped,
// and the set of entries that are tables. It predicts each operation's errno, value, resulting
// pages and resulting shape. It shares no code with the library and knows no descriptor.
#ifndef CADASTRE_PGTABLE_TESTING_MODEL_H_
#define CADASTRE_PGTABLE_TESTING_MODEL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace cadastre::testing {

// The world that the model is of.
struct ModelConfig {
  unsigned page_shift = 12;
  unsigned input_bits = 32;
  int start_level = 2;
  int granule_min_block = 1;
  int min_block = 2;
  bool stage2 = true;
  bool deposits = true;  // a block costs one page of the stock
  bool frees = true;     // a table without entries goes back
  std::uint64_t stock = 0;
};

enum class PageKind : std::uint8_t { kAbsent, kAnnotation, kLeaf };

// A run of pages; page i has `value` + i * `step`: an output page number or a gfn.
struct PageRun {
  std::uint64_t pages = 0;
  PageKind kind = PageKind::kAbsent;
  std::uint64_t value = 0;
  std::uint64_t step = 0;
  std::uint64_t prot = 0;  // of a leaf: Prot bits; of an annotation: kind, class, slot
  bool young = false;

  bool SameState(const PageRun& other) const {
    return kind == other.kind && value == other.value && prot == other.prot && young == other.young;
  }
};

// Linux's errno, 0 for success, and what the operation answers then.
struct Outcome {
  int error = 0;
  std::uint64_t value = 0;
};

class Model {
 public:
  // Addresses are bytes and may be anything.
  struct Bytes {
    std::uint64_t base = 0;
    std::uint64_t bytes = 0;
  };
  using TableId =
      std::pair<int, std::uint64_t>;  // level of the entry, its index in the whole input

  explicit Model(const ModelConfig& config);

  Outcome Map(Bytes range, std::uint64_t out, std::uint64_t prot, bool blocks,
              bool over_annotations);
  Outcome Unmap(Bytes range);
  Outcome Annotate(Bytes range, std::uint64_t tag, std::uint64_t gfn, bool next_gfn);
  Outcome RelaxPerms(Bytes range, std::uint64_t prot);
  Outcome WrProtect(Bytes range);
  Outcome MkYoung(Bytes range);
  Outcome TestClearYoung(Bytes range, bool clear);
  Outcome SetSw(Bytes range, std::uint64_t mask, std::uint64_t value);
  Outcome Split(std::uint64_t input, int level);
  Outcome Merge(std::uint64_t input, int level);
  void Destroy();

  std::uint64_t TablesNeeded(Bytes range) const;
  std::uint64_t TlbiSpan(std::uint64_t input) const;

  // State of one page, and how many pages from it on go on like it.
  PageRun At(std::uint64_t page) const;
  int LevelOf(std::uint64_t page) const;
  const std::set<TableId>& tables() const { return tables_; }
  std::uint64_t deposits() const;
  std::uint64_t available() const;

 private:
  struct Plan {
    std::set<TableId> tables;
    std::uint64_t cost = 0;
    std::uint64_t limit = 0;
  };

  unsigned PagesShift(int level) const { return entry_bits_ * static_cast<unsigned>(3 - level); }
  std::uint64_t SpaceBytes() const { return std::uint64_t{1} << config_.input_bits; }
  int CheckRange(Bytes range) const;
  bool ProtIsLegal(std::uint64_t prot) const;
  bool Any(Bytes range, const std::function<bool(const PageRun&)>& test) const;
  void Cut(std::uint64_t page);
  void Put(std::uint64_t page, std::uint64_t pages, PageRun run);
  Plan NewPlan() const;
  void CutShape(std::uint64_t page, Plan& plan) const;
  void Populate(int level, std::uint64_t first, std::uint64_t end, const PageRun* blocks_of,
                std::uint64_t origin, Plan& plan) const;
  Outcome Change(Bytes range, bool (*takes)(PageKind), int (*judge)(const Model&, const PageRun&),
                 const std::function<PageRun(PageRun)>& change);
  void FreeEmptyTables();

  ModelConfig config_;
  unsigned entry_bits_;
  std::map<std::uint64_t, PageRun> runs_;  // by first page; they cover the whole input
  std::set<TableId> tables_;
};

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_MODEL_H_
