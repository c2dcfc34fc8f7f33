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
  world.published = {829, 11'360};
  world.moves = Alphabet(bounds).HostPages().GuestPages().Questions().WholeVms().Misuse().Take();
  return world;
}

World MakeProt2() {
  Bounds bounds{.pages = WorldPages(2), .gfns = {0, 1}, .vms = {PlanVm(0, 1), PlanVm(1, 1)}};
  World world = Begin("prot2", bounds);
  world.published = {26'332, 271'140};
  world.moves =
      Alphabet(bounds).HostPages().GuestPages().Questions().GuestCalls().WholeVms().Misuse().Take();
  return world;
}

World MakeMany() {
  Bounds bounds{.pages = WorldPages(2), .gfns = {0, 1}, .vms = {PlanVm(0, 0), PlanVm(1, 1)}};
  World world = Begin("many", bounds);
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

World MakeOwn() {
  Bounds bounds{.pages = WorldPages(3),
                .gfns = {0, 1},
                .vms = {PlanVm(0, 0), PlanVm(1, 1)},
                .ranges = Ranges::kUpToTwo};
  World world = Begin("own", bounds);
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

World MakeLists() {
  Bounds bounds{.pages = WorldPages(3), .gfns = {0, 1}, .vms = {PlanVm(0, 0), PlanVm(1, 1)}};
  World world = Begin("lists", bounds);
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

World MakeLife() {
  Bounds bounds{
      .pages = WorldPages(1), .gfns = {0}, .vms = {PlanVm(0, 0), PlanVm(1, 1)}, .callers = 2};
  World world = Begin("life", bounds);
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
