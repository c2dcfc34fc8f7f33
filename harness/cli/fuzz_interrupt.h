// SPDX-License-Identifier: Apache-2.0
// Ctrl-C, termination and a closed terminal as a wish to end well.
#ifndef CADASTRE_HARNESS_CLI_FUZZ_INTERRUPT_H_
#define CADASTRE_HARNESS_CLI_FUZZ_INTERRUPT_H_

#include <signal.h>

namespace cadastre {

// While it lives these signals are noted instead of ending the process. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // Has there been one?
  bool Interrupted() const;

 private:
  struct sigaction old_int_ = {};
  struct sigaction old_term_ = {};
  struct sigaction old_hup_ = {};
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_FUZZ_INTERRUPT_H_
