// SPDX-License-Identifier: Apache-2.0
// Guests that the host runs to their end, and one that runs on one CPU while another takes a page
// from it.
#include <cstdint>

#include "service/abi/cadastre.h"
#include "service/el2/payload/checks.h"
#include "service/el2/payload/guest_host.h"
#include "service/el2/payload/interrupts.h"

namespace cadastre::payload {
namespace {

// A guest that never traps is stopped by the host's timer.
void CheckInterrupt(const Guest& guest) {
  constexpr std::uint64_t kTicks = 10'000;
  EnableTimerInterrupts(guest.cpu);
  SetTimer(kTicks);
  Seen seen;
  payload_vcpu_run(&seen);
  Check(seen.x[2] == CADASTRE_EXIT_IRQ, "the timer stops a guest that never traps");
  CheckRegisters(seen);
  Check(TakeInterrupt() == kVirtualTimerPpi, "and then is the host's own interrupt");
}

// ID_AA64PFR1_EL1.SME.
bool HasSme() {
  std::uint64_t pfr1;
  asm volatile("mrs %0, id_aa64pfr1_el1" : "=r"(pfr1));
  return (pfr1 >> 24 & 0xf) != 0;
}
// TPIDR2_EL0, by number.
constexpr std::uint64_t kTpidr2 = 0x7469'7064'7232;
void SetTpidr2() { asm volatile("msr S3_3_C13_C0_5, %0" : : "r"(kTpidr2)); }
void CheckTpidr2() {
  std::uint64_t value;
  asm volatile("mrs %0, S3_3_C13_C0_5" : "=r"(value));
  Check(value == kTpidr2, "TPIDR2_EL0 is the host's again");
}

void CheckGuest(std::uint64_t cpu, std::uint64_t base, GuestRole role) {
  Guest guest{cpu, base, role};
  Create(guest);
  if (HasSme()) SetTpidr2();
  constexpr unsigned kMostRuns = 1000;
  for (unsigned runs = 0; !guest.ended && runs < kMostRuns; ++runs) RunOnce(guest);
  Check(guest.ended, "the guest comes to its end");
  if (HasSme()) CheckTpidr2();
  if (role == kPlainGuest) {
    Check(!guest.is_write_protected,
          "a page is write-protected for a guest that wrote there before");
    CheckInterrupt(guest);
  }
  TearDown(guest);
}

constexpr std::uint64_t BaseOf(std::uint64_t cpu) { return 0x4700'0000 + cpu * 0x10'0000; }

// What CPU 1 runs while CPU 0 takes from it.
Guest counting{1, BaseOf(1), kCountingGuest};
unsigned counting_has_ended = 0;

std::uint64_t SharedFaults() { return __atomic_load_n(&counting.shared_faults, __ATOMIC_ACQUIRE); }
// False: the guest met another fault at kGuestShared first. It may have counted on since then.
bool CountsOn(std::uint64_t faults) {
  constexpr std::uint64_t kFar = 1000;
  const std::uint64_t page = counting.PageOf(kGuestCounter);
  const std::uint64_t from = WordAt(page);
  while (WordAt(page) - from < kFar && SharedFaults() == faults) asm volatile("yield");
  __atomic_thread_fence(__ATOMIC_ACQUIRE);  // the count was read before the faults are
  return SharedFaults() == faults;
}

}  // namespace

void CheckGuests(std::uint64_t cpu) {
  CheckGuest(cpu, BaseOf(cpu), kProtectedGuest);
  CheckGuest(cpu, BaseOf(cpu) + 0x8'0000, kPlainGuest);
}

void RunCountingGuest() {
  Create(counting);
  while (!counting.ended) RunOnce(counting);
  TearDown(counting);
  __atomic_store_n(&counting_has_ended, 1, __ATOMIC_RELEASE);
}

void CheckTakingFromCountingGuest() {
  while (SharedFaults() == 0) asm volatile("yield");
  Check(CountsOn(1), "a guest runs on another CPU, and its pages are in that CPU's TLB");
  Check(IsDone(Hvc(CADASTRE_CALL_UNSHARE_GUEST, counting.vm, kGuestShared / kPageBytes, 1)),
        "unshare_guest of a page of a guest that runs on another CPU");
  const bool reaches_it = CountsOn(1);
  Check(!reaches_it, "a guest that runs on another CPU can't reach what was taken from it");
  if (reaches_it) return;
  WordAt(counting.PageOf(kGuestShared)) = kStop;
  while (__atomic_load_n(&counting_has_ended, __ATOMIC_ACQUIRE) == 0) asm volatile("yield");
}

}  // namespace cadastre::payload
