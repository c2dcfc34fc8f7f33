// SPDX-License-Identifier: Apache-2.0
#include "service/el2/psci_relay.h"

#include "service/abi/calls.h"
#include "service/el2/console.h"
#include "service/el2/image.h"
#include "service/el2/panic.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

enum Id : std::uint64_t {
  kPsciVersion = 0x8400'0000,
  kCpuOff = 0x8400'0002,
  kCpuOn32 = 0x8400'0003,
  kAffinityInfo32 = 0x8400'0004,
  kSystemOff = 0x8400'0008,
  kSystemReset = 0x8400'0009,
  kPsciFeatures = 0x8400'000a,
  kCpuOn = 0xc400'0003,
  kAffinityInfo = 0xc400'0004,
  kSmcccVersion = 0x8000'0000,
  kArchFeatures = 0x8000'0001,
  kArchSocId = 0x8000'0002,
  kArchWorkaround1 = 0x8000'8000,
  kArchWorkaround2 = 0x8000'7fff,
  kArchWorkaround3 = 0x8000'3fff,
  kTrngFirst = 0x8400'0050,
  kTrngLast = 0x8400'0053,
  kTrngRnd64 = 0xc400'0053,
};

constexpr std::uint64_t kNotSupported = ~std::uint64_t{0};
constexpr std::uint64_t Negative(std::uint64_t error) { return ~error + 1; }
constexpr std::uint64_t kInvalidParameters = Negative(2);
constexpr std::uint64_t kAlreadyOn = Negative(4);
constexpr std::uint64_t kOnPending = Negative(5);
constexpr std::uint64_t kInvalidAddress = Negative(9);

constexpr std::uint64_t kAffinityMask = 0xff'00ff'ffff;
constexpr unsigned kNoCpu = kMaxCpus;

// How long a CPU may take from firmware's answer to Arrive. It is microseconds; a busy emulator is
// slower.
constexpr std::uint64_t kSecondsToArrive = 5;

// What firmware may be asked by the host itself: nothing of it names memory or a CPU's state.
bool IsHarmless(std::uint64_t id) {
  switch (id) {
    case kPsciVersion:
    case kPsciFeatures:
    case kSystemOff:
    case kSystemReset:
    case kSmcccVersion:
    case kArchFeatures:
    case kArchSocId:
    case kArchWorkaround1:
    case kArchWorkaround2:
    case kArchWorkaround3:
    case kTrngRnd64:
      return true;
    default:
      return id >= kTrngFirst && id <= kTrngLast;
  }
}

// PSCI functions that this relay carries out; FEATURES must not promise more.
bool IsRelayed(std::uint64_t id) {
  return id == kCpuOff || id == kCpuOn || id == kCpuOn32 || id == kAffinityInfo ||
         id == kAffinityInfo32 || IsHarmless(id);
}

// Of the counter. Firmware says it in CNTFRQ_EL0; if it did not, the most that the architecture has
// (Arm ARM D11.1.2).
std::uint64_t TicksOfASecond() {
  const std::uint64_t said = CADASTRE_READ_SYSREG(cntfrq_el0);
  return said != 0 ? said : 1'000'000'000;
}
std::uint64_t Ticks() {
  asm volatile("isb" ::: "memory");  // not read ahead of what is polled
  return CADASTRE_READ_SYSREG(cntpct_el0);
}

}  // namespace

SmcRegisters CallFirmware(const SmcRegisters& arguments) {
  register std::uint64_t x0 asm("x0") = arguments.x[0];
  register std::uint64_t x1 asm("x1") = arguments.x[1];
  register std::uint64_t x2 asm("x2") = arguments.x[2];
  register std::uint64_t x3 asm("x3") = arguments.x[3];
  asm volatile("smc #0"
               : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
               :
               : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                 "x16", "x17", "memory");
  return {{x0, x1, x2, x3}};
}

void PsciRelay::Init(const MachineDescription& machine, std::uint64_t boot_mpidr) {
  mpidr_[0] = boot_mpidr & kAffinityMask;
  power_[0] = Power::kOn;
  cpus_ = 1;
  for (unsigned i = 0; i < machine.cpu_count && cpus_ < machine.cpu_count; ++i) {
    if (machine.cpu[i] != mpidr_[0]) mpidr_[cpus_++] = machine.cpu[i];
  }
}

unsigned PsciRelay::FindCpu(std::uint64_t target) const {
  for (unsigned i = 0; i < cpus_; ++i) {
    if (mpidr_[i] == target) return i;
  }
  return kNoCpu;
}

