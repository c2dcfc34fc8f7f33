// SPDX-License-Identifier: Apache-2.0
#include "harness/explore/session.h"

#include <algorithm>
#include <numeric>
#include <thread>
#include <utility>

#include "harness/explore/checkpoint.h"
#include "harness/explore/worlds.h"

namespace cadastre::explore {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kMagic = "cadastre-explore";
constexpr std::chrono::milliseconds kPoll{100};
constexpr std::chrono::seconds kSnapshotPeriod{3};
constexpr std::chrono::seconds kSavePeriod{5};

}  // namespace

Session::Job::Job(std::string_view name)
    : world(*MakeWorld(name)), explorer(std::make_unique<Explorer>(world)) {}

Session::Session(const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    jobs_.push_back(std::make_unique<Job>(name));
  }
  order_.resize(jobs_.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
    const unsigned first = jobs_[a]->world.weight;
    const unsigned second = jobs_[b]->world.weight;
    return first != second ? first > second : a < b;
  });
}

Session::~Session() = default;

bool Session::Restore(const std::string& text) {
  Reader in(text);
  if (in.Bytes() != kMagic) return false;
  for (std::uint64_t left = in.Word(); left != 0 && in.good(); --left) {
    const std::string_view name = in.Bytes();
    const std::string saved(in.Bytes());
    const auto job = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&](const auto& known) { return known->world.name == name; });
    if (!in.good()) return false;
    if (job == jobs_.end()) {
      others_.emplace_back(name, saved);
    } else if (!(*job)->explorer->Restore(saved)) {
      return false;
    }
  }
  return in.good() && in.AtEnd();
}

std::string Session::Checkpoint() const {
  Writer out;
  out.Put(kMagic);
  out.Put(std::uint64_t{jobs_.size() + others_.size()});
  for (const auto& job : jobs_) {
    out.Put(job->world.name);
    out.Put(std::string_view(job->explorer->Save()));
  }
  PutOthers(out);
  return out.Take();
}

void Session::PutOthers(Writer& out) const {
  for (const auto& [name, saved] : others_) {
    out.Put(std::string_view(name));
    out.Put(std::string_view(saved));
  }
}

std::string Session::CheckpointOfSnapshots() {
  Writer out;
  out.Put(kMagic);
  out.Put(std::uint64_t{jobs_.size() + others_.size()});
  for (const auto& job : jobs_) {
    const std::lock_guard lock(job->mutex);
    out.Put(job->world.name);
    out.Put(std::string_view(job->snapshot));
  }
  PutOthers(out);
  return out.Take();
}

void Session::Run(unsigned threads, const Watcher& watcher) {
  stop_ = false;
  next_ = 0;
  for (const auto& job : jobs_) job->snapshot = job->explorer->Save();
  working_ = std::max(1U, threads);
  std::vector<std::thread> workers;
  for (unsigned i = 0, most = working_; i < most; ++i) workers.emplace_back([this] { Work(); });
  Clock::time_point asked = Clock::now();
  Clock::time_point saved = asked;
  while (working_ != 0) {
    std::this_thread::sleep_for(kPoll);
    if (watcher.wants_stop()) stop_ = true;
    watcher.show(progress());
    const Clock::time_point now = Clock::now();
    if (watcher.save && now - asked > kSnapshotPeriod) {
      for (const auto& job : jobs_) job->wants_snapshot = true;
      asked = now;
    }
    if (watcher.save && now - saved > kSavePeriod) {
      watcher.save(CheckpointOfSnapshots());
      saved = now;
    }
  }
  for (std::thread& worker : workers) worker.join();
  if (watcher.save) watcher.save(Checkpoint());
}

void Session::Work() {
  for (std::size_t at = next_++; at < order_.size() && !stop_; at = next_++) {
    Explore(*jobs_[order_[at]]);
  }
  --working_;
}

void Session::Explore(Job& job) {
  const Clock::time_point start = Clock::now();
  Explorer& explorer = *job.explorer;
  job.has_begun = true;
  bool goes_on = true;
  while (goes_on && !stop_) {
    goes_on = explorer.TakeState();
    job.states = explorer.states();
    job.taken = explorer.taken();
    job.tried = explorer.counts().tried;
    job.operations = explorer.counts().operations;
    if (job.wants_snapshot.exchange(false)) {
      std::string text = explorer.Save();
      const std::lock_guard lock(job.mutex);
      job.snapshot = std::move(text);
    }
  }
  if (explorer.finding()) {
    stop_ = true;
  } else {
    std::string text = explorer.Save();
    const std::lock_guard lock(job.mutex);
    job.snapshot = std::move(text);
  }
  job.seconds = std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<Progress> Session::progress() const {
  std::vector<Progress> all;
  for (const auto& job : jobs_) {
    all.push_back({.world = job->world.name,
                   .states = job->states,
                   .taken = job->taken,
                   .tried = job->tried,
                   .operations = job->operations,
                   .has_begun = job->has_begun});
  }
  return all;
}

bool Session::Finished() const {
  return std::all_of(jobs_.begin(), jobs_.end(),
                     [](const auto& job) { return job->explorer->Finished(); });
}

const Finding* Session::FirstFinding() const {
  for (const auto& job : jobs_) {
    if (job->explorer->finding()) return &*job->explorer->finding();
  }
  return nullptr;
}

}  // namespace cadastre::explore
