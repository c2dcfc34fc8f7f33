// SPDX-License-Identifier: Apache-2.0
// A vCPU, as EL2 keeps it in a page of its own, and where a VM's vCPUs are found: in the first
// metadata page. Both layouts are EL2's business alone (service/ABI.md section 13).
#ifndef CADASTRE_SERVICE_VCPU_H_
#define CADASTRE_SERVICE_VCPU_H_

#include <cstdint>

#include "pgtable/types.h"
#include "service/guest_registers.h"

namespace cadastre {

// Which words of the run page the next vcpu_run reads: what the last exit lets the host write.
enum class ReadBack : std::uint8_t { kNothing = 0, kCallResult = 1, kAccess = 2, kEverything = 3 };

enum class Power : std::uint8_t { kOff = 0, kOn = 1 };

// From here on a vCPU's page is the platform's, for what a processor holds of a vCPU besides
// GuestRegisters: system registers, floating point. Of the CPU that it is loaded on, without a lock.
inline constexpr std::uint64_t kPlatformContext = kPageSize / 4;
inline constexpr std::uint64_t kPlatformContextBytes = kPageSize - kPlatformContext;

// The vCPU that is loaded on a CPU, for the platform that runs it.
struct VcpuOfCpu {
  std::uint64_t index = 0;
  PhysAddr page;
};

// A view of a vCPU's page. Under the VM's lock.
template <class P>
class Vcpu {
 public:
  Vcpu(P& p, PhysAddr page) : p_(p), page_(page) {}

  GuestRegisters Load() const {
    GuestRegisters registers;
    for (unsigned i = 0; i < kGeneralRegisters; ++i) registers.x[i] = Word(i);
    registers.pc = Word(kGeneralRegisters);
    registers.pstate = Word(kGeneralRegisters + 1);
    return registers;
  }
  void Save(const GuestRegisters& registers) {
    for (unsigned i = 0; i < kGeneralRegisters; ++i) SetWord(i, registers.x[i]);
    SetWord(kGeneralRegisters, registers.pc);
    SetWord(kGeneralRegisters + 1, registers.pstate);
  }

  Pfn run_page() const { return Pfn(Word(kRunPage)); }
  void set_run_page(Pfn pfn) { SetWord(kRunPage, pfn.value); }
  Power power() const { return static_cast<Power>(Word(kPower) & kPowerMask); }
  // What the platform keeps of the vCPU (kPlatformContext) is of no use from here on.
  void set_power(Power power) { SetWord(kPower, static_cast<std::uint64_t>(power)); }
  // Has the platform kept something of the vCPU since it was made or turned on? Set by the CPU that
  // runs it; no one else writes the word while it is ON.
  bool has_platform_context() const { return (Word(kPower) & kHasContext) != 0; }
  void set_has_platform_context() { SetWord(kPower, Word(kPower) | kHasContext); }
  // The CPU that it is loaded on, plus 1; 0 for none.
  std::uint64_t cpu_plus_one() const { return Word(kCpu); }
  void set_cpu_plus_one(std::uint64_t cpu) { SetWord(kCpu, cpu); }
  ReadBack read_back() const { return static_cast<ReadBack>(Word(kReadBack)); }
  AbortSyndrome syndrome() const { return {Word(kSyndrome)}; }
  void set_read_back(ReadBack what, AbortSyndrome syndrome) {
    SetWord(kReadBack, static_cast<std::uint64_t>(what));
    SetWord(kSyndrome, syndrome.bits);
  }

 private:
  static constexpr unsigned kRunPage = kGuestRegisterWords;
  static constexpr unsigned kPower = kRunPage + 1;
  static constexpr unsigned kCpu = kPower + 1;
  static constexpr unsigned kReadBack = kCpu + 1;
  static constexpr unsigned kSyndrome = kReadBack + 1;
  static constexpr std::uint64_t kPowerMask = 1;
  static constexpr std::uint64_t kHasContext = 2;

  std::uint64_t Word(unsigned i) const { return p_.Load64(page_ + i * sizeof(std::uint64_t)); }
  void SetWord(unsigned i, std::uint64_t word) {
    p_.Store64(page_ + i * sizeof(std::uint64_t), word);
  }

  P& p_;
  PhysAddr page_;
};

// The addresses of a VM's vCPU pages, by index, 0 for none: the first words of its metadata. Under
// the VM's lock.
template <class P>
class VcpuDirectory {
 public:
  VcpuDirectory(P& p, PhysAddr meta) : p_(p), meta_(meta) {}

  PhysAddr At(std::uint64_t index) const { return PhysAddr(p_.Load64(Slot(index))); }
  void Set(std::uint64_t index, PhysAddr page) { p_.Store64(Slot(index), page.value); }

 private:
  PhysAddr Slot(std::uint64_t index) const { return meta_ + index * sizeof(std::uint64_t); }

  P& p_;
  PhysAddr meta_;
};

// What is loaded on a CPU: one cell, of that CPU alone. The VM's kind can't change while a vCPU of
// it is loaded.
struct LoadedVcpu {
  std::uint32_t bits = 0;

  static constexpr LoadedVcpu Make(unsigned slot, unsigned index, bool is_protected) {
    return {1u << 31 | (is_protected ? 1u << 30 : 0) | slot << 8 | index};
  }
  constexpr bool any() const { return bits != 0; }
  constexpr bool is_protected() const { return (bits >> 30 & 1) != 0; }
  constexpr unsigned slot() const { return bits >> 8 & 0xff; }
  constexpr unsigned index() const { return bits & 0xff; }
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_VCPU_H_
