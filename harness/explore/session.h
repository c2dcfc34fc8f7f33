// SPDX-License-Identifier: Apache-2.0
// Explores several worlds at once, one on a thread at a time, each with a machine of its own, and
// keeps what is needed to go on later. What is found does not depend on the number of threads.
#ifndef CADASTRE_HARNESS_EXPLORE_SESSION_H_
#define CADASTRE_HARNESS_EXPLORE_SESSION_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/explore/checkpoint.h"
#include "harness/explore/explorer.h"

namespace cadastre::explore {

// Of one world, while it is explored or after.
struct Progress {
  std::string_view world;
  std::uint64_t states = 0;
  std::uint64_t taken = 0;
  std::uint64_t tried = 0;
  std::uint64_t operations = 0;
  bool has_begun = false;
};

class Session {
 public:
  // The worlds by name; all of them must exist.
  explicit Session(const std::vector<std::string_view>& names);
  ~Session();

  // From a text that Checkpoint made. False if it is of another version of worlds, formats or ABI;
  // worlds that it does not hold begin
  // anew, and what it holds of others is kept.
  bool Restore(const std::string& text);

  // The functions are called now and then from this thread until every world has come to its end,
  // or something was found, or `wants_stop` says so.
  struct Watcher {
    std::function<bool()> wants_stop;
    std::function<void(const std::vector<Progress>&)> show;
    std::function<void(const std::string&)> save;  // the text of a checkpoint; may be empty
  };
  void Run(unsigned threads, const Watcher& watcher);

  std::string Checkpoint() const;
  const Explorer& explorer(std::size_t world) const { return *jobs_[world]->explorer; }
  std::size_t worlds() const { return jobs_.size(); }
  double seconds(std::size_t world) const { return jobs_[world]->seconds; }
  std::vector<Progress> progress() const;
  // Has every world come to its end?
  bool Finished() const;
  const Finding* FirstFinding() const;

 private:
  struct Job {
    explicit Job(std::string_view name);
    const World world;
    const std::unique_ptr<Explorer> explorer;  // the worker's, while Run
    double seconds = 0;
    std::atomic<std::uint64_t> states{0};
    std::atomic<std::uint64_t> taken{0};
    std::atomic<std::uint64_t> tried{0};
    std::atomic<std::uint64_t> operations{0};
    std::atomic<bool> has_begun{false};
    std::atomic<bool> wants_snapshot{false};
    std::mutex mutex;
    std::string snapshot;  // guarded by mutex
  };

  void Work();
  void Explore(Job& job);
  std::string CheckpointOfSnapshots();
  void PutOthers(Writer& out) const;

  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<std::pair<std::string, std::string>> others_;  // saved worlds that are none of these
  std::vector<std::size_t> order_;                           // longest first
  std::atomic<std::size_t> next_{0};
  std::atomic<unsigned> working_{0};
  std::atomic<bool> stop_{false};
};

}  // namespace cadastre::explore

#endif  // CADASTRE_HARNESS_EXPLORE_SESSION_H_
