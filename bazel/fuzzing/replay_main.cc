// SPDX-License-Identifier: Apache-2.0
// Runs LLVMFuzzerTestOneInput once for the empty input and once for each file named on the command
// line (folders are walked), without any fuzzing engine: the regression runner of every fuzz
// target.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

namespace fs = std::filesystem;

constexpr int kMisuse = 2;

// The files that the arguments name, sorted so that every run replays them in the same order;
// nullopt, after a message, when an argument names none. Arguments that begin with '-' are the
// engine's and mean nothing here.
std::optional<std::vector<fs::path>> InputsOf(int argc, char** argv) {
  std::vector<fs::path> inputs;
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-') continue;
    if (fs::is_directory(argv[i])) {
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(argv[i])) {
        if (entry.is_regular_file()) inputs.push_back(entry.path());
      }
    } else if (fs::exists(argv[i])) {
      inputs.emplace_back(argv[i]);
    } else {
      std::fprintf(stderr, "no such input: %s\n", argv[i]);
      return std::nullopt;
    }
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

void Replay(const fs::path& path) {
  std::fprintf(stderr, "replay %s\n", path.c_str());
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  // A heap copy of the exact size, so that a sanitizer sees a read past the end.
  const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(copy.data(), copy.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  const std::optional<std::vector<fs::path>> inputs = InputsOf(argc, argv);
  if (!inputs.has_value()) return kMisuse;
  const std::uint8_t none = 0;
  LLVMFuzzerTestOneInput(&none, 0);
  for (const fs::path& path : *inputs) Replay(path);
  std::fprintf(stderr, "replayed %zu inputs and the empty one\n", inputs->size());
  return 0;
}
