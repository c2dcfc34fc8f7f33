// SPDX-License-Identifier: Apache-2.0
// ABI.md section 8: the calls about vCPUs, and what a vCPU is entered with.
#include "harness/oracle/guest_step.h"
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr Argument kCreateArguments[] = {Argument::kVm,      Argument::kVcpuIndex,
                                         Argument::kMetaPfn, Argument::kRunPfn,
                                         Argument::kEntry,   Argument::kContext};
constexpr Argument kLoadArguments[] = {Argument::kVm, Argument::kVcpuIndex};
constexpr std::uint64_t kVcpuPages = 1;  // features(1)

constexpr unsigned kRunPageIndex = kVcpuPages;  // the run page comes after the metadata pages
constexpr std::uint64_t kEmulated = 1;          // of word 37

bool IsRam(const Step& step, Argument argument) {
  return step.state.ram().OwnableIndexOf(step[argument]).has_value();
}
const AbstractPage& PageOf(const Step& step, Argument argument) {
  return step.state.page(*step.state.ram().IndexOf(step[argument]));
}
Detail BadIndex(const Step& step) { return When(step[Argument::kVcpuIndex] >= kVcpusOfVm); }

// 0x59 vcpu_create(x1 vm, x2 index, x3 meta_pfn, x4 run_pfn, x5 entry, x6 context).
constexpr RowRule kCreateRows[] = {
    {101,
     [](const Step& step) {
       const bool starts = step[Argument::kEntry] != 0 || step[Argument::kContext] != 0;
       return When(ReservedBits(step).has_value() || (step[Argument::kVcpuIndex] >= 1 && starts));
     }},
    {102,
     [](const Step& step) {
       return When(BadIndex(step).has_value() || step[Argument::kEntry] % kInstructionBytes != 0);
     }},
    {107,
     [](const Step& step) {
       return When(EndsAbove(step[Argument::kMetaPfn], kVcpuPages, PfnSpace(step)) ||
                   EndsAbove(step[Argument::kRunPfn], 1, PfnSpace(step)));
     }},
    {201, NoSuchVm},
    {301, VmNotLive},
    {401,
     [](const Step& step) {
       if (!IsRam(step, Argument::kMetaPfn)) return Detail(0);
       return IsRam(step, Argument::kRunPfn) ? Detail() : Detail(kRunPageIndex);
     }},
    {503,
     [](const Step& step) { return When(PageOf(step, Argument::kMetaPfn).row != Row::kPrivate); }},
    {505,
     [](const Step& step) {
       const bool shared = PageOf(step, Argument::kRunPfn).row == Row::kSharedHyp;
       return shared ? Detail() : Detail(kRunPageIndex);
     }},
    {522,
     [](const Step& step) {
       return When(step.vm->FindVcpu(step[Argument::kVcpuIndex]) != nullptr);
     }},
};
void CreateVcpu(Step& step, Effect& effect) {
  const auto index = static_cast<unsigned>(step[Argument::kVcpuIndex]);
  Vm& vm = *step.vm;
  if (vm.vcpus.size() <= index) vm.vcpus.resize(index + 1);
  Vcpu& vcpu = vm.vcpus[index];
  vcpu = Vcpu{};
  vcpu.exists = true;
  const bool is_secret = vm.kind == VmKind::kProtected && index >= 1;
  vcpu.power = is_secret ? Power::kOff : Power::kOn;
  vcpu.registers = NewVcpuRegisters(step[Argument::kEntry], step[Argument::kContext]);
  vcpu.own_page = *step.state.ram().IndexOf(step[Argument::kMetaPfn]);
  vcpu.run_page = *step.state.ram().IndexOf(step[Argument::kRunPfn]);
  step.state.SetPage(vcpu.own_page,
                     {.row = Row::kHyp, .use = Use::kVmVcpu, .vm_tag = step.VmTag()});
  AddPins(step.state, vcpu.run_page, 1);
  vm.vcpu_pages += kVcpuPages;
  effect.vm_slot = step.slot;
  effect.stores_tables = true;
}

// 0x5A vcpu_load(x1 vm, x2 index).
constexpr RowRule kLoadRows[] = {
    {101, ReservedBits},
    {102, BadIndex},
    {201, NoSuchVm},
    {202,
     [](const Step& step) {
       return When(step.vm->FindVcpu(step[Argument::kVcpuIndex]) == nullptr);
     }},
    {303, [](const Step& step) { return When(step.state.cpu(step.cpu).loaded.has_value()); }},
    {304,
     [](const Step& step) {
       return When(step.vm->FindVcpu(step[Argument::kVcpuIndex])->loaded_on.has_value());
     }},
};
void LoadVcpu(Step& step, Effect& effect) {
  const auto index = static_cast<unsigned>(step[Argument::kVcpuIndex]);
  Vcpu& vcpu = *step.vm->FindVcpu(index);
  vcpu.loaded_on = step.cpu;
  effect.vcpu_page = vcpu.own_page;
  step.state.EditCpu(step.cpu).loaded = VcpuName{step.slot, index};
  effect.vm_slot = step.slot;
}

