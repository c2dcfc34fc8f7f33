// SPDX-License-Identifier: Apache-2.0
// Inputs of pgtable_fuzz in words.
#ifndef CADASTRE_HARNESS_CLI_REPLAY_PROGRAM_H_
#define CADASTRE_HARNESS_CLI_REPLAY_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pgtable/testing/mismatch.h"

namespace cadastre {

// A program as pgtable_fuzz reads it from bytes.
struct ProgramText {
  // "stage 1, deposits, pages of 4K, 24 bits of input, 64 pages in stock".
  std::string table;
  // "map base=0x0 bytes=0x1000 out=0x200000000 prot=rw blocks".
  std::vector<std::string> operations;
};
ProgramText DescribeProgram(std::span<const std::uint8_t> bytes);

// How many operations ran, the blamed one included; the checker counts them from 0.
std::size_t OperationsRun(const ProgramText& program,
                          const std::optional<testing::Mismatch>& found);

// All of it for a person, or as one line of JSON. Operations that did not run are left out.
std::string FormatProgram(const std::string& path, const ProgramText& program,
                          const std::optional<testing::Mismatch>& found);
std::string FormatProgramJson(const std::string& path, const ProgramText& program,
                              const std::optional<testing::Mismatch>& found);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_REPLAY_PROGRAM_H_
