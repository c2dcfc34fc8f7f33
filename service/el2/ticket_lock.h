// SPDX-License-Identifier: Apache-2.0
// A fair spin lock for Armv8.0: who comes first is served first. Waiting CPUs sleep in WFE until
// the owner's store-release clears their monitor (Arm ARM B2.12.2).
#ifndef CADASTRE_SERVICE_EL2_TICKET_LOCK_H_
#define CADASTRE_SERVICE_EL2_TICKET_LOCK_H_

#include <cstdint>

namespace cadastre::el2 {

class TicketLock {
 public:
  void Lock() {
    const std::uint16_t ticket = __atomic_fetch_add(&next_, 1, __ATOMIC_RELAXED);
    std::uint32_t seen;
    asm volatile(
        "1: ldaxrh %w0, [%1]\n"
        "   cmp %w0, %w2\n"
        "   b.eq 2f\n"
        "   wfe\n"
        "   b 1b\n"
        "2:\n"
        : "=&r"(seen)
        : "r"(&now_), "r"(std::uint32_t{ticket})
        : "memory", "cc");
  }
  void Unlock() { __atomic_store_n(&now_, static_cast<std::uint16_t>(now_ + 1), __ATOMIC_RELEASE); }

 private:
  std::uint16_t next_ = 0;
  std::uint16_t now_ = 0;
};

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_TICKET_LOCK_H_
