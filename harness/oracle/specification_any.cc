// SPDX-License-Identifier: Apache-2.0
// ABI.md section 6: calls of any caller.
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr std::uint64_t kAbiVersion = 0 << 16 | 2;
constexpr std::uint64_t kLastFeature = 6;
constexpr unsigned kFirstHostCall = 0x40;

// 0x40 version(): x2 = major << 16 | minor of this ABI, x3 = 1 in checking builds.
void Version(Step& step, Effect& effect) {
  effect.x2 = kAbiVersion;
  effect.x3 = step.state.facts().checking_build;
}

// 0x41 features(x1 id): constants of the machine.
constexpr Argument kFeaturesArguments[] = {Argument::kId};
constexpr RowRule kFeaturesRows[] = {
    {101, ReservedBits},
    {102, [](const Step& step) { return When(step[Argument::kId] > kLastFeature); }},
};

// Feature 0: bit map of the host's calls that are answered, call 0x40 in bit 0.
std::uint64_t AnsweredCalls(const MachineFacts& facts) {
  std::uint64_t map = 0;
  for (const CallSpecification* call : AllCalls()) {
    if (!IsGuestCall(*call) && IsAnswered(facts, *call))
      map |= std::uint64_t{1} << (call->number - kFirstHostCall);
  }
  return map;
}

void Features(Step& step, Effect& effect) {
  const MachineFacts& facts = step.state.facts();
  const auto answer = [&](std::uint64_t x2, std::uint64_t x3) {
    effect.x2 = x2;
    effect.x3 = x3;
  };
  switch (step[Argument::kId]) {
    case 0:
      return answer(AnsweredCalls(facts), 0);
    case 1:
      return answer(2, 1);
    case 2:
      return answer(facts.largest_ipa_bits, facts.pa_bits);
    case 3:
      return answer(kRangeLimit, kScrubLimit);
    case 4:
      return answer(kListLimit, kRangeLimit);
    case 5:
      return answer(facts.vm_slots, kVcpusOfVm);
    default:
      return answer(facts.max_borrowers, facts.cpus);
  }
}

constexpr CallSpecification kCalls[] = {
    {.number = 0x40, .name = "version", .arguments = {}, .rows = {}, .update = Version},
    {.number = 0x41,
     .name = "features",
     .arguments = kFeaturesArguments,
     .rows = kFeaturesRows,
     .update = Features},
};

}  // namespace

std::span<const CallSpecification> AnyCallerCalls() { return kCalls; }

}  // namespace cadastre::oracle
