// SPDX-License-Identifier: Apache-2.0
// What hosts at EL1 share: calls, a console, aborts that are met, and the end.
#ifndef CADASTRE_SERVICE_EL2_PAYLOAD_PAYLOAD_H_
#define CADASTRE_SERVICE_EL2_PAYLOAD_PAYLOAD_H_

#include <cstddef>
#include <cstdint>

namespace cadastre::payload {

inline constexpr unsigned kMaxCpus = 16;
inline constexpr std::uint64_t kPsciCpuOn = 0xc400'0003;

struct Answer {
  std::uint64_t x0, x1, x2, x3;
};

// An HVC with immediate 0, and an SMC.
Answer Hvc(std::uint64_t id, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
           std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0);
Answer Smc(std::uint64_t id, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0);

bool IsDone(const Answer& answer);
bool IsRefused(const Answer& answer, std::uint64_t error, std::uint64_t row);

inline volatile std::uint64_t& WordAt(std::uint64_t address) {
  return *reinterpret_cast<volatile std::uint64_t*>(address);
}

// A word of a device, by an instruction that ESR_EL2 describes (one with writeback is not).
inline std::uint32_t LoadWord(std::uint64_t address) {
  std::uint32_t value;
  asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}
inline void StoreWord(std::uint64_t address, std::uint32_t value) {
  asm volatile("str %w1, [%0]" : : "r"(address), "r"(value) : "memory");
}

// Aborts that this CPU has met so far. Each is passed over: start.S.
struct alignas(32) Abort {
  std::uint64_t esr;
  std::uint64_t far;
  std::uint64_t count;
};
Abort AbortsOf(std::uint64_t cpu);
// One word; an abort leaves `instead`.
std::uint64_t TryLoad(std::uint64_t address, std::uint64_t instead);
void TryStore(std::uint64_t address, std::uint64_t word);

void PutText(const char* text);
void PutNumber(std::uint64_t number);

// A call of QEMU's semihosting.
std::uint64_t Semihost(std::uint64_t number, const void* block);
// Ends QEMU with this status.
[[noreturn]] void EndQemu(std::uint64_t status);

}  // namespace cadastre::payload

extern "C" {

// Of each host: what CPU `cpu` does. start.S.
void payload_main(std::uint64_t cpu);
// Where PSCI CPU_ON starts a CPU, whose number is the context.
void payload_secondary();

}  // extern "C"

#endif  // CADASTRE_SERVICE_EL2_PAYLOAD_PAYLOAD_H_
