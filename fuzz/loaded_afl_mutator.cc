// SPDX-License-Identifier: Apache-2.0
#include "fuzz/loaded_afl_mutator.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "fuzz/afl_mutator.h"

namespace cadastre::fuzz {
namespace {

template <class Function>
Function* Symbol(void* library, const char* name) {
  void* found = dlsym(library, name);
  if (found == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::abort();
  }
  return reinterpret_cast<Function*>(found);
}

// Loaded already, it is not loaded again.
void* Load(const std::string& target) {
  const std::string path = std::string(std::getenv("TEST_SRCDIR")) + "/" +
                           std::getenv("TEST_WORKSPACE") + "/fuzz/" + target + "_afl_mutator.so";
  void* library = dlopen(path.c_str(), RTLD_NOW);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::abort();
  }
  return library;
}

}  // namespace

LoadedAflMutator::LoadedAflMutator(const std::string& target, unsigned seed)
    : library_(Load(target)),
      data_(Symbol<decltype(afl_custom_init)>(library_, "afl_custom_init")(nullptr, seed)) {}

LoadedAflMutator::~LoadedAflMutator() {
  Symbol<decltype(afl_custom_deinit)>(library_, "afl_custom_deinit")(data_);
}

LoadedAflMutator::Bytes LoadedAflMutator::Fuzz(Bytes input, Bytes other, std::size_t max_size) {
  auto* fuzz = Symbol<decltype(afl_custom_fuzz)>(library_, "afl_custom_fuzz");
  std::uint8_t* out = nullptr;
  input.reserve(1);  // AFL++ never hands over a null
  const std::size_t size =
      fuzz(data_, input.data(), input.size(), &out, other.data(), other.size(), max_size);
  EXPECT_NE(out, nullptr);
  return {out, out + size};
}

LoadedAflMutator::Bytes LoadedAflMutator::TrimmedWhile(
    Bytes input, const std::function<bool(const Bytes&)>& keeps) {
  auto* init = Symbol<decltype(afl_custom_init_trim)>(library_, "afl_custom_init_trim");
  auto* trim = Symbol<decltype(afl_custom_trim)>(library_, "afl_custom_trim");
  auto* post = Symbol<decltype(afl_custom_post_trim)>(library_, "afl_custom_post_trim");
  const std::int32_t most = init(data_, input.data(), input.size());
  EXPECT_GE(most, 0);
  std::int32_t calls = 0;
  for (std::int32_t done = 0; done < most;) {
    std::uint8_t* out = nullptr;
    const std::size_t size = trim(data_, &out);
    EXPECT_NE(out, nullptr);
    const Bytes candidate(out, out + size);
    EXPECT_FALSE(candidate.empty());
    EXPECT_LT(candidate.size(), input.size());
    const bool kept = keeps(candidate);
    if (kept) input = candidate;
    done = post(data_, kept);
    if (++calls > 20000) {
      ADD_FAILURE() << "trimming does not end";
      break;
    }
  }
  EXPECT_LE(calls, most);
  return input;
}

}  // namespace cadastre::fuzz
