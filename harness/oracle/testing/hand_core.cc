// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/testing/hand_core.h"

#include <algorithm>

namespace cadastre::oracle::testing {
namespace {

constexpr std::uint64_t kVmTableLock = 0;
constexpr std::uint64_t kHostLock = 1;
constexpr std::uint64_t kEl2Lock = 2;
constexpr std::uint64_t kPoolLock = 3;
constexpr std::uint64_t kFirstVmLock = 0x100;
constexpr unsigned kFirstLockedRow = 201;  // shape rows are judged before any lock

// The slot of the handle that a call names.
std::optional<unsigned> NamedSlot(const Operation& operation, const Judgement& judgement) {
  if (judgement.call == nullptr || operation.trap != Trap::kHostHvc) return std::nullopt;
  const auto arguments = judgement.call->arguments;
  const bool names = !arguments.empty() && arguments.front() == Argument::kVm;
  return names ? std::optional(static_cast<unsigned>(operation.registers[1] & 0xFF)) : std::nullopt;
}

// Reads raw memory, and logs each read.
class LoggedWords final : public HostWords {
 public:
  explicit LoggedWords(RawMachine& machine) : machine_(machine) {}
  std::uint64_t Read(std::uint64_t address) override {
    machine_.Log(EventKind::kReadHost, address, machine_.Read(address));
    return machine_.Read(address);
  }

