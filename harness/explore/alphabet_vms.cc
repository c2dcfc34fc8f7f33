// SPDX-License-Identifier: Apache-2.0
// Moves of an alphabet that make VMs and vCPUs, run them and end them.
#include <utility>

#include "harness/explore/alphabet.h"

namespace cadastre::explore {

using script::OpCode;

Call Alphabet::CreateVm(std::uint8_t vm) const {
  const VmPlan& plan = bounds_.vms[vm];
  return Whole(MakeOp(OpCode::kVmCreate, {Number(plan.kind), Number(plan.ipa_bits), Page(plan.meta),
                                          Page(plan.root)}));
}
Call Alphabet::DonateTables(std::uint8_t vm) const {
  const VmPlan& plan = bounds_.vms[vm];
  return Whole(
      MakeOp(OpCode::kVmDonateTables, {VmOf(vm), Page(plan.tables), Number(plan.table_count)}));
}
Call Alphabet::ReclaimTables(std::uint8_t vm) const {
  const VmPlan& plan = bounds_.vms[vm];
  return Whole(
      MakeOp(OpCode::kReclaimTables, {VmOf(vm), Page(plan.tables), Number(plan.table_count)}));
}
Call Alphabet::CreateVcpu(std::uint8_t vm, std::uint8_t index) const {
  const VmPlan& plan = bounds_.vms[vm];
  return Whole(MakeOp(OpCode::kVcpuCreate, {VmOf(vm), Number(index), Page(plan.vcpu + index),
                                            Page(plan.run_page), Number(0), Number(0)}));
}
Call Alphabet::ReclaimVcpu(std::uint8_t vm, std::uint8_t index) const {
  return Whole(
      MakeOp(OpCode::kReclaimTables, {VmOf(vm), Page(bounds_.vms[vm].vcpu + index), Number(1)}));
}
Call Alphabet::FinishTeardown(std::uint8_t vm) {
  return Whole(MakeOp(OpCode::kVmFinishTeardown, {VmOf(vm)}));
}

// A protected VM has a vCPU, by which its guest calls.
Alphabet& Alphabet::WholeVms() {
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    Move create{.calls = {CreateVm(vm), DonateTables(vm)}, .creates = vm};
    Move finish{.calls = {ReclaimTables(vm)}};
    if (bounds_.vms[vm].kind != 0) {
      create.calls.push_back(CreateVcpu(vm, 0));
      finish.calls.push_back(ReclaimVcpu(vm, 0));
    }
    finish.calls.push_back(FinishTeardown(vm));
    AddOnCallers(std::move(create));
    Do(MakeOp(OpCode::kVmStartTeardown, {VmOf(vm)}));
    AddOnCallers(std::move(finish));
  }
  return *this;
}

Alphabet& Alphabet::VmsAndTables() {
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    Move create{.calls = {CreateVm(vm)}, .creates = vm};
    Move finish{.calls = {}};
    if (bounds_.vms[vm].kind != 0) {
      create.calls.push_back(CreateVcpu(vm, 0));
      finish.calls.push_back(ReclaimVcpu(vm, 0));
    }
    finish.calls.push_back(FinishTeardown(vm));
    AddOnCallers(std::move(create));
    AddOnCallers({.calls = {DonateTables(vm)}});
    Do(MakeOp(OpCode::kVmStartTeardown, {VmOf(vm)}));
    AddOnCallers({.calls = {ReclaimTables(vm)}});
    AddOnCallers(std::move(finish));
  }
  return *this;
}

