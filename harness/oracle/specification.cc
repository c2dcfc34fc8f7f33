// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/specification.h"

#include <algorithm>

#include "harness/oracle/predicates.h"
#include "harness/oracle/refusal_rows.h"

namespace cadastre::oracle {
namespace {

constexpr unsigned kCallNumbers = 0x80;
constexpr unsigned kLastRowBeforeList = 110;
constexpr unsigned kWordsOfEntry = 3;

using CallList = std::vector<const CallSpecification*>;

const CallList& Calls() {
  static const CallList calls = [] {
    CallList list;
    for (const auto group :
         {AnyCallerCalls(), HostPageCalls(), SharedPageCalls(), PrivatePageCalls(), VmCalls(),
          ReclaimCalls(), VcpuCalls(), QueryCalls(), GuestCalls()}) {
      for (const CallSpecification& call : group) list.push_back(&call);
    }
    return list;
  }();
  return calls;
}

// The host's calls by number: all but the guest's.
const CallSpecification* FindHostCall(const MachineFacts& facts, const Operation& operation) {
  static const auto by_number = [] {
    std::array<const CallSpecification*, kCallNumbers> table{};
    for (const CallSpecification* call : Calls())
      table[call->number] = IsGuestCall(*call) ? nullptr : call;
    return table;
  }();
  const std::uint64_t number = (operation.registers[0] & ~kIgnoredHint) - kFunctionBase;
  if (operation.immediate != 0 || number >= kCallNumbers) return nullptr;
  const CallSpecification* call = by_number[number];
  return call != nullptr && IsAnswered(facts, *call) ? call : nullptr;
}

// The list's words, each once and in address order; rows then work on the copy.
void ReadList(Step& step, HostWords& host, Judgement& judgement) {
  const std::uint64_t base = step.state.ram().PfnOf(*step.state.list_page(step.cpu)) << kPageShift;
  const std::uint64_t entries = step[Argument::kListCount];
  judgement.ranges.clear();
  for (std::uint64_t i = 0; i < entries; ++i) {
    std::uint64_t words[kWordsOfEntry];
    for (unsigned word = 0; word < kWordsOfEntry; ++word) {
      const std::uint64_t address = base + (i * kWordsOfEntry + word) * 8;
      judgement.reads.push_back(address);
      words[word] = host.Read(address);
    }
    judgement.ranges.push_back({.pfn = words[0], .gfn = words[1], .count = words[2]});
  }
  step.ranges = judgement.ranges;
}

// Event 2 of a call that scrubs: TRANSIT -> PRIVATE.
void LeaveTransit(State& state, Judgement& judgement) {
  std::vector<PageIndex> transit;
  transit.swap(judgement.effect.transit);
  judgement.effect.Clear();
  for (const PageIndex page : transit) state.SetPage(page, {.row = Row::kPrivate});
  judgement.effect.is_scrubbed = true;
  judgement.effect.stores_tables = true;
}

// A CPU goes off: what is loaded is put, then the list page is cleared. Each is a step; what there
// is nothing of is none.
void StepCpuOff(State& state, const Operation& operation, Judgement& judgement) {
  const bool puts = state.cpu(operation.cpu).loaded.has_value();
  judgement.effect.Clear();
  if (puts) {
    judgement.effect.vm_slot = state.cpu(operation.cpu).loaded->slot;
    judgement.effect.vcpu_page = state.LoadedVcpu(operation.cpu)->own_page;
    PutVcpu(state, operation.cpu);
  } else if (state.list_page(operation.cpu)) {
    UnpinListPage(state, operation.cpu);
  }
  judgement.progress = puts && state.list_page(operation.cpu) ? Progress::kSecond : Progress::kOver;
}

bool IsGuestTrap(Trap trap) { return trap >= Trap::kGuestHvc; }

void StepFirst(State& state, const Operation& operation, HostWords& host, Judgement& judgement) {
  judgement.progress = Progress::kOver;
  // Guest traps come from a running vCPU, all others from a CPU on which none runs. Anything else
  // is the caller's mistake, and does nothing.
  if (IsGuestTrap(operation.trap) != state.cpu(operation.cpu).runs_guest) {
    judgement.outcome = Outcome::kUnknown;
    judgement.expected.known = false;
    return;
  }
  switch (operation.trap) {
    case Trap::kHostHvc:
      StepHypercall(state, operation, host, judgement);
      break;
    case Trap::kHostAbort:
      judgement.expected.answer.abort = JudgeHostAbort(state, operation.address, operation.access);
      if (judgement.expected.answer.abort == AbortOutcome::kRetry) {
        judgement.effect.granules = PageSpan{operation.address >> kPageShift, 1};
        judgement.effect.stores_tables = true;
      } else {
        judgement.outcome = Outcome::kRefused;
      }
      break;
    case Trap::kCpuOff:
      return StepCpuOff(state, operation, judgement);
    default:
      StepGuestTrap(state, operation, host, judgement);
      break;
  }
  if (!judgement.effect.transit.empty()) judgement.progress = Progress::kSecond;
}

}  // namespace

void Effect::Clear() {
  std::vector<GfnSpan> kept_gfns = std::move(gfns);
  std::vector<PageIndex> kept_transit = std::move(transit);
  kept_gfns.clear();
  kept_transit.clear();
  *this = Effect{};
  gfns = std::move(kept_gfns);
  transit = std::move(kept_transit);
}

void Judgement::Clear() {
  progress = Progress::kFirst;
  outcome = Outcome::kDone;
  expected = Expectation{};
  call = nullptr;
  effect.Clear();
  ranges.clear();
  reads.clear();
  run_page.reset();
  vcpu_page.reset();
  exit.reset();
}

std::span<const CallSpecification* const> AllCalls() { return Calls(); }

bool IsGuestCall(const CallSpecification& call) {
  const auto guests = GuestCalls();
  return std::any_of(guests.begin(), guests.end(),
                     [&](const CallSpecification& other) { return &other == &call; });
}

bool IsAnswered(const MachineFacts& facts, const CallSpecification& call) {
  return call.number != QueryCalls().front().number || facts.checking_build == 1;
}

void DecodeArguments(std::span<const std::uint64_t> registers, Step& step, Judgement& judgement) {
  unsigned window = 0;
  Range range{.count = 1};
  for (const Argument argument : judgement.call->arguments) {
    const std::uint64_t value = registers[++window];
    step.values[static_cast<std::size_t>(argument)] |= value;
    switch (argument) {
      case Argument::kVm:
        step.vm = step.state.FindVm(value);
        step.slot = static_cast<unsigned>(value & 0xFF);
        break;
      case Argument::kPfn:
        range.pfn = value;
        break;
      case Argument::kGfn:
        range.gfn = value;
        break;
      case Argument::kCount:
        range.count = value;
        break;
      case Argument::kIpa:
        range.gfn = value >> kPageShift;
        break;
      default:
        break;
    }
  }
  judgement.ranges.assign(1, range);
  step.ranges = judgement.ranges;
}

std::optional<Refusal> JudgeRows(Step& step, HostWords& host, Judgement& judgement) {
  bool list_is_due = judgement.call->list != ListWords::kNoList;
  for (const RowRule& rule : judgement.call->rows) {
    if (list_is_due && rule.row > kLastRowBeforeList) {
      ReadList(step, host, judgement);
      list_is_due = false;
    }
    if (const auto detail = rule.refuses(step)) return Refusal{rule.row, *detail};
  }
  return std::nullopt;
}

void AnswerCall(const std::optional<Refusal>& refusal, const Effect& effect,
                std::span<std::uint64_t> x) {
  x[0] = 0;
  x[1] = refusal ? std::uint64_t{0} - RefusalRowOf(refusal->row).error : 0;
  x[2] = refusal ? refusal->detail : effect.x2;
  x[3] = refusal ? refusal->row : effect.x3;
}

void StepHypercall(State& state, const Operation& operation, HostWords& host,
                   Judgement& judgement) {
  auto& x = judgement.expected.answer.registers;
  x = operation.registers;
  judgement.call = FindHostCall(state.facts(), operation);
  if (judgement.call == nullptr) {
    judgement.outcome = Outcome::kUnknown;
    judgement.expected.known = false;
    x[0] = kUnknownCall;
    return;
  }
  Step step{.state = state, .cpu = operation.cpu, .ranges = {}};
  DecodeArguments(operation.registers, step, judgement);
  const auto refusal = JudgeRows(step, host, judgement);
  if (refusal) {
    judgement.outcome = Outcome::kRefused;
    judgement.expected.row = refusal->row;
  } else {
    judgement.call->update(step, judgement.effect);
  }
  if (judgement.effect.enters_guest) {
    state.EditCpu(operation.cpu).host_registers = operation.registers;
    return EnterGuest(step, host, judgement);
  }
  AnswerCall(refusal, judgement.effect, x);
}

void StepOperation(State& state, const Operation& operation, HostWords& host,
                   Judgement& judgement) {
  if (judgement.progress == Progress::kFirst) return StepFirst(state, operation, host, judgement);
  judgement.progress = Progress::kOver;
  if (operation.trap == Trap::kCpuOff) return StepCpuOff(state, operation, judgement);
  LeaveTransit(state, judgement);
}

AbortOutcome JudgeHostAbort(const State& state, std::uint64_t address, Access access) {
  const std::uint64_t pfn = address >> kPageShift;
  if (const auto index = state.ram().OwnableIndexOf(pfn)) {
    switch (state.page(*index).row) {
      case Row::kHyp:
      case Row::kGiven:
      case Row::kLent:
      case Row::kTransit:
        return AbortOutcome::kInject;
      default:
        return AbortOutcome::kRetry;
    }
  }
  const bool device = state.ram().IsDevice(pfn) && access != Access::kExecute;
  return device ? AbortOutcome::kRetry : AbortOutcome::kInject;
}

}  // namespace cadastre::oracle
