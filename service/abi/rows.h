// SPDX-License-Identifier: Apache-2.0
// The refusal rows: service/ABI.md section 5 as data. A test holds this table against the manual.
#ifndef CADASTRE_SERVICE_ABI_ROWS_H_
#define CADASTRE_SERVICE_ABI_ROWS_H_

#include <cstddef>
#include <cstdint>

#include "pgtable/types.h"

namespace cadastre::abi {

// The stable number of a refusing row, as x3 carries it. Ascending numbers are the order in which
// rows are judged.
enum class Row : std::uint16_t {
  kNone = 0,
  kReservedBits = 101,
  kBadValue = 102,
  kBadProt = 103,
  kBadCount = 104,
  kMisaligned = 105,
  kSelfOverlap = 106,
  kOutOfSpace = 107,
  kNoListPage = 110,
  kListReserved = 111,
  kListBadCount = 112,
  kListOverlap = 113,
  kListOutOfSpace = 114,
  kNoSuchVm = 201,
  kNoSuchVcpu = 202,
  kNoneLoaded = 203,
  kNothingMapped = 204,
  kGfnBeyondVm = 205,
  kGfnAbsent = 206,
  kVmNotLive = 301,
  kVmNotDying = 302,
  kCpuOccupied = 303,
  kVcpuElsewhere = 304,
  kVcpusLoaded = 305,
  kVcpuOff = 306,
  kVmNotEmpty = 307,
  kVmPagesLeft = 308,
  kPinned = 309,
  kNotRam = 401,
  kVmProtected = 501,
  kVmPlain = 502,
  kNotPrivate = 503,
  kNotShareable = 504,
  kNotSharedHyp = 505,
  kNotParked = 506,
  kNotOfVm = 507,
  kNotLent = 508,
  kNotVmPage = 509,
  kGuestNotOwned = 510,
  kGuestNotShared = 511,
  kGuestShared = 512,
  kGfnInUse = 521,
  kVcpuExists = 522,
  kGfnPoison = 531,
  kNoSlot = 601,
  kTooManyBorrowers = 602,
  kTablesMissing = 603,
};

struct ErrnoInfo {
  Errno error;
  const char* name;  // Linux's
};

inline constexpr ErrnoInfo kErrnos[] = {
    {Errno::kPerm, "EPERM"},         {Errno::kNoEnt, "ENOENT"}, {Errno::kNoMem, "ENOMEM"},
    {Errno::kFault, "EFAULT"},       {Errno::kBusy, "EBUSY"},   {Errno::kExist, "EEXIST"},
    {Errno::kInval, "EINVAL"},       {Errno::kRange, "ERANGE"}, {Errno::kOverflow, "EOVERFLOW"},
    {Errno::kHwPoison, "EHWPOISON"},
};

// Precondition: the errno is in the table.
constexpr const char* NameOf(Errno error) {
  const char* name = "";
  for (const ErrnoInfo& info : kErrnos) {
    if (info.error == error) name = info.name;
  }
  return name;
}

struct RowInfo {
  Row row;
  const char* name;  // as in the manual
  Errno error;
};

inline constexpr RowInfo kRows[] = {
    {Row::kReservedBits, "RESERVED_BITS", Errno::kInval},
    {Row::kBadValue, "BAD_VALUE", Errno::kInval},
    {Row::kBadProt, "BAD_PROT", Errno::kInval},
    {Row::kBadCount, "BAD_COUNT", Errno::kInval},
    {Row::kMisaligned, "MISALIGNED", Errno::kInval},
    {Row::kSelfOverlap, "SELF_OVERLAP", Errno::kInval},
    {Row::kOutOfSpace, "OUT_OF_SPACE", Errno::kRange},
    {Row::kNoListPage, "NO_LIST_PAGE", Errno::kNoEnt},
    {Row::kListReserved, "LIST_RESERVED", Errno::kInval},
    {Row::kListBadCount, "LIST_BAD_COUNT", Errno::kInval},
    {Row::kListOverlap, "LIST_OVERLAP", Errno::kInval},
    {Row::kListOutOfSpace, "LIST_OUT_OF_SPACE", Errno::kRange},
    {Row::kNoSuchVm, "NO_SUCH_VM", Errno::kNoEnt},
    {Row::kNoSuchVcpu, "NO_SUCH_VCPU", Errno::kNoEnt},
    {Row::kNoneLoaded, "NONE_LOADED", Errno::kNoEnt},
    {Row::kNothingMapped, "NOTHING_MAPPED", Errno::kNoEnt},
    {Row::kGfnBeyondVm, "GFN_BEYOND_VM", Errno::kRange},
    {Row::kGfnAbsent, "GFN_ABSENT", Errno::kNoEnt},
    {Row::kVmNotLive, "VM_NOT_LIVE", Errno::kBusy},
    {Row::kVmNotDying, "VM_NOT_DYING", Errno::kBusy},
    {Row::kCpuOccupied, "CPU_OCCUPIED", Errno::kBusy},
    {Row::kVcpuElsewhere, "VCPU_ELSEWHERE", Errno::kBusy},
    {Row::kVcpusLoaded, "VCPUS_LOADED", Errno::kBusy},
    {Row::kVcpuOff, "VCPU_OFF", Errno::kBusy},
    {Row::kVmNotEmpty, "VM_NOT_EMPTY", Errno::kBusy},
    {Row::kVmPagesLeft, "VM_PAGES_LEFT", Errno::kBusy},
    {Row::kPinned, "PINNED", Errno::kBusy},
    {Row::kNotRam, "NOT_RAM", Errno::kFault},
    {Row::kVmProtected, "VM_PROTECTED", Errno::kPerm},
    {Row::kVmPlain, "VM_PLAIN", Errno::kPerm},
    {Row::kNotPrivate, "NOT_PRIVATE", Errno::kPerm},
    {Row::kNotShareable, "NOT_SHAREABLE", Errno::kPerm},
    {Row::kNotSharedHyp, "NOT_SHARED_HYP", Errno::kPerm},
    {Row::kNotParked, "NOT_PARKED", Errno::kPerm},
    {Row::kNotOfVm, "NOT_OF_VM", Errno::kPerm},
    {Row::kNotLent, "NOT_LENT", Errno::kPerm},
    {Row::kNotVmPage, "NOT_VM_PAGE", Errno::kPerm},
    {Row::kGuestNotOwned, "GUEST_NOT_OWNED", Errno::kPerm},
    {Row::kGuestNotShared, "GUEST_NOT_SHARED", Errno::kPerm},
    {Row::kGuestShared, "GUEST_SHARED", Errno::kPerm},
    {Row::kGfnInUse, "GFN_IN_USE", Errno::kExist},
    {Row::kVcpuExists, "VCPU_EXISTS", Errno::kExist},
    {Row::kGfnPoison, "GFN_POISON", Errno::kHwPoison},
    {Row::kNoSlot, "NO_SLOT", Errno::kOverflow},
    {Row::kTooManyBorrowers, "TOO_MANY_BORROWERS", Errno::kOverflow},
    {Row::kTablesMissing, "TABLES_MISSING", Errno::kNoMem},
};

namespace internal {

// kRows by number: a refusal costs no search.
struct RowIndex {
  static constexpr std::size_t kFirst = 100;
  static constexpr std::size_t kNumbers = 600;
  std::uint8_t at[kNumbers]{};
};
constexpr RowIndex MakeRowIndex() {
  RowIndex index;
  std::uint8_t i = 0;
  for (const RowInfo& info : kRows)
    index.at[static_cast<std::size_t>(info.row) - RowIndex::kFirst] = i++;
  return index;
}
inline constexpr RowIndex kRowIndex = MakeRowIndex();

}  // namespace internal

// Precondition: the row is in the table.
constexpr const RowInfo& InfoOf(Row row) {
  return kRows[internal::kRowIndex.at[static_cast<std::size_t>(row) - internal::RowIndex::kFirst]];
}

}  // namespace cadastre::abi

#endif  // CADASTRE_SERVICE_ABI_ROWS_H_
