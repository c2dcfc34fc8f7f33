// SPDX-License-Identifier: Apache-2.0
// ABI.md section 8: the life of a VM.
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr std::uint64_t kMetaPages = 2;  // features(1)
constexpr unsigned kSmallestIpaBits = 32;

constexpr Argument kVmArguments[] = {Argument::kVm};
constexpr Argument kVmRangeArguments[] = {Argument::kVm, Argument::kPfn, Argument::kCount};
constexpr Argument kListArguments[] = {Argument::kVm, Argument::kListCount};
constexpr Argument kCreateArguments[] = {Argument::kVmFlags, Argument::kIpaBits, Argument::kMetaPfn,
                                         Argument::kRootPfn};

AbstractPage VmPage(unsigned slot, Use use) {
  return {.row = Row::kHyp, .use = use, .vm_tag = static_cast<std::uint8_t>(slot + 1)};
}

std::uint64_t RootPages(const Step& step) {
  return RootGeometryOf(static_cast<unsigned>(step[Argument::kIpaBits])).pages;
}

// The index of the first page that fails, running on from the metadata pages over the root pages.
template <typename Fails>
Detail FirstOfBoth(const Step& step, Fails fails) {
  if (const Detail meta = FirstOf(step[Argument::kMetaPfn], kMetaPages, fails)) return meta;
  const Detail root = FirstOf(step[Argument::kRootPfn], RootPages(step), fails);
  return root ? Detail(kMetaPages + *root) : std::nullopt;
}

bool Overlap(std::uint64_t a, std::uint64_t a_count, std::uint64_t b, std::uint64_t b_count) {
  return a <= b ? b - a < a_count : a - b < b_count;
}

// 0x56 vm_create(x1 flags, x2 ipa_bits, x3 meta_pfn, x4 root_pfn).
constexpr RowRule kCreateRows[] = {
    {101, ReservedBits},
    {102,
     [](const Step& step) {
       const std::uint64_t bits = step[Argument::kIpaBits];
       return When(bits < kSmallestIpaBits || bits > step.state.facts().largest_ipa_bits);
     }},
    {105, [](const Step& step) { return When(step[Argument::kRootPfn] % RootPages(step) != 0); }},
    {106,
     [](const Step& step) {
       return When(Overlap(step[Argument::kMetaPfn], kMetaPages, step[Argument::kRootPfn],
                           RootPages(step)));
     }},
    {107,
     [](const Step& step) {
       return When(EndsAbove(step[Argument::kMetaPfn], kMetaPages, PfnSpace(step)) ||
                   EndsAbove(step[Argument::kRootPfn], RootPages(step), PfnSpace(step)));
     }},
    {401,
     [](const Step& step) {
       return FirstOfBoth(step,
                          [&](std::uint64_t pfn) { return !step.state.ram().OwnableIndexOf(pfn); });
     }},
    {503,
     [](const Step& step) {
       return FirstOfBoth(step, [&](std::uint64_t pfn) {
         return step.state.page(*step.state.ram().IndexOf(pfn)).row != Row::kPrivate;
       });
     }},
    {601, [](const Step& step) { return When(!step.state.LowestFreeSlot().has_value()); }},
};
void Create(Step& step, Effect& effect) {
  const unsigned slot = *step.state.LowestFreeSlot();
  Vm& vm = step.state.EditVm(slot);
  ++vm.generation;
  vm.phase = VmPhase::kLive;
  vm.kind = step[Argument::kVmFlags] == 1 ? VmKind::kProtected : VmKind::kPlain;
  vm.ipa_bits = static_cast<unsigned>(step[Argument::kIpaBits]);
  vm.meta_pfn = step[Argument::kMetaPfn];
  vm.root_pfn = step[Argument::kRootPfn];
  vm.donated = vm.vcpu_pages = 0;
  vm.order = step.state.NextOrder();
  const auto take = [&](std::uint64_t pfn, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      step.state.SetPage(*step.state.ram().IndexOf(pfn + i), VmPage(slot, Use::kVmMeta));
    }
  };
  take(vm.meta_pfn, kMetaPages);
  take(vm.root_pfn, vm.RootPages());
  effect.x2 = step.state.HandleOf(slot);
  effect.created = effect.vm_slot = slot;
  effect.stores_tables = true;
}

// 0x57 vm_donate_tables(x1 vm, x2 pfn, x3 count <= 512): PRIVATE -> HYP VM table page.
constexpr RowRule kDonateTablesRows[] = {
    {101, ReservedBits},    {104, BadCount<kRangeLimit>},
    {107, PagesOutOfSpace}, {201, NoSuchVm},
    {301, VmNotLive},       {401, NotRam},
    {503, NotPrivate},
};
void DonateTables(Step& step, Effect& effect) {
  SetPages(step, effect, VmPage(step.slot, Use::kTable));
  for (const Range& range : step.ranges) step.vm->donated += range.count;
  effect.vm_slot = step.slot;
}

