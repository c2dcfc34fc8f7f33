// SPDX-License-Identifier: Apache-2.0
// Coverage of the manual: one counter for each (call, row), for abort outcomes, for each legal row
// a page was in, and for each way in which a vCPU left.
#ifndef CADASTRE_HARNESS_ORACLE_CELLS_H_
#define CADASTRE_HARNESS_ORACLE_CELLS_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/oracle/specification.h"

namespace cadastre::oracle {

class Cells {
 public:
  Cells();

  // After the first step of an operation.
  void Count(const Operation& operation, const Judgement& judgement);
  void Count(Row row);

  std::span<const std::uint32_t> counters() const { return counters_; }
  const std::string& NameOf(std::size_t index) const { return names_[index]; }

 private:
  std::size_t Add(std::string name);
  std::size_t CellOf(const Judgement& judgement) const;

  std::vector<std::uint32_t> counters_;
  std::vector<std::string> names_;
  std::array<std::size_t, 0x80>
      first_of_call_{};  // by call number: the success cell, then its rows in order
  std::size_t unknown_ = 0;
  std::size_t first_outcome_ = 0;
  std::size_t first_row_ = 0;
  std::size_t first_exit_ = 0;
  std::size_t resumed_ = 0;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_CELLS_H_
