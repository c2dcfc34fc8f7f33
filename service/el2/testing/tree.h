// SPDX-License-Identifier: Apache-2.0
// Flattened device trees as firmware writes them, right or wrong, for tests.
#ifndef CADASTRE_SERVICE_EL2_TESTING_TREE_H_
#define CADASTRE_SERVICE_EL2_TESTING_TREE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cadastre::el2::trees {

// Writes a tree as firmware does.
class Tree {
 public:
  Tree& Begin(const std::string& name) {
    Word(1);
    Text(name);
    return *this;
  }
  Tree& End() {
    Word(2);
    return *this;
  }
  Tree& Cells(const std::string& name, const std::vector<std::uint32_t>& cells) {
    Head(name, cells.size() * 4);
    for (const std::uint32_t cell : cells) Word(cell);
    return *this;
  }
  Tree& Property(const std::string& name, const std::string& text) {
    Head(name, text.size() + 1);
    Text(text);
    return *this;
  }
  void Word(std::uint32_t word) { Put(structure_, word); }

  std::vector<std::byte> Bytes() const {
    std::vector<std::byte> structure = structure_;
    Put(structure, 9);
    std::vector<std::byte> bytes;
    const auto at = static_cast<std::uint32_t>(kHeader + structure.size());
    const auto size = static_cast<std::uint32_t>(at + strings_.size());
    for (const std::uint32_t word : {0xd00dfeedU, size, kHeader, at, kHeader, 17U, 16U, 0U,
                                     static_cast<std::uint32_t>(strings_.size()),
                                     static_cast<std::uint32_t>(structure.size())})
      Put(bytes, word);
    bytes.insert(bytes.end(), structure.begin(), structure.end());
    bytes.insert(bytes.end(), strings_.begin(), strings_.end());
    return bytes;
  }

 private:
  static constexpr std::uint32_t kHeader = 40;

  static void Put(std::vector<std::byte>& to, std::uint32_t word) {
    for (int shift = 24; shift >= 0; shift -= 8) to.push_back(std::byte(word >> shift & 0xff));
  }
  void Text(const std::string& text) {
    for (const char c : text) structure_.push_back(std::byte(c));
    do structure_.push_back(std::byte{0});
    while (structure_.size() % 4 != 0);
  }
  void Head(const std::string& name, std::size_t bytes) {
    Word(3);
    Word(static_cast<std::uint32_t>(bytes));
    Word(static_cast<std::uint32_t>(strings_.size()));
    for (const char c : name) strings_.push_back(std::byte(c));
    strings_.push_back(std::byte{0});
  }

  std::vector<std::byte> structure_;
  std::vector<std::byte> strings_;
};

inline void AddCpus(Tree& tree, unsigned cpus) {
  tree.Begin("cpus").Cells("#address-cells", {1}).Cells("#size-cells", {0});
  for (unsigned i = 0; i < cpus; ++i) {
    tree.Begin("cpu@" + std::to_string(i)).Property("device_type", "cpu").Cells("reg", {i});
    tree.End();
  }
  tree.End();
}

inline void AddMemory(Tree& tree, const std::vector<std::uint32_t>& reg) {
  tree.Begin("memory@40000000").Property("device_type", "memory").Cells("reg", reg).End();
}

// A root node around `body`.
inline std::vector<std::byte> Rooted(const std::function<void(Tree&)>& body) {
  Tree tree;
  tree.Begin("").Cells("#address-cells", {2}).Cells("#size-cells", {2});
  body(tree);
  tree.End();
  return tree.Bytes();
}

// A tree with room behind it, as QEMU makes it.
inline std::vector<std::byte> WithRoom(std::vector<std::byte> bytes, std::size_t room) {
  bytes.resize(bytes.size() + room);
  for (unsigned i = 0; i < 4; ++i) bytes[4 + i] = std::byte(bytes.size() >> (24 - 8 * i) & 0xff);
  return bytes;
}

}  // namespace cadastre::el2::trees

#endif  // CADASTRE_SERVICE_EL2_TESTING_TREE_H_
