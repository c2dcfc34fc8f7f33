// SPDX-License-Identifier: Apache-2.0
#include "harness/run/secret_pair.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"

namespace cadastre::run {
namespace {

using What = script::ResolvedOp::What;

std::uint64_t DigestOfPage(std::uint64_t pfn, const SimMemory& memory) {
  const std::uint64_t* words = memory.PageWords(pfn);
  RawDigest sum;
  for (unsigned i = 0; words != nullptr && i < SimMemory::kWords; ++i)
    sum += DigestTerm(i * 8, words[i]);
  return sum.low;
}

// Takes down what there is to see after each operation, and lets EL2 and guests have their secrets.
class Onlooker final : public Observer {
 public:
  Onlooker(Runner& runner, Secrets& secrets, Observer* next, std::vector<Sight>& sights)
      : runner_(runner), secrets_(secrets), next_(next), sights_(sights) {
    runner_.set_secrets(&secrets_);
  }
  ~Onlooker() override { runner_.set_secrets(nullptr); }

  void BeforeOp(const Occurrence& occurrence) override {
    if (next_ != nullptr) next_->BeforeOp(occurrence);
  }

  void AfterOp(const Occurrence& occurrence, const Outcome& outcome) override {
    if (next_ != nullptr) next_->AfterOp(occurrence, outcome);
    const script::ResolvedOp& op = occurrence.resolved;
    const oracle::Answer& answer = runner_.answer(op.cpu);
    if (op.what == What::kGuestAccess && answer.next == oracle::Next::kHost)
      secrets_.NoteExit(op.cpu);
    secrets_.Settle(runner_.oracle());
    if (op.what == What::kHvc && occurrence.op.code == script::OpCode::kDonateHyp && op.pfn)
      UseIfParked(*op.pfn);
    sights_.push_back(SightOf(occurrence, answer));
    runner_.oracle().ListTouchedPages(pfns_);
    AddPages(sights_.back());
  }

  // All memory at the end, also where S has seen nothing happen.
  void End(std::size_t index) {
    Sight& last = sights_.emplace_back();
    last.index = index;
    last.call = "sweep";
    pfns_.clear();
    for (const oracle::PageSpan& region : runner_.facts().ram) {
      for (std::uint64_t i = 0; i < region.count; ++i) pfns_.push_back(region.first + i);
    }
    AddPages(last);
  }

 private:
  void UseIfParked(std::uint64_t pfn) {
    if (runner_.oracle().UseOf(pfn).is_parked)
      secrets_.UseParkedPage(pfn, runner_.machine().memory());
  }

  Sight SightOf(const Occurrence& occurrence, const oracle::Answer& answer) const {
    Sight sight;
    sight.index = occurrence.index;
    sight.call = script::InfoOf(occurrence.op.code).name;
    sight.is_injected = answer.abort == oracle::AbortOutcome::kInject;
    const auto guest = runner_.oracle().RunningVm(occurrence.resolved.cpu);
    sight.is_host_next = !guest.has_value();
    if (!guest) {
      sight.registers = answer.registers;
    } else if (!secrets_.IsSubject(*guest)) {
      sight.guest = answer.guest;
    }
    return sight;
  }

  void AddPages(Sight& sight) const {
    for (const std::uint64_t pfn : pfns_) {
      const oracle::PageUse use = runner_.oracle().UseOf(pfn);
      if (!use.is_host_readable && (!use.guest || secrets_.IsSubject(*use.guest))) continue;
      const std::uint64_t digest = DigestOfPage(pfn, runner_.machine().memory());
      if (digest != 0) sight.pages.push_back({pfn, digest});
    }
    std::sort(sight.pages.begin(), sight.pages.end(),
              [](const Sight::Page& a, const Sight::Page& b) { return a.pfn < b.pfn; });
  }

