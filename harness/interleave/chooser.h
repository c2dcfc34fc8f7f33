// SPDX-License-Identifier: Apache-2.0
// Who runs next, where several CPUs could. Each source of schedules is deterministic.
#ifndef CADASTRE_HARNESS_INTERLEAVE_CHOOSER_H_
#define CADASTRE_HARNESS_INTERLEAVE_CHOOSER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cadastre::interleave {

class Chooser {
 public:
  virtual ~Chooser() = default;
  // Asked at each sync point and wherever an operation begins or ends. `running` ran last;
  // `runnable` has a bit for each CPU that can go on, of which there is at least one.
  virtual unsigned Choose(unsigned running, std::uint32_t runnable) = 0;
};

// What an input says, a byte for each turn: bits 5:0 how many sync points it takes, less one; bits
// 7:6 who has it, counted among those that can go on. Behind the last byte nobody is preempted.
class ByteChooser final : public Chooser {
 public:
  // `bytes` must outlive the chooser.
  explicit ByteChooser(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  unsigned Choose(unsigned running, std::uint32_t runnable) override;

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t next_ = 0;
  unsigned left_ = 0;
};

// Probabilistic concurrency testing: each CPU has a random priority, the highest that can go on
// runs, and at depth - 1 random places the one that runs falls below all others. A bug that takes
// `depth` ordered events to show is found with a probability of at least 1 / (cpus *
// points^(depth - 1)) by each seed (Burckhardt, Kothari, Musuvathi, Nagarakatte: A randomized
// scheduler with probabilistic guarantees of finding bugs, ASPLOS 2010).
class PctChooser final : public Chooser {
 public:
  // `points`: about how many sync points there will be; at least 1. depth >= 1.
  PctChooser(std::uint64_t seed, unsigned depth, unsigned cpus, std::uint64_t points);
  unsigned Choose(unsigned running, std::uint32_t runnable) override;

 private:
  std::vector<unsigned> priorities_;    // by CPU, all different; more is higher
  std::vector<std::uint64_t> changes_;  // in ascending order
  std::uint64_t point_ = 0;
  std::size_t next_change_ = 0;
};

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_CHOOSER_H_
