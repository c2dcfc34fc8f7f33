// SPDX-License-Identifier: Apache-2.0
// The refusal rows of ABI.md section 5 that this version's calls name: number, name, errno.
#ifndef CADASTRE_HARNESS_ORACLE_REFUSAL_ROWS_H_
#define CADASTRE_HARNESS_ORACLE_REFUSAL_ROWS_H_

#include <cstdint>
#include <span>

namespace cadastre::oracle {

struct RefusalRow {
  unsigned number;
  const char* name;
  const char* errno_name;
  unsigned error;  // Linux's number, positive
};

// All rows in ascending order.
std::span<const RefusalRow> RefusalRows();

// The row of a number that is in the table.
const RefusalRow& RefusalRowOf(unsigned number);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_REFUSAL_ROWS_H_
