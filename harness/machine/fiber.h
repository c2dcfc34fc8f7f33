// SPDX-License-Identifier: Apache-2.0
// A stack of its own for code that can be left in the middle and gone on with later, all in one
// thread. The switch is a dozen instructions (swapcontext makes a system call each time) and tells
// AddressSanitizer of the new stack.
#ifndef CADASTRE_HARNESS_MACHINE_FIBER_H_
#define CADASTRE_HARNESS_MACHINE_FIBER_H_

#include <cstddef>

namespace cadastre {

class Fiber {
 public:
  // Deep enough for the oracle, which a commit hook runs on the fiber. Pages that are never touched
  // cost nothing.
  static constexpr std::size_t kStackBytes = std::size_t{1} << 20;

  // main(argument) runs on the fiber from the first Resume on.
  Fiber(void (*main)(void*), void* argument);
  // The fiber is not running. If `main` has not returned, its frames go without their destructors,
  // and AddressSanitizer never gets their fake stack back: better let it return first.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs the fiber until it suspends itself or `main` returns. Called on any other stack, another
  // fiber's included. Not after `main` has returned.
  void Resume();
  // Called on the fiber: goes back to whoever resumed it last, until the next Resume.
  void Suspend();

 private:
  static void Begin(void* self);
  void LeaveForEver();

  void (*main_)(void*);
  void* argument_;
  std::byte* mapping_;          // guard page, then the stack
  void* own_sp_ = nullptr;      // while suspended
  void* resumer_sp_ = nullptr;  // while running
  void* own_fake_ = nullptr;    // AddressSanitizer's fake stacks, saved likewise
  void* resumer_fake_ = nullptr;
  const void* resumer_bottom_ = nullptr;  // the resumer's stack, as AddressSanitizer knows it
  std::size_t resumer_size_ = 0;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_FIBER_H_
