// SPDX-License-Identifier: Apache-2.0
// What the parts of the payload share: calls, a console, and a count of checks.
#ifndef CADASTRE_SERVICE_EL2_PAYLOAD_PAYLOAD_H_
#define CADASTRE_SERVICE_EL2_PAYLOAD_PAYLOAD_H_

#include <cstddef>
#include <cstdint>

namespace cadastre::payload {

inline constexpr unsigned kMaxCpus = 16;

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

// Whether a load or a store there is met by a synchronous external abort with the right address, on
// this CPU.
bool IsLoadInjected(std::uint64_t cpu, std::uint64_t address);
bool IsStoreInjected(std::uint64_t cpu, std::uint64_t address);

// Counts a check; one that fails is told, with the number if there is one.
void Check(bool holds, const char* what, std::uint64_t number = ~std::uint64_t{0});

// Says how many checks there were, and ends QEMU: status 0 if all held, else 1.
[[noreturn]] void EndQemu(unsigned cpus);

// guest_check.cc: a protected and a plain VM, run on this CPU.
void CheckGuests(std::uint64_t cpu);

}  // namespace cadastre::payload

#endif  // CADASTRE_SERVICE_EL2_PAYLOAD_PAYLOAD_H_
