// SPDX-License-Identifier: Apache-2.0
// Fuzzes the page-table library alone against a naive model, over all granules and both stages.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "harness/run/replay_command.h"
#include "pgtable/testing/mismatch.h"
#include "pgtable/testing/programs.h"

namespace {

using cadastre::testing::Mismatch;

// The first line names the crash's bucket, in the form that ClusterFuzz reads.
[[noreturn]] void AssertReport(const Mismatch& found) {
  std::fprintf(stderr, "ASSERTION FAILED: %s FuzzerHash=%s\n", found.name.c_str(),
               found.name.c_str());
  std::fprintf(stderr, "  %s\n# the input in words: %s\n", found.detail.c_str(),
               cadastre::run::ReplayCommand("harness/cadastre", "pgtable_fuzz", "FILE").c_str());
  __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::optional<Mismatch> found = cadastre::testing::RunProgram({data, size});
  if (found) AssertReport(*found);
  return 0;
}
