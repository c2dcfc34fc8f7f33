// SPDX-License-Identifier: Apache-2.0
// Every call is refused by each of its rows, wherever the bad page stands: exactly that errno, row
// and detail, and no word changed.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "harness/run/expectation.h"
#include "harness/run/testing/refusal_cells.h"
#include "harness/run/testing/scripted_machine.h"
#include "harness/script/text.h"
#include "service/abi/calls.h"
#include "service/abi/guest_calls.h"

namespace cadastre::run {
namespace {

using abi::Row;
using script::Expectation;

constexpr std::uint64_t kFirstNoMap = 0x82d;  // arena page

const Recipe* RecipeOf(std::string_view call) {
  for (const Recipe& recipe : Recipes()) {
    if (recipe.call == call) return &recipe;
  }
  return nullptr;
}

// Has the operation every operand that the spoiler changes?
bool HasOperands(std::string_view op, const char* change) {
  if (change == nullptr) return false;
  std::istringstream words(change);
  for (std::string word; words >> word;) {
    const std::string name = " " + word.substr(0, word.find('=') + 1);
    if (op.find(name) == op.npos) return false;
  }
  return true;
}

bool Fits(const Spoiler& spoiler, const Recipe& recipe, Row row) {
  if (spoiler.row != row) return false;
  if (spoiler.call != nullptr) return std::string_view(spoiler.call) == recipe.call;
  return HasOperands(recipe.op, spoiler.change);
}

// One place where a spoiler is tried.
struct Spot {
  std::uint64_t entry = 0;
  std::uint64_t index = 0;
  std::uint64_t detail = 0;
};

std::vector<Spot> SpotsOf(const Spoiler& spoiler) {
  constexpr Spot kPages[] = {
      {0, 0, 0}, {0, kRangePages / 2, kRangePages / 2}, {0, kRangePages - 1, kRangePages - 1}};
  constexpr Spot kEntries[] = {{0, 0, 0}, {1, 0, 1}, {2, 0, 2}};
  constexpr Spot kPagesOfEntries[] = {{0, 0, 0}, {1, 2, 0x10002}, {2, 1, 0x20001}};
  switch (spoiler.place) {
    case Place::kOnce:
      return {{2, 0, spoiler.detail}};
    case Place::kPages:
      return {std::begin(kPages), std::end(kPages)};
    case Place::kEntries:
      return {std::begin(kEntries), std::end(kEntries)};
    case Place::kPagesOfEntries:
      return {std::begin(kPagesOfEntries), std::end(kPagesOfEntries)};
  }
  return {};
}

std::string At(const char* text, std::string_view call, const Spoiler& spoiler, const Spot& spot) {
  if (text == nullptr) return "";
  const ListEntry& entry = kListEntries[spot.entry];
  const bool in_list = spoiler.place == Place::kPagesOfEntries;
  const std::uint64_t pfn = (in_list ? entry.pfn : kRangePfn) + spot.index;
  const std::uint64_t gfn = (in_list ? entry.gfn : kRangeGfn) + spot.index;
  const bool names_pages = call != "unshare_guest_list";
  const bool names_gfns = call != "vm_donate_tables_list";
  return Fill(text, {{"p", Hex(pfn)},
                     {"g", Hex(gfn)},
                     {"i", Hex(spot.index)},
                     {"n", Hex(kFirstNoMap - spot.index)},
                     {"e", std::to_string(spot.entry)},
                     {"ep", names_pages ? "ram+" + Hex(entry.pfn) : "0"},
                     {"eg", names_gfns ? Hex(entry.gfn) : "0"},
                     {"ec", std::to_string(entry.count)}});
}

// As many VMs as there are slots.
void TakeEverySlot(ScriptedMachine& machine) {
  for (std::uint64_t i = 0; i < machine.runner().facts().vm_slots; ++i) {
    machine.Must(Fill("vm_create flags=plain ipa_bits=36 meta_pfn=ram+{m} root_pfn=ram+{r}",
                      {{"m", Hex(0x200 + 3 * i)}, {"r", Hex(0x202 + 3 * i)}}));
  }
}

// What the call must answer, in the words of a script.
std::string Wanted(Row row, std::uint64_t detail, bool is_guests) {
  if (is_guests) return "guest x0=-3 x1=0 x2=0 x3=0";
  return script::PrintExpectation({.answer = Expectation::Answer::kRefusal,
                                   .error = abi::InfoOf(row).error,
                                   .row = static_cast<std::uint16_t>(row),
                                   .x2 = detail});
}

enum class Who : std::uint8_t { kHost, kGuest };

class RefusalMatrix : public testing::Test {
 protected:
  // Row 206 of share_host is no refusal but an exit: the host is to bring the page.
  static bool IsExit(std::string_view call, Row row) {
    return call == "share_host" && row == Row::kGfnAbsent;
  }

