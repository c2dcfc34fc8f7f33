// SPDX-License-Identifier: Apache-2.0
// Goes through all states of a world, breadth first: in each state every move is made, until no
// move leads to a state that is new up to renaming. Nothing depends on time or on other worlds.
//
// A state is reached again by its shortest path from the world's first state, since only moves that
// succeed change anything; a refused call has changed nothing, which the oracle sees to.
#ifndef CADASTRE_HARNESS_EXPLORE_EXPLORER_H_
#define CADASTRE_HARNESS_EXPLORE_EXPLORER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "harness/explore/driver.h"
#include "harness/explore/world.h"

namespace cadastre::explore {

// What has been counted so far.
struct Counts {
  std::uint64_t tried = 0;       // moves made, refused or not
  std::uint64_t succeeded = 0;   // of these
  std::uint64_t changed = 0;     // of these, those that led to another state
  std::uint64_t twins = 0;       // states that were compared with another concrete form of them
  std::uint64_t orbits = 0;      // states, where VMs and CPUs that are alike have no names
  std::uint64_t depth = 0;       // longest shortest path
  std::uint64_t operations = 0;  // on the machine, paths walked again included
};

struct Finding {
  run::Failure failure;
  std::vector<script::Op> ops;  // the shortest script that shows it
};

class Explorer {
 public:
  explicit Explorer(const World& world);

  // Takes the next state and makes every move there. False: there is none, or something was found.
  bool TakeState();

  bool Finished() const { return next_ == states_.size() && !finding_; }
  std::uint64_t states() const { return states_.size(); }
  std::uint64_t taken() const { return next_; }
  const Counts& counts() const { return counts_; }
  const std::optional<Finding>& finding() const { return finding_; }
  const World& world() const { return world_; }
  // By the oracle's cells: has the world, this run and those it resumed, been there?
  std::vector<bool> Cells() const;
  std::string CellName(std::size_t cell) const { return driver_.oracle().CellName(cell); }

  // All that is needed to go on, and back. Restore: false if the text is not of this world; the
  // explorer is then as it was.
  std::string Save() const;
  bool Restore(const std::string& text);

 private:
  struct State {
    std::uint32_t parent = 0;
    MoveNumber move = 0;  // from the parent
    std::uint16_t depth = 0;
    std::uint64_t answers = 0;  // what all moves that are closed under renaming led to, summed
  };
  struct Twin {
    std::uint32_t state;
    std::uint32_t parent;
    MoveNumber move;
  };
  struct Hash {
    std::size_t operator()(const oracle::CanonicalDigest& d) const { return d.low; }
  };

  // kCompare: of a state that is known, in another concrete form.
  enum class Purpose : std::uint8_t { kExplore, kCompare };

  // From the first state; false if something was found.
  bool Walk(const std::vector<MoveNumber>& path);
  std::vector<MoveNumber> PathTo(std::uint32_t state) const;
  // Makes every move from where the machine stands, which is the end of `path`. Where a move
  // changed nothing but what is no part of any state (registers, contents, ages) the next is made
  // from there. Returns what they answered and where they led, summed.
  std::optional<std::uint64_t> MakeAllMoves(std::uint32_t from, const std::vector<MoveNumber>& path,
                                            Purpose purpose);
  bool IsClosed(MoveNumber move) const;
  bool StandsAlone(MoveNumber move) const;
  std::uint64_t KindOf(MoveNumber move) const;
  void Count(const MoveResult& result, bool has_changed);
  void NoteOrbit(const oracle::CanonicalDigest& orbit);
  void Arrive(std::uint32_t from, MoveNumber move, const oracle::CanonicalDigest& digest);
  bool CompareTwin(const Twin& twin);
  std::vector<script::Op> Script(const std::vector<MoveNumber>& moves, std::string& broken);
  void Found(run::Failure failure, std::vector<MoveNumber> path,
             std::optional<MoveNumber> last = std::nullopt);

  const World& world_;
  Driver driver_;
  std::vector<State> states_;
  std::vector<oracle::CanonicalDigest> digests_;                            // by state
  std::vector<oracle::CanonicalDigest> orbits_;                             // those seen, each once
  std::unordered_set<oracle::CanonicalDigest, Hash> known_orbits_;          // never iterated
  std::unordered_map<oracle::CanonicalDigest, std::uint32_t, Hash> known_;  // never iterated
  std::vector<Twin> twins_;         // waiting until their state is taken
  std::vector<bool> by_shape_;      // moves that were refused by shape: once is enough
  std::vector<bool> cells_;         // of the runs before this one
  std::vector<MoveNumber> walked_;  // all moves since the first state
  std::size_t next_ = 0;
  Counts counts_;
  std::uint64_t operations_before_ = 0;  // of the runs before this one
  std::optional<Finding> finding_;
};

}  // namespace cadastre::explore

#endif  // CADASTRE_HARNESS_EXPLORE_EXPLORER_H_