// 0x58 vm_donate_tables_list(x1 vm, x2 n <= 64).
constexpr RowRule kDonateTablesListRows[] = {
    {101, ReservedBits},
    {104, BadListCount},
    {110, NoListPage},
    {111, ListGfnReserved},
    {112, ListBadCount},
    {113, ListOverlap<ListWords::kPfns>},
    {114, ListOutOfSpace<ListWords::kPfns>},
    {201, NoSuchVm},
    {301, VmNotLive},
    {401, NotRam},
    {503, NotPrivate},
};

// 0x5E vm_start_teardown(x1 vm): LIVE -> DYING. All vCPUs become NONE, and their run pages lose the
// pin.
constexpr RowRule kStartTeardownRows[] = {
    {101, ReservedBits},
    {201, NoSuchVm},
    {301, VmNotLive},
    {305,
     [](const Step& step) {
       for (const Vcpu& vcpu : step.vm->vcpus) {
         if (vcpu.loaded_on) return Detail(0);
       }
       return Detail();
     }},
};
void StartTeardown(Step& step, Effect& effect) {
  step.vm->phase = VmPhase::kDying;
  effect.ends_vcpus = true;
  for (const Vcpu& vcpu : step.vm->vcpus) {
    if (vcpu.exists) AddPins(step.state, vcpu.run_page, -1);
  }
  step.vm->vcpus.clear();
  effect.vm_slot = step.slot;
}

// 0x60 reclaim_tables(x1 vm, x2 pfn, x3 count <= 64), scrubs: table and vCPU pages of the VM ->
// TRANSIT -> PRIVATE.
constexpr RowRule kReclaimTablesRows[] = {
    {101, ReservedBits},
    {104, BadCount<kScrubLimit>},
    {107, PagesOutOfSpace},
    {201, NoSuchVm},
    {302, VmNotDying},
    {307, VmNotEmpty},
    {401, NotRam},
    {509,
     [](const Step& step) {
       return FirstRamPage(step, [&](const AbstractPage& page) {
         const bool class_fits = page.use == Use::kTable || page.use == Use::kVmVcpu;
         return page.row != Row::kHyp || !class_fits || page.vm_tag != step.VmTag();
       });
     }},
};
void ReclaimTables(Step& step, Effect& effect) {
  for (std::uint64_t i = 0; i < step[Argument::kCount]; ++i) {
    const PageIndex page = *step.state.ram().IndexOf(step[Argument::kPfn] + i);
    --(step.state.page(page).use == Use::kTable ? step.vm->donated : step.vm->vcpu_pages);
    SetTransit(step, effect, page);
  }
  effect.vm_slot = step.slot;
}

// 0x61 vm_finish_teardown(x1 vm), scrubs: root and metadata pages -> TRANSIT -> PRIVATE; the slot
// becomes FREE.
constexpr RowRule kFinishTeardownRows[] = {
    {101, ReservedBits},
    {201, NoSuchVm},
    {302, VmNotDying},
    {307, VmNotEmpty},
    {308,
     [](const Step& step) {
       const std::uint64_t left = step.vm->donated + step.vm->vcpu_pages;
       return left > 0 ? Detail(left) : Detail();
     }},
};
void FinishTeardown(Step& step, Effect& effect) {
  const auto give = [&](std::uint64_t pfn, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
      SetTransit(step, effect, *step.state.ram().IndexOf(pfn + i));
  };
  give(step.vm->meta_pfn, kMetaPages);
  give(step.vm->root_pfn, step.vm->RootPages());
  step.vm->phase = VmPhase::kFree;
  effect.finished = effect.vm_slot = step.slot;
}

constexpr CallSpecification kCalls[] = {
    {.number = 0x56,
     .name = "vm_create",
     .arguments = kCreateArguments,
     .rows = kCreateRows,
     .update = Create},
    {.number = 0x57,
     .name = "vm_donate_tables",
     .arguments = kVmRangeArguments,
     .rows = kDonateTablesRows,
     .update = DonateTables},
    {.number = 0x58,
     .name = "vm_donate_tables_list",
     .arguments = kListArguments,
     .rows = kDonateTablesListRows,
     .update = DonateTables,
     .list = ListWords::kPfns},
    {.number = 0x5E,
     .name = "vm_start_teardown",
     .arguments = kVmArguments,
     .rows = kStartTeardownRows,
     .update = StartTeardown},
    {.number = 0x60,
     .name = "reclaim_tables",
     .arguments = kVmRangeArguments,
     .rows = kReclaimTablesRows,
     .update = ReclaimTables},
    {.number = 0x61,
     .name = "vm_finish_teardown",
     .arguments = kVmArguments,
     .rows = kFinishTeardownRows,
     .update = FinishTeardown},
};

}  // namespace

std::span<const CallSpecification> VmCalls() { return kCalls; }

}  // namespace cadastre::oracle
