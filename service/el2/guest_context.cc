// SPDX-License-Identifier: Apache-2.0
#include "service/el2/guest_context.h"

#include "service/el2/image.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

constexpr std::uint64_t Feature(std::uint64_t id, unsigned low) { return id >> low & 0xf; }
bool HasSve() { return Feature(CADASTRE_READ_SYSREG(id_aa64pfr0_el1), 32) != 0; }
bool HasSme() { return Feature(CADASTRE_READ_SYSREG(id_aa64pfr1_el1), 24) != 0; }
bool HasGic() { return Feature(CADASTRE_READ_SYSREG(id_aa64pfr0_el1), 24) != 0; }
bool HasPmu() {
  const std::uint64_t version = Feature(CADASTRE_READ_SYSREG(id_aa64dfr0_el1), 8);
  return version != 0 && version != 0xf;
}
bool HasAmu() { return Feature(CADASTRE_READ_SYSREG(id_aa64pfr0_el1), 44) != 0; }
bool HasPointerKeys() {
  constexpr std::uint64_t kApaApi = 0xff0;  // ID_AA64ISAR1_EL1
  const std::uint64_t isar2 = CADASTRE_READ_SYSREG(S3_0_C0_C6_2);
  return (CADASTRE_READ_SYSREG(id_aa64isar1_el1) & kApaApi) != 0 || Feature(isar2, 12) != 0;
}

// Floating point of the host. With SVE, as guest_entry.S lays it out: 32 vectors of at most 2,048
// bits, 16 predicates and FFR of an eighth of that, FPCR, FPSR; without, a FloatingPoint.
constexpr std::size_t kSveBytes = 32 * 256 + 16 * 32 + 32 + 16;
static_assert(sizeof(FloatingPoint) <= kSveBytes);
struct HostContext {
  El1Registers el1;
  alignas(16) std::byte vectors[kSveBytes]{};
};
HostContext hosts[kMaxCpus];

void SaveKeys(std::uint64_t (&keys)[10]) {
  keys[0] = CADASTRE_READ_SYSREG(S3_0_C2_C1_0);  // APIAKeyLo_EL1 and on, Arm ARM D19.2
  keys[1] = CADASTRE_READ_SYSREG(S3_0_C2_C1_1);
  keys[2] = CADASTRE_READ_SYSREG(S3_0_C2_C1_2);  // APIB
  keys[3] = CADASTRE_READ_SYSREG(S3_0_C2_C1_3);
  keys[4] = CADASTRE_READ_SYSREG(S3_0_C2_C2_0);  // APDA
  keys[5] = CADASTRE_READ_SYSREG(S3_0_C2_C2_1);
  keys[6] = CADASTRE_READ_SYSREG(S3_0_C2_C2_2);  // APDB
  keys[7] = CADASTRE_READ_SYSREG(S3_0_C2_C2_3);
  keys[8] = CADASTRE_READ_SYSREG(S3_0_C2_C3_0);  // APGA
  keys[9] = CADASTRE_READ_SYSREG(S3_0_C2_C3_1);
}
void RestoreKeys(const std::uint64_t (&keys)[10]) {
  CADASTRE_WRITE_SYSREG(S3_0_C2_C1_0, keys[0]);
  CADASTRE_WRITE_SYSREG(S3_0_C2_C1_1, keys[1]);
  CADASTRE_WRITE_SYSREG(S3_0_C2_C1_2, keys[2]);
  CADASTRE_WRITE_SYSREG(S3_0_C2_C1_3, keys[3]);
  CADASTRE_WRITE_SYSREG(S3_0_C2_C2_0, keys[4]);
  CADASTRE_WRITE_SYSREG(S3_0_C2_C2_1, keys[5]);
  CADASTRE_WRITE_SYSREG(S3_0_C2_C2_2, keys[6]);
  CADASTRE_WRITE_SYSREG(S3_0_C2_C2_3, keys[7]);
  CADASTRE_WRITE_SYSREG(S3_0_C2_C3_0, keys[8]);
  CADASTRE_WRITE_SYSREG(S3_0_C2_C3_1, keys[9]);
}

void SaveEl1(El1Registers& kept) {
#define CADASTRE_SAVE(name) kept.name = CADASTRE_READ_SYSREG(name);
  CADASTRE_EL1_REGISTERS(CADASTRE_SAVE)
#undef CADASTRE_SAVE
  if (HasPointerKeys()) SaveKeys(kept.keys);
  if (HasSme()) kept.tpidr2 = CADASTRE_READ_SYSREG(S3_3_C13_C0_5);
}
void RestoreEl1(const El1Registers& kept) {
#define CADASTRE_RESTORE(name) CADASTRE_WRITE_SYSREG(name, kept.name);
  CADASTRE_EL1_REGISTERS(CADASTRE_RESTORE)
#undef CADASTRE_RESTORE
  if (HasPointerKeys()) RestoreKeys(kept.keys);
  if (HasSme()) CADASTRE_WRITE_SYSREG(S3_3_C13_C0_5, kept.tpidr2);
}