  Runner& runner_;
  Secrets& secrets_;
  Observer* next_;
  std::vector<Sight>& sights_;
  std::vector<std::uint64_t> pfns_;
};

// Every script has its own choice, and a few operations more another.
Secrets::Subjects SubjectsOf(const script::Script& script) {
  constexpr Secrets::Subjects kChoices[] = {Secrets::Subjects::kAll, Secrets::Subjects::kEven,
                                            Secrets::Subjects::kOdd};
  return kChoices[script.ops.size() % std::size(kChoices)];
}

RunResult RunOnce(Runner& runner, const script::Script& script, Secrets& secrets,
                  std::vector<Sight>& sights, Observer* observer) {
  sights.clear();
  Onlooker onlooker(runner, secrets, observer, sights);
  RunResult result = runner.Run(script, Expectations::kIgnored, &onlooker);
  if (!result.failure) onlooker.End(result.ops == 0 ? 0 : result.ops - 1);
  return result;
}

struct Difference {
  std::size_t index = 0;
  std::string call;
  std::string detail;
};

std::optional<Difference> FirstDifference(const std::vector<Sight>& first,
                                          const std::vector<Sight>& second) {
  const std::size_t common = std::min(first.size(), second.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (auto detail = DifferenceOf(first[i], second[i]))
      return Difference{first[i].index, std::string(first[i].call), *std::move(detail)};
  }
  if (first.size() == second.size()) return std::nullopt;
  const Sight& more = (first.size() > common ? first : second)[common];
  return Difference{more.index, std::string(more.call), "one run goes on longer than the other"};
}

// Both ascend, and differ.
std::uint64_t FirstOtherPage(const std::vector<Sight::Page>& first,
                             const std::vector<Sight::Page>& second) {
  const auto [a, b] = std::mismatch(first.begin(), first.end(), second.begin(), second.end());
  if (a == first.end()) return b->pfn;
  return b == second.end() ? a->pfn : std::min(a->pfn, b->pfn);
}

Failure LeakOf(Difference difference) {
  return {.violation = {.id = kSecretLeaks, .detail = std::move(difference.detail), .also = {}},
          .op_index = difference.index,
          .call = std::move(difference.call)};
}

}  // namespace

std::optional<std::string> DifferenceOf(const Sight& first, const Sight& second) {
  if (first == second) return std::nullopt;
  if (first.index != second.index || first.call != second.call)
    return "the runs take operations in another order";
  if (first.is_host_next != second.is_host_next) return "another one runs next";
  if (first.is_injected != second.is_injected) return "an abort has another outcome";
  for (unsigned i = 0; i < first.registers.size(); ++i) {
    if (first.registers[i] == second.registers[i]) continue;
    return absl::StrFormat("the host sees x%d = 0x%x, and 0x%x with other secrets", i,
                           first.registers[i], second.registers[i]);
  }
  if (first.guest != second.guest)
    return "a guest runs with other registers when another's secrets are others";
  return absl::StrFormat("page 0x%x reads otherwise with other secrets",
                         FirstOtherPage(first.pages, second.pages));
}

RunResult SecretPair::Run(const script::Script& script, Observer* observer) {
  secrets_.Begin(SubjectsOf(script));
  RunResult first = RunOnce(*runner_, script, secrets_, first_, both_);
  secrets_.BeginSecond();
  RunResult second =
      RunOnce(*runner_, script, secrets_, second_, observer != nullptr ? observer : both_);
  std::optional<Difference> difference = FirstDifference(first_, second_);
  if (!difference && first.state != second.state)
    difference = Difference{script.ops.size() - 1, "sweep", "the states differ"};

  RunResult result = second;
  if (first.failure) result.failure = std::move(first.failure);
  if (!difference) return result;
  const bool is_first = !result.failure || difference->index < result.failure->op_index;
  if (is_first) {
    result.failure = LeakOf(*std::move(difference));
  } else {
    result.failure->violation.also.push_back(kSecretLeaks);
  }
  return result;
}

}  // namespace cadastre::run
