// SPDX-License-Identifier: Apache-2.0
#include "service/el2/device_tree.h"

namespace cadastre::el2 {
namespace {

constexpr std::uint32_t kMagic = 0xd00dfeed;
constexpr std::uint64_t kHeaderBytes = 40;
constexpr unsigned kMaxDepth = 16;

enum Token : std::uint32_t { kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4, kEnd = 9 };

using Bytes = std::span<const std::byte>;

std::uint64_t BigEndian(Bytes bytes) {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes) value = value << 8 | static_cast<std::uint64_t>(byte);
  return value;
}

// Precondition: at + 4 <= bytes.size().
std::uint32_t Word(Bytes bytes, std::uint64_t at) {
  return static_cast<std::uint32_t>(BigEndian(bytes.subspan(at, 4)));
}

// The length of the text at `at` without its end; bytes.size() if it has none.
std::uint64_t TextLength(Bytes bytes, std::uint64_t at) {
  std::uint64_t length = 0;
  while (at + length < bytes.size() && bytes[at + length] != std::byte{0}) ++length;
  return at + length < bytes.size() ? length : bytes.size();
}

bool Is(Bytes text, const char* expected) {
  std::size_t i = 0;
  for (; expected[i] != '\0'; ++i) {
    if (i >= text.size() || static_cast<char>(text[i]) != expected[i]) return false;
  }
  return i == text.size() || (i + 1 == text.size() && text[i] == std::byte{0});
}

// A node that is being read, and what its children's reg is made of.
struct Node {
  Bytes name;
  std::uint32_t address_cells = 2;
  std::uint32_t size_cells = 1;
  bool is_memory = false;
  bool is_cpu = false;
  bool is_no_map = false;
  bool is_disabled = false;
  Bytes reg;
};

class Reader {
 public:
  Reader(Bytes structure, Bytes strings, MachineDescription* machine)
      : structure_(structure), strings_(strings), machine_(machine) {}

  const char* Read() {
    for (;;) {
      if (structure_.size() - at_ < 4) return "the device tree's structure has no end";
      const std::uint32_t token = Word(structure_, at_);
      at_ += 4;
      if (token == kEnd) return depth_ == 0 ? Judge() : "the device tree ends inside a node";
      if (token == kNop) continue;
      const char* wrong = token == kBeginNode  ? Begin()
                          : token == kEndNode  ? End()
                          : token == kProperty ? Property()
                                               : "the device tree has an unknown token";
      if (wrong != nullptr) return wrong;
    }
  }

 private:
  void Align() { at_ = (at_ + 3) & ~std::uint64_t{3}; }

  const char* Begin() {
    const std::uint64_t length = TextLength(structure_, at_);
    if (length == structure_.size()) return "the device tree has a name without an end";
    if (depth_ == kMaxDepth) return "the device tree is nested too deep";
    nodes_[depth_] = Node{};
    nodes_[depth_++].name = structure_.subspan(at_, length);
    at_ += length + 1;
    Align();
    return at_ <= structure_.size() ? nullptr : "the device tree ends inside a name";
  }

  const char* End() {
    if (depth_ == 0) return "the device tree ends a node that it did not begin";
    const char* wrong = depth_ > 1 ? Take(nodes_[depth_ - 1], nodes_[depth_ - 2]) : nullptr;
    --depth_;
    return wrong;
  }

  const char* Property() {
    if (depth_ == 0) return "the device tree has a property outside every node";
    if (structure_.size() - at_ < 8) return "the device tree ends inside a property";
    const std::uint32_t length = Word(structure_, at_);
    const std::uint32_t name_at = Word(structure_, at_ + 4);
    at_ += 8;
    if (length > structure_.size() - at_) return "a property is longer than the device tree";
    const Bytes value = structure_.subspan(at_, length);
    at_ += length;
    Align();
    if (at_ > structure_.size()) return "the device tree ends inside a property";
    const std::uint64_t name_length =
        name_at < strings_.size() ? TextLength(strings_, name_at) : strings_.size();
    if (name_length == strings_.size()) return "a property's name lies outside the strings";
    Note(strings_.subspan(name_at, name_length), value, nodes_[depth_ - 1]);
    return nullptr;
  }

  void Note(Bytes name, Bytes value, Node& node) {
    if (Is(name, "#address-cells") && value.size() == 4) node.address_cells = Word(value, 0);
    if (Is(name, "#size-cells") && value.size() == 4) node.size_cells = Word(value, 0);
    if (Is(name, "device_type")) {
      node.is_memory = Is(value, "memory");
      node.is_cpu = Is(value, "cpu");
    }
    if (Is(name, "reg")) node.reg = value;
    if (Is(name, "no-map")) node.is_no_map = true;
    if (Is(name, "status")) node.is_disabled = !Is(value, "okay") && !Is(value, "ok");
    if (Is(name, "method") && depth_ == 2 && Is(node.name, "psci")) {
      if (Is(value, "smc")) machine_->psci = MachineDescription::Conduit::kSmc;
      if (Is(value, "hvc")) machine_->psci = MachineDescription::Conduit::kHvc;
    }
    if (depth_ == 2 && Is(node.name, "chosen") && (value.size() == 4 || value.size() == 8)) {
      if (Is(name, "linux,initrd-start")) initrd_start_ = BigEndian(value);
      if (Is(name, "linux,initrd-end")) initrd_end_ = BigEndian(value);
    }
  }

