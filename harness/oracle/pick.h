// SPDX-License-Identifier: Apache-2.0
// Operands that a script asks for by class, and digests of S. All answers come from S, never from
// tables.
#ifndef CADASTRE_HARNESS_ORACLE_PICK_H_
#define CADASTRE_HARNESS_ORACLE_PICK_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/oracle/oracle.h"
#include "harness/oracle/state.h"

namespace cadastre::oracle {

class Picker {
 public:
  explicit Picker(const State& state);

  std::optional<std::uint64_t> Page(PageClass page_class, std::uint64_t index) const;
  std::optional<std::uint64_t> Vm(VmClass vm_class, std::uint64_t index) const;
  std::optional<std::uint64_t> Gfn(std::uint64_t handle, std::uint64_t index) const;

 private:
  const State& state_;
  std::vector<PageSpan> outside_;  // neither RAM nor a listed device
};

// The `state` digest of ABI.md section 2.
std::uint64_t DigestOf(const State& state);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_PICK_H_
