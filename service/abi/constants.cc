// SPDX-License-Identifier: Apache-2.0
#include "service/abi/constants.h"

#include "pgtable/prot.h"
#include "service/abi/calls.h"
#include "service/abi/features.h"
#include "service/abi/guest_calls.h"
#include "service/boot_info.h"
#include "service/guest_exit.h"
#include "service/hypervisor.h"
#include "service/page_list.h"
#include "service/run_page.h"
#include "service/vm.h"

namespace cadastre::abi {
namespace {

constexpr Radix kHex = Radix::kHex;
constexpr Radix kDecimal = Radix::kDecimal;

std::string Capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

template <class Enum>
constexpr std::uint64_t Number(Enum value) {
  return static_cast<std::uint64_t>(value);
}

ConstantGroup Convention() {
  return {"The convention: HVC64 with immediate 0",
          {{"ABI_VERSION", kAbiVersion, kHex, "x2 of version: major << 16 | minor"},
           {"CALL_BASE", kFunctionBase, kHex, "what the ids of the calls have in common"},
           {"SVE_HINT", kSveHint, kHex, "bit of x0 that is ignored"},
           {"UNKNOWN_CALL", kUnknownCall, kHex, "x0 of an unknown id, -1"}}};
}

ConstantGroup Errnos() {
  ConstantGroup group{"Errno values, Linux's: x1 of a refused call is the negative", {}};
  for (const ErrnoInfo& info : kErrnos)
    group.constants.push_back({info.name, Number(info.error), kDecimal, ""});
  return group;
}

ConstantGroup Rows() {
  ConstantGroup group{"Refusal rows: x3 of a refused call", {}};
  for (const RowInfo& info : kRows) {
    group.constants.push_back(
        {std::string("ROW_") + info.name, Number(info.row), kDecimal, NameOf(info.error)});
  }
  return group;
}

ConstantGroup Limits() {
  return {"Limits",
          {{"PAGE_SHIFT", kPageShift, kDecimal, ""},
           {"PAGE_SIZE", kPageSize, kDecimal, ""},
           {"MAX_PAGES", kMaxPages, kDecimal, "pages in a range, and in a list"},
           {"MAX_SCRUBBED_PAGES", kMaxScrubbedPages, kDecimal, "pages in a range that is scrubbed"},
           {"MAX_LIST_ENTRIES", kMaxListEntries, kDecimal, ""},
           {"LIST_ENTRY_BYTES", kListEntryBytes, kDecimal, "three words: pfn, gfn, count"},
           {"VM_SLOTS", kVmSlots, kDecimal, ""},
           {"MAX_VCPUS", kMaxVcpus, kDecimal, "of a VM"},
           {"MIN_IPA_BITS", kMinIpaBits, kDecimal, "the most is FEATURE_ADDRESS_BITS's"},
           {"GFN_BITS", kGfnBits, kDecimal, "a gfn is below 2 to this power"}}};
}

ConstantGroup Bits() {
  return {"Bits of arguments",
          {{"PROT_READ", Prot::kRead, kDecimal, ""},
           {"PROT_WRITE", Prot::kWrite, kDecimal, ""},
           {"PROT_EXECUTE", Prot::kExecute, kDecimal, ""},
           {"PROT_RWX", Prot::kRwx, kDecimal, ""},
           {"VM_PROTECTED", Number(VmKind::kProtected), kDecimal, "vm_create's flags"},
           {"RELINQUISH_KEEP", kRelinquishKeep, kDecimal, "x3 of relinquish"}}};
}

ConstantGroup FeatureIds() {
  ConstantGroup group{"Feature ids: x1 of features, and what x2 and x3 tell", {}};
  for (const Feature& feature : kFeatures) {
    group.constants.push_back({"FEATURE_" + Capitals(feature.name), Number(feature.id), kDecimal,
                               std::string(feature.x2) + "; " + feature.x3});
  }
  return group;
}

ConstantGroup Exits() {
  return {"Exits: x2 of vcpu_run; x3 as each says",
          {{"EXIT_IRQ", Number(ExitKind::kIrq), kDecimal, ""},
           {"EXIT_WAIT", Number(ExitKind::kWait), kDecimal, ""},
           {"EXIT_HVC", Number(ExitKind::kHvc), kDecimal, "the function id; run page: x0 to x3"},
           {"EXIT_ABORT", Number(ExitKind::kAbort), kDecimal,
            "the gfn; run page: syndrome, IPA, data of a store"},
           {"EXIT_POISON", Number(ExitKind::kPoison), kDecimal, "the gfn"},
           {"EXIT_SHUTDOWN", Number(ExitKind::kShutdown), kDecimal, "0 off, 1 reset"}}};
}

ConstantGroup RunPageWords() {
  return {"The run page: indices of its 64-bit words",
          {{"RUN_EXIT", kRunExit, kDecimal, "as x2 of vcpu_run"},
           {"RUN_SYNDROME", kRunSyndrome, kDecimal, "of ABORT: ESR_EL2 without the level"},
           {"RUN_IPA", kRunIpa, kDecimal, "of ABORT"},
           {"RUN_DATA", kRunData, kDecimal, "of a store, and the host's answer to a load"},
           {"RUN_X0", kRunRegisters, kDecimal, "x0 to x30"},
           {"RUN_PC", kRunPc, kDecimal, ""},
           {"RUN_PSTATE", kRunPstate, kDecimal, ""},
           {"RUN_FLAGS", kRunFlags, kDecimal, ""},
           {"RUN_WORDS", kRunWords, kDecimal, "how many"},
           {"RUN_FLAG_EMULATED", kRunEmulated, kDecimal, "bit of RUN_FLAGS, set by the host"}}};
}

ConstantGroup GuestConvention() {
  return {"What a protected guest sees and asks first, besides its calls",
          {{"GUEST_REFUSED", kGuestRefused, kHex, "x0 of a refused guest call, -3"},
           {"KVM_UID_ID", kVendorUidId, kHex, "answers the four words below in x0 to x3"},
           {"KVM_UID_0", kKvmUid[0], kHex, ""},
           {"KVM_UID_1", kKvmUid[1], kHex, ""},
           {"KVM_UID_2", kKvmUid[2], kHex, ""},
           {"KVM_UID_3", kKvmUid[3], kHex, ""},
           {"KVM_FEATURES_ID", kKvmFeaturesId, kHex, "answers the bits below in x0"},
           {"KVM_FEATURES", kKvmFeatures, kHex, ""}}};
}

}  // namespace

Constant IdOf(const ReferenceCall& call) {
  const char* prefix = call.family == CallFamily::kHost ? "CALL_" : "GUEST_CALL_";
  return {prefix + Capitals(call.name), call.id, kHex, ""};
}

std::vector<ConstantGroup> Constants() {
  return {Convention(), Errnos(), Rows(),         Limits(),         Bits(),
          FeatureIds(), Exits(),  RunPageWords(), GuestConvention()};
}

std::string Literal(const Constant& constant) {
  return constant.radix == kHex ? Hex(constant.value) : std::to_string(constant.value);
}

}  // namespace cadastre::abi
