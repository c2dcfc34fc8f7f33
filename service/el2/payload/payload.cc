// SPDX-License-Identifier: Apache-2.0
#include "service/el2/payload/payload.h"

extern "C" {
struct alignas(32) Abort {
  std::uint64_t esr;
  std::uint64_t far;
  std::uint64_t count;
};
alignas(16) std::byte payload_stacks[cadastre::payload::kMaxCpus * 0x4000];
Abort payload_aborts[cadastre::payload::kMaxCpus];
std::uint64_t payload_try_load(std::uint64_t address, std::uint64_t instead);
}

namespace cadastre::payload {
namespace {

constexpr std::uint64_t kConsole = 0x0900'0000;

unsigned checks = 0;
unsigned failures = 0;
unsigned char lock = 0;

void PutText(const char* text) {
  auto* uart = reinterpret_cast<volatile std::uint32_t*>(kConsole);
  for (; *text != '\0'; ++text) {
    while ((uart[6] & 1 << 5) != 0) {
    }
    uart[0] = static_cast<unsigned char>(*text);
  }
}

void PutNumber(std::uint64_t number) {
  char digits[21];
  unsigned at = 20;
  digits[at] = '\0';
  do digits[--at] = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  PutText(digits + at);
}

std::uint64_t CountOf(const Abort& abort) {
  return *const_cast<const volatile std::uint64_t*>(&abort.count);
}

}  // namespace

Answer Hvc(std::uint64_t id, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
           std::uint64_t e, std::uint64_t f) {
  register std::uint64_t x0 asm("x0") = id;
  register std::uint64_t x1 asm("x1") = a;
  register std::uint64_t x2 asm("x2") = b;
  register std::uint64_t x3 asm("x3") = c;
  register const std::uint64_t x4 asm("x4") = d;
  register const std::uint64_t x5 asm("x5") = e;
  register const std::uint64_t x6 asm("x6") = f;
  asm volatile("hvc #0"
               : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
               : "r"(x4), "r"(x5), "r"(x6)
               : "memory");
  return {x0, x1, x2, x3};
}

Answer Smc(std::uint64_t id, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  register std::uint64_t x0 asm("x0") = id;
  register std::uint64_t x1 asm("x1") = a;
  register std::uint64_t x2 asm("x2") = b;
  register std::uint64_t x3 asm("x3") = c;
  asm volatile("smc #0"
               : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
               :
               : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                 "x16", "x17", "memory");
  return {x0, x1, x2, x3};
}

bool IsDone(const Answer& answer) { return answer.x0 == 0 && answer.x1 == 0; }
bool IsRefused(const Answer& answer, std::uint64_t error, std::uint64_t row) {
  return answer.x0 == 0 && answer.x1 == ~error + 1 && answer.x3 == row;
}

bool IsLoadInjected(std::uint64_t cpu, std::uint64_t address) {
  const Abort& abort = payload_aborts[cpu];
  const std::uint64_t before = CountOf(abort);
  constexpr std::uint64_t kNothing = 0x6e6f7468696e67;
  const std::uint64_t seen = payload_try_load(address, kNothing);
  return seen == kNothing && CountOf(abort) == before + 1 && (abort.esr >> 26) == 0x25 &&
         (abort.esr & 0x3f) == 0x10 && abort.far == address;
}
bool IsStoreInjected(std::uint64_t cpu, std::uint64_t address) {
  const Abort& abort = payload_aborts[cpu];
  const std::uint64_t before = CountOf(abort);
  asm volatile("str xzr, [%0]" : : "r"(address) : "memory");
  return CountOf(abort) == before + 1 && (abort.esr >> 26) == 0x25 && (abort.esr & 1 << 6) != 0 &&
         abort.far == address;
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

void EndQemu(unsigned cpus) {
  PutText(failures == 0 ? "self-check: passed, " : "self-check: failed, ");
  PutNumber(checks);
  PutText(" checks on ");
  PutNumber(cpus);
  PutText(" CPUs\r\n");
  const std::uint64_t block[2] = {0x20026, failures == 0 ? 0ULL : 1};
  register std::uint64_t x0 asm("x0") = 0x18;  // SYS_EXIT
  register const std::uint64_t* x1 asm("x1") = block;
  asm volatile("hlt #0xf000" : : "r"(x0), "r"(x1) : "memory");
  for (;;) asm volatile("wfi");
}

}  // namespace cadastre::payload
