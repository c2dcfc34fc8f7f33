// SPDX-License-Identifier: Apache-2.0
#include "fuzz/op_mutator.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "harness/machine/profile.h"
#include "harness/run/op_mix.h"
#include "harness/script/codec.h"
#include "harness/script/favourites.h"

namespace cadastre::fuzz {
namespace {

using run::MixRandom;
using script::Op;
using script::OpCode;
using script::Operand;
using script::OperandClass;
using script::OpInfo;
using script::Script;

using Ops = std::vector<Op>;

constexpr std::size_t kMostInserted = 8;
constexpr std::uint64_t kMostSchedule = 200;

Ops MixedOps(MixRandom& random, script::Profile profile, std::size_t count) {
  static const std::array<oracle::MachineFacts, Profile::kCount> facts = {
      Profile::Make(0)->Facts(), Profile::Make(1)->Facts(), Profile::Make(2)->Facts()};
  const std::uint64_t seed = random.Below(std::uint64_t{1} << 62);
  return run::MakeMixedScript(seed, count, profile, facts[static_cast<std::size_t>(profile)]).ops;
}

std::size_t Position(MixRandom& random, const Ops& ops) { return random.Below(ops.size()); }

// A run of operations: where it begins and how many there are, at least one.
std::pair<std::size_t, std::size_t> Run(MixRandom& random, const Ops& ops) {
  const std::size_t from = Position(random, ops);
  const std::size_t most = std::min(kMostInserted, ops.size() - from);
  return {from, 1 + random.Below(most)};
}

// At the end half of the time: what is there already made the state that new operations meet.
void InsertAt(MixRandom& random, Ops& ops, const Ops& inserted) {
  const std::size_t at = random.Below(2) == 0 ? ops.size() : random.Below(ops.size() + 1);
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(at), inserted.begin(), inserted.end());
}

void InsertFresh(MixRandom& random, Script& script) {
  // A mixed script's opening makes VMs; what comes behind it lives on what is there.
  const std::size_t count = 1 + random.Below(kMostInserted);
  Ops fresh = MixedOps(random, script.profile, count + run::kMixOpening);
  if (random.Below(4) != 0) fresh.erase(fresh.begin(), fresh.begin() + run::kMixOpening);
  InsertAt(random, script.ops, fresh);
}

// Any operation of the table, also those that the mix has no use for.
void InsertAny(MixRandom& random, Script& script) {
  const OpInfo& info = script::OpTable()[random.Below(script::OpTable().size())];
  Op op;
  op.code = info.code;
  op.cpu = static_cast<std::uint8_t>(random.Below(2));
  for (std::size_t i = 0; i < info.operand_count; ++i) {
    const std::span<const Operand> favourites = script::FavouritesOf(info.operands()[i].kind);
    op.operands[i] = favourites[random.Below(favourites.size())];
  }
  InsertAt(random, script.ops, {op});
}

void Remove(MixRandom& random, Script& script) {
  const auto [from, count] = Run(random, script.ops);
  const auto begin = script.ops.begin() + static_cast<std::ptrdiff_t>(from);
  script.ops.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
}

void Repeat(MixRandom& random, Script& script) {
  const auto [from, count] = Run(random, script.ops);
  const auto begin = script.ops.begin() + static_cast<std::ptrdiff_t>(from);
  InsertAt(random, script.ops, Ops(begin, begin + static_cast<std::ptrdiff_t>(count)));
}

void Swap(MixRandom& random, Script& script) {
  std::swap(script.ops[Position(random, script.ops)], script.ops[Position(random, script.ops)]);
}

// An operand of some operation that is of the kind, if there is one.
std::optional<Operand> Borrow(MixRandom& random, const Ops& ops, script::OperandKind kind) {
  const Op& from = ops[Position(random, ops)];
  const OpInfo& info = script::InfoOf(from.code);
  for (std::size_t i = 0; i < info.operand_count; ++i) {
    if (info.operands()[i].kind == kind) return from.operands[i];
  }
  return std::nullopt;
}

void ChangeOperand(MixRandom& random, Script& script) {
  Op& op = script.ops[Position(random, script.ops)];
  const OpInfo& info = script::InfoOf(op.code);
  if (info.operand_count == 0) return;
  const std::size_t i = random.Below(info.operand_count);
  const script::OperandKind kind = info.operands()[i].kind;
  Operand& operand = op.operands[i];
  switch (random.Below(4)) {
    case 0: {
      const std::span<const Operand> favourites = script::FavouritesOf(kind);
      operand = favourites[random.Below(favourites.size())];
      break;
    }
    case 1:
      operand = Borrow(random, script.ops, kind).value_or(operand);
      break;
    case 2:
      if (operand.operand_class == OperandClass::kRaw) {
        operand.raw ^= std::uint64_t{1} << random.Below(64);
      } else {
        operand.index = static_cast<std::uint16_t>((operand.index ^ 1u << random.Below(12)) %
                                                   script::kIndexLimit);
      }
      break;
    default:
      if (operand.operand_class == OperandClass::kRaw) {
        operand.raw += random.Below(2) == 0 ? 1 : ~std::uint64_t{0};
      } else {
        const unsigned step = random.Below(2) == 0 ? 1 : script::kIndexLimit - 1;
        operand.index = static_cast<std::uint16_t>((operand.index + step) % script::kIndexLimit);
      }
  }
  operand = script::Legalise(kind, operand);
}

void ChangeCpu(MixRandom& random, Script& script) {
  script.ops[Position(random, script.ops)].cpu = static_cast<std::uint8_t>(random.Below(2));
}

// Runs it to its end, or lets others come in half way.
void ChangeSchedule(MixRandom& random, Script& script) {
  Op& op = script.ops[Position(random, script.ops)];
  const std::uint64_t most = random.Below(4) == 0 ? kMostSchedule : 20;
  op.schedule = static_cast<std::uint16_t>(random.Below(3) == 0 ? 0 : 1 + random.Below(most));
}

// Operations that undo each other, or lead on to it.
constexpr std::pair<OpCode, OpCode> kInverses[] = {
    {OpCode::kLendGuest, OpCode::kForceReclaim},
    {OpCode::kDonateGuest, OpCode::kForceReclaim},
    {OpCode::kLendGuest, OpCode::kGuestRelinquish},
    {OpCode::kDonateGuest, OpCode::kGuestRelinquish},
    {OpCode::kGuestShareHost, OpCode::kGuestUnshareHost},
    {OpCode::kShareGuestList, OpCode::kUnshareGuestList},
    {OpCode::kListPageSet, OpCode::kCpuOff},
    {OpCode::kVcpuCreate, OpCode::kVcpuLoad},
    {OpCode::kVcpuLoad, OpCode::kVcpuPut},
    {OpCode::kVcpuRun, OpCode::kInterrupt},
    {OpCode::kVmStartTeardown, OpCode::kVmFinishTeardown},
    {OpCode::kShareHyp, OpCode::kUnshareHyp},
    {OpCode::kDonateHyp, OpCode::kReclaimHyp},
    {OpCode::kShareGuest, OpCode::kUnshareGuest},
    {OpCode::kVmDonateTables, OpCode::kReclaimTables},
    {OpCode::kWrprotectGuest, OpCode::kRelaxGuestPerms},
    {OpCode::kVmCreate, OpCode::kVmStartTeardown},
};

// One of them, if there is any.
std::optional<OpCode> InverseOf(MixRandom& random, OpCode code) {
  std::vector<OpCode> found;
  for (const auto& [done, undo] : kInverses) {
    if (done == code) found.push_back(undo);
  }
  if (found.empty()) return std::nullopt;
  return found[random.Below(found.size())];
}

std::optional<Op> UndoingOp(MixRandom& random, const Op& done) {
  const std::optional<OpCode> inverse = InverseOf(random, done.code);
  if (!inverse) return std::nullopt;
  Op undo;
  undo.code = *inverse;
  undo.cpu = done.cpu;
  const OpInfo& from = script::InfoOf(done.code);
  const OpInfo& to = script::InfoOf(undo.code);
  for (std::size_t i = 0; i < to.operand_count; ++i) {
    const script::OperandKind kind = to.operands()[i].kind;
    undo.operands[i] = script::FavouritesOf(kind)[0];
    for (std::size_t j = 0; j < from.operand_count; ++j) {
      if (from.operands()[j].kind == kind) undo.operands[i] = done.operands[j];
    }
  }
  return undo;
}

// Appends the inverse of an operation.
void Undo(MixRandom& random, Script& script) {
  const std::optional<Op> undo = UndoingOp(random, script.ops[Position(random, script.ops)]);
  if (undo) script.ops.push_back(*undo);
}

using Mutation = void (*)(MixRandom&, Script&);
// Growing and operands more often than the rest.
constexpr Mutation kMutations[] = {
    &InsertFresh,   &InsertFresh,   &InsertAny, &Remove,    &Repeat,         &Swap,
    &ChangeOperand, &ChangeOperand, &Undo,      &ChangeCpu, &ChangeSchedule,
};

}  // namespace

