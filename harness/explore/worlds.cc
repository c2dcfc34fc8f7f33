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

World MakePlain2() {
  Bounds bounds{.pages = WorldPages(2), .gfns = {0, 1}, .vms = {PlanVm(0, 0), PlanVm(1, 0)}};
  World world = Begin("plain2", bounds);
  world.published = {829, 11'360};
  world.moves = Alphabet(bounds).HostPages().GuestPages().Questions().WholeVms().Take();
  return world;
}

World MakeProt2() {
  Bounds bounds{.pages = WorldPages(2), .gfns = {0, 1}, .vms = {PlanVm(0, 1), PlanVm(1, 1)}};
  World world = Begin("prot2", bounds);
  world.published = {26'332, 271'140};
  world.moves =
      Alphabet(bounds).HostPages().GuestPages().Questions().GuestCalls().WholeVms().Take();
  return world;
}

World MakeMany() {
  Bounds bounds{.pages = WorldPages(2), .gfns = {0, 1}, .vms = {PlanVm(0, 0), PlanVm(1, 1)}};
  World world = Begin("many", bounds);
  world.published = {1'852, 16'183};
  world.profile = world.profile.WithMaxBorrowers(1);
  world.moves =
      Alphabet(bounds).HostPages().GuestPages().Questions().GuestCalls().WholeVms().Take();
  return world;
}

struct Row {
  std::string_view name;
  World (*make)();
};
constexpr Row kWorlds[] = {{"plain2", MakePlain2}, {"prot2", MakeProt2}, {"many", MakeMany}};

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
