// SPDX-License-Identifier: Apache-2.0
#include "service/el2/host_tree.h"

#include <initializer_list>

namespace cadastre::el2 {
namespace {

enum Token : std::uint32_t { kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4, kEnd = 9 };

// Where the header has what (Devicetree Specification 5.2).
enum HeaderOffset : std::uint64_t {
  kTotalSize = 4,
  kStructureAt = 8,
  kStringsAt = 12,
  kStringsSize = 32,
  kStructureSize = 36,
};

constexpr unsigned kMaxDepth = 16;  // ReadDeviceTree's

// The bytes of a tree that is well formed.
class Tree {
 public:
  explicit Tree(std::span<std::byte> bytes) : bytes_(bytes) {}

  std::uint32_t Word(std::uint64_t at) const {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value = value << 8 | std::uint32_t(bytes_[at + i]);
    return value;
  }
  void SetWord(std::uint64_t at, std::uint32_t word) {
    for (unsigned i = 0; i < 4; ++i) bytes_[at + i] = std::byte(word >> (24 - 8 * i) & 0xff);
  }
  std::uint64_t Number(std::uint64_t at, unsigned cells) const {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < cells; ++i) value = value << 32 | Word(at + 4 * i);
    return value;
  }
  bool HasText(std::uint64_t at, const char* text) const {
    for (;; ++at, ++text) {
      if (static_cast<char>(bytes_[at]) != *text) return false;
      if (*text == '\0') return true;
    }
  }
  // As HasText, or with an address behind: "memory@40000000".
  bool HasName(std::uint64_t at, const char* name) const {
    for (; *name != '\0'; ++at, ++name) {
      if (static_cast<char>(bytes_[at]) != *name) return false;
    }
    const char next = static_cast<char>(bytes_[at]);
    return next == '\0' || next == '@';
  }
  bool PropertyIs(std::uint64_t at, const char* name) const {
    return HasText(Word(kStringsAt) + std::uint64_t{Word(at + 8)}, name);
  }
  // Is the property's value this text, with its end or without?
  bool ValueIs(std::uint64_t at, const char* text) const {
    const std::uint64_t length = Word(at + 4);
    std::uint64_t i = 0;
    for (; text[i] != '\0'; ++i) {
      if (i >= length || static_cast<char>(bytes_[at + 12 + i]) != text[i]) return false;
    }
    return i == length || (i + 1 == length && bytes_[at + 12 + i] == std::byte{0});
  }
  // The token behind the one at `at`.
  std::uint64_t Next(std::uint64_t at) const {
    switch (Word(at)) {
      case kBeginNode: {
        std::uint64_t end = at + 4;
        while (bytes_[end] != std::byte{0}) ++end;
        return (end + 4) & ~std::uint64_t{3};
      }
      case kProperty:
        return at + 12 + ((std::uint64_t{Word(at + 4)} + 3) & ~std::uint64_t{3});
      default:
        return at + 4;
    }
  }
  std::uint64_t Start() const { return Word(kStructureAt); }
  // The END_NODE of the node that begins at `at`.
  std::uint64_t EndOf(std::uint64_t at) const {
    unsigned depth = 0;
    for (;; at = Next(at)) {
      if (Word(at) == kBeginNode) ++depth;
      if (Word(at) == kEndNode && --depth == 0) return at;
    }
  }
  void Move(std::uint64_t from, std::uint64_t end, std::uint64_t by) {
    for (std::uint64_t at = end; at-- > from;) bytes_[at + by] = bytes_[at];
  }
  std::uint64_t capacity() const { return bytes_.size(); }

