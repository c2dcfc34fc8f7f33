// SPDX-License-Identifier: Apache-2.0
#include "harness/mutants/mutants.h"

#include <cstdio>
#include <cstdlib>

namespace mutants {
namespace {

// The numbers that were reached go to the file that MUTANTS_REACHED names, one a line.
struct Run {
  Run() {
    const char* number = std::getenv("MUTANT");
    alive = number == nullptr ? 0 : static_cast<unsigned>(std::strtoul(number, nullptr, 10));
  }
  ~Run() {
    const char* name = std::getenv("MUTANTS_REACHED");
    std::FILE* file = name == nullptr ? nullptr : std::fopen(name, "a");
    if (file == nullptr) return;
    for (unsigned i = 0; i < kMost; ++i) {
      if (reached[i]) std::fprintf(file, "%u\n", i);
    }
    std::fclose(file);
  }

  unsigned alive = 0;
  bool reached[kMost] = {};
};

Run& TheRun() {
  static Run run;
  return run;
}

}  // namespace

bool ReachAt(unsigned number) {
  Run& run = TheRun();
  run.reached[number] = true;
  return run.alive == number;
}

}  // namespace mutants