Detail NoneLoaded(const Step& step) { return When(!step.state.cpu(step.cpu).loaded.has_value()); }

// 0x5B vcpu_put().
constexpr RowRule kPutRows[] = {{203, NoneLoaded}};
void Put(Step& step, Effect& effect) {
  effect.vm_slot = step.state.cpu(step.cpu).loaded->slot;
  effect.vcpu_page = step.state.LoadedVcpu(step.cpu)->own_page;
  PutVcpu(step.state, step.cpu);
}

// 0x5C vcpu_run(): event 1, *enter*. The exit is an event of the guest's trap.
constexpr RowRule kRunRows[] = {
    {203, NoneLoaded},
    {306,
     [](const Step& step) { return When(step.state.LoadedVcpu(step.cpu)->power == Power::kOff); }},
};
void Run(Step& step, Effect& effect) {
  effect.vm_slot = step.state.cpu(step.cpu).loaded->slot;
  effect.enters_guest = true;
}

constexpr CallSpecification kCalls[] = {
    {.number = 0x59,
     .name = "vcpu_create",
     .arguments = kCreateArguments,
     .rows = kCreateRows,
     .update = CreateVcpu},
    {.number = 0x5A,
     .name = "vcpu_load",
     .arguments = kLoadArguments,
     .rows = kLoadRows,
     .update = LoadVcpu},
    {.number = 0x5B, .name = "vcpu_put", .arguments = {}, .rows = kPutRows, .update = Put},
    {.number = 0x5C, .name = "vcpu_run", .arguments = {}, .rows = kRunRows, .update = Run},
};

// The run page of the vCPU at hand, word by word as vcpu_run must read it.
class RunPageReader {
 public:
  RunPageReader(std::uint64_t pfn, HostWords& host, std::vector<std::uint64_t>& reads)
      : base_(pfn << kPageShift), host_(host), reads_(reads) {}

  std::uint64_t Read(unsigned word) {
    reads_.push_back(base_ + word * 8);
    return host_.Read(reads_.back());
  }

 private:
  std::uint64_t base_;
  HostWords& host_;
  std::vector<std::uint64_t>& reads_;
};

// After an ABORT whose syndrome tells the access: the host emulated it, or did not.
void ReadAccess(RunPageReader& page, std::uint64_t syndrome, GuestRegisters& registers) {
  if (!HasValidSyndrome(syndrome)) return;
  const bool emulated = (page.Read(kWordFlags) & kEmulated) != 0;
  if (!emulated) return;
  registers.pc += kInstructionBytes;
  const unsigned target = RegisterOfSyndrome(syndrome);
  const bool loads = !IsWriteSyndrome(syndrome) && target != kZeroRegister;
  if (loads) registers.x[target] = page.Read(kWordData);
}

}  // namespace

void PutVcpu(State& state, unsigned cpu) {
  state.LoadedVcpu(cpu)->loaded_on.reset();
  state.EditCpu(cpu).loaded.reset();
}

void EnterGuest(Step& step, HostWords& host, Judgement& judgement) {
  Vcpu& vcpu = *step.state.LoadedVcpu(step.cpu);
  RunPageReader page(step.state.ram().PfnOf(vcpu.run_page), host, judgement.reads);
  GuestRegisters& registers = vcpu.registers;
  switch (vcpu.read_back) {
    case ReadBack::kNothing:
      break;
    case ReadBack::kCallRegisters:
      for (unsigned i = 0; i < kCallRegisters; ++i) registers.x[i] = page.Read(kWordX0 + i);
      break;
    case ReadBack::kAccess:
      ReadAccess(page, vcpu.syndrome, registers);
      break;
    case ReadBack::kAllRegisters:
      for (unsigned i = 0; i < registers.x.size(); ++i) registers.x[i] = page.Read(kWordX0 + i);
      registers.pc = page.Read(kWordPc);
      registers.pstate = PstateFromHost(page.Read(kWordPstate));
      break;
  }
  step.state.EditCpu(step.cpu).runs_guest = true;
  judgement.vcpu_page = vcpu.own_page;
  judgement.expected.answer.next = Next::kGuest;
  judgement.expected.answer.guest = registers;
}

std::span<const CallSpecification> VcpuCalls() { return kCalls; }

}  // namespace cadastre::oracle
