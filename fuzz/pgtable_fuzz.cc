// SPDX-License-Identifier: Apache-2.0
// Fuzzes the page-table library alone against a naive model, over all granules and both stages.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "harness/run/replay_command.h"
#include "pgtable/testing/mismatch.h"
#include "pgtable/testing/programs.h"

namespace {

// ClusterFuzz skips frames whose function has "assert" in its name, and takes no frame for a trap.
[[noreturn]] void assert_report(const std::string& report) {
  std::fwrite(report.data(), 1, report.size(), stderr);
  std::fflush(stderr);
  __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::optional<cadastre::testing::Mismatch> found =
      cadastre::testing::RunProgram({data, size});
  if (found) {
    assert_report(cadastre::testing::FormatReport(*found) + "# the input in words: " +
                  cadastre::run::ReplayCommand("harness/cadastre", "pgtable_fuzz", "FILE") + "\n");
  }
  return 0;
}