// What a guest is not given, and so traps.
void DenyGuest() {
  constexpr std::uint64_t kCptrRes1 = 0x22ff | 1 << 8 | 1 << 12;  // TZ, TSM
  constexpr std::uint64_t kTam = 1ULL << 30;
  constexpr std::uint64_t kTta = 1 << 20;
  CADASTRE_WRITE_SYSREG(cptr_el2, kCptrRes1 | kTta | (HasAmu() ? kTam : 0));
  // MDCR_EL2: debug registers, OS locks, breakpoints' addresses; with a PMU its registers.
  constexpr std::uint64_t kDebug = 7 << 9;
  constexpr std::uint64_t kPmu = 3 << 5;
  constexpr std::uint64_t kProfiling = 1 << 14;
  constexpr std::uint64_t kTraceFilter = 1 << 19;
  const std::uint64_t counters = CADASTRE_READ_SYSREG(mdcr_el2) & 0x1f;
  CADASTRE_WRITE_SYSREG(mdcr_el2,
                        counters | kDebug | (HasPmu() ? kPmu : 0) | kProfiling | kTraceFilter);
  CADASTRE_WRITE_SYSREG(cnthctl_el2, 1);  // the physical counter, but not its timer
  if (HasGic()) {
    CADASTRE_WRITE_SYSREG(S3_4_C12_C9_5, 0x7);  // ICC_SRE_EL2 without Enable
    asm volatile("isb" ::: "memory");
    constexpr std::uint64_t kAllTrap = 7 << 10;       // TC, TALL0, TALL1
    CADASTRE_WRITE_SYSREG(S3_4_C12_C11_0, kAllTrap);  // ICH_HCR_EL2
  }
}

}  // namespace

HostSide LeaveHost(unsigned cpu) {
  HostContext& host = hosts[cpu];
  SaveEl1(host.el1);
  // Streaming mode ends here: its registers are not kept (README.md). SVCR.SM, by number.
  if (HasSme())
    CADASTRE_WRITE_SYSREG(S3_3_C4_C2_2, CADASTRE_READ_SYSREG(S3_3_C4_C2_2) & ~std::uint64_t{1});
  if (HasSve()) {
    el2_save_sve(host.vectors);
  } else {
    el2_save_fp(host.vectors);
  }
  const HostSide kept = {CADASTRE_READ_SYSREG(hcr_el2),     CADASTRE_READ_SYSREG(elr_el2),
                         CADASTRE_READ_SYSREG(spsr_el2),    CADASTRE_READ_SYSREG(vmpidr_el2),
                         CADASTRE_READ_SYSREG(cptr_el2),    CADASTRE_READ_SYSREG(mdcr_el2),
                         CADASTRE_READ_SYSREG(cnthctl_el2), HasGic()};
  DenyGuest();
  // The guest has the virtual timer: EL2's own keeps the host's time meanwhile.
  CADASTRE_WRITE_SYSREG(cnthp_cval_el2, host.el1.cntv_cval_el0);
  CADASTRE_WRITE_SYSREG(cnthp_ctl_el2, host.el1.cntv_ctl_el0 & 3);
  return kept;
}

void ReturnToHost(unsigned cpu, const HostSide& kept) {
  const HostContext& host = hosts[cpu];
  CADASTRE_WRITE_SYSREG(cnthp_ctl_el2, 0);
  CADASTRE_WRITE_SYSREG(hcr_el2, kept.hcr);
  CADASTRE_WRITE_SYSREG(elr_el2, kept.elr);
  CADASTRE_WRITE_SYSREG(spsr_el2, kept.spsr);
  CADASTRE_WRITE_SYSREG(vmpidr_el2, kept.vmpidr);
  CADASTRE_WRITE_SYSREG(cptr_el2, kept.cptr);
  CADASTRE_WRITE_SYSREG(mdcr_el2, kept.mdcr);
  CADASTRE_WRITE_SYSREG(cnthctl_el2, kept.cnthctl);
  if (kept.has_gic) {
    CADASTRE_WRITE_SYSREG(S3_4_C12_C9_5, 0xf);
    CADASTRE_WRITE_SYSREG(S3_4_C12_C11_0, 0);
  }
  asm volatile("isb" ::: "memory");
  RestoreEl1(host.el1);
  if (HasSve()) {
    el2_restore_sve(host.vectors);
  } else {
    el2_restore_fp(host.vectors);
  }
}

void EnterVcpu(const VcpuContext& vcpu, std::uint64_t index) {
  constexpr std::uint64_t kMpidrRes1 = 1ULL << 31;
  CADASTRE_WRITE_SYSREG(vmpidr_el2, kMpidrRes1 | index);
  RestoreEl1(vcpu.el1);
  el2_restore_fp(&vcpu.fp);
}

void LeaveVcpu(VcpuContext& vcpu) {
  SaveEl1(vcpu.el1);
  el2_save_fp(&vcpu.fp);
}

}  // namespace cadastre::el2
