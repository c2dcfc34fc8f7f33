// SPDX-License-Identifier: Apache-2.0
// Neighbours in one step: numbers that come one by one are handed on as runs.
#ifndef CADASTRE_SERVICE_RUNS_H_
#define CADASTRE_SERVICE_RUNS_H_

#include <cstdint>

namespace cadastre {

// `emit(first, count)` for each run of ascending neighbours among the numbers added; the last one
// at Finish.
template <class Emit>
class Runs {
 public:
  explicit constexpr Runs(Emit emit) : emit_(emit) {}
  Runs(const Runs&) = delete;
  Runs& operator=(const Runs&) = delete;

  constexpr void Add(std::uint64_t number) {
    if (count_ != 0 && number != first_ + count_) Finish();
    if (count_ == 0) first_ = number;
    ++count_;
  }
  constexpr void Finish() {
    if (count_ != 0) emit_(first_, count_);
    count_ = 0;
  }

 private:
  Emit emit_;
  std::uint64_t first_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_RUNS_H_