 private:
  std::span<std::byte> bytes_;
};

struct Cells {
  unsigned address = 2;
  unsigned size = 1;
};

// The cells that a node's own properties say, for its children.
Cells CellsOf(const Tree& tree, std::uint64_t node) {
  Cells cells;
  for (std::uint64_t at = tree.Next(node); tree.Word(at) != kEndNode && tree.Word(at) != kBeginNode;
       at = tree.Next(at)) {
    if (tree.Word(at) != kProperty) continue;
    if (tree.PropertyIs(at, "#address-cells")) cells.address = tree.Word(at + 12);
    if (tree.PropertyIs(at, "#size-cells")) cells.size = tree.Word(at + 12);
  }
  return cells;
}

bool IsGiven(std::span<const PageSpan> devices, std::uint64_t base, std::uint64_t size) {
  for (const PageSpan& device : devices) {
    const std::uint64_t first = ToAddress(device.first).value;
    const std::uint64_t end = ToAddress(device.first + device.count).value;
    if (base >= first && base < end && size <= end - base) return true;
  }
  return false;
}

// Does the node have registers that the host is not given, and is no memory? `cells`: its parent's.
bool IsWithheld(const Tree& tree, std::uint64_t node, const Cells& cells,
                std::span<const PageSpan> devices) {
  if (cells.address == 0 || cells.address > 2 || cells.size > 2) return false;
  const std::uint64_t bytes = 4 * (cells.address + cells.size);
  bool is_withheld = false;
  for (std::uint64_t at = tree.Next(node); tree.Word(at) != kEndNode && tree.Word(at) != kBeginNode;
       at = tree.Next(at)) {
    if (tree.Word(at) != kProperty) continue;
    // What memory is the type says, as to who reads the tree, and not the name.
    if (tree.PropertyIs(at, "device_type") && tree.ValueIs(at, "memory")) return false;
    if (!tree.PropertyIs(at, "reg")) continue;
    const std::uint64_t length = tree.Word(at + 4);
    for (std::uint64_t i = 0; i + bytes <= length; i += bytes) {
      const std::uint64_t base = tree.Number(at + 12 + i, cells.address);
      const std::uint64_t size = tree.Number(at + 12 + i + 4 * cells.address, cells.size);
      is_withheld = is_withheld || !IsGiven(devices, base, size);
    }
  }
  return is_withheld;
}

bool IsNoDevice(const Tree& tree, std::uint64_t node) {
  for (const char* name : {"cpus", "reserved-memory", "chosen"}) {
    if (tree.HasName(node + 4, name)) return true;
  }
  return false;
}

// A node becomes NOPs, which readers pass over: nothing else moves.
void TakeOut(Tree& tree, std::uint64_t node) {
  const std::uint64_t end = tree.EndOf(node);
  for (std::uint64_t at = node; at <= end; at += 4) tree.SetWord(at, kNop);
}

void TakeOutWithheld(Tree& tree, std::span<const PageSpan> devices) {
  Cells cells[kMaxDepth + 1];
  unsigned depth = 0;
  std::uint64_t at = tree.Start();
  for (; tree.Word(at) != kEnd; at = tree.Next(at)) {
    if (tree.Word(at) == kEndNode) --depth;
    if (tree.Word(at) != kBeginNode) continue;
    const bool is_device = depth == 1 || depth == 2;
    if (depth == 1 && IsNoDevice(tree, at)) {
      at = tree.EndOf(at);
      continue;
    }
    if (is_device && IsWithheld(tree, at, cells[depth], devices)) {
      TakeOut(tree, at);
      continue;
    }
    cells[++depth] = CellsOf(tree, at);
  }
}

// Words and texts that are put into a tree, at most so many bytes.
class Insertion {
 public:
  static constexpr std::uint64_t kMaxBytes = 192;

  void Word(std::uint32_t word) {
    for (unsigned i = 0; i < 4; ++i) bytes_[size_++] = std::byte(word >> (24 - 8 * i) & 0xff);
  }
  void Begin(const char* name) {
    Word(kBeginNode);
    do bytes_[size_++] = std::byte(*name);
    while (*name++ != '\0');
    while (size_ % 4 != 0) bytes_[size_++] = std::byte{0};
  }
  void Property(std::uint64_t name_at, std::initializer_list<std::uint32_t> cells) {
    Word(kProperty);
    Word(static_cast<std::uint32_t>(4 * cells.size()));
    Word(static_cast<std::uint32_t>(name_at));
    for (const std::uint32_t cell : cells) Word(cell);
  }
  std::uint64_t size() const { return size_; }
  std::byte operator[](std::uint64_t i) const { return bytes_[i]; }

