// SPDX-License-Identifier: Apache-2.0
#include "harness/run/replay_command.h"

#include <gtest/gtest.h>

namespace cadastre::run {
namespace {

TEST(ReplayCommandTest, NamesTheTargetWhoseInputItIs) {
  EXPECT_EQ(ReplayCommand("harness/cadastre", "dispatch_fuzz", "out/crash-1"),
            "harness/cadastre replay --fuzzer=dispatch_fuzz out/crash-1");
}

TEST(ReplayCommandTest, QuotesWhatAShellWouldSplit) {
  EXPECT_EQ(ReplayCommand("my tree/cadastre", "hypercall_fuzz", "it's"),
            "'my tree/cadastre' replay --fuzzer=hypercall_fuzz 'it'\\''s'");
  EXPECT_EQ(ForShell(""), "''");
}

TEST(ReplayCommandTest, AFileIsNeverTakenForAFlag) {
  EXPECT_EQ(ReplayCommand("c", "t", "-x"), "c replay --fuzzer=t ./-x");
}

}  // namespace
}  // namespace cadastre::run