void PsciRelay::Handle(unsigned cpu, SmcRegisters* smc, void (*before_off)()) {
  smc->x[0] &= ~abi::kSveHint;  // SMCCC 1.3: a hint, no part of the id
  switch (smc->x[0]) {
    case kCpuOn:
    case kCpuOn32:
      smc->x[0] = CpuOn(*smc);
      return;
    case kAffinityInfo:
    case kAffinityInfo32:
      smc->x[0] = AffinityInfo(*smc);
      return;
    case kCpuOff:
      before_off();
      lock_.Lock();
      power_[cpu] = Power::kOff;
      lock_.Unlock();
      *smc = CallFirmware(*smc);
      lock_.Lock();  // firmware refused
      power_[cpu] = Power::kOn;
      lock_.Unlock();
      return;
    case kPsciFeatures:
      if (!IsRelayed(smc->x[1])) {
        smc->x[0] = kNotSupported;
        return;
      }
      break;
    default:
      break;
  }
  if (IsHarmless(smc->x[0])) {
    *smc = CallFirmware(*smc);
  } else {
    smc->x[0] = kNotSupported;
  }
}

// Firmware starts the CPU at EL2, in start_secondary; the host's entry point waits here.
std::uint64_t PsciRelay::CpuOn(const SmcRegisters& smc) {
  const bool narrow = smc.x[0] == kCpuOn32;
  const std::uint64_t mask = narrow ? 0xffff'ffff : ~std::uint64_t{0};
  const unsigned target = FindCpu(smc.x[1] & mask);
  if (target == kNoCpu) return kInvalidParameters;
  if ((smc.x[2] & 3) != 0) return kInvalidAddress;
  lock_.Lock();
  const Power power = power_[target];
  if (power == Power::kOff) {
    power_[target] = Power::kPending;
    entry_[target] = {smc.x[2] & mask, smc.x[3] & mask};
  }
  lock_.Unlock();
  if (power != Power::kOff) return power == Power::kOn ? kAlreadyOn : kOnPending;
  const std::uint64_t arrivals = Arrivals(target);
  const std::uint64_t status =
      CallFirmware(
          {{kCpuOn, mpidr_[target], reinterpret_cast<std::uint64_t>(&start_secondary), target}})
          .x[0];
  if (status != 0) {
    Print("CPU ", std::uint64_t{target}, " does not come up: firmware answers ", status);
    lock_.Lock();
    // Not so if it was on after all: it was going off, and firmware refused that.
    if (power_[target] == Power::kPending) power_[target] = Power::kOff;
    lock_.Unlock();
    return status;
  }
  AwaitArrival(target, arrivals);
  return status;
}

std::uint64_t PsciRelay::Arrivals(unsigned cpu) {
  lock_.Lock();
  const std::uint64_t arrivals = arrivals_[cpu];
  lock_.Unlock();
  return arrivals;
}

// A CPU that firmware has started and that does not come to EL2's code runs nobody knows what,
// under no stage 2: nothing that EL2 promises holds any more.
void PsciRelay::AwaitArrival(unsigned cpu, std::uint64_t arrivals_before) {
  const std::uint64_t since = Ticks();
  const std::uint64_t limit = kSecondsToArrive * TicksOfASecond();
  while (Arrivals(cpu) == arrivals_before) {
    if (Ticks() - since <= limit) continue;
    Print("CPU ", std::uint64_t{cpu}, " does not come up: firmware has started it, it is not here");
    Panic("a CPU is lost");
  }
}

std::uint64_t PsciRelay::AffinityInfo(const SmcRegisters& smc) {
  const std::uint64_t mask = smc.x[0] == kAffinityInfo32 ? 0xffff'ffff : ~std::uint64_t{0};
  const unsigned target = FindCpu(smc.x[1] & mask);
  if (target == kNoCpu || (smc.x[2] & mask) != 0) return kInvalidParameters;
  lock_.Lock();
  const Power power = power_[target];
  lock_.Unlock();
  if (power != Power::kOff) return power == Power::kOn ? 0 : 2;
  // It may be on its way still: firmware knows.
  return CallFirmware({{kAffinityInfo, mpidr_[target], 0, 0}}).x[0];
}

PsciRelay::Entry PsciRelay::Arrive(unsigned cpu) {
  lock_.Lock();
  power_[cpu] = Power::kOn;
  ++arrivals_[cpu];
  const Entry entry = entry_[cpu];
  lock_.Unlock();
  return entry;
}

}  // namespace cadastre::el2
