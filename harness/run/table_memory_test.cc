// SPDX-License-Identifier: Apache-2.0
// ENOMEM is predicted. Every call that can need a VM's tables, with each number of free pages from
// none to enough: it answers what the formula of service/ABI.md section 3 says.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/testing/scripted_machine.h"
#include "harness/script/text.h"

namespace cadastre::run {
namespace {

struct Range {
  std::uint64_t gfn;
  std::uint64_t count;
};

// used(VM) of the manual, in the words of the manual.
std::uint64_t Used(const std::set<std::uint64_t>& live, unsigned ipa_bits) {
  std::set<std::uint64_t> spans, above, top;
  for (const std::uint64_t gfn : live) {
    spans.insert(gfn >> 9);
    above.insert(gfn >> 18);
    top.insert(gfn >> 27);
  }
  const int start_level = ipa_bits <= 34 ? 2 : ipa_bits <= 43 ? 1 : 0;
  return spans.size() + (start_level <= 1 ? above.size() : 0) + (start_level == 0 ? top.size() : 0);
}

void Add(const std::vector<Range>& ranges, std::set<std::uint64_t>& gfns) {
  for (const Range& range : ranges) {
    for (std::uint64_t i = 0; i < range.count; ++i) gfns.insert(range.gfn + i);
  }
}

enum class Kind : std::uint8_t { kShare, kLend, kDonate };
constexpr Kind kKinds[] = {Kind::kShare, Kind::kLend, Kind::kDonate};

std::string NameOf(Kind kind) {
  return kind == Kind::kShare ? "share_guest" : kind == Kind::kLend ? "lend_guest" : "donate_guest";
}
std::string ProtOf(Kind kind) { return kind == Kind::kDonate ? "" : " prot=rw"; }

// Where ranges get their pages: those of 512 from an aligned page on, others one after the other.
constexpr std::uint64_t kWholeSpan = 0x3ad;  // arena page; aligned to 512
constexpr std::uint64_t kSinglePages = 0x118;
constexpr std::uint64_t kTablePages = 0xc0;
constexpr std::uint64_t kListPage = 0xae;

// A VM, what lives in it already, and what a call adds.
struct Case {
  const char* what;
  std::vector<Range> before;
  std::vector<Range> added;
};

std::vector<Case> CasesFor(unsigned ipa_bits) {
  const std::uint64_t end = std::uint64_t{1} << (ipa_bits - 12);
  std::vector<Case> cases = {
      {"one page", {}, {{0x40, 1}}},
      {"the last page", {}, {{end - 1, 1}}},
      {"across a table of pages", {}, {{0x1ff, 2}}},
      {"across a table of 2 MiB spans", {}, {{0x3ffff, 2}}},
      {"512 pages over two spans", {}, {{0x3ff40, 512}}},
      {"a whole span", {}, {{0x400, 512}}},
      {"beside what is there", {{0x40, 1}}, {{0x41, 8}}},
      {"the next span", {{0x40, 1}}, {{0x1ff, 2}}},
      {"the next GiB", {{0x3fffe, 1}}, {{0x3ffff, 2}}},
      {"a whole span beside one", {{0x200, 512}}, {{0x400, 512}}},
      {"entries in one span", {}, {{0x40, 1}, {0x80, 2}, {0x1fe, 2}}},
      {"entries in two spans", {{0x10, 1}}, {{0x40, 1}, {0x1ff, 2}, {0x300, 1}}},
      {"entries in two GiB", {}, {{0x3fe00, 2}, {0x3ffff, 2}, {0x40010, 1}, {0, 1}}},
      {"entries all apart", {{0, 1}}, {{0x200, 1}, {0x400, 1}, {0x40000, 1}, {0x80000, 1}}},
      {"a block and a page", {}, {{0x400, 500}, {0x600, 1}, {0x3ff, 1}}},
  };
  if (end > 0x8000000) {
    cases.push_back({"across a table of 1 GiB spans", {}, {{0x7ffffff, 2}}});
    cases.push_back({"entries in two halves", {{0, 1}}, {{0x7fffff0, 1}, {0x8000000, 1}}});
  }
  return cases;
}

class TableMemory : public testing::TestWithParam<unsigned> {
 protected:
  // A VM of these bits with `donated` table pages, and what lives in it; its list page is set.
  void Begin(Kind kind, const Case& c, std::uint64_t donated) {
    machine_.Reset();
    next_page_ = kSinglePages;
    machine_.Must(
        Fill("share_hyp pfn=ram+{l} count=1\n"
             "list_page_set set=1 pfn=ram+{l}\n"
             "vm_create flags={f} ipa_bits={b} meta_pfn=ram+0xb0 root_pfn=ram+0xb5",
             {{"l", Hex(kListPage)},
              {"f", kind == Kind::kShare ? "plain" : "protected"},
              {"b", std::to_string(GetParam())}}));
    if (donated != 0) {
      machine_.Must(Fill("vm_donate_tables vm=a pfn=ram+{t} count={n}",
                         {{"t", Hex(kTablePages)}, {"n", std::to_string(donated)}}));
    }
    for (const Range& range : c.before) machine_.Must(Single(kind, range));
  }

