// SPDX-License-Identifier: Apache-2.0
// The host of the guest in guest.cc: gives it pages as it faults, answers it, and tries to reach
// what is the guest's alone. Each page was touched before it was given: a cold TLB hides a missing
// TLBI.
#ifndef CADASTRE_SERVICE_EL2_PAYLOAD_GUEST_HOST_H_
#define CADASTRE_SERVICE_EL2_PAYLOAD_GUEST_HOST_H_

#include <cstdint>

#include "service/el2/payload/guest.h"
#include "service/el2/payload/payload.h"

namespace cadastre::payload {

inline constexpr std::uint64_t kPageBytes = 0x1000;

// What payload_vcpu_run found in the registers.
struct alignas(16) Seen {
  std::uint64_t x[31];
  std::uint64_t tpidr_el0;
  std::uint64_t tpidrro_el0;
  std::uint64_t far_el1;
  std::uint64_t q[64];
};
extern "C" void payload_vcpu_run(Seen* seen);

// The host's pages for one VM, by number.
enum HostPage : std::uint64_t {
  kMeta = 0,
  kRoot = 2,
  kVcpu0 = 3,
  kVcpu1 = 4,
  kRunPage = 5,
  kTables = 8,
  kTablePages = 8,
  kCode = 16,
  kData = 24,  // on from here the page of kGuestStack and the next
};

struct Guest {
  std::uint64_t cpu;
  std::uint64_t base;
  GuestRole role;
  std::uint64_t vm = 0;
  bool ended = false;
  bool is_write_protected = false;  // and the guest has not met it
  std::uint64_t shared_faults = 0;  // that kGuestShared's page was given for; other CPUs may look

  std::uint64_t Page(std::uint64_t number) const { return base + number * kPageBytes; }
  std::uint64_t Pfn(std::uint64_t number) const { return Page(number) >> 12; }
  volatile std::uint64_t& Word(unsigned index) const {
    return WordAt(Page(kRunPage) + index * sizeof(std::uint64_t));
  }
  std::uint64_t PageOf(std::uint64_t ipa) const {
    return ipa < kGuestStack ? Page(kCode + (ipa - kGuestCode) / kPageBytes)
                             : Page(kData + (ipa - kGuestStack) / kPageBytes);
  }
};

// A VM with two vCPUs, of which the first is loaded here.
void Create(Guest& guest);
// One vcpu_run, and what its exit asks for.
void RunOnce(Guest& guest);
// Nothing of the guest's is in the host's registers, and the host's own are as they were.
void CheckRegisters(const Seen& seen);
// The recipe of service/ABI.md section 8.
void TearDown(const Guest& guest);

}  // namespace cadastre::payload

#endif  // CADASTRE_SERVICE_EL2_PAYLOAD_GUEST_HOST_H_
