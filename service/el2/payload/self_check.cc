// SPDX-License-Identifier: Apache-2.0
// A host that tries EL2 out: calls, refusals, and that it cannot reach what is not its own. Each
// page that it gives away it has touched before: a cold TLB would hide a missing TLBI. Ends QEMU by
// semihosting, with status 0 or 1.
#include <cstdint>

#include "service/abi/cadastre.h"
#include "service/el2/payload/checks.h"

extern "C" std::uint64_t payload_load_at_el0_a32(std::uint64_t address);  // start.S

namespace cadastre::payload {
namespace {

constexpr std::uint64_t kFwCfg = 0x0902'0000;
constexpr std::uint64_t kEl2Text = 0x4020'0000;
constexpr std::uint64_t kEl2Records = 0x4040'0000;
constexpr std::uint64_t kPages = 0x4600'0000;  // ordinary RAM: 16 pages for each CPU

constexpr std::uint64_t kAffinityInfo = 0xc400'0004;
constexpr std::uint64_t kPsciVersion = 0x8400'0000;

unsigned ready[kMaxCpus];

void CheckCalls(std::uint64_t page) {
  const std::uint64_t pfn = page >> 12;
  const Answer version = Hvc(CADASTRE_CALL_VERSION);
  Check(IsDone(version) && version.x2 == CADASTRE_ABI_VERSION, "version answers the header's ABI");
  Check(Hvc(CADASTRE_CALL_BASE + 0x9999).x0 == CADASTRE_UNKNOWN_CALL, "an unknown call is -1");
  Check(IsDone(Hvc(CADASTRE_CALL_SHARE_HYP, pfn, 1)), "share_hyp of a page");
  Check(IsRefused(Hvc(CADASTRE_CALL_SHARE_HYP, pfn, 1), CADASTRE_EPERM, CADASTRE_ROW_NOT_PRIVATE),
        "share_hyp of a shared page is EPERM, row 503");
  Check(IsDone(Hvc(CADASTRE_CALL_UNSHARE_HYP, pfn, 1)), "unshare_hyp of it");
  Check(IsRefused(Hvc(CADASTRE_CALL_UNSHARE_HYP, pfn, 1), CADASTRE_EPERM,
                  CADASTRE_ROW_NOT_SHARED_HYP),
        "once more is EPERM, row 505");
  Check(IsRefused(Hvc(CADASTRE_CALL_SHARE_HYP, pfn, 0), CADASTRE_EINVAL, CADASTRE_ROW_BAD_COUNT),
        "a count of 0 is EINVAL, row 104");
}

void CheckIsolation(std::uint64_t cpu, std::uint64_t page) {
  constexpr std::uint64_t kSecret = 0x5ec2'e700;
  WordAt(page + 8) = kSecret;  // in the TLB from here on
  Check(WordAt(page + 8) == kSecret, "a page of the host's own");
  Check(IsDone(Hvc(CADASTRE_CALL_DONATE_HYP, page >> 12, 1)), "donate_hyp of it");
  Check(IsLoadInjected(cpu, page + 8), "a load of a donated page is an injected abort");
  Check(IsStoreInjected(cpu, page + 8), "a store to a donated page is an injected abort");
  Check(IsDone(Hvc(CADASTRE_CALL_RECLAIM_HYP, page >> 12, 1)), "reclaim_hyp of it");
  Check(WordAt(page + 8) == 0, "after reclaim_hyp its contents are gone");
  Check(IsLoadInjected(cpu, kEl2Text), "a load of EL2's text");
  Check(IsStoreInjected(cpu, kEl2Text + 0x1000), "a store to EL2's text");
  Check(IsLoadInjected(cpu, kEl2Records), "a load of EL2's records");
  Check(IsStoreInjected(cpu, kFwCfg + 0x10), "a store to the DMA register of fw_cfg");
}

// EL2's vector for AArch32 is another.
void CheckAarch32(std::uint64_t cpu) {
  constexpr std::uint64_t kUntouched = 0x5000'0000;  // a granule for each CPU
  constexpr std::uint64_t kAbort = ~std::uint64_t{0};
  Check(payload_load_at_el0_a32(kUntouched + cpu * 0x20'0000) != kAbort,
        "a program in AArch32 reaches a page that the host never touched");
  Check(payload_load_at_el0_a32(kEl2Text) == kAbort, "and no page of EL2's");
}

void CheckOnThisCpu(std::uint64_t cpu) {
  CheckRedistributor(cpu);
  CheckAarch32(cpu);

  const std::uint64_t pages = kPages + cpu * 0x10000;
  for (unsigned round = 0; round < 8; ++round) {
    CheckCalls(pages + round * 0x1000);
    CheckIsolation(cpu, pages + 0x8000 + round * 0x1000);
  }
  CheckGuests(cpu);
}

// As many secondary CPUs as the firmware knows; all of them then check beside each other.
unsigned StartOthers() {
  unsigned cpus = 1;
  for (std::uint64_t mpidr = 1; mpidr < kMaxCpus; ++mpidr) {
    const Answer answer =
        Smc(kPsciCpuOn, mpidr, reinterpret_cast<std::uint64_t>(&payload_secondary), mpidr);
    if (answer.x0 != 0) break;
    ++cpus;
  }
  return cpus;
}

}  // namespace
}  // namespace cadastre::payload

extern "C" void payload_main(std::uint64_t cpu) {
  using namespace cadastre::payload;
  if (cpu != 0) {
    CheckOnThisCpu(cpu);
    __atomic_store_n(&ready[cpu], 1, __ATOMIC_RELEASE);
    if (cpu == 1) RunCountingGuest();
    return;
  }
  Check(Smc(kPsciVersion).x0 >= 2, "PSCI's version");
  Check(Smc(kPsciVersion | CADASTRE_SVE_HINT).x0 >= 2, "the same with the hint of SMCCC 1.3");
  Check(Smc(0x8400'ffff).x0 == ~std::uint64_t{0}, "an SMC that nobody needs is denied");
  const unsigned cpus = StartOthers();
  CheckOnThisCpu(0);
  for (unsigned other = 1; other < cpus; ++other) {
    while (__atomic_load_n(&ready[other], __ATOMIC_ACQUIRE) == 0) asm volatile("yield");
    Check(Smc(kAffinityInfo, other, 0).x0 == 0, "a CPU that is on is on");
  }
  if (cpus > 1) CheckTakingFromCountingGuest();
  EndChecks(cpus);
}
