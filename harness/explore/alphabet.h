// SPDX-License-Identifier: Apache-2.0
// Moves of a world, group by group: every call with every class of argument. A group adds the same
// moves for each page, gfn and VM of the world, so that renaming maps the alphabet to itself.
#ifndef CADASTRE_HARNESS_EXPLORE_ALPHABET_H_
#define CADASTRE_HARNESS_EXPLORE_ALPHABET_H_

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "harness/explore/world.h"

namespace cadastre::explore {

script::Op MakeOp(script::OpCode code, std::initializer_list<script::Operand> operands,
                  std::uint8_t cpu = 0);
script::Operand Number(std::uint64_t value);
script::Operand Page(std::uint64_t arena_index);
script::Operand VmOf(std::uint8_t vm);
script::Operand Prot(std::uint16_t rights);
Call Whole(script::Op op);
Call OnSpare(script::Op op, Call::Extent extent = Call::Extent::kWhole);
inline constexpr std::uint16_t kR = 1;
inline constexpr std::uint16_t kRw = 3;
inline constexpr std::uint16_t kRwx = 7;

// A page of the machine "wide" that is the list page of CPU 0 after the prologue, and none of the
// world's.
inline constexpr std::uint64_t kListPage = 0xa00;

// A VM of a world, and the pages that it is made of where these are none of the world's.
struct VmPlan {
  std::uint64_t kind = 0;  // x1 of vm_create: 0 plain, 1 protected
  std::uint64_t ipa_bits = 32;
  std::uint64_t meta = 0;  // arena pages
  std::uint64_t root = 0;
  std::uint64_t tables = 0;
  std::uint64_t table_count = 1;
  std::uint64_t vcpu = 0;
  std::uint64_t run_page = 0;  // SHARED_HYP from the prologue on
};

enum class Ranges : std::uint8_t { kOnePage, kUpToTwo };

// What a world has of each; the groups below run over it.
struct Bounds {
  std::vector<std::uint64_t> pages;  // arena pages, next to each other
  std::vector<std::uint64_t> gfns;   // likewise
  std::vector<VmPlan> vms;
  Ranges ranges = Ranges::kOnePage;
  std::vector<std::uint16_t> rights = {kRw};  // that share and lend give
  std::uint8_t callers = 1;                   // CPUs that make the host's calls
};

// Two VMs' own pages, apart from each other and from the world's.
VmPlan PlanVm(std::uint8_t number, std::uint64_t kind);
// Pages of the world that begin at a granule of plain RAM.
std::vector<std::uint64_t> WorldPages(std::uint64_t count);

class Alphabet {
 public:
  explicit Alphabet(Bounds bounds) : bounds_(std::move(bounds)) {}

  // share, unshare, donate and reclaim with EL2; compact_host; query_page.
  Alphabet& HostPages();
  Alphabet& ListPage();
  // share, lend, donate, and back again by the host.
  Alphabet& GuestPages();
  // relax, wrprotect, ages, and what changes nothing.
  Alphabet& Permissions();
  Alphabet& Ages();
  Alphabet& Questions();
  // share_host, unshare_host, relinquish, by a vCPU that is loaded and run for it.
  Alphabet& GuestCalls();
  // The life of VMs whose own pages are none of the world's: made with all they need, and ended in
  // one move.
  Alphabet& WholeVms();
  // The same with their table memory apart.
  Alphabet& VmsAndTables();
  // Lists of one and two entries.
  Alphabet& Lists();
  // Gives table memory by lists of one and two entries, of pages of the world.
  Alphabet& TableLists();
  // vCPUs as they are made, loaded and run on caller CPUs, what their guests do there, and CPUs
  // that go off. VMs are made with `vcpus` each, whose pages are none of the world's.
  Alphabet& Vcpus(std::uint8_t vcpus);
  Alphabet& RunningGuests(std::uint8_t vcpus);
  // VMs whose own pages are pages of the world.
  Alphabet& VmsOfWorldPages();
  // Of the only VM, for a span of gfns from `base` on that are mapped to the pages of the same
  // number: its first page and the 511 behind it, apart and as one block.
  Alphabet& Span(std::uint64_t base);
  // What is refused by shape or by handle.
  Alphabet& Misuse();

  Alphabet& Add(Move move) {
    moves_.push_back(std::move(move));
    return *this;
  }
  Alphabet& Do(script::Op op, Move::Closed closed = Move::Closed::kUnderRenaming);
  Alphabet& Scrub(script::Op op, Move::Closed closed = Move::Closed::kUnderRenaming);

  const Bounds& bounds() const { return bounds_; }
  std::vector<Move> Take() { return std::move(moves_); }

 private:
  struct Range {
    std::uint64_t first;
    std::uint64_t count;
    Move::Closed closed;
  };
  struct ListEntry {
    script::Operand pfn;
    script::Operand gfn;
    std::uint64_t count = 1;
  };
  std::vector<Range> RangesOf(const std::vector<std::uint64_t>& items) const;
  Call CreateVm(std::uint8_t vm) const;
  Call DonateTables(std::uint8_t vm) const;
  Call ReclaimTables(std::uint8_t vm) const;
  Call CreateVcpu(std::uint8_t vm, std::uint8_t index) const;
  Call ReclaimVcpu(std::uint8_t vm, std::uint8_t index) const;
  static Call FinishTeardown(std::uint8_t vm);
  void MisuseOf(const script::OpInfo& info, std::uint8_t vm);
  // From every caller CPU.
  void AddOnCallers(Move move);
  void GuestCall(std::uint8_t vm, script::Op op);
  void GuestMisuse(std::uint8_t vm);
  void ListCall(script::Operand vm, script::OpCode code, const std::vector<ListEntry>& entries,
                Move::Closed closed = Move::Closed::kUnderRenaming);
  void ListMisuse(std::uint8_t vm, script::OpCode code);

  Bounds bounds_;
  std::vector<Move> moves_;
};

}  // namespace cadastre::explore

#endif  // CADASTRE_HARNESS_EXPLORE_ALPHABET_H_