  void Try(const Recipe& recipe, const Spoiler& spoiler, const Spot& spot, Who who) {
    machine_.Reset();
    if (spoiler.row == Row::kNoSlot) TakeEverySlot(machine_);
    machine_.Must(spoiler.instead != nullptr ? spoiler.instead
                  : recipe.before != nullptr ? recipe.before
                                             : "");
    machine_.Must(At(spoiler.after, recipe.call, spoiler, spot));
    const std::string op = With(recipe.op, At(spoiler.change, recipe.call, spoiler, spot));
    const RawDigest before = machine_.Raw();
    const Expectation got = machine_.Do(op);
    if (IsExit(recipe.call, spoiler.row)) {
      EXPECT_EQ(script::PrintExpectation(got), "exit(abort) x3=0x60");
      return;
    }
    EXPECT_EQ(script::PrintExpectation(got), Wanted(spoiler.row, spot.detail, who == Who::kGuest))
        << machine_.last_line();
    EXPECT_EQ(machine_.oracle().expectation(0).row, static_cast<unsigned>(spoiler.row));
    EXPECT_EQ(machine_.Raw(), before) << machine_.last_line() << " changed a word";
    ++tried_;
  }

  // The cell's spoilers, at each place.
  template <class Call>
  void TryCell(const Call& call, Row row, Who who) {
    const Recipe* recipe = RecipeOf(call.name);
    ASSERT_NE(recipe, nullptr) << call.name;
    bool found = std::ranges::any_of(UnreachableCells(), [&](const Unreachable& cell) {
      return cell.row == row && std::string_view(cell.call) == call.name;
    });
    for (const Spoiler& spoiler : Spoilers()) {
      if (!Fits(spoiler, *recipe, row)) continue;
      found = true;
      for (const Spot& spot : SpotsOf(spoiler)) Try(*recipe, spoiler, spot, who);
    }
    EXPECT_TRUE(found) << call.name << " " << abi::InfoOf(row).name
                       << " has neither a spoiler nor a reason why it can't be reached";
  }

  ScriptedMachine machine_;
  int tried_ = 0;
};

TEST_F(RefusalMatrix, EachRecipeSucceeds) {
  for (const Recipe& recipe : Recipes()) {
    machine_.Reset();
    if (recipe.before != nullptr) machine_.Must(recipe.before);
    machine_.Must(recipe.op);
    machine_.Sweep();
  }
}

TEST_F(RefusalMatrix, EachRowOfEachHostCallRefusesAtEachPlace) {
  for (const abi::Call& call : abi::kCalls) {
    for (const Row row : call.refusals) TryCell(call, row, Who::kHost);
  }
  EXPECT_GT(tried_, 500);
}

TEST_F(RefusalMatrix, EachRowOfEachGuestCallRefuses) {
  for (const abi::GuestCall& call : abi::kGuestCalls) {
    for (const Row row : call.refusals) TryCell(call, row, Who::kGuest);
  }
}

// A spoiler that no call uses is a mistake in the table.
TEST_F(RefusalMatrix, EachSpoilerIsOfSomeCall) {
  const auto uses = [](const auto& call, const Spoiler& spoiler) {
    const Recipe* recipe = RecipeOf(call.name);
    return recipe != nullptr && Fits(spoiler, *recipe, spoiler.row) &&
           std::ranges::find(call.refusals, spoiler.row) != call.refusals.end();
  };
  for (const Spoiler& spoiler : Spoilers()) {
    const auto used_by = [&](const auto& call) { return uses(call, spoiler); };
    EXPECT_TRUE(std::ranges::any_of(abi::kCalls, used_by) ||
                std::ranges::any_of(abi::kGuestCalls, used_by))
        << (spoiler.call == nullptr ? "any" : spoiler.call) << " " << abi::InfoOf(spoiler.row).name
        << " " << (spoiler.change == nullptr ? "" : spoiler.change);
  }
}

}  // namespace
}  // namespace cadastre::run
