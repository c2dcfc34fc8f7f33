// SPDX-License-Identifier: Apache-2.0
// A VM slot: static memory under its own lock, so that looking a VM up needs no reference.
// service/ABI.md section 3.
#ifndef CADASTRE_SERVICE_VM_H_
#define CADASTRE_SERVICE_VM_H_

#include <cstdint>

#include "service/boot_info.h"
#include "service/locks.h"
#include "service/tables.h"
#include "service/vcpu.h"

namespace cadastre {

// Bits 7:0 slot, bits 31:8 generation, 1..2^24-1. 0 is never a handle.
struct VmHandle {
  std::uint32_t value = 0;
  constexpr unsigned slot() const { return value & 0xff; }
  constexpr std::uint32_t generation() const { return value >> 8; }
  static constexpr VmHandle Make(unsigned slot, std::uint32_t generation) {
    return VmHandle{generation << 8 | slot};
  }
};
inline constexpr std::uint32_t kMaxGeneration = (1u << 24) - 1;

// Zero is the safe state: FREE.
enum class VmPhase : std::uint8_t { kFree = 0, kLive = 1, kDying = 2 };
enum class VmKind : std::uint8_t { kPlain = 0, kProtected = 1 };

inline constexpr unsigned kMinIpaBits = 32;
inline constexpr std::uint64_t kVmMetaPages = 2;
inline constexpr std::uint64_t kVcpuPages = 1;
inline constexpr unsigned kGfnBits = 36;

// All fields under the VM's lock. What becomes of FREE, and the generation, are written under the
// VM table's too: vm_create looks for a slot under that one alone, and asks only who is FREE.
template <class P>
struct VmSlot {
  Shared<VmPhase> phase;
  Shared<VmKind> kind;
  Shared<std::uint8_t> ipa_bits;
  Shared<std::uint32_t> generation;  // of the VM in the slot, or of the last one
  Shared<std::uint64_t> root;        // physical address of the first root page
  Shared<std::uint64_t> meta;        // physical address of the first metadata page
  Shared<std::uint64_t> donated;     // table pages given and not reclaimed
  PagePool<P> tables;                // those of them that are not in use
  Shared<std::uint32_t> vcpu_pages;  // given by vcpu_create and not reclaimed
  Shared<std::uint32_t> loaded;      // vCPUs that are loaded on some CPU
  // By CPU: index + 1 of the vCPU that was loaded there last, whoever's VM it was; 0 for none yet.
  Shared<std::uint8_t> last_vcpu[kMaxCpus];
};

// No gfn of the table is live: then every root entry is absent, since empty tables are unlinked.
template <class P>
bool IsEmptyGuestTable(P& p, PhysAddr root, const Geometry& geometry) {
  for (unsigned i = 0; i < geometry.root_pages; ++i) {
    if (p.Load16(p.TableCountAddress(root + i * kPageSize)) != 0) return false;
  }
  return true;
}

// What a call knows of its VM once it holds the lock and the handle proved good.
template <class P>
class Vm {
 public:
  Vm(P& p, VmSlot<P>& slot, const VmLocked<P>& locked)
      : slot_(slot),
        index_(locked.slot()),
        geometry_(Stage2Geometry<Granule4K>(slot.ipa_bits.Load(p)).value()),
        table_(PhysAddr(slot.root.Load(p)), geometry_) {}

  VmSlot<P>& slot() { return slot_; }
  GuestTable<P>& table() { return table_; }
  const GuestTable<P>& table() const { return table_; }
  const Geometry& geometry() const { return geometry_; }
  unsigned index() const { return index_; }
  bool IsProtected(P& p) const { return slot_.kind.Load(p) == VmKind::kProtected; }
  bool IsDying(P& p) const { return slot_.phase.Load(p) == VmPhase::kDying; }
  VcpuDirectory<P> Vcpus(P& p) const { return {p, PhysAddr(slot_.meta.Load(p))}; }
  std::uint8_t slot_plus_one() const { return static_cast<std::uint8_t>(index_ + 1); }
  std::uint64_t vttbr() const { return MakeVttbr(table_.root(), index_ + 1); }

  // Table pages in use, deposits among them: used(VM) of the manual.
  std::uint64_t Used(P& p) const { return slot_.donated.Load(p) - slot_.tables.Available(p); }
  bool IsEmpty(P& p) const { return IsEmptyGuestTable(p, table_.root(), geometry_); }

 private:
  VmSlot<P>& slot_;
  unsigned index_;
  Geometry geometry_;
  GuestTable<P> table_;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_VM_H_
