// SPDX-License-Identifier: Apache-2.0
#include "harness/run/testing/committed_scripts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "harness/script/text.h"

namespace cadastre::run::testing {

namespace fs = std::filesystem;

std::vector<CommittedScript> CommittedScripts() {
  std::vector<CommittedScript> out;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(
           "corpus", fs::directory_options::follow_directory_symlink)) {
    if (entry.path().extension() != ".ops") continue;
    std::ifstream stream(entry.path());
    auto script = script::Parse(std::string(std::istreambuf_iterator<char>(stream), {}));
    EXPECT_TRUE(script.ok()) << entry.path();
    if (script.ok()) out.push_back({entry.path().string(), *std::move(script)});
  }
  std::sort(out.begin(), out.end(),
            [](const CommittedScript& a, const CommittedScript& b) { return a.path < b.path; });
  return out;
}

}  // namespace cadastre::run::testing
