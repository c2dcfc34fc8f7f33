// SPDX-License-Identifier: Apache-2.0
// Makes the moves of one world on one machine, each operation judged by the oracle.
#ifndef CADASTRE_HARNESS_EXPLORE_DRIVER_H_
#define CADASTRE_HARNESS_EXPLORE_DRIVER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/explore/world.h"
#include "harness/run/runner.h"

namespace cadastre::explore {

// Moves of the world by number, and behind them one for each CPU: the event 2 of what waits there.
using MoveNumber = std::uint16_t;

struct MoveResult {
  enum class Kind : std::uint8_t {
    kNone,  // it is no move here: nothing waits, no CPU is spare, the VM lives
    kRefused,
    kDone,
  };
  Kind kind = Kind::kNone;
  unsigned row = 0;                          // of a refusal
  std::optional<run::Failure> failure = {};  // what broke
};

class Driver {
 public:
  // The world must outlive the driver.
  explicit Driver(const World& world);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  MoveNumber moves() const { return static_cast<MoveNumber>(moves_.size() + cpus_); }

  // To the world's first state.
  std::optional<run::Failure> Reset();
  MoveResult Make(MoveNumber number);

  // The state up to renaming of pages, and up to renaming of what is alike besides.
  oracle::CanonicalDigest State();
  oracle::CanonicalDigest Orbit();
  // The state with all its names.
  struct Exact {
    std::uint64_t state = 0;
    std::uint32_t busy = 0;  // CPUs, by bit
    friend bool operator==(const Exact&, const Exact&) = default;
  };
  Exact ExactState() const;
  // Every word.
  RawDigest Raw() { return runner_.machine().Digest(); }
  bool NothingUnderWay() const;

  run::Runner& runner() { return runner_; }
  const oracle::Oracle& oracle() const { return runner_.oracle(); }
  // Keeps a copy of each operation from now on, written out, as a script that does the same.
  void set_record(std::vector<script::Op>* record) { record_ = record; }
  std::uint64_t operations() const { return operations_; }

 private:
  struct SpareCpu {
    const Move* move = nullptr;  // whose first event has come here
    std::size_t next = 0;        // call of it
  };

  oracle::CanonicalDigest Named(const std::vector<std::uint8_t>& vm_names,
                                const std::vector<std::uint8_t>& cpu_names);
  script::Op Written(const script::Op& op, unsigned cpu) const;
  std::optional<run::Failure> Take(const Call& call, const Move* move, unsigned cpu);
  // Runs calls from `next` on.
  MoveResult GoOn(const Move& move, std::size_t next, unsigned cpu);
  MoveResult FinishOn(unsigned cpu);
  void NoteLife(const script::Op& op, const Move* move, unsigned cpu);
  std::optional<unsigned> FindSpareCpu() const;

  const World& world_;
  const std::vector<Move>& moves_;
  run::Runner runner_;
  unsigned cpus_;
  std::vector<SpareCpu> spare_;                        // by CPU
  std::vector<std::optional<std::uint16_t>> created_;  // by VM: which of the created it is now
  std::vector<bool> alive_;                            // by VM
  std::vector<std::uint8_t> vm_of_slot_;
  std::vector<std::uint8_t> slot_names_;  // of the naming that is tried
  std::vector<std::uint8_t> cpu_names_;   // likewise; spare CPUs are 0
  std::vector<script::Op>* record_ = nullptr;
  std::uint64_t operations_ = 0;
};

}  // namespace cadastre::explore

#endif  // CADASTRE_HARNESS_EXPLORE_DRIVER_H_
