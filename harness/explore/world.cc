// SPDX-License-Identifier: Apache-2.0
#include "harness/explore/world.h"

#include "harness/script/text.h"
#include "service/hypervisor.h"

namespace cadastre::explore {
namespace {

constexpr std::uint64_t kFormat = 1;  // of checkpoints, and of what is counted

class Hasher {
 public:
  void Add(std::uint64_t word) { sum_ = (sum_ ^ word) * 0x100000001B3 + (sum_ >> 29); }
  void Add(std::string_view text) {
    Add(text.size());
    for (const char c : text) Add(static_cast<unsigned char>(c));
  }
  std::uint64_t sum() const { return sum_; }

 private:
  std::uint64_t sum_ = 0xCBF29CE484222325;
};

}  // namespace

std::uint64_t Fingerprint(const World& world) {
  Hasher hash;
  hash.Add(kFormat);
  hash.Add(kAbiVersion);
  hash.Add(world.name);
  hash.Add(world.profile.name());
  hash.Add(world.profile.cpus());
  hash.Add(world.profile.Facts().max_borrowers);
  for (const script::Op& op : world.prologue) hash.Add(script::PrintOp(op));
  for (const Move& move : world.moves) {
    hash.Add(move.main);
    hash.Add(move.creates ? *move.creates + 1U : 0U);
    for (const Call& call : move.calls) {
      hash.Add(script::PrintOp(call.op));
      hash.Add(static_cast<std::uint64_t>(call.place) << 8 |
               static_cast<std::uint64_t>(call.extent));
    }
  }
  for (const std::uint8_t colour : world.scope.colours) hash.Add(colour);
  for (const auto& names : {world.vm_names, world.cpu_names}) {
    for (const auto& permutation : names) {
      for (const std::uint8_t name : permutation) hash.Add(name);
    }
  }
  hash.Add(world.scope.spans);
  hash.Add(static_cast<std::uint64_t>(world.scope.ages));
  return hash.sum();
}

}  // namespace cadastre::explore