  std::string PagesFor(const Range& range) {
    std::uint64_t page = next_page_;
    if (range.count == 512) {
      page = whole_span_;
      whole_span_ += 512;
    } else {
      next_page_ += range.count;
    }
    return "pfn=ram+" + Hex(page) + " gfn=" + Hex(range.gfn) +
           " count=" + std::to_string(range.count);
  }
  std::string Single(Kind kind, const Range& range) {
    return NameOf(kind) + " vm=a " + PagesFor(range) + ProtOf(kind);
  }
  // Writes the list and returns the call.
  std::string List(Kind kind, const std::vector<Range>& ranges) {
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      machine_.Must("list_entry vm=a index=" + std::to_string(i) + " " + PagesFor(ranges[i]));
    }
    return NameOf(kind) + "_list vm=a n=" + std::to_string(ranges.size()) + ProtOf(kind);
  }

  void Try(Kind kind, const Case& c, bool as_list, std::uint64_t need, std::uint64_t used,
           std::uint64_t free) {
    SCOPED_TRACE(NameOf(kind) + (as_list ? "_list: " : ": ") + c.what + ", " +
                 std::to_string(free) + " of " + std::to_string(need) + " pages");
    whole_span_ = kWholeSpan;
    Begin(kind, c, used + free);
    const std::string call = as_list ? List(kind, c.added) : Single(kind, c.added[0]);
    const RawDigest before = machine_.Raw();
    const std::string got = script::PrintExpectation(machine_.Do(call));
    if (need <= free) {
      EXPECT_EQ(got, "0 x2=0 x3=0");
    } else {
      EXPECT_EQ(got, "ENOMEM row=603 detail=" + std::to_string(need - free));
      EXPECT_EQ(machine_.Raw(), before);
    }
    ++tried_;
  }

  ScriptedMachine machine_{GetParam() > 40 ? script::Profile::kWide : script::Profile::kSmall};
  std::uint64_t next_page_ = 0;
  std::uint64_t whole_span_ = 0;
  int tried_ = 0;
};

// Start levels 2, 2, 1, 1, 1, 0, 0 with roots of 4, 8, 1, 1, 2, 1 and 1 pages.
INSTANTIATE_TEST_SUITE_P(Bits, TableMemory, testing::Values(32u, 33u, 36u, 39u, 40u, 44u, 48u));

TEST_P(TableMemory, EachCallAnswersByTheFormula) {
  for (const Case& c : CasesFor(GetParam())) {
    std::set<std::uint64_t> live;
    Add(c.before, live);
    const std::uint64_t used = Used(live, GetParam());
    Add(c.added, live);
    const std::uint64_t need = Used(live, GetParam()) - used;
    for (std::uint64_t free = 0; free <= need + 1; ++free) {
      for (const Kind kind : kKinds) {
        Try(kind, c, true, need, used, free);
        if (c.added.size() == 1) Try(kind, c, false, need, used, free);
      }
    }
  }
  EXPECT_GT(tried_, 200);
}

// From an empty VM 512 pages never need more than 6 tables, wherever they lie.
TEST_P(TableMemory, AnEmptyVmNeedsAtMostSixForARange) {
  for (const std::uint64_t gfn : {0x1ull, 0x3ff01ull, 0x3ffffull, 0x7ffff01ull, 0x7ffffffull}) {
    if (gfn + 512 > std::uint64_t{1} << (GetParam() - 12)) continue;
    std::set<std::uint64_t> live;
    Add({{gfn, 512}}, live);
    EXPECT_LE(Used(live, GetParam()), 6u);
    Try(Kind::kLend, {"anywhere", {}, {{gfn, 512}}}, false, Used(live, GetParam()), 0, 6);
  }
}

// A gfn that is POISON holds its tables; what a guest or a tear-down empties is free again.
TEST_P(TableMemory, PoisonHoldsTablesAndEmptinessFreesThem) {
  // What the first gfn needs, and a gfn of another GiB besides.
  const std::uint64_t both = GetParam() <= 34 ? 1 : GetParam() <= 43 ? 2 : 3;
  const std::uint64_t more = GetParam() <= 34 ? 1 : 2;
  Begin(Kind::kDonate, {"", {{0x40, 1}}, {}}, both);
  const std::string beyond = "donate_guest vm=a pfn=ram+0x200 gfn=0x40000 count=1 -> ";
  const std::string missing = "ENOMEM row=603 detail=" + std::to_string(more);
  machine_.Do(beyond + missing);
  machine_.Must("force_reclaim vm=a pfn=ram+0x118 count=1");
  machine_.Do(beyond + missing);
  machine_.Must(
      "share_hyp pfn=ram+0x210 count=1\n"
      "vcpu_create vm=a index=0 meta_pfn=ram+0x211 run_pfn=ram+0x210 entry=0 context=0\n"
      "donate_guest vm=a pfn=ram+0x201 gfn=0x41 count=1\n"
      "vcpu_load vm=a index=0\n"
      "vcpu_run\n"
      "guest_relinquish gfn=0x41 keep=0\n"
      "vcpu_put");
  machine_.Do(beyond + missing);

  Begin(Kind::kDonate, {"", {{0x40, 2}}, {}}, both);
  machine_.Must(
      "share_hyp pfn=ram+0x210 count=1\n"
      "vcpu_create vm=a index=0 meta_pfn=ram+0x211 run_pfn=ram+0x210 entry=0 context=0\n"
      "vcpu_load vm=a index=0\n"
      "vcpu_run\n"
      "guest_relinquish gfn=0x40 keep=1");
  machine_.Do("cpu1 " + beyond + missing);
  machine_.Must("guest_relinquish gfn=0x41 keep=0");
  machine_.Do("cpu1 " + beyond + "0");
}

}  // namespace
}  // namespace cadastre::run
