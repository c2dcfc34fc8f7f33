// SPDX-License-Identifier: Apache-2.0
// Operands of script operations: a class says how to find the value, an index which one. resolve.h
// turns them into register values, operand_text.h into text and back, codec.h into 16 bits.
#ifndef CADASTRE_HARNESS_SCRIPT_OPERAND_H_
#define CADASTRE_HARNESS_SCRIPT_OPERAND_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cadastre::script {

// What an operand stands for. It decides which classes are legal and how numbers are shown.
enum class OperandKind : std::uint8_t {
  kVm,     // handle
  kPfn,    // physical page number
  kGfn,    // guest page number of the op's VM
  kCount,  // pages
  kProt,   // permissions
  kFlag,   // 0 or 1
  kFeatureId,
  kVmFlags,  // 0 plain, 1 protected
  kIpaBits,
  kRegister,       // any register of a raw HVC
  kImmediate,      // of an HVC, 16 bits
  kOffset,         // byte in a page
  kAccess,         // 0 read, 1 write, 2 execute; 3 to 5 through a stale TLB entry
  kVcpuIndex,      // of a vCPU in its VM
  kListCount,      // entries of a list
  kListIndex,      // of an entry in a list page, 0..63
  kEntry,          // where a vCPU begins
  kWord,           // what a store stores, or a vCPU is given
  kGuestRegister,  // 0..31; 31 reads as zero and keeps nothing
  kSteps,          // yield points
};
inline constexpr std::size_t kOperandKinds = 20;

// How the value is found. In brackets: what the index means.
enum class OperandClass : std::uint8_t {
  kNumber,  // [the value, 0..4095]
  kRaw,     // Operand::raw; the index is 0
  kArena,   // page of RAM, counted through all regions, image and no-map included [page]; `ram+3`
  kEdge,    // beside or at an end of something [kPfnEdges or kGfnEdges]; `ram0.before`, `gfns.last`
  kUsed,    // page or gfn of an earlier operation that had one [5:0 distance + 32, 11:6 how many
            // before - 1]; `used(2)-1`
  kAnyPage,   // a page that the specification picks [7:0 which, 11:8 oracle::PageClass];
              // `any(private,3)`
  kSpan,      // gfn [value / 512]; `span(2)`
  kLiveGfn,   // a live gfn of the op's VM, picked by the specification [3:0 distance + 8, 11:4
              // which]; `live(3)-1`
  kGfnEnd,    // from the end of the VM's gfns [distance + 2048]; `end-1`
  kCreated,   // VM that this script created [which, in order of success]; `a`, `b`, ... `z`, `vm26`
  kAnyVm,     // a VM that the specification picks [8:0 which, 11:9 oracle::VmClass]; `any(dying,0)`
  kWrongVm,   // a handle made wrong [7:0 which created VM, 11:8 HandleFault]; `a.newer`
  kProt,      // [2:0 R, W, X; 8:3 a further bit: 0 none, else its position - 2]; `rw`, `r+bit55`,
              // `none`
  kFunction,  // function id [7:0 call number, 11:8 FunctionForm]; `fn(share_hyp)`, `fn(0x48)+sve`
};

// What a kWrongVm operand does to a good handle.
enum class HandleFault : std::uint8_t { kNewer, kOlder, kNoGeneration, kBit32, kBit63, kNextSlot };
inline constexpr std::array<std::string_view, 6> kHandleFaultNames = {"newer", "older", "gen0",
                                                                      "bit32", "bit63", "slot+1"};

// How a kFunction operand dresses its call number as x0.
enum class FunctionForm : std::uint8_t {
  kPlain,
  kSveHint,
  kBit32,
  kBit63,
  kHvc32,
  kYielding,
  kStandard,      // 0x84000000: PSCI
  kStandard64,    // 0xC4000000: PSCI with arguments of 64 bits
  kArchitecture,  // 0x80000000: SMCCC itself
  kQuery,         // 0x8600FF00: about the vendor's services, their UID among them
};
inline constexpr std::array<std::string_view, 10> kFunctionFormNames = {
    "",          "+sve",      "+bit32",      "+bit63", "+hvc32",
    "+yielding", "+standard", "+standard64", "+arch",  "+query"};

