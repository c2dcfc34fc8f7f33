// SPDX-License-Identifier: Apache-2.0
#include "service/el2/payload/payload.h"

extern "C" {
alignas(16) std::byte payload_stacks[cadastre::payload::kMaxCpus * 0x4000];
cadastre::payload::Abort payload_aborts[cadastre::payload::kMaxCpus];
std::uint64_t payload_try_load(std::uint64_t address, std::uint64_t instead);
}

namespace cadastre::payload {
namespace {

constexpr std::uint64_t kConsole = 0x0900'0000;

}  // namespace

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

Abort AbortsOf(std::uint64_t cpu) {
  const volatile Abort& abort = payload_aborts[cpu];
  return {abort.esr, abort.far, abort.count};
}

std::uint64_t TryLoad(std::uint64_t address, std::uint64_t instead) {
  return payload_try_load(address, instead);
}

void TryStore(std::uint64_t address, std::uint64_t word) {
  asm volatile("str %0, [%1]" : : "r"(word), "r"(address) : "memory");
}

std::uint64_t Semihost(std::uint64_t number, const void* block) {
  register std::uint64_t x0 asm("x0") = number;
  register const void* x1 asm("x1") = block;
  asm volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
  return x0;
}

void EndQemu(std::uint64_t status) {
  const std::uint64_t block[2] = {0x20026, status};
  Semihost(0x18, block);  // SYS_EXIT
  for (;;) asm volatile("wfi");
}

}  // namespace cadastre::payload