Alphabet& Alphabet::Vcpus(std::uint8_t vcpus) {
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    AddOnCallers({.calls = {CreateVm(vm), DonateTables(vm)}, .creates = vm});
    Do(MakeOp(OpCode::kVmStartTeardown, {VmOf(vm)}));
    Move finish{.calls = {ReclaimTables(vm)}, .goes_on = Move::GoesOn::kAlways};
    for (std::uint8_t i = 0; i < vcpus; ++i) {
      AddOnCallers({.calls = {CreateVcpu(vm, i)}});
      Do(MakeOp(OpCode::kVcpuLoad, {VmOf(vm), Number(i)}));
      finish.calls.push_back(ReclaimVcpu(vm, i));
    }
    finish.main = finish.calls.size();
    finish.calls.push_back(FinishTeardown(vm));
    AddOnCallers(std::move(finish));
  }
  Do(MakeOp(OpCode::kVcpuPut, {}));
  Do(MakeOp(OpCode::kVcpuRun, {}));
  return Do(MakeOp(OpCode::kCpuOff, {}));
}

Alphabet& Alphabet::RunningGuests(std::uint8_t vcpus) {
  for (const std::uint64_t gfn : bounds_.gfns) {
    Do(MakeOp(OpCode::kGuestShareHost, {Number(gfn)}));
    Do(MakeOp(OpCode::kGuestUnshareHost, {Number(gfn)}));
    for (const std::uint64_t keep : {0, 1}) {
      AddOnCallers({.calls = {{.op = MakeOp(OpCode::kGuestRelinquish, {Number(gfn), Number(keep)}),
                               .extent = Call::Extent::kFirstEvent}},
                    .main = 0,
                    .creates = {},
                    .closed = Move::Closed::kUnderRenaming});
    }
    Do(MakeOp(OpCode::kGuestAccess, {Number(gfn), Number(0), Number(1), Number(1)}));
  }
  constexpr std::uint64_t kPsciCpuOff = 0x8400'0002;
  constexpr std::uint64_t kPsciCpuOn = 0xc400'0003;
  constexpr std::uint64_t kPsciSystemOff = 0x8400'0008;
  const auto hvc = [&](std::uint64_t x0, std::uint64_t x1) {
    Do(MakeOp(OpCode::kGuestHvc,
              {Number(x0), Number(x1), Number(0), Number(0), Number(0), Number(0)}));
  };
  for (std::uint8_t i = 0; i < vcpus; ++i) hvc(kPsciCpuOn, i);
  hvc(kPsciCpuOff, 0);
  hvc(kPsciSystemOff, 0);
  Do(MakeOp(OpCode::kGuestWait, {}));
  return Do(MakeOp(OpCode::kInterrupt, {}));
}

// Metadata pages lie next to each other, so pages do not take each other's place for vm_create.
Alphabet& Alphabet::VmsOfWorldPages() {
  const std::vector<std::uint64_t>& pages = bounds_.pages;
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    const VmPlan& plan = bounds_.vms[vm];
    for (const std::uint64_t meta : pages) {
      if (meta == pages.back()) continue;
      for (const std::uint64_t root : pages) {
        if (root == meta || root == meta + 1) continue;
        Add({.calls = {Whole(MakeOp(OpCode::kVmCreate, {Number(plan.kind), Number(plan.ipa_bits),
                                                        Page(meta), Page(root)}))},
             .main = 0,
             .creates = vm,
             .closed = Move::Closed::kNot});
      }
    }
    Do(MakeOp(OpCode::kVmStartTeardown, {VmOf(vm)}));
    Scrub(MakeOp(OpCode::kVmFinishTeardown, {VmOf(vm)}));
    for (const std::uint64_t page : pages) {
      Do(MakeOp(OpCode::kVmDonateTables, {VmOf(vm), Page(page), Number(1)}));
      Scrub(MakeOp(OpCode::kReclaimTables, {VmOf(vm), Page(page), Number(1)}));
      for (const std::uint64_t run : pages) {
        if (run == page) continue;
        Do(MakeOp(OpCode::kVcpuCreate,
                  {VmOf(vm), Number(0), Page(page), Page(run), Number(0), Number(0)}));
      }
    }
  }
  return *this;
}

}  // namespace cadastre::explore
