// SPDX-License-Identifier: Apache-2.0
// write_tree NAME FILE: a device tree for QEMU's virt with 512 MiB, but for what NAME says.
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>

#include "service/el2/testing/tree.h"

namespace cadastre::el2::trees {
namespace {

const std::vector<std::uint32_t> kHalfGigabyte = {0, 0x4000'0000, 0, 0x2000'0000};

void AddPsci(Tree& tree) { tree.Begin("psci").Property("method", "smc").End(); }

std::vector<std::byte> Whole(unsigned cpus, const std::vector<std::uint32_t>& memory) {
  return Rooted([&](Tree& tree) {
    AddCpus(tree, cpus);
    AddMemory(tree, memory);
    AddPsci(tree);
  });
}

const std::map<std::string, std::function<std::vector<std::byte>()>> kTrees = {
    {"good", [] { return Whole(1, kHalfGigabyte); }},
    {"one_cpu_more", [] { return Whole(2, kHalfGigabyte); }},
    {"garbled",
     [] {
       std::vector<std::byte> bytes = Whole(1, kHalfGigabyte);
       for (std::size_t i = 40; i < bytes.size(); i += 3) bytes[i] = std::byte{0x5a};
       return bytes;
     }},
    {"no_tree", [] { return std::vector<std::byte>(64); }},
    {"no_memory",
     [] {
       return Rooted([](Tree& tree) {
         AddCpus(tree, 1);
         AddPsci(tree);
       });
     }},
    {"little_memory", [] { return Whole(1, {0, 0x4000'0000, 0, 0x40'2000}); }},
    {"no_memory_for_host", [] { return Whole(1, {0, 0x4000'0000, 0, 0x200'0000}); }},
};

}  // namespace
}  // namespace cadastre::el2::trees

int main(int argc, char** argv) {
  using cadastre::el2::trees::kTrees;
  using cadastre::el2::trees::WithRoom;
  const auto tree = argc == 3 ? kTrees.find(argv[1]) : kTrees.end();
  if (tree == kTrees.end()) {
    std::fprintf(stderr, "usage: write_tree NAME FILE\n");
    return 2;
  }
  const std::vector<std::byte> bytes = WithRoom(tree->second(), 512);
  std::FILE* file = std::fopen(argv[2], "wb");
  if (file == nullptr) return 1;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return std::fclose(file) == 0 && written ? 0 : 1;
}