Script Mutate(Script script, std::uint64_t seed) {
  MixRandom random(seed);
  for (std::uint64_t changes = 1 + random.Below(3); changes > 0; --changes) {
    if (script.ops.empty()) {
      script.ops = MixedOps(random, script.profile, 8 + random.Below(56));
    } else {
      kMutations[random.Below(std::size(kMutations))](random, script);
    }
  }
  if (script.ops.size() > script::kMaxOps) script.ops.resize(script::kMaxOps);
  return script;
}

Script CrossOver(Script first, const Script& second, std::uint64_t seed) {
  MixRandom random(seed);
  first.ops.resize(random.Below(first.ops.size() + 1));
  const std::size_t from = random.Below(second.ops.size() + 1);
  first.ops.insert(first.ops.end(), second.ops.begin() + static_cast<std::ptrdiff_t>(from),
                   second.ops.end());
  if (first.ops.size() > script::kMaxOps) first.ops.resize(script::kMaxOps);
  return first;
}

std::optional<Op> UndoingOf(const Op& done, std::uint64_t seed) {
  MixRandom random(seed);
  return UndoingOp(random, done);
}

std::vector<std::uint8_t> EncodeWithin(Script script, std::size_t capacity) {
  std::vector<std::uint8_t> bytes = script::Encode(script);
  while (bytes.size() > capacity) {
    if (script.ops.empty()) return {};
    // An operation takes a record, and one more for each raw operand: the cut never takes too few.
    const std::size_t over =
        (bytes.size() - capacity + script::kRecordSize - 1) / script::kRecordSize;
    const std::size_t cut = std::max<std::size_t>(1, over / (1 + script::kMaxOperands));
    script.ops.resize(script.ops.size() - std::min(cut, script.ops.size()));
    bytes = script::Encode(script);
  }
  return bytes;
}

}  // namespace cadastre::fuzz
