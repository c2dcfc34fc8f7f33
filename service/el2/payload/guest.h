// SPDX-License-Identifier: Apache-2.0
// What the guest (guest.cc) and the host that runs it (guest_check.cc) have agreed on.
#ifndef CADASTRE_SERVICE_EL2_PAYLOAD_GUEST_H_
#define CADASTRE_SERVICE_EL2_PAYLOAD_GUEST_H_

#include <cstdint>

namespace cadastre::payload {

// Addresses of the guest. The host gives a page when the guest first touches it.
inline constexpr std::uint64_t kGuestCode = 0x8000'0000;
inline constexpr std::uint64_t kGuestCodePages = 4;
inline constexpr std::uint64_t kGuestStack = 0x9000'0000;   // one page, donated
inline constexpr std::uint64_t kGuestShared = 0x9000'1000;  // donated, then shared with the host
inline constexpr std::uint64_t kGuestLent = 0x9000'2000;
inline constexpr std::uint64_t kGuestForced = 0x9000'3000;  // lent, and taken back by force
inline constexpr std::uint64_t kGuestStack1 = 0x9000'4000;  // of vCPU 1
inline constexpr std::uint64_t kGuestCounter = 0x9000'5000;
inline constexpr std::uint64_t kGuestDevice = 0xa000'0000;  // emulated by the host

// Calls that the guest makes of the host: its x0; x1 and x2 are arguments.
enum GuestRequest : std::uint64_t {
  kReport = 0xc300'0000,  // x1: the number of a check in guest.cc, x2: whether it holds
  kLookAtShared,          // the host reads kGuestShared, and writes there
  kLookAtUnshared,        // the host finds that it can't
  kLookAtRelinquished,    // the host finds kGuestLent's page its own, and zero
  kTakeForced,            // the host takes kGuestForced's page by force
  kWriteProtect,          // plain guest: the host write-protects kGuestShared
  kEnd,
};

inline constexpr std::uint64_t kFromGuest = 0x67'7565'7374;  // in kGuestShared
inline constexpr std::uint64_t kFromHost = 0x68'6f73'74;     // then
inline constexpr std::uint64_t kDeviceRegister = 0xd1ce;     // what a load of kGuestDevice gives
inline constexpr std::uint64_t kSecret = 0x5ec2'e75e'c2e7'5ec2;

// x0 of vCPU 0: which guest it is to be. The counting guest is a plain one that counts in
// kGuestCounter until kGuestShared holds kStop.
enum GuestRole : std::uint64_t { kProtectedGuest, kPlainGuest, kCountingGuest };
inline constexpr std::uint64_t kStop = 0x7374'6f70;
inline constexpr std::uint64_t kContext1 = 0xc0'11;  // x0 of vCPU 1

}  // namespace cadastre::payload

#endif  // CADASTRE_SERVICE_EL2_PAYLOAD_GUEST_H_
