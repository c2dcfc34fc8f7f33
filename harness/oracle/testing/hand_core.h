// SPDX-License-Identifier: Apache-2.0
// A hand-made stand-in for the core: it asks the oracle what a call must answer, and carries a
// success out entry by entry. So the oracle can be driven through every call, and lied to in
// exactly one word.
#ifndef CADASTRE_HARNESS_ORACLE_TESTING_HAND_CORE_H_
#define CADASTRE_HARNESS_ORACLE_TESTING_HAND_CORE_H_

#include <functional>
#include <initializer_list>
#include <optional>
#include <vector>

#include "harness/oracle/oracle.h"
#include "harness/oracle/testing/raw_machine.h"

namespace cadastre::oracle::testing {

struct CallResult {
  Expectation expected;
  std::optional<Violation> violation;

  std::uint64_t x(unsigned index) const { return expected.registers[index]; }
  unsigned row() const { return expected.row; }
};

class HandCore {
 public:
  HandCore();

  // Runs call 0xC6000000 + number on `cpu` with x1, x2, ... and reports what the oracle says
  // afterwards. Before it does, `meddle` may change memory, events and registers.
  using Meddle = std::function<void(Registers& after)>;
  CallResult Call(unsigned number, std::initializer_list<std::uint64_t> arguments,
                  const Meddle& meddle = {});
  CallResult CallOn(unsigned cpu, unsigned number, std::initializer_list<std::uint64_t> arguments,
                    const Meddle& meddle = {});
  CallResult Raw(const HypercallInput& input, const Meddle& meddle = {});

  // A host abort, carried out as section 10 says. `meddle` may change the outcome.
  std::optional<Violation> Abort(std::uint64_t address, Access access,
                                 const std::function<void(AbortOutcome&)>& meddle = {});

  // A VM with `tables` table pages from `tables_pfn`, its metadata at `meta_pfn` and root at
  // `root_pfn`. Its handle.
  std::uint64_t MakeVm(std::uint64_t flags, std::uint64_t ipa_bits, std::uint64_t meta_pfn,
                       std::uint64_t root_pfn, std::uint64_t tables_pfn, std::uint64_t tables);

  // Memory and machine as after boot, and the oracle's Reset.
  void Reset();

  Tree VmTree(unsigned slot) const { return vm_trees_.at(slot); }
  RawMachine machine;
  std::optional<Violation> attached;
  std::optional<Oracle> oracle;

 private:
  struct Mapping {
    std::uint64_t pfn;
    std::uint64_t prot;
    unsigned young;
  };
  void Perform(const HypercallInput& input, const Expectation& expected);
  void PerformHostCall(unsigned number, const Registers& x);
  void PerformGuestCall(unsigned number, const Registers& x);
  void PerformVmCall(unsigned number, const Registers& x, const Expectation& expected);
  void PerformListPage(unsigned cpu, const Registers& x);
  void ShareGuest(const Registers& x);
  void WriteLeaf(unsigned slot, std::uint64_t gfn);
  void Give(std::uint64_t pfn, unsigned use, unsigned vm_tag);
  void TakeBack(std::uint64_t pfn);
  void FinishVm(unsigned slot);

  std::map<unsigned, Tree> vm_trees_;
  std::map<unsigned, std::pair<std::uint64_t, unsigned>>
      vm_own_pages_;  // metadata page, number of root pages
  std::map<std::pair<unsigned, std::uint64_t>, Mapping> leaves_;  // by slot and gfn
  std::map<std::uint64_t, unsigned> borrowers_;
  std::map<unsigned, std::uint64_t> list_pages_;
  std::optional<RawMachine> after_boot_;
};

}  // namespace cadastre::oracle::testing

#endif  // CADASTRE_HARNESS_ORACLE_TESTING_HAND_CORE_H_
