// SPDX-License-Identifier: Apache-2.0
// For tests: loads the shared object of a fuzz target as AFL++ does and calls it as AFL++ does.
#ifndef CADASTRE_FUZZ_LOADED_AFL_MUTATOR_H_
#define CADASTRE_FUZZ_LOADED_AFL_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cadastre::fuzz {

// One instance of TARGET_afl_mutator.so, which is loaded once. Aborts, and says why, if it can't be
// or lacks a function.
class LoadedAflMutator {
 public:
  using Bytes = std::vector<std::uint8_t>;

  LoadedAflMutator(const std::string& target, unsigned seed);
  ~LoadedAflMutator();
  LoadedAflMutator(const LoadedAflMutator&) = delete;
  LoadedAflMutator& operator=(const LoadedAflMutator&) = delete;

  Bytes Fuzz(Bytes input, Bytes other, std::size_t max_size);

  // What is left when `keeps` says whether a candidate runs as the input did. Fails the test if
  // AFL++ would stop with an error, or go on for ever.
  Bytes TrimmedWhile(Bytes input, const std::function<bool(const Bytes&)>& keeps);

 private:
  void* library_ = nullptr;
  void* data_ = nullptr;
};

}  // namespace cadastre::fuzz

#endif  // CADASTRE_FUZZ_LOADED_AFL_MUTATOR_H_
