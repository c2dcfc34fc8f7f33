// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/canonical_digest.h"

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <vector>

namespace cadastre::oracle {
namespace {

constexpr unsigned kSpanShift = 9;

// What a signature speaks of, so that equal numbers in different places do not meet.
enum class Tag : std::uint64_t {
  kPage = 1,
  kLeaf,
  kListPage,
  kRunPage,
  kVcpuPage,
  kGroup,
  kVm,
  kPoison,
  kVcpu,
  kCpu,
  kShape,
  kSpan,
};

// Sums of signatures commute, which is what makes names of pages vanish.
CanonicalDigest operator+(const CanonicalDigest& a, const CanonicalDigest& b) {
  return {a.low + b.low, a.high + b.high};
}
CanonicalDigest& operator+=(CanonicalDigest& a, const CanonicalDigest& b) { return a = a + b; }

constexpr std::uint64_t Stir(std::uint64_t x) {  // splitmix64's finaliser: a bijection
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9;
  x ^= x >> 27;
  x *= 0x94D049BB133111EB;
  return x ^ x >> 31;
}

CanonicalDigest Sign(Tag tag, std::initializer_list<std::uint64_t> values) {
  CanonicalDigest hash{Stir(static_cast<std::uint64_t>(tag)),
                       Stir(~static_cast<std::uint64_t>(tag))};
  for (const std::uint64_t value : values) {
    hash.low = Stir(hash.low + value + 0x9E3779B97F4A7C15);
    hash.high = Stir((hash.high ^ value) * 0xD6E8FEB86659FD93 + hash.low);
  }
  return hash;
}
CanonicalDigest Sign(Tag tag, const CanonicalDigest& inner) {
  return Sign(tag, {inner.low, inner.high});
}

class Canon {
 public:
  Canon(const World& world, std::span<const OperationContext> contexts, const CanonicalScope& scope,
        const Naming& naming)
      : world_(world), state_(world.state), contexts_(contexts), scope_(scope), naming_(naming) {}

  CanonicalDigest Compute() {
    StartPages();
    for (const unsigned slot : state_.touched_slots()) AddVm(slot);
    for (unsigned cpu = 0; cpu < state_.facts().cpus; ++cpu) AddCpu(cpu);
    if (scope_.spans != 0) {
      AddSpans();
    } else {
      for (const auto& [index, signature] : pages_) sum_ += Sign(Tag::kPage, signature);
    }
    for (const std::uint64_t pfn : scope_.host_granules) {
      sum_ += Sign(Tag::kShape, {scope_.colours[*state_.ram().IndexOf(pfn)], ShapeOf({}, pfn)});
    }
    return sum_;
  }

 private:
  using PageSignature = std::pair<PageIndex, CanonicalDigest>;

  std::uint64_t NameOfTag(std::uint8_t tag) const {
    return tag == 0 ? 0 : std::uint64_t{naming_.vm_of_slot[tag - 1U]} + 1;
  }
  std::uint64_t NameOfSlot(unsigned slot) const {
    return std::uint64_t{naming_.vm_of_slot[slot]} + 1;
  }

  // Every page that is not as boot left it.
  void StartPages() {
    for (const PageIndex index : state_.touched_pages()) {
      const AbstractPage& page = state_.page(index);
      if (page == state_.boot_page(index)) continue;
      pages_.emplace_back(
          index, Sign(Tag::kPage, {scope_.colours[index], static_cast<std::uint64_t>(page.row),
                                   static_cast<std::uint64_t>(page.use), NameOfTag(page.vm_tag),
                                   page.pins, page.borrowers}));
    }
    std::sort(pages_.begin(), pages_.end(),
              [](const PageSignature& a, const PageSignature& b) { return a.first < b.first; });
  }
  CanonicalDigest& SignatureOf(PageIndex index) {
    return std::lower_bound(
               pages_.begin(), pages_.end(), index,
               [](const PageSignature& page, PageIndex wanted) { return page.first < wanted; })
        ->second;
  }

  void AddVm(unsigned slot) {
    const Vm& vm = state_.vm(slot);
    if (vm.phase == VmPhase::kFree) return;
    const std::uint64_t name = NameOfSlot(slot);
    sum_ += Sign(Tag::kVm,
                 {name, static_cast<std::uint64_t>(vm.phase), static_cast<std::uint64_t>(vm.kind),
                  vm.ipa_bits, vm.donated, vm.vcpu_pages});
    if (scope_.spans == 0) {
      for (const GuestLeaf& leaf : vm.map.All()) AddLeaf(name, leaf);
    }
    for (unsigned i = 0; i < vm.vcpus.size(); ++i) AddVcpu(name, i, vm.vcpus[i]);
  }

