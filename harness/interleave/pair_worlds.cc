// SPDX-License-Identifier: Apache-2.0
#include "harness/interleave/pair_worlds.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "harness/interleave/pair_world_texts.h"
#include "harness/script/text.h"

namespace cadastre::interleave {
namespace {

constexpr std::string_view kHead = "cadastre-ops 1 profile=small\n";

script::Script ParseLines(std::string_view world, const std::string& lines) {
  absl::StatusOr<script::Script> script = script::Parse(std::string(kHead) + lines);
  if (script.ok()) return *std::move(script);
  std::fprintf(stderr, "pair world %s: %s\n", std::string(world).c_str(),
               std::string(script.status().message()).c_str());
  std::abort();
}

// Lines without a CPU.
std::vector<script::Op> ParseOps(std::string_view world, std::string_view text, unsigned cpu) {
  const std::string actor = "cpu" + std::to_string(cpu) + " ";
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines += actor + std::string(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return ParseLines(world, lines).ops;
}

std::vector<PairWorld> ParseWorlds() {
  std::vector<PairWorld> worlds;
  for (const PairWorldText& text : PairWorldTexts()) {
    PairWorld world{.name = text.name, .setup = ParseLines(text.name, text.setup), .ops = {}};
    for (unsigned cpu = 0; cpu < kPairCpus; ++cpu)
      world.ops[cpu] = ParseOps(text.name, text.ops[cpu], cpu);
    worlds.push_back(std::move(world));
  }
  return worlds;
}

}  // namespace

std::size_t PairWorld::pairs() const {
  const std::size_t n = ops[0].size();
  return ops[1].empty() ? n * (n + 1) / 2 : n * ops[1].size();
}

Pair PairWorld::PairAt(std::size_t index) const {
  const std::vector<script::Op>& second = ops[1].empty() ? ops[0] : ops[1];
  std::size_t first = 0;
  std::size_t from = 0;
  std::size_t left = second.size();
  while (index >= left) {
    index -= left;
    ++first;
    if (ops[1].empty()) from = first;
    left = second.size() - from;
  }
  return {&setup, {ops[0][first], second[from + index]}};
}

std::span<const PairWorld> PairWorlds() {
  static const std::vector<PairWorld> worlds = ParseWorlds();
  return worlds;
}

}  // namespace cadastre::interleave
