// SPDX-License-Identifier: Apache-2.0
// The two-run secret differential: a script runs twice with other secrets (secrets.h), and the
// host, plain guests, and protected guests whose secrets stay the same must not see a difference.
// What they see: every answer in x0..x17, what a guest runs on with, whether aborts are injected,
// run pages and all other memory that they can read, and the digest of the state. What a guest does
// with its own registers is not seen.
#ifndef CADASTRE_HARNESS_RUN_SECRET_PAIR_H_
#define CADASTRE_HARNESS_RUN_SECRET_PAIR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/outcome.h"
#include "harness/run/runner.h"
#include "harness/run/secrets.h"

namespace cadastre::run {

// What there is to see when an operation has ended.
struct Sight {
  struct Page {
    std::uint64_t pfn = 0;
    std::uint64_t digest = 0;
    friend bool operator==(const Page&, const Page&) = default;
  };
  std::size_t index = 0;  // of the operation
  std::string_view call;
  oracle::Registers registers{};  // if the host runs next
  oracle::GuestRegisters guest;   // if a guest does whose secrets stay the same
  bool is_injected = false;
  bool is_host_next = true;
  std::vector<Page> pages;  // that are not zero, ascending

  friend bool operator==(const Sight&, const Sight&) = default;
};

// How two sights differ; nullopt if they are equal.
std::optional<std::string> DifferenceOf(const Sight& first, const Sight& second);

// The pair, one after the other on a runner.
class SecretPair {
 public:
  // The runner and the observer, which sees both runs, must outlive the pair's use.
  explicit SecretPair(Runner& runner, Observer* both = nullptr) : runner_(&runner), both_(both) {}

  // The second run's result. What the oracle finds wrong stays what is reported, with SECRET_LEAKS
  // in `also` if the pair differs there too. `observer` sees the second run instead.
  RunResult Run(const script::Script& script, Observer* observer = nullptr);

 private:
  Runner* runner_;
  Observer* both_;
  Secrets secrets_;
  std::vector<Sight> first_;
  std::vector<Sight> second_;
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_SECRET_PAIR_H_
