// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/oracle.h"

#include "harness/oracle/cells.h"
#include "harness/oracle/judge.h"
#include "harness/oracle/pick.h"

namespace cadastre::oracle {

struct Oracle::Impl {
  Impl(MachineFacts given, const Memory& memory)
      : facts(std::move(given)),
        ram(facts),
        state(facts, ram),
        picker(state),
        judge(state, memory) {}

  MachineFacts facts;
  Ram ram;
  State state;
  Picker picker;
  Judge judge;
  Cells cells;
  HypercallInput hypercall;
  Judgement judgement;
  HostAbortInput abort;
  AbortOutcome outcome = AbortOutcome::kRetry;
};

Oracle::Oracle(MachineFacts facts, const Memory& memory)
    : impl_(std::make_unique<Impl>(std::move(facts), memory)) {}
Oracle::~Oracle() = default;

std::optional<Violation> Oracle::AttachAfterBoot(std::span<const Event> boot_events) {
  return impl_->judge.Attach(boot_events);
}

void Oracle::Reset() {
  impl_->judge.Reset(impl_->state.touched_slots());
  impl_->state.Reset();
}

Expectation Oracle::BeginHypercall(const HypercallInput& input) {
  impl_->hypercall = input;
  impl_->state.ClearChanges();
  impl_->judgement = StepHypercall(impl_->state, input);
  impl_->cells.Count(impl_->judgement);
  for (const PageChange& change : impl_->state.changes())
    impl_->cells.Count(impl_->state.page(change.index).row);
  return impl_->judgement.expected;
}

AbortOutcome Oracle::BeginHostAbort(const HostAbortInput& input) {
  impl_->abort = input;
  impl_->state.ClearChanges();
  impl_->outcome = StepHostAbort(impl_->state, input);
  impl_->cells.Count(impl_->outcome);
  return impl_->outcome;
}

std::optional<Violation> Oracle::EndHypercall(const Registers& after,
                                              std::span<const Event> events) {
  return impl_->judge.Hypercall({impl_->judgement, impl_->hypercall.registers, after, events});
}

std::optional<Violation> Oracle::EndHostAbort(AbortOutcome outcome, std::span<const Event> events) {
  return impl_->judge.HostAbort(impl_->abort, impl_->outcome, outcome, events);
}

std::optional<Violation> Oracle::FullSweep() { return impl_->judge.FullSweep(); }

std::optional<std::uint64_t> Oracle::PickPage(PageClass page_class, std::uint64_t index) const {
  return impl_->picker.Page(page_class, index);
}
std::optional<std::uint64_t> Oracle::PickVm(VmClass vm_class, std::uint64_t index) const {
  return impl_->picker.Vm(vm_class, index);
}
std::optional<std::uint64_t> Oracle::PickGfn(std::uint64_t vm_handle, std::uint64_t index) const {
  return impl_->picker.Gfn(vm_handle, index);
}

std::uint64_t Oracle::StateDigest() const { return DigestOf(impl_->state); }

std::string Oracle::DescribePage(std::uint64_t pfn) const {
  const auto index = impl_->ram.IndexOf(pfn);
  if (index) return Describe(ViewPage(impl_->judge.world(), *index));
  return Format("page 0x%llx: %s", static_cast<unsigned long long>(pfn),
                impl_->ram.IsDevice(pfn) ? "a device" : "outside RAM");
}

std::span<const std::uint32_t> Oracle::CellCounters() const { return impl_->cells.counters(); }
std::string Oracle::CellName(std::size_t index) const { return impl_->cells.NameOf(index); }

}  // namespace cadastre::oracle
