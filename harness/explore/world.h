// SPDX-License-Identifier: Apache-2.0
// A small world: a machine, a few pages, guests and CPUs of it, and every call that may be made
// there. Data; explorer.h goes through all its states.
#ifndef CADASTRE_HARNESS_EXPLORE_WORLD_H_
#define CADASTRE_HARNESS_EXPLORE_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/machine/profile.h"
#include "harness/oracle/canonical.h"
#include "harness/script/script.h"

namespace cadastre::explore {

// One operation of a move. An operand of class kCreated means the world's VM of that number,
// whichever handle it has or had last.
struct Call {
  // Where it is made.
  enum class Place : std::uint8_t {
    kAsSaid,  // on the operation's CPU
    kSpare,   // on the lowest CPU that is no caller and has nothing under way; the whole move is
  };
  // How far it goes before the move goes on, or the next.
  enum class Extent : std::uint8_t {
    kWhole,
    kFirstEvent,  // of a call that scrubs; what follows in the move is done when its event 2 came
  };
  script::Op op;
  Place place = Place::kAsSaid;
  Extent extent = Extent::kWhole;
};

// What may be done in a state: operations one after another, of which the first that is refused
// ends the move.
struct Move {
  std::vector<Call> calls;
  // The call whose answer is the move's: those before it prepare, those behind it clear up, refused
  // or not.
  std::size_t main = 0;
  // The VM that the move creates: it is no move while that VM lives.
  std::optional<std::uint8_t> creates = {};
  // Would the same move with renamed pages, VMs and CPUs be in the alphabet too? Not of ranges:
  // pages that take each other's place are not next to each other for that.
  enum class Closed : std::uint8_t { kUnderRenaming, kNot };
  Closed closed = Closed::kUnderRenaming;
  // Do calls before the main one end the move when they are refused?
  enum class GoesOn : std::uint8_t { kIfDone, kAlways };
  GoesOn goes_on = GoesOn::kIfDone;
};

// What section 12 of the manual says of the world, from a model made by others.
struct Published {
  std::uint64_t states = 0;
  std::uint64_t successes = 0;
};

struct World {
  std::string_view name;
  Profile profile;
  std::string_view bounds = {};        // for people
  std::string_view differences = {};   // why the number of states is not the published one
  std::string_view machine_note = {};  // where no script can name the machine: how it differs
  Published published = {};
  std::uint64_t twin_every = 16;  // of the ways to a known state, one in so many is compared
  unsigned weight = 1;            // seconds, roughly: worlds that take long begin first
  std::uint8_t callers = 1;       // CPUs 0.. that make calls as said; the others are spare
  std::vector<script::Op> prologue = {};
  std::vector<Move> moves = {};
  oracle::CanonicalScope scope = {};
  // Permutations that map the alphabet to itself, the identity first: names of VMs by number, of
  // caller CPUs by number. States that they map to each other are explored apart, since section 12
  // counts them so, and counted together besides.
  std::vector<std::vector<std::uint8_t>> vm_names = {};
  std::vector<std::vector<std::uint8_t>> cpu_names = {};
};

// Changes with anything that an old checkpoint could disagree on.
std::uint64_t Fingerprint(const World& world);

}  // namespace cadastre::explore

#endif  // CADASTRE_HARNESS_EXPLORE_WORLD_H_
