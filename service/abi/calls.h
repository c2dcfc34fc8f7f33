// SPDX-License-Identifier: Apache-2.0
// Every hypercall as one row of data: what it is called, who may call it, its arguments by
// register, its refusals in order. The dispatcher decodes by it, scripts take their syntax from it,
// a test holds it against service/ABI.md. To add a call: the manual first, a row here, a handler in
// service/dispatch_impl.h's switch, its specification in harness/oracle, seeds.
#ifndef CADASTRE_SERVICE_ABI_CALLS_H_
#define CADASTRE_SERVICE_ABI_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "service/abi/rows.h"

namespace cadastre::abi {

// Function ids are 0xC6000000 + number: SMCCC 1.2 fast calls, HVC64, vendor hypervisor services.
inline constexpr std::uint64_t kFunctionBase = 0xC6000000;
inline constexpr std::uint64_t kSveHint = std::uint64_t{1} << 16;  // ignored in x0
inline constexpr std::uint64_t kUnknownCall = ~std::uint64_t{0};   // x0 then

enum class Caller : std::uint8_t { kHost, kHostOrProtectedGuest };

// Which of an entry's words a list form reads; the others must be zero.
enum class ListWords : std::uint8_t { kNoList, kPfnAndGfn, kPfn, kGfn };

// In which builds a call is answered.
enum class Presence : std::uint8_t { kAlways, kCheckingBuild };

// What an argument is: how wide, and which shape rows judge it.
enum class ArgKind : std::uint8_t {
  kVm,         // 32 bits: a handle
  kPfn,        // 64 bits: first physical page of `count` pages, or of the pages the call names
  kGfn,        // 64 bits: first guest page of `count` pages
  kCount,      // 64 bits: pages, 1..the call's limit
  kProt,       // 64 bits: R with any of W, X
  kAddedProt,  // 64 bits: a non-empty subset of R, W, X
  kFlag,       // 1 bit
  kFeatureId,  // 32 bits
  kVmFlags,    // 64 bits: bit 0 protected, the rest reserved
  kIpaBits,    // 32 bits
  kVcpuIndex,  // 32 bits, below kMaxVcpus
  kListCount,  // 64 bits: entries of this CPU's list page, 1..kMaxListEntries
  kEntry,      // 64 bits: a guest address where execution begins, a multiple of 4
  kContext,    // 64 bits, any
};

// Bits above the width are refused by RESERVED_BITS.
constexpr unsigned WidthOf(ArgKind kind) {
  switch (kind) {
    case ArgKind::kVm:
    case ArgKind::kFeatureId:
    case ArgKind::kIpaBits:
    case ArgKind::kVcpuIndex:
      return 32;
    case ArgKind::kFlag:
    case ArgKind::kVmFlags:  // bit 0 protected, the rest reserved
      return 1;
    default:
      return 64;
  }
}

struct Arg {
  ArgKind kind{};
  const char* name = nullptr;
};

inline constexpr std::size_t kMaxArgs = 6;
inline constexpr std::size_t kMaxRefusals = 16;
inline constexpr std::uint64_t kMaxPages = 512;
inline constexpr std::uint64_t kMaxScrubbedPages = 64;
inline constexpr std::uint64_t kMaxListEntries = 64;
inline constexpr std::uint64_t kMaxVcpus = 64;  // of a VM

// A list with a length, for tables.
template <class T, std::size_t N>
struct FixedList {
  T items[N]{};
  std::size_t size = 0;

