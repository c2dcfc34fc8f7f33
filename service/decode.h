// SPDX-License-Identifier: Apache-2.0
// From registers to arguments by the table of calls, and the shape rows (1xx) that need no state.
// Each call has a decoder of its own: what the table says is settled when that is compiled, and
// what is left of it is a few compares.
#ifndef CADASTRE_SERVICE_DECODE_H_
#define CADASTRE_SERVICE_DECODE_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "pgtable/granule.h"
#include "pgtable/prot.h"
#include "pgtable/range.h"
#include "service/abi/calls.h"
#include "service/abi/features.h"
#include "service/arguments.h"
#include "service/vm.h"

namespace cadastre {

template <abi::CallNumber kNumber>
class Decoder {
 public:
  Decoder(const Registers& x, const Limits& limits) : x_(x), limits_(limits) {}

  // Shape rows are judged in ascending order over all arguments. kNone: `out` is good.
  // Precondition: `out` is as made.
  abi::Row Decode(Arguments* out) const {
    if (AnyReservedBit()) return Row::kReservedBits;
    if (BadValue()) return Row::kBadValue;
    if (BadProt()) return Row::kBadProt;
    if (BadCount()) return Row::kBadCount;
    if constexpr (kNumber == CallNumber::kVmCreate) {
      if (x_[4] % RootPages() != 0) return Row::kMisaligned;
      if (PagesOverlap(x_[3], kVmMetaPages, x_[4], RootPages())) return Row::kSelfOverlap;
    }
    if (!MakeRanges(out)) return Row::kOutOfSpace;
    ForEachArgument([&]<ArgKind kKind>(std::uint64_t value) { Fill<kKind>(value, out); });
    return Row::kNone;
  }

 private:
  using ArgKind = abi::ArgKind;
  using CallNumber = abi::CallNumber;
  using Row = abi::Row;

  static constexpr const abi::Call& kCall = *abi::FindCall(static_cast<std::uint64_t>(kNumber));

  // Has the call an argument of the kind? Then Value is that of the first.
  static constexpr bool Has(ArgKind kind) { return abi::RegisterOf(kCall, kind) != 0; }
  template <ArgKind kKind>
  std::uint64_t Value() const {
    static_assert(Has(kKind));
    return x_[abi::RegisterOf(kCall, kKind)];
  }
  // `function.template operator()<kind>(value)` for each argument in order.
  template <class Function>
  void ForEachArgument(Function&& function) const {
    [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      (function.template operator()<kCall.args.items[kIndex].kind>(x_[kIndex + 1]), ...);
    }(std::make_index_sequence<kCall.args.size>());
  }

  bool AnyReservedBit() const {
    bool any = false;
    ForEachArgument([&]<ArgKind kKind>(std::uint64_t value) {
      constexpr unsigned kWidth = abi::WidthOf(kKind);
      if constexpr (kWidth < 64) any |= value >> kWidth != 0;
    });
    // A pfn beside "clear" would have no meaning.
    if constexpr (kNumber == CallNumber::kListPageSet) any |= x_[1] == 0 && x_[2] != 0;
    // Only the first vCPU begins where the host says.
    if constexpr (kNumber == CallNumber::kVcpuCreate)
      any |= x_[2] != 0 && (x_[5] != 0 || x_[6] != 0);
    return any;
  }

  bool BadValue() const {
    bool bad = false;
    if constexpr (kNumber == CallNumber::kFeatures) bad = x_[1] >= abi::kFeatureCount;
    if constexpr (kNumber == CallNumber::kVmCreate)
      bad = x_[2] < kMinIpaBits || x_[2] > limits_.largest_ipa_bits();
    if constexpr (Has(ArgKind::kVcpuIndex)) bad |= Value<ArgKind::kVcpuIndex>() >= abi::kMaxVcpus;
    if constexpr (Has(ArgKind::kEntry)) bad |= Value<ArgKind::kEntry>() % 4 != 0;
    return bad;
  }

  bool BadProt() const {
    if constexpr (Has(ArgKind::kProt)) {
      const Prot prot(Value<ArgKind::kProt>());
      return (prot.bits & ~Prot::kRwx) != 0 || !prot.Has(Prot::kRead);
    } else if constexpr (Has(ArgKind::kAddedProt)) {
      const Prot prot(Value<ArgKind::kAddedProt>());
      return (prot.bits & ~Prot::kRwx) != 0 || prot.bits == 0;
    } else {
      return false;
    }
  }

  // A count of 0 wraps, and is too large.
  bool BadCount() const {
    if constexpr (Has(ArgKind::kListCount)) {
      return Value<ArgKind::kListCount>() - 1 >= abi::kMaxListEntries;
    } else if constexpr (Has(ArgKind::kCount)) {
      return Value<ArgKind::kCount>() - 1 >= kCall.max_pages;
    } else {
      return false;
    }
  }

  // vm_create's root pages. Precondition: ipa_bits is good.
  std::uint64_t RootPages() const {
    return Stage2Geometry<Granule4K>(static_cast<unsigned>(x_[2])).value().root_pages;
  }

  // false: the pages wrap or end above their space.
  bool MakePages(std::uint64_t first, std::uint64_t count, PfnRange* out) const {
    const auto range = PfnRange::Make(Pfn(first), count, limits_.pfn_bits());
    if (range.ok()) *out = range.value();
    return range.ok();
  }

  // Builds the ranges; false if one wraps or ends above its space.
  bool MakeRanges(Arguments* out) const {
    if constexpr (kNumber == CallNumber::kVmCreate) {
      return MakePages(x_[3], kVmMetaPages, &out->range.pfns) &&
             MakePages(x_[4], RootPages(), &out->roots);
    } else if constexpr (kNumber == CallNumber::kVcpuCreate) {
      return MakePages(x_[3], kVcpuPages, &out->range.pfns) && MakePages(x_[4], 1, &out->run);
    } else if constexpr (kNumber == CallNumber::kNextMapped) {
      return x_[2] <= std::uint64_t{1} << kGfnBits;  // a search may begin where the space ends
    } else {
      if (kNumber == CallNumber::kListPageSet && x_[1] == 0) return true;
      std::uint64_t count = 1;
      if constexpr (Has(ArgKind::kCount)) count = Value<ArgKind::kCount>();
      if constexpr (Has(ArgKind::kPfn)) {
        if (!MakePages(Value<ArgKind::kPfn>(), count, &out->range.pfns)) return false;
      }
      if constexpr (Has(ArgKind::kGfn)) {
        const auto range = GfnRange::Make(Gfn(Value<ArgKind::kGfn>()), count, kGfnBits);
        if (!range.ok()) return false;
        out->range.gfns = range.value();
      }
      return true;
    }
  }

  // One argument that is no part of a range.
  template <ArgKind kKind>
  static void Fill(std::uint64_t value, Arguments* out) {
    switch (kKind) {
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
        if (kNumber == CallNumber::kNextMapped) out->number = value;
        break;
      case ArgKind::kPfn:
      case ArgKind::kCount:
        break;  // in the ranges
    }
  }

  const Registers& x_;
  const Limits& limits_;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_DECODE_H_
