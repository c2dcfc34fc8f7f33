// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/refusal_rows.h"

#include <algorithm>

namespace cadastre::oracle {
namespace {

// Linux's numbers (ABI.md section 1).
constexpr unsigned kEperm = 1;
constexpr unsigned kEnoent = 2;
constexpr unsigned kEnomem = 12;
constexpr unsigned kEfault = 14;
constexpr unsigned kEbusy = 16;
constexpr unsigned kEexist = 17;
constexpr unsigned kEinval = 22;
constexpr unsigned kErange = 34;
constexpr unsigned kEoverflow = 75;
constexpr unsigned kEhwpoison = 133;

constexpr RefusalRow kRows[] = {
    {101, "RESERVED_BITS", "EINVAL", kEinval},
    {102, "BAD_VALUE", "EINVAL", kEinval},
    {103, "BAD_PROT", "EINVAL", kEinval},
    {104, "BAD_COUNT", "EINVAL", kEinval},
    {105, "MISALIGNED", "EINVAL", kEinval},
    {106, "SELF_OVERLAP", "EINVAL", kEinval},
    {107, "OUT_OF_SPACE", "ERANGE", kErange},
    {110, "NO_LIST_PAGE", "ENOENT", kEnoent},
    {111, "LIST_RESERVED", "EINVAL", kEinval},
    {112, "LIST_BAD_COUNT", "EINVAL", kEinval},
    {113, "LIST_OVERLAP", "EINVAL", kEinval},
    {114, "LIST_OUT_OF_SPACE", "ERANGE", kErange},
    {201, "NO_SUCH_VM", "ENOENT", kEnoent},
    {202, "NO_SUCH_VCPU", "ENOENT", kEnoent},
    {203, "NONE_LOADED", "ENOENT", kEnoent},
    {204, "NOTHING_MAPPED", "ENOENT", kEnoent},
    {205, "GFN_BEYOND_VM", "ERANGE", kErange},
    {206, "GFN_ABSENT", "ENOENT", kEnoent},
    {301, "VM_NOT_LIVE", "EBUSY", kEbusy},
    {302, "VM_NOT_DYING", "EBUSY", kEbusy},
    {303, "CPU_OCCUPIED", "EBUSY", kEbusy},
    {304, "VCPU_ELSEWHERE", "EBUSY", kEbusy},
    {305, "VCPUS_LOADED", "EBUSY", kEbusy},
    {306, "VCPU_OFF", "EBUSY", kEbusy},
    {307, "VM_NOT_EMPTY", "EBUSY", kEbusy},
    {308, "VM_PAGES_LEFT", "EBUSY", kEbusy},
    {309, "PINNED", "EBUSY", kEbusy},
    {401, "NOT_RAM", "EFAULT", kEfault},
    {501, "VM_PROTECTED", "EPERM", kEperm},
    {502, "VM_PLAIN", "EPERM", kEperm},
    {503, "NOT_PRIVATE", "EPERM", kEperm},
    {504, "NOT_SHAREABLE", "EPERM", kEperm},
    {505, "NOT_SHARED_HYP", "EPERM", kEperm},
    {506, "NOT_PARKED", "EPERM", kEperm},
    {507, "NOT_OF_VM", "EPERM", kEperm},
    {508, "NOT_LENT", "EPERM", kEperm},
    {509, "NOT_VM_PAGE", "EPERM", kEperm},
    {510, "GUEST_NOT_OWNED", "EPERM", kEperm},
    {511, "GUEST_NOT_SHARED", "EPERM", kEperm},
    {512, "GUEST_SHARED", "EPERM", kEperm},
    {521, "GFN_IN_USE", "EEXIST", kEexist},
    {522, "VCPU_EXISTS", "EEXIST", kEexist},
    {531, "GFN_POISON", "EHWPOISON", kEhwpoison},
    {601, "NO_SLOT", "EOVERFLOW", kEoverflow},
    {602, "TOO_MANY_BORROWERS", "EOVERFLOW", kEoverflow},
    {603, "TABLES_MISSING", "ENOMEM", kEnomem},
};

}  // namespace

std::span<const RefusalRow> RefusalRows() { return kRows; }

const RefusalRow& RefusalRowOf(unsigned number) {
  return *std::lower_bound(
      std::begin(kRows), std::end(kRows), number,
      [](const RefusalRow& row, unsigned value) { return row.number < value; });
}

}  // namespace cadastre::oracle