  CanonicalDigest SignLeaf(std::uint64_t name, std::uint64_t gfn, const GuestLeaf& leaf) const {
    return Sign(Tag::kLeaf, {name, gfn, static_cast<std::uint64_t>(leaf.state), leaf.prot,
                             scope_.ages == Ages::kKept && leaf.young ? 1U : 0U});
  }
  void AddLeaf(std::uint64_t name, const GuestLeaf& leaf) {
    if (leaf.is_poison) {
      sum_ += Sign(Tag::kPoison, {name, leaf.gfn});
    } else {
      SignatureOf(*state_.ram().IndexOf(leaf.pfn)) += SignLeaf(name, leaf.gfn, leaf);
    }
  }

  void AddVcpu(std::uint64_t name, unsigned index, const Vcpu& vcpu) {
    if (!vcpu.exists) return;
    const std::uint64_t cpu = vcpu.loaded_on ? naming_.cpus[*vcpu.loaded_on] + 1U : 0U;
    sum_ += Sign(Tag::kVcpu, {name, index, static_cast<std::uint64_t>(vcpu.power), cpu});
    SignatureOf(vcpu.run_page) += Sign(Tag::kRunPage, {name, index});
    SignatureOf(vcpu.own_page) += Sign(Tag::kVcpuPage, {name, index});
  }

  void AddCpu(unsigned cpu) {
    const CpuState& now = state_.cpu(cpu);
    CanonicalDigest signature;
    if (now.loaded) {
      signature = Sign(Tag::kCpu, {naming_.cpus[cpu], NameOfSlot(now.loaded->slot),
                                   now.loaded->index, now.runs_guest ? 1U : 0U});
    }
    const OperationContext& context = contexts_[cpu];
    if (context.is_under_way && context.judgement.progress == Progress::kSecond) {
      signature += Sign(Tag::kGroup, {naming_.cpus[cpu]});
      for (const PageIndex page : context.judgement.effect.transit) {
        signature += Sign(Tag::kGroup, SignatureOf(page));
      }
    }
    if (signature != CanonicalDigest{}) sum_ += Sign(Tag::kCpu, signature);
    if (now.list_page) {
      SignatureOf(*now.list_page) += Sign(Tag::kListPage, {naming_.cpus[cpu]});
    }
  }

  // Everything of a span, by the place in it.
  void AddSpans() {
    std::vector<CanonicalDigest> spans(scope_.spans);
    const std::uint64_t base = *state_.ram().IndexOf(scope_.span_base);
    for (const auto& [index, signature] : pages_) {
      const std::uint64_t span = (index - base) >> kSpanShift;
      if (index >= base && span < spans.size()) {
        spans[span] +=
            Sign(Tag::kPage, Sign(Tag::kSpan, {signature.low, signature.high, index & 511}));
      } else {
        sum_ += Sign(Tag::kPage, signature);
      }
    }
    for (const unsigned slot : state_.touched_slots()) {
      for (const GuestLeaf& leaf : state_.vm(slot).map.All()) {
        spans[leaf.gfn >> kSpanShift] += SignLeaf(leaf.is_poison ? 0 : 1, leaf.gfn & 511, leaf);
      }
      for (std::uint64_t i = 0; i < spans.size(); ++i) {
        const Root root{.regime = Regime::kGuest, .slot = slot};
        if (world_.walker.HasRoot(root)) {
          spans[i] += Sign(Tag::kShape, {ShapeOf(root, i << kSpanShift)});
        }
      }
    }
    for (const CanonicalDigest& span : spans) sum_ += Sign(Tag::kSpan, span);
  }

  // 0 empty, 1 block, 2 table.
  std::uint64_t ShapeOf(Root root, std::uint64_t page) const {
    const WalkEnd end = world_.walker.Walk(root, page << 12);
    return end.level == 3 ? 2 : end.word != 0 ? 1 : 0;
  }

  const World& world_;
  const State& state_;
  std::span<const OperationContext> contexts_;
  const CanonicalScope& scope_;
  const Naming& naming_;
  std::vector<PageSignature> pages_;  // in order
  CanonicalDigest sum_;
};

}  // namespace

CanonicalDigest CanonicalDigestOf(const World& world, std::span<const OperationContext> contexts,
                                  const CanonicalScope& scope, const Naming& naming) {
  return Canon(world, contexts, scope, naming).Compute();
}

}  // namespace cadastre::oracle
