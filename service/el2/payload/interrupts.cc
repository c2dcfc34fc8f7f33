// SPDX-License-Identifier: Apache-2.0
#include "service/el2/payload/interrupts.h"

#include "service/el2/payload/payload.h"

namespace cadastre::payload {
namespace {

constexpr std::uint64_t kDistributor = 0x0800'0000;
constexpr std::uint64_t kRedistributors = 0x080a'0000;
constexpr std::uint64_t kHypervisorTimerPpi = 26;

}  // namespace

void EnableTimerInterrupts(std::uint64_t cpu) {
  StoreWord(kDistributor, 0x12);  // GICD_CTLR: ARE, EnableGrp1
  const std::uint64_t frame = kRedistributors + cpu * 0x2'0000;
  StoreWord(frame + 0x14, 0);  // GICR_WAKER
  while ((LoadWord(frame + 0x14) & 4) != 0) asm volatile("yield");
  const std::uint64_t private_frame = frame + 0x1'0000;
  StoreWord(private_frame + 0x80, ~0u);  // GICR_IGROUPR0
  for (std::uint64_t i = 0; i < 32; i += 4)
    StoreWord(private_frame + 0x400 + i, 0x8080'8080);  // priorities
  StoreWord(private_frame + 0x100, 1u << kVirtualTimerPpi | 1u << kHypervisorTimerPpi);
  asm volatile(
      "msr S3_0_C12_C12_5, %0\n isb\n"  // ICC_SRE_EL1
      "msr S3_0_C4_C6_0, %1\n"          // ICC_PMR_EL1
      "msr S3_0_C12_C12_7, %2\n isb"    // ICC_IGRPEN1_EL1
      :
      : "r"(7UL), "r"(0xffUL), "r"(1UL)
      : "memory");
}

void SetTimer(std::uint64_t ticks) {
  asm volatile("msr cntv_tval_el0, %0\n msr cntv_ctl_el0, %1\n isb" : : "r"(ticks), "r"(1UL));
}
void StopTimer() { asm volatile("msr cntv_ctl_el0, xzr\n isb"); }

std::uint64_t TakeInterrupt() {
  std::uint64_t number;
  asm volatile("mrs %0, S3_0_C12_C12_0\n dsb sy" : "=r"(number) : : "memory");  // ICC_IAR1_EL1
  StopTimer();
  asm volatile("msr S3_0_C12_C12_1, %0\n isb" : : "r"(number));  // ICC_EOIR1_EL1
  return number;
}

}  // namespace cadastre::payload
