// SPDX-License-Identifier: Apache-2.0
// A small guest. Linked into pages of their own and copied, so that all it names is relative to
// itself; it has no data. It tells the host what it finds.
#include "service/el2/payload/guest.h"

#include <cstdint>

#include "service/abi/cadastre.h"

extern "C" {
// guest_start.S
std::uint64_t guest_wait_with_secrets(std::uint64_t secret);
void guest_start_1();
void guest_main(std::uint64_t role);
[[noreturn]] void guest_main_1(std::uint64_t context);
}

namespace cadastre::payload {
namespace {

constexpr std::uint64_t kCpuOn = 0xc400'0003;
constexpr std::uint64_t kAffinityInfo = 0xc400'0004;
constexpr std::uint64_t kSystemOff = 0x8400'0008;
constexpr std::uint64_t kDenied = ~std::uint64_t{0};

struct Results {
  std::uint64_t x0, x1, x2;
};

inline Results Hvc(std::uint64_t id, std::uint64_t a = 0, std::uint64_t b = 0,
                   std::uint64_t c = 0) {
  register std::uint64_t x0 asm("x0") = id;
  register std::uint64_t x1 asm("x1") = a;
  register std::uint64_t x2 asm("x2") = b;
  register std::uint64_t x3 asm("x3") = c;
  asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
  return {x0, x1, x2};
}
inline std::uint64_t Smc(std::uint64_t id) {
  register std::uint64_t x0 asm("x0") = id;
  asm volatile("smc #0" : "+r"(x0) : : "memory");
  return x0;
}
inline volatile std::uint64_t& WordAt(std::uint64_t address) {
  return *reinterpret_cast<volatile std::uint64_t*>(address);
}
inline void Report(std::uint64_t number, bool holds) { Hvc(kReport, number, holds ? 1 : 0); }

// TPIDR_EL1 counts the exceptions that guest_start.S passed over.
inline std::uint64_t Exceptions() {
  std::uint64_t count;
  asm volatile("mrs %0, tpidr_el1" : "=r"(count));
  return count;
}

void CheckProcessor() {
  std::uint64_t value;
  asm volatile("mrs %0, id_aa64pfr0_el1" : "=r"(value));
  Report(1, (value >> 32 & 0xf) == 0 && (value >> 24 & 0xf) == 0 && (value >> 8 & 0xff) == 0);
  asm volatile("mrs %0, mpidr_el1" : "=r"(value));
  Report(2, (value & 0xff'00ff'ffff) == 0);
  const std::uint64_t before = Exceptions();
  asm volatile("mrs %0, pmcr_el0" : "=r"(value));
  asm volatile("mrs %0, S3_0_C12_C12_0" : "=r"(value));  // ICC_IAR1_EL1
  asm volatile("mrs %0, cntp_ctl_el0" : "=r"(value));
  Report(3, Exceptions() == before + 3);
  asm volatile("mrs %0, mdscr_el1" : "=r"(value));
  Report(4, value == 0 && Exceptions() == before + 3);
}

void CheckCalls() {
  const Results version = Hvc(CADASTRE_CALL_VERSION);
  Report(5, version.x0 == 0 && version.x1 == 0 && version.x2 == CADASTRE_ABI_VERSION);
  Report(6, Hvc(CADASTRE_GUEST_CALL_MEMINFO).x0 == 4096);
  Report(7, Smc(kSystemOff) == kDenied);
  Report(8, Hvc(CADASTRE_CALL_SHARE_HYP, 0x90000, 1).x0 == kDenied);
}

// By a load and a store that the host carries out.
void CheckDevice() {
  std::uint64_t value = 0;
  asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(kGuestDevice) : "memory");
  Report(9, value == kDeviceRegister);
  asm volatile("str %0, [%1]" : : "r"(kFromGuest), "r"(kGuestDevice + 8) : "memory");
}

void CheckSharing() {
  WordAt(kGuestShared) = kFromGuest;
  Report(10, Hvc(CADASTRE_GUEST_CALL_SHARE_HOST, kGuestShared).x0 == 0);
  Hvc(kLookAtShared);
  Report(11, WordAt(kGuestShared) == kFromHost);
  Report(12, Hvc(CADASTRE_GUEST_CALL_UNSHARE_HOST, kGuestShared).x0 == 0);
  Hvc(kLookAtUnshared);
  Report(13, Hvc(CADASTRE_GUEST_CALL_UNSHARE_HOST, kGuestShared).x0 == CADASTRE_GUEST_REFUSED);
  WordAt(kGuestLent) = kSecret;
  Report(14, Hvc(CADASTRE_GUEST_CALL_SHARE_HOST, kGuestLent).x0 == CADASTRE_GUEST_REFUSED);
  Report(15, Hvc(CADASTRE_GUEST_CALL_RELINQUISH, kGuestLent).x0 == 0);
  Hvc(kLookAtRelinquished);
}

void CheckOtherVcpu() {
  Report(16, Hvc(kAffinityInfo, 1, 0).x0 == 1);
  Report(17, Hvc(kCpuOn, 1, reinterpret_cast<std::uint64_t>(&guest_start_1), kContext1).x0 == 0);
  // The host runs vCPU 1 until it is off again before it runs this one.
  Report(18, Hvc(kAffinityInfo, 1, 0).x0 == 1);
}

// Waits: once plainly, by the call, and with registers full of what the host must not see.
void CheckWaits() {
  asm volatile("wfi" ::: "memory");
  Report(19, Hvc(CADASTRE_GUEST_CALL_WAIT).x0 == 0);
  Report(20, guest_wait_with_secrets(kSecret) != 0);
}

void BePlain() {
  WordAt(kGuestShared) = kFromGuest;
  Hvc(kLookAtShared);
  Report(21, WordAt(kGuestShared) == kFromHost);
  Hvc(kWriteProtect);
  WordAt(kGuestShared) = kFromGuest + 1;  // faults, and the host relaxes
  Report(22, WordAt(kGuestShared) == kFromGuest + 1);
  Report(23, guest_wait_with_secrets(kSecret) != 0);
  Hvc(kEnd);
  for (;;) {
  }
}

void Count() {
  WordAt(kGuestCounter) = 0;
  while (WordAt(kGuestShared) != kStop) WordAt(kGuestCounter) = WordAt(kGuestCounter) + 1;
  Hvc(kEnd);
  for (;;) {
  }
}

}  // namespace
}  // namespace cadastre::payload

void guest_main(std::uint64_t role) {
  using namespace cadastre::payload;
  asm volatile("msr S3_3_C13_C0_5, %0" : : "r"(kSecret));  // TPIDR2_EL0, if there is one
  if (role == kPlainGuest) BePlain();
  if (role == kCountingGuest) Count();
  CheckProcessor();
  CheckCalls();
  CheckDevice();
  CheckSharing();
  CheckWaits();
  CheckOtherVcpu();
  WordAt(kGuestForced) = kSecret;
  Hvc(kTakeForced);
  WordAt(kGuestForced) = kSecret;  // the end: poison
  for (;;) {
  }
}

void guest_main_1(std::uint64_t context) {
  using namespace cadastre::payload;
  std::uint64_t mpidr;
  asm volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
  Report(24, context == kContext1 && (mpidr & 0xff'00ff'ffff) == 1);
  std::uint64_t left_over;
  asm volatile("mrs %0, tpidr_el0" : "=r"(left_over));
  Report(25, left_over == 0);
  Hvc(kSystemOff);
  for (;;) {
  }
}
