// SPDX-License-Identifier: Apache-2.0
#include "service/el2/payload/checks.h"

namespace cadastre::payload {
namespace {

unsigned checks = 0;
unsigned failures = 0;
unsigned char lock = 0;

// Was the one abort since `before` EL2's, at the address?
bool IsInjected(std::uint64_t cpu, const Abort& before, std::uint64_t address) {
  constexpr std::uint64_t kDataAbort = 0x25;
  constexpr std::uint64_t kExternal = 0x10;
  const Abort abort = AbortsOf(cpu);
  return abort.count == before.count + 1 && abort.esr >> 26 == kDataAbort &&
         (abort.esr & 0x3f) == kExternal && abort.far == address;
}

}  // namespace

bool IsLoadInjected(std::uint64_t cpu, std::uint64_t address) {
  constexpr std::uint64_t kNothing = 0x6e6f7468696e67;
  const Abort before = AbortsOf(cpu);
  const std::uint64_t seen = TryLoad(address, kNothing);
  return seen == kNothing && IsInjected(cpu, before, address);
}
bool IsStoreInjected(std::uint64_t cpu, std::uint64_t address) {
  const Abort before = AbortsOf(cpu);
  TryStore(address, 0);
  return IsInjected(cpu, before, address) && (AbortsOf(cpu).esr & 1 << 6) != 0;
}

void Check(bool holds, const char* what, std::uint64_t number) {
  while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE)) asm volatile("yield");
  ++checks;
  if (!holds) {
    ++failures;
    PutText("self-check: FAILED: ");
    PutText(what);
    if (number != ~std::uint64_t{0}) {
      PutText(" ");
      PutNumber(number);
    }
    PutText("\r\n");
  }
  __atomic_clear(&lock, __ATOMIC_RELEASE);
}

void EndChecks(unsigned cpus) {
  PutText(failures == 0 ? "self-check: passed, " : "self-check: failed, ");
  PutNumber(checks);
  PutText(" checks on ");
  PutNumber(cpus);
  PutText(" CPUs\r\n");
  EndQemu(failures == 0 ? 0 : 1);
}

}  // namespace cadastre::payload