inline constexpr std::uint16_t kIndexLimit = 4096;  // indices are 12 bits wide

struct Operand {
  OperandClass operand_class = OperandClass::kNumber;
  std::uint16_t index = 0;
  std::uint64_t raw = 0;  // of class kRaw, else 0

  friend bool operator==(const Operand&, const Operand&) = default;
};

// The classes that a kind may have, in the order of their numbers in binary scripts: append only.
std::span<const OperandClass> ClassesOf(OperandKind kind);

// Whether the kind has the class, the index has a meaning for it, and raw is in place.
bool IsLegal(OperandKind kind, const Operand& operand);

// The nearest legal operand: what fuzzing makes of any class and index. IsLegal of the result;
// identity on legal ones.
Operand Legalise(OperandKind kind, Operand operand);

// Largest raw value of a kind.
std::uint64_t LargestRaw(OperandKind kind);

// Edges of the page number spaces, as classes kEdge number them: append only.
// Pages: four for each RAM region, no-map span and device span, for image and pool; then these.
enum class PfnEdge : std::uint8_t {
  kSpaceLast,  // last page of the pfn space
  kSpaceEnd,   // first page number beyond it
  kSpace512,   // 512 pages before the end
  kAlias52,    // first RAM page + 2^52: the same byte address modulo 2^64
  kTop,        // 2^64 - 1
  kTop512,     // 2^64 - 512: 512 pages end at zero
  kHalf,       // 2^63
};
enum class GfnEdge : std::uint8_t {
  kSpaceLast,  // 2^36 - 1
  kSpaceEnd,   // 2^36
  kSpace512,   // 2^36 - 512
  kBit52,      // 2^52
  kTop,        // 2^64 - 1
  kTop512,     // 2^64 - 512
};
enum class SpanList : std::uint8_t { kRam, kNoMap, kDevice, kImage, kPool };
enum class SpanEnd : std::uint8_t { kBefore, kFirst, kLast, kAfter };

inline constexpr std::array<std::string_view, 7> kPfnEdgeNames = {
    "space.last", "space.end", "space.512", "alias52", "top", "top-511", "half"};
inline constexpr std::array<std::string_view, 6> kGfnEdgeNames = {
    "gfns.last", "gfns.end", "gfns.512", "bit52", "top", "top-511"};
inline constexpr std::array<std::string_view, 5> kSpanListNames = {"ram", "nomap", "mmio", "image",
                                                                   "pool"};
inline constexpr std::array<std::string_view, 4> kSpanEndNames = {"before", "first", "last",
                                                                  "after"};
inline constexpr std::uint16_t kSpansOfList =
    8;  // regions that an edge can name in ram, nomap, mmio
inline constexpr std::uint16_t kSpanEdges = (3 * kSpansOfList + 2) * 4;
inline constexpr std::uint16_t kPfnEdges = kSpanEdges + kPfnEdgeNames.size();
inline constexpr std::uint16_t kGfnEdges = kGfnEdgeNames.size();

// An edge at a span, taken apart. Precondition: index < kSpanEdges.
struct SpanEdge {
  SpanList list;
  std::uint16_t number;  // in its list; 0 for image and pool
  SpanEnd end;
};
constexpr SpanEdge SpanEdgeOf(std::uint16_t index) {
  const std::uint16_t span = index / 4;
  const auto end = static_cast<SpanEnd>(index % 4);
  if (span < 3 * kSpansOfList) {
    return {static_cast<SpanList>(span / kSpansOfList),
            static_cast<std::uint16_t>(span % kSpansOfList), end};
  }
  return {static_cast<SpanList>(3 + span - 3 * kSpansOfList), 0, end};
}

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_OPERAND_H_