 private:
  std::byte bytes_[kMaxBytes]{};
  std::uint64_t size_ = 0;
};

// Property names that are appended to the strings, whether they stand there already or not.
constexpr char kNames[] = "reg\0no-map\0#address-cells\0#size-cells\0ranges";
constexpr std::uint64_t kReg = 0;
constexpr std::uint64_t kNoMap = 4;
constexpr std::uint64_t kAddressCells = 11;
constexpr std::uint64_t kSizeCells = 26;
constexpr std::uint64_t kRanges = 38;

// /reserved-memory; 0: there is none.
std::uint64_t FindReserved(const Tree& tree) {
  std::uint64_t at = tree.Next(tree.Start());
  for (; tree.Word(at) != kEndNode; at = tree.Next(at)) {
    if (tree.Word(at) != kBeginNode) continue;
    if (tree.HasText(at + 4, "reserved-memory")) return at;
    at = tree.EndOf(at);
  }
  return 0;
}

void AddRegion(Insertion& out, const Cells& cells, std::uint64_t names,
               const MachineDescription::Region& el2) {
  const auto high = [](std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); };
  const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  out.Begin("cadastre-el2");
  out.Word(kProperty);
  out.Word(4 * (cells.address + cells.size));
  out.Word(static_cast<std::uint32_t>(names + kReg));
  if (cells.address == 2) out.Word(high(el2.base));
  out.Word(low(el2.base));
  if (cells.size == 2) out.Word(high(el2.size));
  out.Word(low(el2.size));
  out.Property(names + kNoMap, {});
  out.Word(kEndNode);
}

}  // namespace

const char* PrepareHostTree(std::span<std::byte> bytes, std::span<const PageSpan> devices,
                            const MachineDescription::Region& el2) {
  Tree tree(bytes);
  const std::uint64_t structure_end =
      std::uint64_t{tree.Word(kStructureAt)} + tree.Word(kStructureSize);
  const std::uint64_t strings_at = tree.Word(kStringsAt);
  const std::uint64_t names = tree.Word(kStringsSize);
  if (strings_at < structure_end) return "the device tree's strings come before its structure";

  Insertion insertion;
  const std::uint64_t reserved = FindReserved(tree);
  Cells cells{.address = 2, .size = 2};
  std::uint64_t at;
  if (reserved != 0) {
    cells = CellsOf(tree, reserved);
    if (cells.address == 0 || cells.address > 2 || cells.size == 0 || cells.size > 2)
      return "the device tree's reserved memory has a reg of no size or of more than 64 bits";
    AddRegion(insertion, cells, names, el2);
    at = tree.EndOf(reserved);
  } else {
    insertion.Begin("reserved-memory");
    insertion.Property(names + kAddressCells, {2});
    insertion.Property(names + kSizeCells, {2});
    insertion.Property(names + kRanges, {});
    AddRegion(insertion, cells, names, el2);
    insertion.Word(kEndNode);
    at = tree.EndOf(tree.Start());
  }
  const std::uint64_t end = strings_at + names;
  const std::uint64_t total = end + insertion.size() + sizeof(kNames);
  if (total > tree.capacity() || total > tree.Word(kTotalSize))
    return "the device tree has no room for EL2's memory";

  tree.Move(at, end, insertion.size());
  for (std::uint64_t i = 0; i < insertion.size(); ++i) bytes[at + i] = insertion[i];
  for (std::uint64_t i = 0; i < sizeof(kNames); ++i)
    bytes[end + insertion.size() + i] = std::byte(kNames[i]);
  tree.SetWord(kStructureSize,
               tree.Word(kStructureSize) + static_cast<std::uint32_t>(insertion.size()));
  tree.SetWord(kStringsAt, static_cast<std::uint32_t>(strings_at + insertion.size()));
  tree.SetWord(kStringsSize, static_cast<std::uint32_t>(names + sizeof(kNames)));
  TakeOutWithheld(tree, devices);
  return nullptr;
}

}  // namespace cadastre::el2
