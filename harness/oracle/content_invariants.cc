// SPDX-License-Identifier: Apache-2.0
// Who may see what: SECRET_VISIBLE, FORBIDDEN_READ.
#include <algorithm>

#include "harness/oracle/contents.h"

namespace cadastre::oracle {
namespace {

using Hex = unsigned long long;

SecretOf SecretsOfVm(const State& state, unsigned slot) {
  const bool is_protected = state.vm(slot).kind == VmKind::kProtected;
  return is_protected ? static_cast<SecretOf>(state.HandleOf(slot)) : kNobody;
}

SecretOf SecretsOfCpu(const State& state, unsigned cpu) {
  const CpuState& now = state.cpu(cpu);
  return now.runs_guest ? SecretsOfVm(state, now.loaded->slot) : kNobody;
}

bool IsHostReadable(Row row) {
  return row == Row::kPrivate || row == Row::kSharedHyp || row == Row::kSharedGuests ||
         row == Row::kGuestShared;
}

bool ReadsZero(const World& world, PageIndex page) {
  const std::uint64_t* words = world.memory.PageWords(world.state.ram().PfnOf(page));
  return words == nullptr ||
         std::all_of(words, words + kEntries, [](std::uint64_t word) { return word == 0; });
}

// Pages of RAM by number, asked for in runs: on one page, or on pages that follow each other.
class PageFinder {
 public:
  explicit PageFinder(const Ram& ram) : ram_(ram) {}
  std::optional<PageIndex> Find(std::uint64_t pfn) {
    const std::uint64_t ahead = pfn - pfn_;
    if (ahead == 0) return page_;
    const bool next =
        ahead == 1 && page_ && *page_ + 1 < ram_.size() && ram_.PfnOf(*page_ + 1) == pfn;
    page_ = next ? std::optional(*page_ + 1) : ram_.IndexOf(pfn);
    pfn_ = pfn;
    return page_;
  }