  // A node that is read whole.
  const char* Take(const Node& node, const Node& parent) {
    if (parent.address_cells > 2 || parent.size_cells > 2)
      return node.reg.empty() || !(node.is_memory || node.is_cpu)
                 ? nullptr
                 : "the device tree has a reg of more than 64 bits";
    // A CPU that is disabled is one that PSCI turns on.
    if (node.is_memory && depth_ == 2 && !node.is_disabled)
      return TakeRegions(node, parent, machine_->memory, &machine_->memory_count);
    if (depth_ == 3 && Is(parent.name, "reserved-memory"))
      return TakeRegions(node, parent, machine_->reserved, &machine_->reserved_count);
    if (node.is_cpu && Is(parent.name, "cpus")) return TakeCpu(node, parent);
    return nullptr;
  }

  static const char* TakeRegions(const Node& node, const Node& parent,
                                 MachineDescription::Region* regions, unsigned* count) {
    const std::uint64_t base_bytes = parent.address_cells * 4;
    const std::uint64_t bytes = base_bytes + parent.size_cells * 4;
    if (base_bytes == 0 || bytes == base_bytes || node.reg.size() % bytes != 0)
      return "a memory node's reg is no list of regions";
    for (std::uint64_t at = 0; at < node.reg.size(); at += bytes) {
      const std::uint64_t base = BigEndian(node.reg.subspan(at, base_bytes));
      const std::uint64_t size = BigEndian(node.reg.subspan(at + base_bytes, bytes - base_bytes));
      if (size == 0) continue;
      if (base + size < base) return "a memory region wraps";
      if (*count == kMaxSpans) return "the device tree has too many memory regions";
      // Kept in ascending order.
      unsigned to = (*count)++;
      for (; to > 0 && regions[to - 1].base > base; --to) regions[to] = regions[to - 1];
      regions[to] = {base, size, node.is_no_map};
    }
    return nullptr;
  }

  const char* TakeCpu(const Node& node, const Node& parent) {
    if (node.reg.size() != parent.address_cells * 4 || node.reg.empty())
      return "a CPU's reg is no MPIDR";
    if (machine_->cpu_count == kMaxCpus) return "the device tree has too many CPUs";
    machine_->cpu[machine_->cpu_count++] = BigEndian(node.reg);
    return nullptr;
  }

  const char* Judge() {
    if (initrd_end_ < initrd_start_) return "the device tree's initrd ends before it begins";
    machine_->initrd = {initrd_start_, initrd_end_ - initrd_start_};
    if (machine_->memory_count == 0) return "the device tree has no memory";
    if (machine_->cpu_count == 0) return "the device tree has no CPU";
    for (unsigned i = 1; i < machine_->memory_count; ++i) {
      const MachineDescription::Region& below = machine_->memory[i - 1];
      if (machine_->memory[i].base < below.base + below.size)
        return "the device tree has memory regions that overlap";
    }
    return nullptr;
  }

  Bytes structure_;
  Bytes strings_;
  MachineDescription* machine_;
  std::uint64_t at_ = 0;
  std::uint64_t initrd_start_ = 0;
  std::uint64_t initrd_end_ = 0;
  Node nodes_[kMaxDepth];
  unsigned depth_ = 0;
};

// A block of the tree by two words of its header; empty if it does not lie in it.
Bytes Block(Bytes tree, std::uint64_t offset_at, std::uint64_t size_at) {
  const std::uint32_t offset = Word(tree, offset_at);
  const std::uint32_t size = Word(tree, size_at);
  if (offset > tree.size() || size > tree.size() - offset) return {};
  return tree.subspan(offset, size);
}

}  // namespace

std::uint64_t DeviceTreeSize(std::span<const std::byte> bytes) {
  return bytes.size() >= kHeaderBytes && Word(bytes, 0) == kMagic ? Word(bytes, 4) : 0;
}

const char* ReadDeviceTree(std::span<const std::byte> bytes, MachineDescription* machine) {
  *machine = MachineDescription{};
  const std::uint64_t size = DeviceTreeSize(bytes);
  if (size == 0) return "there is no device tree";
  if (size < kHeaderBytes || size > bytes.size()) return "the device tree's size is wrong";
  const Bytes tree = bytes.first(size);
  constexpr std::uint32_t kVersionWithSizes = 17;
  if (Word(tree, 20) < kVersionWithSizes) return "the device tree's version is too old";
  const Bytes structure = Block(tree, 8, 36);
  const Bytes strings = Block(tree, 12, 32);
  if (structure.empty() || strings.empty()) return "the device tree's blocks lie outside it";
  return Reader(structure, strings, machine).Read();
}

}  // namespace cadastre::el2