  template <class... U>
  constexpr FixedList(U... values) : items{values...}, size(sizeof...(values)) {}
  constexpr const T* begin() const { return items; }
  constexpr const T* end() const { return items + size; }
};

enum class CallNumber : std::uint16_t {
  kVersion = 0x40,
  kFeatures = 0x41,
  kShareHyp = 0x42,
  kUnshareHyp = 0x43,
  kShareGuest = 0x44,
  kUnshareGuest = 0x45,
  kDonateHyp = 0x46,
  kReclaimHyp = 0x47,
  kLendGuest = 0x48,
  kReclaimLoan = 0x49,
  kDonateGuest = 0x4A,
  kRelaxGuestPerms = 0x4B,
  kWrprotectGuest = 0x4C,
  kTestClearYoungGuest = 0x4D,
  kMkyoungGuest = 0x4E,
  kFlushGuestTlb = 0x4F,
  kCompactHost = 0x50,
  kListPageSet = 0x51,
  kShareGuestList = 0x52,
  kUnshareGuestList = 0x53,
  kLendGuestList = 0x54,
  kDonateGuestList = 0x55,
  kVmCreate = 0x56,
  kVmDonateTables = 0x57,
  kVmDonateTablesList = 0x58,
  kVcpuCreate = 0x59,
  kVcpuLoad = 0x5A,
  kVcpuPut = 0x5B,
  kVcpuRun = 0x5C,
  kNextMapped = 0x5D,
  kVmStartTeardown = 0x5E,
  kReclaimGuestPage = 0x5F,
  kReclaimTables = 0x60,
  kVmFinishTeardown = 0x61,
  kForceReclaim = 0x62,
  kQueryPage = 0x63,
  kCompactGuest = 0x64,
};

struct Call {
  CallNumber number;
  const char* name;
  Caller caller;
  std::uint64_t max_pages;  // limit of its count, 0 if it has none
  FixedList<Arg, kMaxArgs> args;
  FixedList<Row, kMaxRefusals> refusals;  // ascending
  ListWords list = ListWords::kNoList;
  Presence presence = Presence::kAlways;
};

constexpr bool IsPresent(const Call& call, bool checking_build) {
  return call.presence == Presence::kAlways || checking_build;
}

inline constexpr Arg kVm{ArgKind::kVm, "vm"};
inline constexpr Arg kPfn{ArgKind::kPfn, "pfn"};
inline constexpr Arg kGfn{ArgKind::kGfn, "gfn"};
inline constexpr Arg kCount{ArgKind::kCount, "count"};
inline constexpr Arg kProt{ArgKind::kProt, "prot"};
inline constexpr Arg kAddedProt{ArgKind::kAddedProt, "prot"};
inline constexpr Arg kIndex{ArgKind::kVcpuIndex, "index"};
inline constexpr Arg kListCount{ArgKind::kListCount, "n"};

// clang-format off
inline constexpr Call kCalls[] = {
    {CallNumber::kVersion, "version", Caller::kHostOrProtectedGuest, 0, {}, {}},
    {CallNumber::kFeatures, "features", Caller::kHostOrProtectedGuest, 0, {Arg{ArgKind::kFeatureId, "id"}},
     {Row::kReservedBits, Row::kBadValue}},
    {CallNumber::kShareHyp, "share_hyp", Caller::kHost, kMaxPages, {kPfn, kCount},
     {Row::kBadCount, Row::kOutOfSpace, Row::kNotRam, Row::kNotPrivate}},
    {CallNumber::kUnshareHyp, "unshare_hyp", Caller::kHost, kMaxPages, {kPfn, kCount},
     {Row::kBadCount, Row::kOutOfSpace, Row::kPinned, Row::kNotRam, Row::kNotSharedHyp}},
    {CallNumber::kShareGuest, "share_guest", Caller::kHost, kMaxPages, {kVm, kPfn, kGfn, kCount, kProt},
     {Row::kReservedBits, Row::kBadProt, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm,
      Row::kVmNotLive, Row::kNotRam, Row::kVmProtected, Row::kNotShareable, Row::kGfnInUse, Row::kTooManyBorrowers,
      Row::kTablesMissing}},
    {CallNumber::kUnshareGuest, "unshare_guest", Caller::kHost, kMaxPages, {kVm, kGfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kGfnAbsent,
      Row::kVmProtected}},
    {CallNumber::kDonateHyp, "donate_hyp", Caller::kHost, kMaxPages, {kPfn, kCount},
     {Row::kBadCount, Row::kOutOfSpace, Row::kNotRam, Row::kNotPrivate}},
    {CallNumber::kReclaimHyp, "reclaim_hyp", Caller::kHost, kMaxScrubbedPages, {kPfn, kCount},
     {Row::kBadCount, Row::kOutOfSpace, Row::kNotRam, Row::kNotParked}},
    {CallNumber::kLendGuest, "lend_guest", Caller::kHost, kMaxPages, {kVm, kPfn, kGfn, kCount, kProt},
     {Row::kReservedBits, Row::kBadProt, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm,
      Row::kVmNotLive, Row::kNotRam, Row::kVmPlain, Row::kNotPrivate, Row::kGfnInUse, Row::kGfnPoison,
      Row::kTablesMissing}},
    {CallNumber::kReclaimLoan, "reclaim_loan", Caller::kHost, kMaxScrubbedPages, {kVm, kPfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kVmNotDying, Row::kNotRam,
      Row::kNotLent}},
    {CallNumber::kDonateGuest, "donate_guest", Caller::kHost, kMaxPages, {kVm, kPfn, kGfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kVmNotLive,
      Row::kNotRam, Row::kVmPlain, Row::kNotPrivate, Row::kGfnInUse, Row::kGfnPoison, Row::kTablesMissing}},
    {CallNumber::kRelaxGuestPerms, "relax_guest_perms", Caller::kHost, kMaxPages, {kVm, kGfn, kCount, kAddedProt},
     {Row::kReservedBits, Row::kBadProt, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm,
      Row::kGfnAbsent, Row::kVmNotLive, Row::kVmProtected}},
    {CallNumber::kWrprotectGuest, "wrprotect_guest", Caller::kHost, kMaxPages, {kVm, kGfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kGfnAbsent,
      Row::kVmNotLive, Row::kVmProtected}},
    {CallNumber::kTestClearYoungGuest, "test_clear_young_guest", Caller::kHost, kMaxPages,
     {kVm, kGfn, kCount, Arg{ArgKind::kFlag, "clear"}},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kGfnAbsent,
      Row::kVmNotLive, Row::kVmProtected}},
    {CallNumber::kMkyoungGuest, "mkyoung_guest", Caller::kHost, kMaxPages, {kVm, kGfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kGfnAbsent,
      Row::kVmNotLive, Row::kVmProtected}},
    {CallNumber::kFlushGuestTlb, "flush_guest_tlb", Caller::kHost, kMaxPages, {kVm, kGfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kVmNotLive,
      Row::kVmProtected}},
    {CallNumber::kCompactHost, "compact_host", Caller::kHost, kMaxPages, {kPfn, kCount},
     {Row::kBadCount, Row::kOutOfSpace, Row::kNotRam}},
    {CallNumber::kListPageSet, "list_page_set", Caller::kHost, 0, {Arg{ArgKind::kFlag, "set"}, kPfn},
     {Row::kReservedBits, Row::kOutOfSpace, Row::kNoListPage, Row::kNotRam, Row::kNotSharedHyp}},
    {CallNumber::kShareGuestList, "share_guest_list", Caller::kHost, 0, {kVm, kListCount, kProt},
     {Row::kReservedBits, Row::kBadProt, Row::kBadCount, Row::kNoListPage, Row::kListBadCount, Row::kListOverlap,
      Row::kListOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kVmNotLive, Row::kNotRam, Row::kVmProtected,
      Row::kNotShareable, Row::kGfnInUse, Row::kTooManyBorrowers, Row::kTablesMissing},
     ListWords::kPfnAndGfn},
    {CallNumber::kUnshareGuestList, "unshare_guest_list", Caller::kHost, 0, {kVm, kListCount},
     {Row::kReservedBits, Row::kBadCount, Row::kNoListPage, Row::kListReserved, Row::kListBadCount, Row::kListOverlap,
      Row::kListOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kGfnAbsent, Row::kVmProtected},
     ListWords::kGfn},
    {CallNumber::kLendGuestList, "lend_guest_list", Caller::kHost, 0, {kVm, kListCount, kProt},
     {Row::kReservedBits, Row::kBadProt, Row::kBadCount, Row::kNoListPage, Row::kListBadCount, Row::kListOverlap,
      Row::kListOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kVmNotLive, Row::kNotRam, Row::kVmPlain,
      Row::kNotPrivate, Row::kGfnInUse, Row::kGfnPoison, Row::kTablesMissing},
     ListWords::kPfnAndGfn},
    {CallNumber::kDonateGuestList, "donate_guest_list", Caller::kHost, 0, {kVm, kListCount},
     {Row::kReservedBits, Row::kBadCount, Row::kNoListPage, Row::kListBadCount, Row::kListOverlap,
      Row::kListOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kVmNotLive, Row::kNotRam, Row::kVmPlain,
      Row::kNotPrivate, Row::kGfnInUse, Row::kGfnPoison, Row::kTablesMissing},
     ListWords::kPfnAndGfn},
    {CallNumber::kVmCreate, "vm_create", Caller::kHost, 0,
     {Arg{ArgKind::kVmFlags, "flags"}, Arg{ArgKind::kIpaBits, "ipa_bits"}, Arg{ArgKind::kPfn, "meta_pfn"},
      Arg{ArgKind::kPfn, "root_pfn"}},
     {Row::kReservedBits, Row::kBadValue, Row::kMisaligned, Row::kSelfOverlap, Row::kOutOfSpace, Row::kNotRam,
      Row::kNotPrivate, Row::kNoSlot}},
    {CallNumber::kVmDonateTables, "vm_donate_tables", Caller::kHost, kMaxPages, {kVm, kPfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kVmNotLive, Row::kNotRam,
      Row::kNotPrivate}},
    {CallNumber::kVmDonateTablesList, "vm_donate_tables_list", Caller::kHost, 0, {kVm, kListCount},
     {Row::kReservedBits, Row::kBadCount, Row::kNoListPage, Row::kListReserved, Row::kListBadCount, Row::kListOverlap,
      Row::kListOutOfSpace, Row::kNoSuchVm, Row::kVmNotLive, Row::kNotRam, Row::kNotPrivate},
     ListWords::kPfn},
    {CallNumber::kVcpuCreate, "vcpu_create", Caller::kHost, 0,
     {kVm, kIndex, Arg{ArgKind::kPfn, "meta_pfn"}, Arg{ArgKind::kPfn, "run_pfn"}, Arg{ArgKind::kEntry, "entry"},
      Arg{ArgKind::kContext, "context"}},
     {Row::kReservedBits, Row::kBadValue, Row::kOutOfSpace, Row::kNoSuchVm, Row::kVmNotLive, Row::kNotRam,
      Row::kNotPrivate, Row::kNotSharedHyp, Row::kVcpuExists}},
    {CallNumber::kVcpuLoad, "vcpu_load", Caller::kHost, 0, {kVm, kIndex},
     {Row::kReservedBits, Row::kBadValue, Row::kNoSuchVm, Row::kNoSuchVcpu, Row::kCpuOccupied, Row::kVcpuElsewhere}},
    {CallNumber::kVcpuPut, "vcpu_put", Caller::kHost, 0, {}, {Row::kNoneLoaded}},
    {CallNumber::kVcpuRun, "vcpu_run", Caller::kHost, 0, {}, {Row::kNoneLoaded, Row::kVcpuOff}},
    {CallNumber::kNextMapped, "next_mapped", Caller::kHost, 0, {kVm, kGfn},
     {Row::kReservedBits, Row::kOutOfSpace, Row::kNoSuchVm, Row::kNothingMapped}},
    {CallNumber::kVmStartTeardown, "vm_start_teardown", Caller::kHost, 0, {kVm},
     {Row::kReservedBits, Row::kNoSuchVm, Row::kVmNotLive, Row::kVcpusLoaded}},
    {CallNumber::kReclaimGuestPage, "reclaim_guest_page", Caller::kHost, kMaxScrubbedPages, {kVm, kGfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kGfnAbsent,
      Row::kVmNotDying}},
    {CallNumber::kReclaimTables, "reclaim_tables", Caller::kHost, kMaxScrubbedPages, {kVm, kPfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kVmNotDying, Row::kVmNotEmpty,
      Row::kNotRam, Row::kNotVmPage}},
    {CallNumber::kVmFinishTeardown, "vm_finish_teardown", Caller::kHost, 0, {kVm},
     {Row::kReservedBits, Row::kNoSuchVm, Row::kVmNotDying, Row::kVmNotEmpty, Row::kVmPagesLeft}},
    {CallNumber::kForceReclaim, "force_reclaim", Caller::kHost, kMaxScrubbedPages, {kVm, kPfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kNotRam, Row::kNotOfVm}},
    {CallNumber::kQueryPage, "query_page", Caller::kHost, 0, {kPfn}, {Row::kOutOfSpace, Row::kNotRam},
     ListWords::kNoList, Presence::kCheckingBuild},
    {CallNumber::kCompactGuest, "compact_guest", Caller::kHost, kMaxPages, {kVm, kGfn, kCount},
     {Row::kReservedBits, Row::kBadCount, Row::kOutOfSpace, Row::kNoSuchVm, Row::kGfnBeyondVm, Row::kVmNotLive}},
};
// clang-format on

