// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/oracle.h"

#include "harness/oracle/canonical_digest.h"
#include "harness/oracle/cells.h"
#include "harness/oracle/judge.h"
#include "harness/oracle/pick.h"

namespace cadastre::oracle {
namespace {

// The host's words as the core read them: the n-th that S asks for is the n-th that was read. Where
// the core read something else, READ_ONCE will say so.
class WordsOfEvents final : public HostWords {
 public:
  explicit WordsOfEvents(std::span<const Event> events) : events_(events) {}

  std::uint64_t Read(std::uint64_t address) override {
    while (next_ < events_.size() && events_[next_].kind != EventKind::kReadHost) ++next_;
    if (next_ < events_.size() && events_[next_].address == address) return events_[next_++].value;
    for (const Event& event : events_) {
      if (event.kind == EventKind::kReadHost && event.address == address) return event.value;
    }
    return 0;
  }

 private:
  std::span<const Event> events_;
  std::size_t next_ = 0;
};

}  // namespace

struct Oracle::Impl {
  Impl(MachineFacts given, const Memory& memory)
      : facts(std::move(given)),
        ram(facts),
        state(facts, ram),
        picker(state),
        judge(state, memory),
        contexts(facts.cpus) {}

  Judge::Others OthersThan(unsigned cpu) const {
    for (unsigned other = 0; other < contexts.size(); ++other) {
      if (other != cpu && contexts[other].is_under_way) return Judge::Others::kUnderWay;
    }
    return Judge::Others::kAtRest;
  }

  // S steps, and all that the operation touched is checked; or, where S has nothing left to do,
  // what it did besides.
  void Follow(OperationContext& context, std::span<const Event> events) {
    state.ClearChanges();
    const Judge::Others others = OthersThan(context.operation.cpu);
    if (context.judgement.progress == Progress::kOver)
      return judge.FollowLate(context, events, others);
    WordsOfEvents words(events);
    StepOperation(state, context.operation, words, context.judgement);
    if (!context.has_stepped) cells.Count(context.operation, context.judgement);
    for (const PageChange& change : state.changes()) cells.Count(state.page(change.index).row);
    judge.FollowStep(context, events, others);
  }

  MachineFacts facts;
  Ram ram;
  State state;
  Picker picker;
  Judge judge;
  Cells cells;
  std::vector<OperationContext> contexts;  // by CPU
};

Oracle::Oracle(MachineFacts facts, const Memory& memory)
    : impl_(std::make_unique<Impl>(std::move(facts), memory)) {}
Oracle::~Oracle() = default;

std::optional<Violation> Oracle::AttachAfterBoot(std::span<const Event> boot_events) {
  return impl_->judge.Attach(boot_events);
}

void Oracle::Reset() {
  impl_->judge.Reset();
  impl_->state.Reset();
  for (OperationContext& context : impl_->contexts) context.is_under_way = false;
}

void Oracle::Begin(const Operation& operation) {
  OperationContext& context = impl_->contexts[operation.cpu];
  context.operation = operation;
  context.judgement.Clear();
  context.followed = 0;
  context.coloured = 0;
  context.marks.clear();
  context.touched = 0;
  context.has_stepped = false;
  context.vm_slot.reset();
  context.is_under_way = true;
  impl_->judge.Begin(operation.cpu);
}

std::optional<Violation> Oracle::BeforeRelease(unsigned cpu, std::span<const Event> events) {
  impl_->Follow(impl_->contexts[cpu], events);
  return impl_->judge.Conclude();
}

std::optional<Violation> Oracle::End(unsigned cpu, const Answer& answer,
                                     std::span<const Event> events) {
  OperationContext& context = impl_->contexts[cpu];
  do {
    impl_->Follow(context, events);
  } while (context.judgement.progress != Progress::kOver);
  impl_->judge.AssertAnswer(context, answer, events);
  context.is_under_way = false;
  return impl_->judge.Conclude();
}

std::optional<Violation> Oracle::NoteAccess(unsigned cpu, std::uint64_t pfn, Access access) {
  const auto page = impl_->ram.OwnableIndexOf(pfn);
  if (!page) return std::nullopt;
  impl_->judge.FollowAccess(cpu, *page, access);
  return impl_->judge.Conclude();
}

void Oracle::NoteProgress(unsigned cpu, std::span<const Event> events) {
  impl_->judge.FollowColours(impl_->contexts[cpu], events);
}

bool Oracle::GrantsStore(unsigned cpu, std::uint64_t input, std::uint64_t pfn) const {
  const auto page = impl_->ram.OwnableIndexOf(pfn);
  return page && oracle::GrantsStore(impl_->state, cpu, input, *page);
}

bool Oracle::KeepsSecrets(std::uint64_t handle) const {
  const Vm* vm = std::as_const(impl_->state).FindVm(handle);
  return vm != nullptr && vm->kind == VmKind::kProtected;
}

PageUse Oracle::UseOf(std::uint64_t pfn) const {
  const auto page = impl_->ram.OwnableIndexOf(pfn);
  return page ? oracle::UseOf(impl_->state, *page, impl_->judge.colours().At(*page)) : PageUse{};
}

void Oracle::ListTouchedPages(std::vector<std::uint64_t>& pfns) const {
  pfns.clear();
  for (const PageIndex page : impl_->state.touched_pages()) pfns.push_back(impl_->ram.PfnOf(page));
}

std::string Oracle::DescribeContents(std::uint64_t pfn) const {
  const auto page = impl_->ram.OwnableIndexOf(pfn);
  return page ? Describe(impl_->judge.colours().At(*page)) : "not RAM";
}

const Expectation& Oracle::expectation(unsigned cpu) const {
  return impl_->contexts[cpu].judgement.expected;
}

std::span<const Cover> Oracle::LoadCovers() const { return impl_->judge.load_covers(); }

std::optional<std::uint64_t> Oracle::RunningVm(unsigned cpu) const {
  const CpuState& now = impl_->state.cpu(cpu);
  if (!now.runs_guest) return std::nullopt;
  return impl_->state.HandleOf(now.loaded->slot);
}

std::optional<std::uint64_t> Oracle::ListPage(unsigned cpu) const {
  const auto page = impl_->state.list_page(cpu);
  if (!page) return std::nullopt;
  return impl_->ram.PfnOf(*page);
}

std::optional<Violation> Oracle::FullSweep() { return impl_->judge.FullSweep(); }

const char* Oracle::Audit() {
  const std::optional<AuditFinding> finding = impl_->judge.Audit();
  return finding ? IdOf(finding->invariant) : nullptr;
}

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

CanonicalDigest Oracle::Canonical(const CanonicalScope& scope, const Naming& naming) const {
  return CanonicalDigestOf(impl_->judge.world(), impl_->contexts, scope, naming);
}

bool Oracle::AwaitsSecondEvent(unsigned cpu) const {
  const OperationContext& context = impl_->contexts[cpu];
  return context.is_under_way && context.judgement.progress == Progress::kSecond;
}

std::string Oracle::DescribePage(std::uint64_t pfn) const {
  const auto index = impl_->ram.IndexOf(pfn);
  if (index) return Describe(ViewPage(impl_->judge.world(), *index));
  return Format("page 0x%llx: %s", static_cast<unsigned long long>(pfn),
                impl_->ram.IsDevice(pfn) ? "a device" : "outside RAM");
}

std::span<const std::uint32_t> Oracle::CellCounters() const { return impl_->cells.counters(); }
std::string Oracle::CellName(std::size_t index) const { return impl_->cells.NameOf(index); }

}  // namespace cadastre::oracle
