// SPDX-License-Identifier: Apache-2.0
// What a checked run of the library found wrong.
#ifndef CADASTRE_PGTABLE_TESTING_MISMATCH_H_
#define CADASTRE_PGTABLE_TESTING_MISMATCH_H_

#include <string>

namespace cadastre::testing {

// `name` is the broken rule in words, without digits: crash buckets are made of it.
struct Mismatch {
  std::string name;
  std::string detail;
};

// What a fuzz target prints of it: bucket, severity and details, each line in the form in which
// fuzzing services read it (harness/run/report.h).
std::string FormatReport(const Mismatch& found);

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_MISMATCH_H_
