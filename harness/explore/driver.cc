// SPDX-License-Identifier: Apache-2.0
#include "harness/explore/driver.h"

#include <algorithm>
#include <utility>

namespace cadastre::explore {
namespace {

using script::OpCode;
using script::OperandClass;

constexpr std::uint32_t kMostSteps = script::kIndexLimit - 1;  // that one `step` can name
// No VM ever has this handle: it stands for a VM that was never created.
constexpr std::uint64_t kNeverHandle = 0xffff'ffff;

script::Op OnCpu(OpCode code, unsigned cpu) {
  script::Op op;
  op.code = code;
  op.cpu = static_cast<std::uint8_t>(cpu);
  return op;
}

}  // namespace

Driver::Driver(const World& world)
    : world_(world),
      moves_(world.moves),
      runner_(world.profile),
      cpus_(runner_.facts().cpus),
      spare_(cpus_),
      created_(world.vm_names.front().size()),
      alive_(created_.size()),
      vm_of_slot_(std::max<std::size_t>(created_.size(), 1)),
      slot_names_(vm_of_slot_.size()),
      cpu_names_(cpus_) {}

std::optional<run::Failure> Driver::Reset() {
  runner_.Reset();
  std::fill(spare_.begin(), spare_.end(), SpareCpu());
  std::fill(created_.begin(), created_.end(), std::nullopt);
  std::fill(alive_.begin(), alive_.end(), false);
  if (record_ != nullptr) record_->clear();
  for (const script::Op& op : world_.prologue) {
    if (auto failure = Take({.op = op}, nullptr, op.cpu)) return failure;
  }
  return std::nullopt;
}

MoveResult Driver::Make(MoveNumber number) {
  if (number >= moves_.size()) return FinishOn(number - static_cast<unsigned>(moves_.size()));
  const Move& move = moves_[number];
  if (move.creates && alive_[*move.creates]) return {};
  const script::Op& first = move.calls.front().op;
  unsigned cpu = first.cpu;
  if (move.calls.front().place == Call::Place::kSpare) {
    const auto spare = FindSpareCpu();
    if (!spare) return {};
    cpu = *spare;
  }
  const bool is_guests = script::InfoOf(first.code).actor == script::Actor::kGuest;
  if (runner_.Busy(cpu) || runner_.RunsGuest(cpu) != is_guests) return {};
  return GoOn(move, 0, cpu);
}

MoveResult Driver::GoOn(const Move& move, std::size_t next, unsigned cpu) {
  MoveResult result{.kind = MoveResult::Kind::kDone};
  for (; next < move.calls.size(); ++next) {
    result.failure = Take(move.calls[next], &move, cpu);
    if (result.failure) return result;
    if (runner_.Busy(cpu)) {
      spare_[cpu] = {&move, next + 1};
      return result;
    }
    const oracle::Expectation& expected = runner_.oracle().expectation(cpu);
    const bool prepares = next < move.main;
    if (prepares && move.goes_on == Move::GoesOn::kAlways) continue;
    if (next > move.main || (expected.known && expected.row == 0)) continue;
    result.kind = MoveResult::Kind::kRefused;
    result.row = expected.row;
    if (prepares) return result;
  }
  return result;
}

MoveResult Driver::FinishOn(unsigned cpu) {
  if (!runner_.Busy(cpu)) return {};
  MoveResult result{.kind = MoveResult::Kind::kDone};
  const std::uint32_t before = runner_.machine().steps(cpu);
  result.failure = runner_.Finish(cpu);
  if (record_ != nullptr) {
    for (std::uint32_t left = runner_.machine().steps(cpu) - before + 1; left != 0;) {
      const std::uint32_t steps = std::min(left, kMostSteps);
      script::Op op = OnCpu(OpCode::kStep, cpu);
      op.operands[0].index = static_cast<std::uint16_t>(steps);
      record_->push_back(op);
      left -= steps;
    }
  }
  if (result.failure) return result;
  const SpareCpu held = std::exchange(spare_[cpu], SpareCpu());
  return GoOn(*held.move, held.next, cpu);
}

// The operation with the handles of now.
script::Op Driver::Written(const script::Op& op, unsigned cpu) const {
  script::Op out = op;
  out.cpu = static_cast<std::uint8_t>(cpu);
  for (std::size_t i = 0; i < script::InfoOf(op.code).operand_count; ++i) {
    script::Operand& operand = out.operands[i];
    if (operand.operand_class != OperandClass::kCreated) continue;
    const std::optional<std::uint16_t>& created = created_[operand.index];
    operand = created ? script::Operand{OperandClass::kCreated, *created, 0}
                      : script::Operand{OperandClass::kRaw, 0, kNeverHandle};
  }
  return out;
}

std::optional<run::Failure> Driver::Take(const Call& call, const Move* move, unsigned cpu) {
  ++operations_;
  const script::OpInfo& info = script::InfoOf(call.op.code);
  const script::Op op = Written(call.op, cpu);
  const script::ResolvedOp resolved = script::Resolve(op, runner_.context());
  if (record_ != nullptr) record_->push_back(op);
  auto failure = call.extent == Call::Extent::kFirstEvent
                     ? runner_.StepToSecondEvent(resolved, info.name)
                     : runner_.Step(resolved, info.name);
  if (record_ != nullptr && runner_.Busy(cpu)) {
    record_->back().schedule = static_cast<std::uint16_t>(runner_.machine().steps(cpu));
  }
  if (!failure) NoteLife(call.op, move, cpu);
  return failure;
}

// Which VM of the world has which handle and slot.
void Driver::NoteLife(const script::Op& op, const Move* move, unsigned cpu) {
  if (op.code != OpCode::kVmCreate && op.code != OpCode::kVmFinishTeardown) return;
  const oracle::Expectation& expected = runner_.oracle().expectation(cpu);
  if (!expected.known || expected.row != 0) return;
  if (op.code == OpCode::kVmFinishTeardown) {
    if (op.operands[0].operand_class == OperandClass::kCreated)
      alive_[op.operands[0].index] = false;
    return;
  }
  const auto& created = runner_.context().created();
  const std::size_t vm = move != nullptr && move->creates ? *move->creates : created.size() - 1;
  if (vm >= alive_.size()) return;
  created_[vm] = static_cast<std::uint16_t>(created.size() - 1);
  alive_[vm] = true;
  // The slot is the lowest free one, and no more VMs live at once than the world has.
  vm_of_slot_[created.back().handle & 0xff] = static_cast<std::uint8_t>(vm);
}

std::optional<unsigned> Driver::FindSpareCpu() const {
  for (unsigned cpu = world_.callers; cpu < cpus_; ++cpu) {
    if (!runner_.Busy(cpu)) return cpu;
  }
  return std::nullopt;
}

bool Driver::NothingUnderWay() const {
  for (unsigned cpu = 0; cpu < cpus_; ++cpu) {
    if (runner_.Busy(cpu)) return false;
  }
  return true;
}

Driver::Exact Driver::ExactState() const {
  Exact exact{.state = runner_.oracle().StateDigest()};
  for (unsigned cpu = 0; cpu < cpus_; ++cpu) {
    if (runner_.Busy(cpu)) exact.busy |= 1U << cpu;
  }
  return exact;
}

oracle::CanonicalDigest Driver::State() {
  return Named(world_.vm_names.front(), world_.cpu_names.front());
}

// The least over all namings that the world allows.
oracle::CanonicalDigest Driver::Orbit() {
  oracle::CanonicalDigest least{~std::uint64_t{0}, ~std::uint64_t{0}};
  for (const auto& vm_names : world_.vm_names) {
    for (const auto& cpu_names : world_.cpu_names) {
      least = std::min(least, Named(vm_names, cpu_names));
    }
  }
  return least;
}

// Spare CPUs have no names.
oracle::CanonicalDigest Driver::Named(const std::vector<std::uint8_t>& vm_names,
                                      const std::vector<std::uint8_t>& cpu_names) {
  for (std::size_t slot = 0; slot < slot_names_.size() && !vm_names.empty(); ++slot) {
    slot_names_[slot] = vm_names[vm_of_slot_[slot]];
  }
  for (std::size_t cpu = 0; cpu < world_.callers; ++cpu) {
    cpu_names_[cpu] = static_cast<std::uint8_t>(cpu_names[cpu] + 1);
  }
  return runner_.oracle().Canonical(world_.scope, {.vm_of_slot = slot_names_, .cpus = cpu_names_});
}

}  // namespace cadastre::explore