namespace internal {

inline constexpr std::uint64_t kFirstNumber = 0x40;

// By number: the call's index in kCalls plus one, 0 if no call has the number. No search.
struct Indexes {
  static constexpr std::size_t kNumbers = 64;
  std::uint8_t plus_one[kNumbers]{};
};
constexpr Indexes MakeIndexes() {
  Indexes indexes;
  std::uint8_t index = 0;
  for (const Call& call : kCalls)
    indexes.plus_one[static_cast<std::uint64_t>(call.number) - kFirstNumber] = ++index;
  return indexes;
}
inline constexpr Indexes kIndexes = MakeIndexes();

}  // namespace internal

// nullptr: no call has the number.
constexpr const Call* FindCall(std::uint64_t number) {
  const std::uint64_t at = number - internal::kFirstNumber;
  if (at >= internal::Indexes::kNumbers) return nullptr;
  const std::uint8_t index_plus_one = internal::kIndexes.plus_one[at];
  return index_plus_one == 0 ? nullptr : &kCalls[index_plus_one - 1];
}

// The register, from 1 on, of the call's first argument of the kind; 0 if it has none.
constexpr std::size_t RegisterOf(const Call& call, ArgKind kind) {
  for (std::size_t i = 0; i < call.args.size; ++i) {
    if (call.args.items[i].kind == kind) return i + 1;
  }
  return 0;
}

namespace internal {
constexpr bool RefusalsAscend() {
  for (const Call& call : kCalls) {
    for (std::size_t i = 1; i < call.refusals.size; ++i) {
      if (call.refusals.items[i - 1] >= call.refusals.items[i]) return false;
    }
  }
  return true;
}
}  // namespace internal
static_assert(internal::RefusalsAscend(), "rows are judged in ascending order");

}  // namespace cadastre::abi

#endif  // CADASTRE_SERVICE_ABI_CALLS_H_