 private:
  RawMachine& machine_;
};

}  // namespace

HandCore::HandCore() : facts_(SmallMachine()), ram_(facts_), state_(facts_, ram_) {
  machine.Boot();
  oracle.emplace(machine.facts, machine.memory);
  attached = oracle->AttachAfterBoot(machine.events);
  machine.events.clear();
  after_boot_ = machine;
}

void HandCore::Reset() {
  machine = *after_boot_;
  vm_trees_.clear();
  under_way_.clear();
  state_.Reset();
  oracle->Reset();
}

Operation HandCore::Hypercall(unsigned cpu, unsigned number,
                              std::initializer_list<std::uint64_t> arguments) {
  Operation operation{.trap = Trap::kHostHvc, .cpu = cpu};
  for (unsigned i = 0; i < operation.registers.size(); ++i)
    operation.registers[i] = 0xA5A5'0000 + i;
  operation.registers[0] = 0xC6000000 + number;
  std::copy(arguments.begin(), arguments.end(), operation.registers.begin() + 1);
  return operation;
}

CallResult HandCore::Call(unsigned number, std::initializer_list<std::uint64_t> arguments,
                          const Meddle& meddle) {
  return CallOn(0, number, arguments, meddle);
}

CallResult HandCore::CallOn(unsigned cpu, unsigned number,
                            std::initializer_list<std::uint64_t> arguments, const Meddle& meddle) {
  Hooks hooks;
  if (meddle) hooks.before_release = [&](Answer& answer) { meddle(answer.registers); };
  return Run(Hypercall(cpu, number, arguments), hooks);
}

CallResult HandCore::Run(const Operation& operation, const Hooks& hooks) {
  CallResult result;
  Start(operation);
  while (!IsCommitted(operation.cpu) && !result.violation)
    result.violation = Commit(operation.cpu, hooks);
  if (!result.violation) result.violation = Finish(operation.cpu, hooks);
  result.expected = oracle->expectation(operation.cpu);
  if (result.expected.answer.next == Next::kGuest) guest = result.expected.answer.guest;
  return result;
}

void HandCore::Start(const Operation& operation) {
  UnderWay& now = under_way_[operation.cpu];
  now.operation = operation;
  now.judgement.Clear();
  now.events.clear();
  oracle->Begin(operation);
}

// The locks of section 7 and 8, or more. None where the operation ends before it takes any.
std::vector<std::uint64_t> HandCore::LocksOf(const Operation& operation, const Judgement& judgement,
                                             bool is_second) const {
  std::vector<std::uint64_t> locks;
  const unsigned row = judgement.expected.row;
  if (judgement.outcome == Outcome::kUnknown || (row != 0 && row < kFirstLockedRow)) return locks;
  const auto slot =
      judgement.effect.vm_slot ? judgement.effect.vm_slot : NamedSlot(operation, judgement);
  if (judgement.effect.created || judgement.effect.finished) locks.push_back(kVmTableLock);
  if (slot && !is_second) locks.push_back(kFirstVmLock + *slot);
  const bool host = !state_.changes().empty() || operation.trap == Trap::kHostAbort ||
                    judgement.effect.granules || row != 0;
  if (host) locks.insert(locks.end(), {kHostLock, kEl2Lock, kPoolLock});
  return locks;
}

Answer HandCore::AnswerOf(const Judgement& judgement) const {
  Answer answer = judgement.expected.answer;
  if (judgement.effect.queried_pool_page) {
    const std::uint64_t pfn = ram_.PfnOf(*judgement.effect.queried_pool_page);
    const std::uint64_t use = machine.Read(machine.RecordAddress(pfn)) >> 48 & 0xFF;
    answer.registers[2] = (answer.registers[2] & ~std::uint64_t{0xFF00}) | use << 8;
  }
  return answer;
}

std::optional<Violation> HandCore::Commit(unsigned cpu, const Hooks& hooks) {
  Change(cpu, hooks);
  return Release(cpu);
}

std::vector<std::uint64_t> HandCore::Change(unsigned cpu, const Hooks& hooks) {
  UnderWay& now = under_way_.at(cpu);
  const bool is_second = now.judgement.progress == Progress::kSecond;
  machine.cpu = cpu;
  machine.events.swap(now.events);
  if (is_second) {
    for (const PageIndex page : now.judgement.effect.transit) machine.Scrub(ram_.PfnOf(page));
    if (!now.judgement.effect.transit.empty()) machine.InvalidateIcache();
    if (hooks.scrubbing) hooks.scrubbing(now.judgement.expected.answer);
  }
  state_.ClearChanges();
  LoggedWords words(machine);
  StepOperation(state_, now.operation, words, now.judgement);
  now.locks = LocksOf(now.operation, now.judgement, is_second);
  for (const std::uint64_t lock : now.locks) machine.Log(EventKind::kLock, lock);
  Render(now.operation, now.judgement);
  Answer& answer = now.judgement.expected.answer;
  answer = AnswerOf(now.judgement);
  if (!is_second && hooks.early) hooks.early(answer);
  if (IsCommitted(cpu) && hooks.before_release) hooks.before_release(answer);
  machine.events.swap(now.events);
  return now.locks;
}

std::optional<Violation> HandCore::Release(unsigned cpu) {
  UnderWay& now = under_way_.at(cpu);
  machine.cpu = cpu;
  machine.events.swap(now.events);
  std::optional<Violation> violation;
  if (!now.locks.empty()) violation = oracle->BeforeRelease(cpu, machine.events);
  for (const std::uint64_t lock : now.locks) machine.Log(EventKind::kUnlock, lock);
  now.locks.clear();
  machine.events.swap(now.events);
  return violation;
}

std::optional<Violation> HandCore::Finish(unsigned cpu, const Hooks& hooks) {
  UnderWay& now = under_way_.at(cpu);
  machine.events.swap(now.events);
  machine.cpu = cpu;
  if (hooks.late) hooks.late(now.judgement.expected.answer);
  const auto violation = oracle->End(cpu, now.judgement.expected.answer, machine.events);
  machine.events.clear();
  return violation;
}

std::optional<Violation> HandCore::Abort(std::uint64_t address, Access access, const Hooks& hooks) {
  return Run({.trap = Trap::kHostAbort, .address = address, .access = access}, hooks).violation;
}

CallResult HandCore::GuestTrap(Operation operation, const Hooks& hooks) {
  operation.guest = guest;
  return Run(operation, hooks);
}

CallResult HandCore::GuestHvc(std::initializer_list<std::uint64_t> registers, const Hooks& hooks) {
  std::copy(registers.begin(), registers.end(), guest.x.begin());
  return GuestTrap({.trap = Trap::kGuestHvc}, hooks);
}

std::uint64_t HandCore::MakeVm(std::uint64_t flags, std::uint64_t ipa_bits, std::uint64_t meta_pfn,
                               std::uint64_t root_pfn, std::uint64_t tables_pfn,
                               std::uint64_t tables) {
  const std::uint64_t handle = Call(0x56, {flags, ipa_bits, meta_pfn, root_pfn}).x(2);
  if (tables > 0) Call(0x57, {handle, tables_pfn, tables});
  return handle;
}

void HandCore::WriteList(std::uint64_t page, std::initializer_list<Range> entries) {
  std::uint64_t address = page << kPageShift;
  for (const Range& entry : entries) {
    for (const std::uint64_t word : {entry.pfn, entry.gfn, entry.count}) {
      machine.Poke(address, word);
      address += 8;
    }
  }
}

}  // namespace cadastre::oracle::testing
