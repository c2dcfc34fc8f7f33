// SPDX-License-Identifier: Apache-2.0
#include "harness/explore/worlds.h"

#include "harness/explore/alphabet.h"

namespace cadastre::explore {
namespace {

using script::OpCode;

World Begin(std::string_view name, const Bounds& bounds) {
  World world{.name = name, .profile = *Profile::Make(2)};
  world.scope.colours.assign(world.profile.RamPages(), 0);
  for (const std::uint64_t page : bounds.pages) world.scope.colours[page] = 1;
  for (const VmPlan& vm : bounds.vms) {
    if (vm.kind == 0) continue;
    world.prologue.push_back(MakeOp(OpCode::kShareHyp, {Page(vm.run_page), Number(1)}));
  }
  std::vector<std::uint8_t> same(bounds.vms.size());
  for (std::uint8_t i = 0; i < same.size(); ++i) same[i] = i;
  world.vm_names = {same};
  world.cpu_names = {{0}};
  return world;
}

void SetListPage(World& world) {
  world.prologue.push_back(MakeOp(OpCode::kShareHyp, {Page(kListPage), Number(1)}));
  world.prologue.push_back(MakeOp(OpCode::kListPageSet, {Number(1), Page(kListPage)}));
}

World MakePlain2() {
  Bounds bounds{.pages = WorldPages(2), .gfns = {0, 1}, .vms = {PlanVm(0, 0), PlanVm(1, 0)}};
  World world = Begin("plain2", bounds);
  world.bounds =
      "2 pages; 2 plain VMs of 2 gfns, whose own pages are none of the world's; one caller";
  world.differences =
      "482 = 4*95 + 4*23 + 10: 2 pages in 4, 2 or 0 gfns, each VM FREE, LIVE or DYING";
  world.vm_names = {{0, 1}, {1, 0}};
  world.published = {829, 11'360};
  world.moves = Alphabet(bounds).HostPages().GuestPages().Questions().WholeVms().Misuse().Take();
  return world;
}

World MakeProt2() {
  Bounds bounds{.pages = WorldPages(2), .gfns = {0, 1}, .vms = {PlanVm(0, 1), PlanVm(1, 1)}};
  World world = Begin("prot2", bounds);
  world.bounds =
      "2 pages; 2 protected VMs of 2 gfns and one vCPU, whose own pages are none of the world's";
  world.differences =
      "4113 = 4*760 + 4*97 + 10 with no guest in a call, + 660 with one relinquish that waits, "
      "+ 15 with two";
  world.vm_names = {{0, 1}, {1, 0}};
  world.published = {26'332, 271'140};
  world.moves =
      Alphabet(bounds).HostPages().GuestPages().Questions().GuestCalls().WholeVms().Misuse().Take();
  return world;
}

World MakeMany() {
  Bounds bounds{.pages = WorldPages(2), .gfns = {0, 1}, .vms = {PlanVm(0, 0), PlanVm(1, 1)}};
  World world = Begin("many", bounds);
  world.bounds = "2 pages; plain and protected VM of 2 gfns; max_borrowers 1; lists of 1 and 2";
  world.differences =
      "964 = 4*157 + 2*19 + 2*97 + 10 with no guest in a call, + 94 with a relinquish that waits";
  world.published = {1'852, 16'183};
  world.profile = world.profile.WithMaxBorrowers(1);
  world.machine_note = "max_borrowers is 1";
  SetListPage(world);
  world.moves = Alphabet(bounds)
                    .HostPages()
                    .GuestPages()
                    .Questions()
                    .GuestCalls()
                    .WholeVms()
                    .Lists()
                    .Misuse()
                    .Take();
  return world;
}

World MakeProt() {
  Bounds bounds{.pages = WorldPages(2),
                .gfns = {0, 1},
                .vms = {PlanVm(0, 0), PlanVm(1, 1)},
                .rights = {kR, kRw}};
  World world = Begin("prot", bounds);
  world.bounds = "2 pages; plain and protected VM of 2 gfns; permissions r and rw, AF";
  world.differences =
      "4584 = 4*952 + 2*122 + 2*120 + 10 with no guest in a call, + 282 with a relinquish that "
      "waits";
  world.weight = 40;
  world.published = {9'153, 216'677};
  world.scope.ages = oracle::Ages::kKept;
  world.moves = Alphabet(bounds)
                    .HostPages()
                    .GuestPages()
                    .Permissions()
                    .Ages()
                    .Questions()
                    .GuestCalls()
                    .WholeVms()
                    .Misuse()
                    .Take();
  return world;
}

// By hand, as of `lists` below, with two differences: one page may be the list page, and of two
// pages under scrub it is told apart whether one call scrubs both. 784 = 740 + 44, 85 = 77 + 8,
// 365 = 333 + 32, 35 = 30 + 5 and 840 = 2*(224+4) + 3*(124+4): the second summand is of that.
World MakeOwn() {
  Bounds bounds{.pages = WorldPages(3),
                .gfns = {0, 1},
                .vms = {PlanVm(0, 0), PlanVm(1, 1)},
                .ranges = Ranges::kUpToTwo};
  World world = Begin("own", bounds);
  world.bounds =
      "3 pages; plain and protected VM of 2 gfns; list page, ranges of 2, table memory 0 or 1";
  world.differences =
      "7541 = 4*784 + 10*85 + 6*365 + 15*35 with no guest in a call, + 840 with a relinquish that "
      "waits";
  world.weight = 70;
  world.published = {26'631, 328'784};
  world.moves = Alphabet(bounds)
                    .HostPages()
                    .ListPage()
                    .GuestPages()
                    .Questions()
                    .GuestCalls()
                    .VmsAndTables()
                    .Misuse()
                    .Take();
  return world;
}

// By hand. A VM is FREE, or LIVE or DYING with table memory or without; a protected one that is
// DYING may have its vCPU's page back already. gfns are mapped where there is table memory: so in 2
// of a plain VM's 5 ways and in 2 of a protected one's 7. Three pages and the gfns stand in 555
// ways with both VMs, in 54 and 236 with the plain or the protected one alone, in 20 with none.
// With one page in a relinquish that waits, in 184 and in 96, with a plain VM and without: not both
// gfns of the protected VM are shared with the host then.
World MakeLists() {
  Bounds bounds{.pages = WorldPages(3), .gfns = {0, 1}, .vms = {PlanVm(0, 0), PlanVm(1, 1)}};
  World world = Begin("lists", bounds);
  world.bounds =
      "3 pages; plain and protected VM of 2 gfns; lists of 1 and 2 entries, table memory 0 or 1";
  world.differences =
      "5132 = 4*555 + 10*54 + 6*236 + 15*20 with no guest in a call, + 2*184 + 3*96 with a "
      "relinquish that waits";
  world.weight = 80;
  world.published = {19'216, 192'314};
  SetListPage(world);
  world.moves = Alphabet(bounds)
                    .HostPages()
                    .GuestPages()
                    .Questions()
                    .GuestCalls()
                    .VmsAndTables()
                    .Lists()
                    .Misuse()
                    .Take();
  return world;
}

// By hand. W is how vCPUs can stand on 2 CPUs: 28 ways for a plain VM's (each none, READY, loaded
// or running), 58 for a protected one's (power besides; vCPU 1 is ON only where vCPU 0 is there to
// turn it on), 680 for both. The page and the gfns stand in 13 ways with both VMs, in 5 and 11 with
// the plain or the protected one alone, in 4 with none; a DYING VM has 0, 1 or 2 vCPU pages left.
// So 13 (680 + 3*28 + 3*58 + 9) + 5 (28 + 3) + 11 (58 + 3) + 4. In 128 of these the page is
// GUEST_SHARED though no vCPU ever ran; in 256 more a guest waits in its relinquish. The model's
// 13,183 lies between 13,013 and this; which of those 256 it tells apart its text does not say.
World MakeLife() {
  Bounds bounds{
      .pages = WorldPages(1), .gfns = {0}, .vms = {PlanVm(0, 0), PlanVm(1, 1)}, .callers = 2};
  World world = Begin("life", bounds);
  world.bounds =
      "1 page; plain and protected VM of 1 gfn and 2 vCPUs; 2 callers, power, a CPU that goes off";
  world.differences =
      "13269 = 13*680 + 44*28 + 50*58 + 169 - 128, + 256 with a relinquish that waits on its CPU";
  world.weight = 90;
  world.published = {13'183, 151'333};
  world.prologue.push_back(MakeOp(OpCode::kShareHyp, {Page(bounds.vms[0].run_page), Number(1)}));
  world.callers = 2;
  world.cpu_names = {{0, 1}, {1, 0}};
  world.moves = Alphabet(bounds)
                    .HostPages()
                    .GuestPages()
                    .Questions()
                    .Vcpus(2)
                    .RunningGuests(2)
                    .Misuse()
                    .Take();
  return world;
}

World MakeRes() {
  Bounds bounds{.pages = WorldPages(8), .gfns = {0, 1}, .vms = {PlanVm(0, 1)}};
  bounds.vms[0].ipa_bits = 39;
  World world = Begin("res", bounds);
  world.bounds =
      "8 pages, of which a protected VM of 2 gfns takes 2 + 1 for itself, 2 tables, 1 for its "
      "vCPU, "
      "and a run page";
  world.differences =
      "1175 by harness/explore/count_states.py, an abstract model where at most three calls wait";
  world.published = {12'822, 131'124};
  world.prologue.clear();
  SetListPage(world);
  world.moves = Alphabet(bounds)
                    .HostPages()
                    .GuestPages()
                    .Questions()
                    .GuestCalls()
                    .VmsOfWorldPages()
                    .TableLists()
                    .Misuse()
                    .Take();
  return world;
}

World MakeRes2() {
  Bounds bounds{.pages = WorldPages(8), .gfns = {0}, .vms = {PlanVm(0, 0), PlanVm(1, 1)}};
  for (VmPlan& vm : bounds.vms) vm.ipa_bits = 39;
  World world = Begin("res2", bounds);
  world.bounds = "the same for a plain and a protected VM of 1 gfn";
  world.differences =
      "1265 by harness/explore/count_states.py, an abstract model where at most three calls wait";
  world.published = {3'016, 21'185};
  world.prologue.clear();
  world.moves = Alphabet(bounds)
                    .HostPages()
                    .GuestPages()
                    .Questions()
                    .GuestCalls()
                    .VmsOfWorldPages()
                    .Misuse()
                    .Take();
  return world;
}

// Spans are renamed as wholes, so each has its own pages in its own granule.
World MakeTables() {
  constexpr std::uint64_t kSpans = 4;
  constexpr std::uint64_t kSpan = 512;
  Bounds bounds{.pages = {}, .gfns = {}, .vms = {PlanVm(0, 1)}};
  bounds.vms[0].table_count = kSpans;
  World world = Begin("tables", bounds);
  world.bounds =
      "protected VM, LIVE and DYING; 4 spans of 512 gfns, each its first page and the rest; spans "
      "have no names";
  world.differences =
      "11970 = 2 * C(18+3, 4): a span has 4*4 pairs of absent, owned, lent and POISON and 2 "
      "blocks; "
      "the model's 83521 = 17^4 has one block and spans with names";
  world.weight = 300;
  world.published = {83'521, 3'600'000};
  world.scope.spans = kSpans;
  world.scope.span_base = world.profile.ram().front().first.value;
  const VmPlan& vm = bounds.vms[0];
  world.prologue.push_back(MakeOp(
      OpCode::kVmCreate, {Number(vm.kind), Number(vm.ipa_bits), Page(vm.meta), Page(vm.root)}));
  world.prologue.push_back(
      MakeOp(OpCode::kVmDonateTables, {VmOf(0), Page(vm.tables), Number(kSpans)}));
  world.prologue.push_back(MakeOp(OpCode::kVcpuCreate, {VmOf(0), Number(0), Page(vm.vcpu),
                                                        Page(vm.run_page), Number(0), Number(0)}));
  Alphabet alphabet(bounds);
  for (std::uint64_t span = 0; span < kSpans; ++span) alphabet.Span(span * kSpan);
  world.moves = alphabet.Do(MakeOp(OpCode::kVmStartTeardown, {VmOf(0)})).Take();
  return world;
}

// A granule of RAM alone and one with pages that nobody may map, of the machine "small".
World MakeGranule() {
  constexpr std::uint64_t kArenaOf40400 = 0x40400 - 0x40053;
  constexpr std::uint64_t kArenaOf40900 = 0x40900 - 0x40053;
  Bounds bounds{.pages = {kArenaOf40400, kArenaOf40400 + 1}, .gfns = {}, .vms = {}};
  World world = Begin("granule", bounds);
  world.bounds =
      "machine small: 2 pages of a granule of RAM, 1 beside no-map pages; host aborts, "
      "compact_host";
  world.differences =
      "52 = 8*4 + 3*4 + 8*1: two granules at once, SHARED_HYP, PARKED and one page under scrub";
  world.published = {9, 24};
  world.profile = *Profile::Make(0);
  world.scope.colours.assign(world.profile.RamPages(), 0);
  for (const std::uint64_t page : bounds.pages) world.scope.colours[page] = 1;
  world.scope.colours[kArenaOf40900] = 2;
  world.scope.host_granules = {0x40400, 0x40900};
  bounds.pages.push_back(kArenaOf40900);
  Alphabet alphabet(bounds);
  alphabet.HostPages();
  for (const std::uint64_t page : bounds.pages) {
    for (const std::uint64_t access : {0, 1, 2}) {
      alphabet.Do(MakeOp(OpCode::kHostAccess, {Page(page), Number(0), Number(access)}));
    }
  }
  constexpr std::uint64_t kNoMapPage = 0x40880;
  alphabet.Do(MakeOp(OpCode::kHostAccess, {Number(kNoMapPage), Number(0), Number(0)}));
  alphabet.Do(MakeOp(OpCode::kCompactHost, {Number(kNoMapPage), Number(1)}));
  world.moves = alphabet.Misuse().Take();
  return world;
}

struct Row {
  std::string_view name;
  World (*make)();
};
constexpr Row kWorlds[] = {{"plain2", MakePlain2}, {"prot2", MakeProt2},    {"many", MakeMany},
                           {"prot", MakeProt},     {"own", MakeOwn},        {"lists", MakeLists},
                           {"life", MakeLife},     {"res", MakeRes},        {"res2", MakeRes2},
                           {"tables", MakeTables}, {"granule", MakeGranule}};

}  // namespace

std::vector<std::string_view> WorldNames() {
  std::vector<std::string_view> names;
  for (const Row& row : kWorlds) names.push_back(row.name);
  return names;
}

std::optional<World> MakeWorld(std::string_view name) {
  for (const Row& row : kWorlds) {
    if (row.name == name) return row.make();
  }
  return std::nullopt;
}

}  // namespace cadastre::explore
