// SPDX-License-Identifier: Apache-2.0
#include "service/arguments.h"

#include <initializer_list>

#include "service/abi/features.h"

namespace cadastre {
namespace {

using abi::Arg;
using abi::ArgKind;
using abi::Call;
using abi::CallNumber;
using abi::Row;

constexpr bool FitsWidth(ArgKind kind, std::uint64_t value) {
  const unsigned width = abi::WidthOf(kind);
  return width == 64 || value >> width == 0;
}

// The value of the call's first argument of a kind. Precondition: it has one.
std::uint64_t ValueOf(const Call& call, const Registers& x, ArgKind kind) {
  return x[abi::RegisterOf(call, kind)];
}

// Of the kinds of arguments that a call has (abi::KindsOf).
struct Kinds {
  std::uint16_t bits;
  bool Has(ArgKind kind) const { return (bits >> static_cast<unsigned>(kind) & 1) != 0; }
  bool HasOthersThan(std::initializer_list<ArgKind> these) const {
    unsigned others = bits;
    for (const ArgKind kind : these) others &= ~(1u << static_cast<unsigned>(kind));
    return others != 0;
  }
};

bool AnyReservedBit(const Call& call, const Registers& x) {
  for (std::size_t i = 0; i < call.args.size; ++i) {
    if (!FitsWidth(call.args.items[i].kind, x[i + 1])) return true;
  }
  // A pfn beside "clear" would have no meaning.
  if (call.number == CallNumber::kListPageSet) return x[1] == 0 && x[2] != 0;
  // Only the first vCPU begins where the host says.
  if (call.number == CallNumber::kVcpuCreate) return x[2] != 0 && (x[5] != 0 || x[6] != 0);
  return false;
}

bool BadValue(const Call& call, Kinds kinds, const Registers& x, const Limits& limits) {
  if (call.number == CallNumber::kFeatures) return x[1] >= abi::kFeatureCount;
  if (call.number == CallNumber::kVmCreate)
    return x[2] < kMinIpaBits || x[2] > limits.largest_ipa_bits();
  if (kinds.Has(ArgKind::kVcpuIndex) && ValueOf(call, x, ArgKind::kVcpuIndex) >= abi::kMaxVcpus)
    return true;
  if (kinds.Has(ArgKind::kEntry)) return ValueOf(call, x, ArgKind::kEntry) % 4 != 0;
  return false;
}

bool BadProt(const Call& call, Kinds kinds, const Registers& x) {
  if (kinds.Has(ArgKind::kProt)) {
    const Prot prot(ValueOf(call, x, ArgKind::kProt));
    return (prot.bits & ~Prot::kRwx) != 0 || !prot.Has(Prot::kRead);
  }
  if (kinds.Has(ArgKind::kAddedProt)) {
    const Prot prot(ValueOf(call, x, ArgKind::kAddedProt));
    return (prot.bits & ~Prot::kRwx) != 0 || prot.bits == 0;
  }
  return false;
}

bool BadCount(const Call& call, Kinds kinds, const Registers& x) {
  if (kinds.Has(ArgKind::kListCount)) {
    const std::uint64_t entries = ValueOf(call, x, ArgKind::kListCount);
    return entries == 0 || entries > abi::kMaxListEntries;
  }
  if (!kinds.Has(ArgKind::kCount)) return false;
  const std::uint64_t count = ValueOf(call, x, ArgKind::kCount);
  return count == 0 || count > call.max_pages;
}

// vm_create's root pages. Precondition: ipa_bits is good.
std::uint64_t RootPages(const Registers& x) {
  return Stage2Geometry<Granule4K>(static_cast<unsigned>(x[2])).value().root_pages;
}

// Distance instead of sums: nothing can wrap.
bool Overlap(std::uint64_t a, std::uint64_t a_count, std::uint64_t b, std::uint64_t b_count) {
  return a <= b ? b - a < a_count : a - b < b_count;
}

// Builds the ranges; false if one wraps or ends above its space.
bool MakeRanges(const Call& call, Kinds kinds, const Registers& x, const Limits& limits,
                Arguments* out) {
  if (call.number == CallNumber::kVmCreate) {
    const auto meta = PfnRange::Make(Pfn(x[3]), kVmMetaPages, limits.pfn_bits());
    const auto roots = PfnRange::Make(Pfn(x[4]), RootPages(x), limits.pfn_bits());
    if (!meta.ok() || !roots.ok()) return false;
    out->range.pfns = meta.value();
    out->roots = roots.value();
    return true;
  }
  if (call.number == CallNumber::kVcpuCreate) {
    const auto meta = PfnRange::Make(Pfn(x[3]), kVcpuPages, limits.pfn_bits());
    const auto run = PfnRange::Make(Pfn(x[4]), 1, limits.pfn_bits());
    if (!meta.ok() || !run.ok()) return false;
    out->range.pfns = meta.value();
    out->run = run.value();
    return true;
  }
  // A search may begin where the space ends.
  if (call.number == CallNumber::kNextMapped) return x[2] <= std::uint64_t{1} << kGfnBits;
  if (call.number == CallNumber::kListPageSet && x[1] == 0) return true;
  const std::uint64_t count = kinds.Has(ArgKind::kCount) ? ValueOf(call, x, ArgKind::kCount) : 1;
  if (kinds.Has(ArgKind::kPfn)) {
    const auto range =
        PfnRange::Make(Pfn(ValueOf(call, x, ArgKind::kPfn)), count, limits.pfn_bits());
    if (!range.ok()) return false;
    out->range.pfns = range.value();
  }
  if (kinds.Has(ArgKind::kGfn)) {
    const auto range = GfnRange::Make(Gfn(ValueOf(call, x, ArgKind::kGfn)), count, kGfnBits);
    if (!range.ok()) return false;
    out->range.gfns = range.value();
  }
  return true;
}

}  // namespace

Row Decode(const Call& call, const Registers& x, const Limits& limits, Arguments* out) {
  const Kinds kinds{abi::KindsOf(call)};
  if (AnyReservedBit(call, x)) return Row::kReservedBits;
  if (BadValue(call, kinds, x, limits)) return Row::kBadValue;
  if (BadProt(call, kinds, x)) return Row::kBadProt;
  if (BadCount(call, kinds, x)) return Row::kBadCount;
  if (call.number == CallNumber::kVmCreate) {
    if (x[4] % RootPages(x) != 0) return Row::kMisaligned;
    if (Overlap(x[3], kVmMetaPages, x[4], RootPages(x))) return Row::kSelfOverlap;
  }
  if (!MakeRanges(call, kinds, x, limits, out)) return Row::kOutOfSpace;
  // The ranges tell the rest of many calls.
  if (!kinds.HasOthersThan({ArgKind::kPfn, ArgKind::kCount})) return Row::kNone;
  for (std::size_t i = 0; i < call.args.size; ++i) {
    const std::uint64_t value = x[i + 1];
    switch (call.args.items[i].kind) {
      case ArgKind::kVm:
        out->vm = VmHandle{static_cast<std::uint32_t>(value)};
        break;
      case ArgKind::kProt:
      case ArgKind::kAddedProt:
        out->prot = Prot(value);
        break;
      case ArgKind::kFlag:
        out->flag = value != 0;
        break;
      case ArgKind::kVmFlags:
        out->kind = value != 0 ? VmKind::kProtected : VmKind::kPlain;
        break;
      case ArgKind::kFeatureId:
      case ArgKind::kIpaBits:
      case ArgKind::kVcpuIndex:
      case ArgKind::kListCount:
        out->number = value;
        break;
      case ArgKind::kEntry:
        out->entry = value;
        break;
      case ArgKind::kContext:
        out->context = value;
        break;
      case ArgKind::kGfn:
        if (call.number == CallNumber::kNextMapped) out->number = value;
        break;
      case ArgKind::kPfn:
      case ArgKind::kCount:
        break;  // in the ranges
    }
  }
  return Row::kNone;
}

}  // namespace cadastre