 private:
  const Ram& ram_;
  std::uint64_t pfn_ = ~std::uint64_t{0};
  std::optional<PageIndex> page_;
};

// SECRET_VISIBLE: whoever comes to reach a page may see all that it holds, in the caches and behind
// them.
void AssertVisible(const World& world, const Colours& colours, PageIndex page, SecretOf own,
                   const char* how, Report& report) {
  const PageColours& found = colours.At(page);
  if (MaySee(own, found.cached) && MaySee(own, found.memory)) return;
  report.Fire(Invariant::kSecretVisible,
              Format("page 0x%llx became visible by %s: %s", Hex{world.state.ram().PfnOf(page)},
                     how, Describe(found).c_str()));
}

// Pages [first, first + count), which a leaf or a run of leaves in a table outputs, at the moment
// at which it is stored.
void AssertOutputsVisible(const World& world, const Colours& colours, const TableRole& table,
                          const PageSpan& pages, Report& report) {
  const bool host = table.root.regime == Regime::kHost;
  const SecretOf own = host ? kNobody : SecretsOfVm(world.state, table.root.slot);
  PageFinder finder(world.state.ram());
  for (std::uint64_t i = 0; i < pages.count; ++i) {
    const auto page = finder.Find(pages.first + i);
    if (!page) continue;
    AssertVisible(world, colours, *page, own, host ? "a leaf of the host" : "a leaf of a guest",
                  report);
  }
}

void AssertLeavesVisible(const StepView& view, const Colours& colours, const Event& event,
                         PageIndex page, Report& report) {
  if (Bits(event.value, 0, 0) == 0) return;
  const Table* table = view.world.walker.TableAt(page);
  if (table == nullptr || table->role.root.regime == Regime::kEl2) return;
  const unsigned level = table->role.level;
  if (KindOf(event.value, level) != EntryKind::kLeaf) return;
  const std::uint64_t step = event.kind == EventKind::kFill ? event.old_value : 0;
  const std::uint64_t of_leaf = level == kPageLevel ? 1 : kEntries;
  // Leaves that follow each other are one run; EL2 fills a table in no other way.
  const std::uint64_t leaves = step == of_leaf << kPageShift ? kEntries : 1;
  AssertOutputsVisible(view.world, colours, table->role, {OutputPfn(event.value), leaves * of_leaf},
                       report);
}

// What EL2 stores is its own secret, but in a page that it shares with the host. A page that was
// zeroed is not believed to be zero.
void Colour(const World& world, const Event& event, PageIndex page, Colours& colours) {
  if (event.kind == EventKind::kCleanInvalidate) return colours.NoteClean(page);
  const PageColours& now = colours.At(page);
  const bool all_el2 = now.cached == kEl2 && now.memory == kEl2;
  if (all_el2 && event.kind != EventKind::kZeroPage) return;
  const bool fills_zero = event.kind != EventKind::kStore && event.value == 0;
  if (fills_zero && (event.kind == EventKind::kZeroPage || event.old_value == 0)) {
    if (ReadsZero(world, page)) colours.NoteZero(page);
    return;
  }
  const bool shared = world.state.page(page).row == Row::kSharedHyp;
  colours.NoteStore(page, shared ? kNobody : kEl2);
}

bool IsOfContents(EventKind kind) {
  return IsMemoryStore(kind) || kind == EventKind::kCleanInvalidate;
}

// GIVEN -> GUEST_SHARED is share_host; GIVEN or LENT -> PRIVATE without TRANSIT is relinquish with
// KEEP.
void FollowDeclassified(const State& state, Colours& colours) {
  for (const PageChange& change : state.changes()) {
    const bool held = change.before.row == Row::kGiven || change.before.row == Row::kLent;
    const Row now = state.page(change.index).row;
    if (held && (now == Row::kGuestShared || now == Row::kPrivate))
      colours.Declassify(change.index);
  }
}

void AssertRowsVisible(const World& world, const Colours& colours, Report& report) {
  for (const PageChange& change : world.state.changes()) {
    const AbstractPage& now = world.state.page(change.index);
    if (IsHostReadable(now.row)) {
      AssertVisible(world, colours, change.index, kNobody, "its row", report);
    } else if (now.row == Row::kGiven || now.row == Row::kLent) {
      const SecretOf own = SecretsOfVm(world.state, now.vm_tag - 1U);
      AssertVisible(world, colours, change.index, own, "its row", report);
    }
  }
}

}  // namespace

void FollowContents(const StepView& view, std::size_t coloured, Colours& colours, Report& report) {
  FollowDeclassified(view.world.state, colours);
  PageFinder finder(view.world.state.ram());
  for (std::size_t i = 0; i < view.events.size(); ++i) {
    const Event& event = view.events[i];
    if (!IsOfContents(event.kind)) continue;
    const auto page = finder.Find(event.address >> kPageShift);
    if (!page) continue;
    if (i >= coloured) Colour(view.world, event, *page, colours);
    AssertLeavesVisible(view, colours, event, *page, report);
  }
  AssertRowsVisible(view.world, colours, report);
}

void FollowColours(const World& world, std::span<const Event> events, Colours& colours) {
  PageFinder finder(world.state.ram());
  for (const Event& event : events) {
    if (!IsOfContents(event.kind)) continue;
    if (const auto page = finder.Find(event.address >> kPageShift))
      Colour(world, event, *page, colours);
  }
}

// FORBIDDEN_READ: an access finds no bytes but those that its principal may see. Colours of bytes
// that an operation under way has zeroed meanwhile are gone, whether or not it was followed so far.
void FollowAccess(const World& world, unsigned cpu, PageIndex page, Access access, Colours& colours,
                  Report& report) {
  const SecretOf own = SecretsOfCpu(world.state, cpu);
  if (!MaySee(own, colours.At(page).cached) && ReadsZero(world, page)) colours.NoteZero(page);
  if (access == Access::kWrite) {
    const bool open = world.state.page(page).row == Row::kGuestShared;
    return colours.NoteStore(page, open ? kNobody : own);
  }
  if (MaySee(own, colours.At(page).cached)) return;
  report.Fire(Invariant::kForbiddenRead,
              Format("CPU %u reads page 0x%llx: %s", cpu, Hex{world.state.ram().PfnOf(page)},
                     Describe(colours.At(page)).c_str()));
}

PageUse UseOf(const State& state, PageIndex page, const PageColours& colours) {
  const AbstractPage& now = state.page(page);
  PageUse use;
  use.is_host_readable = IsHostReadable(now.row);
  use.is_parked = now.row == Row::kHyp && now.use == Use::kParked;
  if (now.row == Row::kGiven || now.row == Row::kLent || now.row == Row::kGuestShared)
    use.guest = state.HandleOf(now.vm_tag - 1U);
  if (colours.cached != kNobody) {
    use.content = Content::kSecret;
  } else if (colours.is_public) {
    use.content = Content::kPublic;
  }
  return use;
}

bool GrantsStore(const State& state, unsigned cpu, std::uint64_t input, PageIndex page) {
  const CpuState& now = state.cpu(cpu);
  if (!now.runs_guest) return IsHostReadable(state.page(page).row);
  const GuestLeaf* leaf = state.vm(now.loaded->slot).map.FirstFrom(input);
  return leaf != nullptr && leaf->gfn == input && !leaf->is_poison &&
         leaf->pfn == state.ram().PfnOf(page) && (leaf->prot & kProtWrite) != 0;
}

}  // namespace cadastre::oracle
