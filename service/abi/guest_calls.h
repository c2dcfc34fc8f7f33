// SPDX-License-Identifier: Apache-2.0
// What a protected guest may ask of EL2, by its HVC's function id: the calls of service/ABI.md
// section 9 as data, and the ids that EL2 answers for the guest's operating system. The numbers of
// meminfo, share_host, unshare_host and relinquish are pKVM's, so that Linux's driver finds them.
#ifndef CADASTRE_SERVICE_ABI_GUEST_CALLS_H_
#define CADASTRE_SERVICE_ABI_GUEST_CALLS_H_

#include <cstdint>

#include "service/abi/calls.h"

namespace cadastre::abi {

enum class GuestCallId : std::uint32_t {
  kMeminfo = 0xC6000002,
  kShareHost = 0xC6000003,
  kUnshareHost = 0xC6000004,
  kRelinquish = 0xC6000009,
  kWait = 0xC6000070,
};

enum class GuestArgKind : std::uint8_t {
  kIpa,   // the address of a page of the guest
  kKeep,  // kRelinquishKeep: the page goes back as it is, not scrubbed
  kZero,
};

inline constexpr std::uint64_t kRelinquishKeep = 1;  // bit of x3

struct GuestArg {
  GuestArgKind kind{};
  const char* name = nullptr;
};

inline constexpr GuestArg kIpa{GuestArgKind::kIpa, "ipa"};
inline constexpr GuestArg kKeep{GuestArgKind::kKeep, "KEEP"};
inline constexpr GuestArg kZero{GuestArgKind::kZero, "zero"};

struct GuestCall {
  GuestCallId id;
  const char* name;
  FixedList<GuestArg, 3> args;            // x1 to x3
  FixedList<Row, kMaxRefusals> refusals;  // ascending
};

// clang-format off
inline constexpr GuestCall kGuestCalls[] = {
    {GuestCallId::kMeminfo, "meminfo", {kZero, kZero, kZero}, {Row::kReservedBits}},
    {GuestCallId::kShareHost, "share_host", {kIpa, kZero, kZero},
     {Row::kReservedBits, Row::kMisaligned, Row::kGfnBeyondVm, Row::kGfnAbsent, Row::kGuestNotOwned, Row::kGfnPoison}},
    {GuestCallId::kUnshareHost, "unshare_host", {kIpa, kZero, kZero},
     {Row::kReservedBits, Row::kMisaligned, Row::kGfnBeyondVm, Row::kGfnAbsent, Row::kGuestNotShared, Row::kGfnPoison}},
    {GuestCallId::kRelinquish, "relinquish", {kIpa, kZero, kKeep},
     {Row::kReservedBits, Row::kMisaligned, Row::kGfnBeyondVm, Row::kGuestShared, Row::kGfnPoison}},
    {GuestCallId::kWait, "wait", {}, {}},
};
// clang-format on

// x0 of a refused guest call, and of an id that nobody answers.
inline constexpr std::uint64_t kGuestRefused = ~std::uint64_t{2};  // -3

// What a guest's system asks first.
inline constexpr std::uint32_t kSmcccVersionId = 0x80000000;
inline constexpr std::uint64_t kSmcccVersion = 0x10002;  // 1.2
inline constexpr std::uint32_t kVendorUidId = 0x8600FF01;
inline constexpr std::uint64_t kKvmUid[4] = {0xb66fb428, 0xe911c52e, 0x564bcaa9, 0x743a004d};
inline constexpr std::uint32_t kKvmFeaturesId = 0x86000000;
// Features, meminfo, share, unshare, relinquish: bit n for function n.
inline constexpr std::uint64_t kKvmFeatures = 1u << 0 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 9;

// Is it an id of the vendor-specific hypervisor services, fast, 32 or 64 bit (SMCCC 6.2)?
constexpr bool IsVendorHypervisorId(std::uint64_t id) {
  return id >> 16 == 0x8600 || id >> 16 == 0xC600;
}

// PSCI functions that EL2 answers itself (Arm DEN0022).
enum class PsciId : std::uint32_t {
  kVersion = 0x84000000,
  kCpuOff = 0x84000002,
  kCpuOn = 0x84000003,
  kCpuOn64 = 0xC4000003,
  kAffinityInfo = 0x84000004,
  kAffinityInfo64 = 0xC4000004,
  kSystemOff = 0x84000008,
  kSystemReset = 0x84000009,
  kFeatures = 0x8400000A,
};
inline constexpr PsciId kPsciIds[] = {
    PsciId::kVersion,   PsciId::kCpuOff,       PsciId::kCpuOn,
    PsciId::kCpuOn64,   PsciId::kAffinityInfo, PsciId::kAffinityInfo64,
    PsciId::kSystemOff, PsciId::kSystemReset,  PsciId::kFeatures,
};
inline constexpr std::uint64_t kPsciVersion = 0x10001;  // 1.1

constexpr bool IsPsciId(std::uint64_t id) {
  for (const PsciId known : kPsciIds) {
    if (static_cast<std::uint64_t>(known) == id) return true;
  }
  return false;
}

// Return values of PSCI.
inline constexpr std::uint64_t kPsciNotSupported = ~std::uint64_t{0};       // -1
inline constexpr std::uint64_t kPsciInvalidParameters = ~std::uint64_t{1};  // -2
inline constexpr std::uint64_t kPsciAlreadyOn = ~std::uint64_t{3};          // -4
inline constexpr std::uint64_t kPsciInvalidAddress = ~std::uint64_t{8};     // -9

}  // namespace cadastre::abi

#endif  // CADASTRE_SERVICE_ABI_GUEST_CALLS_H_
