// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CADASTRE_ASAN_FIBERS
#endif
#endif
#ifdef CADASTRE_ASAN_FIBERS
#include <sanitizer/common_interface_defs.h>
#endif

// cadastre_switch_stack(save, to, argument): keeps the callee-saved registers on this stack and its
// pointer in *save, takes those found at `to`, and returns there. `argument` becomes the first
// argument of a function that starts so. Floating-point control registers stay as they are: nobody
// here changes them.
extern "C" void cadastre_switch_stack(void** save, void* to, void* argument);

#if defined(__x86_64__)
// System V AMD64 ABI 3.2.1: rbx, rbp, r12 to r15 and rsp are the callee's to keep. A `ret` to
// another stack is always mispredicted; the jump makes a switch cost 5 ns instead of 17.
asm(R"(
  .text
  .p2align 4
  .globl cadastre_switch_stack
  .hidden cadastre_switch_stack
  .type cadastre_switch_stack, @function
cadastre_switch_stack:
  .cfi_startproc
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  movq %rdx, %rdi
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rcx
  jmpq *%rcx
  .cfi_endproc
  .size cadastre_switch_stack, . - cadastre_switch_stack
)");
#elif defined(__aarch64__)
// AAPCS64 6.1: x19 to x29, the low halves of v8 to v15, and sp; x30 is where to return.
asm(R"(
  .text
  .p2align 4
  .globl cadastre_switch_stack
  .hidden cadastre_switch_stack
  .type cadastre_switch_stack, %function
cadastre_switch_stack:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  mov x0, x2
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
  .size cadastre_switch_stack, . - cadastre_switch_stack
)");
#else
#error "fibers are written for x86-64 and AArch64"
#endif

namespace cadastre {
namespace {

// A new stack as cadastre_switch_stack would have left it in a caller of `entry`; null return
// addresses and frame pointers end backtraces.
void* NewStack(std::byte* top, void (*entry)(void*)) {
#if defined(__x86_64__)
  constexpr std::size_t kWords = 8;  // six registers, `entry`, and what `entry` returns to
  constexpr std::size_t kEntry = 6;
#else
  constexpr std::size_t kWords = 20;
  constexpr std::size_t kEntry = 11;  // x30
#endif
  std::uint64_t frame[kWords] = {};
  frame[kEntry] = reinterpret_cast<std::uint64_t>(entry);
  std::byte* const sp = top - sizeof(frame);  // both ABIs' alignment of sp follows from kWords
  std::memcpy(sp, frame, sizeof(frame));
  return sp;
}

std::size_t PageBytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

// AddressSanitizer learns of every switch before and after it. A null `fake` gives the fake stack
// of the fiber that is left back for good.
inline void BeforeSwitch([[maybe_unused]] void** fake, [[maybe_unused]] const void* bottom,
                         [[maybe_unused]] std::size_t size) {
#ifdef CADASTRE_ASAN_FIBERS
  __sanitizer_start_switch_fiber(fake, bottom, size);
#endif
}
inline void AfterSwitch([[maybe_unused]] void* fake, [[maybe_unused]] const void** bottom,
                        [[maybe_unused]] std::size_t* size) {
#ifdef CADASTRE_ASAN_FIBERS
  __sanitizer_finish_switch_fiber(fake, bottom, size);
#endif
}

}  // namespace

Fiber::Fiber(void (*main)(void*), void* argument) : main_(main), argument_(argument) {
  const std::size_t guard = PageBytes();
  void* const mapping = mmap(nullptr, guard + kStackBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED || mprotect(mapping, guard, PROT_NONE) != 0) {
    std::perror("cadastre: no memory for the stack of a CPU");
    std::abort();
  }
  mapping_ = static_cast<std::byte*>(mapping);
  own_sp_ = NewStack(mapping_ + guard + kStackBytes, &Begin);
}

Fiber::~Fiber() { munmap(mapping_, PageBytes() + kStackBytes); }

void Fiber::Resume() {
  BeforeSwitch(&resumer_fake_, mapping_ + PageBytes(), kStackBytes);
  cadastre_switch_stack(&resumer_sp_, own_sp_, this);
  AfterSwitch(resumer_fake_, nullptr, nullptr);
}

void Fiber::Suspend() {
  BeforeSwitch(&own_fake_, resumer_bottom_, resumer_size_);
  cadastre_switch_stack(&own_sp_, resumer_sp_, nullptr);
  AfterSwitch(own_fake_, &resumer_bottom_, &resumer_size_);
}

void Fiber::Begin(void* self) {
  Fiber& fiber = *static_cast<Fiber*>(self);
  AfterSwitch(nullptr, &fiber.resumer_bottom_, &fiber.resumer_size_);
  fiber.main_(fiber.argument_);
  fiber.LeaveForEver();
}

void Fiber::LeaveForEver() {
  BeforeSwitch(nullptr, resumer_bottom_, resumer_size_);
  cadastre_switch_stack(&own_sp_, resumer_sp_, nullptr);
  std::abort();  // resumed after its end
}

}  // namespace cadastre
