// SPDX-License-Identifier: Apache-2.0
// Names of what scripts speak of: classes of pages and VMs as the specification picks them,
// accesses, errors.
#ifndef CADASTRE_HARNESS_SCRIPT_NAMES_H_
#define CADASTRE_HARNESS_SCRIPT_NAMES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pgtable/types.h"

namespace cadastre::script {

// By oracle::PageClass, oracle::VmClass; by oracle::Access, then the same again through a TLB entry
// that the tables do not hold any more.
inline constexpr std::array<std::string_view, 16> kPageClassNames = {
    "private", "shared_hyp",   "pinned", "shared_guests", "parked", "vm_table",
    "vm_meta", "image",        "pool",   "no_map",        "device", "outside",
    "given",   "guest_shared", "lent",   "vm_vcpu"};
inline constexpr std::array<std::string_view, 5> kVmClassNames = {"live", "plain", "protected",
                                                                  "dying", "stale"};
inline constexpr std::array<std::string_view, 6> kAccessNames = {
    "read", "write", "execute", "stale_read", "stale_write", "stale_execute"};

// Exits of a vCPU by their number, x2 of vcpu_run. service/ABI.md section 8.
inline constexpr std::array<std::string_view, 7> kExitNames = {
    "irq", "wait", "hvc", "abort", "need_tables", "poison", "shutdown"};

struct ErrnoName {
  Errno error;
  std::string_view name;
};
inline constexpr ErrnoName kErrnoNames[] = {
    {Errno::kPerm, "EPERM"},         {Errno::kNoEnt, "ENOENT"}, {Errno::kNoMem, "ENOMEM"},
    {Errno::kFault, "EFAULT"},       {Errno::kBusy, "EBUSY"},   {Errno::kExist, "EEXIST"},
    {Errno::kInval, "EINVAL"},       {Errno::kRange, "ERANGE"}, {Errno::kOverflow, "EOVERFLOW"},
    {Errno::kHwPoison, "EHWPOISON"},
};

constexpr std::string_view NameOf(Errno error) {
  for (const ErrnoName& entry : kErrnoNames) {
    if (entry.error == error) return entry.name;
  }
  return "E?";
}
constexpr std::optional<Errno> FindErrno(std::string_view name) {
  for (const ErrnoName& entry : kErrnoNames) {
    if (entry.name == name) return entry.error;
  }
  return std::nullopt;
}
// The error that a register holds as its negative, nullopt if it is none of ours.
constexpr std::optional<Errno> ErrnoOf(std::uint64_t negative) {
  for (const ErrnoName& entry : kErrnoNames) {
    if (static_cast<std::uint64_t>(entry.error) == std::uint64_t{0} - negative) return entry.error;
  }
  return std::nullopt;
}

// Index of a name in a table of names, nullopt if it has none.
template <std::size_t N>
constexpr std::optional<std::size_t> IndexOfName(const std::array<std::string_view, N>& names,
                                                 std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return i;
  }
  return std::nullopt;
}

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_NAMES_H_
