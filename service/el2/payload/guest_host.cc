// SPDX-License-Identifier: Apache-2.0
#include "service/el2/payload/guest_host.h"

#include <initializer_list>

#include "service/abi/cadastre.h"
#include "service/el2/payload/checks.h"

extern "C" const std::uint64_t guest_image[];  // payload.lds

namespace cadastre::payload {
namespace {

constexpr std::uint64_t kPattern = 0x7a77'e421'7a77'e421;  // vcpu_run.S
constexpr std::uint64_t kTouched = 0x70'75c4ed;

void CopyCode(const Guest& guest, std::uint64_t ipa) {
  const std::uint64_t words = kPageBytes / sizeof(std::uint64_t);
  const std::uint64_t* from = guest_image + (ipa - kGuestCode) / sizeof(std::uint64_t);
  for (std::uint64_t i = 0; i < words; ++i) WordAt(guest.PageOf(ipa) + i * 8) = from[i];
  asm volatile("dsb ish\n ic ialluis\n dsb ish\n isb" ::: "memory");
}

void SwitchTo(const Guest& guest, std::uint64_t vcpu) {
  Check(IsDone(Hvc(CADASTRE_CALL_VCPU_PUT)), "vcpu_put");
  Check(IsDone(Hvc(CADASTRE_CALL_VCPU_LOAD, guest.vm, vcpu)), "vcpu_load of the other");
}

// A page for the gfn that the guest touched.
void GivePage(const Guest& guest, std::uint64_t gfn) {
  const std::uint64_t ipa = gfn * kPageBytes;
  const std::uint64_t page = guest.PageOf(ipa);
  WordAt(page) = kTouched;
  if (ipa < kGuestStack) CopyCode(guest, ipa);
  if (guest.role != kProtectedGuest) {
    Check(IsDone(Hvc(CADASTRE_CALL_SHARE_GUEST, guest.vm, page >> 12, gfn, 1, CADASTRE_PROT_RWX)),
          "share_guest of a page that faulted");
    return;
  }
  const bool is_loan = ipa == kGuestLent || ipa == kGuestForced;
  const Answer given = is_loan ? Hvc(CADASTRE_CALL_LEND_GUEST, guest.vm, page >> 12, gfn, 1,
                                     CADASTRE_PROT_READ | CADASTRE_PROT_WRITE)
                               : Hvc(CADASTRE_CALL_DONATE_GUEST, guest.vm, page >> 12, gfn, 1);
  Check(IsDone(given), "a page for a gfn that faulted", gfn);
  Check(IsLoadInjected(guest.cpu, page), "a load of a page given to a guest");
  Check(IsStoreInjected(guest.cpu, page), "a store to a page given to a guest");
}

void EmulateDevice(const Guest& guest) {
  const bool is_store = (guest.Word(CADASTRE_RUN_SYNDROME) >> 6 & 1) != 0;
  if (is_store) {
    Check(guest.Word(CADASTRE_RUN_DATA) == kFromGuest, "a store's data at a device");
    Check(guest.Word(CADASTRE_RUN_IPA) == kGuestDevice + 8, "a store's address at a device");
  }
  guest.Word(CADASTRE_RUN_DATA) = kDeviceRegister;
  guest.Word(CADASTRE_RUN_FLAGS) = CADASTRE_RUN_FLAG_EMULATED;
}

void HandleAbort(Guest& guest, std::uint64_t gfn) {
  const std::uint64_t ipa = gfn * kPageBytes;
  const bool is_write = (guest.Word(CADASTRE_RUN_SYNDROME) >> 6 & 1) != 0;
  const bool is_permission = (guest.Word(CADASTRE_RUN_SYNDROME) >> 2 & 0xf) == 3;
  if (ipa == kGuestDevice) {
    EmulateDevice(guest);
  } else if (is_permission) {
    Check(guest.is_write_protected && ipa == kGuestShared && is_write, "a permission fault");
    guest.is_write_protected = false;
    Check(IsDone(Hvc(CADASTRE_CALL_RELAX_GUEST_PERMS, guest.vm, gfn, 1, CADASTRE_PROT_WRITE)),
          "relax_guest_perms");
  } else {
    GivePage(guest, gfn);
    if (ipa == kGuestShared)
      __atomic_store_n(&guest.shared_faults, guest.shared_faults + 1, __ATOMIC_RELEASE);
  }
}

void LookAtShared(const Guest& guest) {
  const std::uint64_t page = guest.PageOf(kGuestShared);
  Check(WordAt(page) == kFromGuest, "what the guest wrote in a shared page");
  WordAt(page) = kFromHost;
  if (guest.role == kProtectedGuest) return;
  Check(IsRefused(Hvc(CADASTRE_CALL_SHARE_HYP, page >> 12, 1), CADASTRE_EPERM,
                  CADASTRE_ROW_NOT_PRIVATE),
        "share_hyp of a page that a guest borrows is EPERM, row 503");
}

void HandleRequest(Guest& guest, std::uint64_t id) {
  const std::uint64_t shared = guest.PageOf(kGuestShared);
  switch (id) {
    case kReport:
      Check(guest.Word(CADASTRE_RUN_X0 + 2) == 1, "check of the guest",
            guest.Word(CADASTRE_RUN_X0 + 1));
      break;
    case kLookAtShared:
      LookAtShared(guest);
      break;
    case kLookAtUnshared:
      Check(IsLoadInjected(guest.cpu, shared), "a load of a page that the guest unshared");
      break;
    case kLookAtRelinquished:
      Check(WordAt(guest.PageOf(kGuestLent)) == 0, "a relinquished page is zero");
      break;
    case kTakeForced:
      Check(IsDone(Hvc(CADASTRE_CALL_FORCE_RECLAIM, guest.vm, guest.PageOf(kGuestForced) >> 12, 1)),
            "force_reclaim");
      Check(WordAt(guest.PageOf(kGuestForced)) == 0, "a page taken by force is zero");
      break;
    case kWriteProtect:
      Check(IsDone(Hvc(CADASTRE_CALL_WRPROTECT_GUEST, guest.vm, kGuestShared >> 12, 1)),
            "wrprotect_guest");
      guest.is_write_protected = true;
      break;
    case kPsciCpuOn:
      SwitchTo(guest, 1);
      break;
    case kEnd:
      guest.ended = true;
      break;
    default:
      Check(false, "a request that the guest does not make", id);
  }
  for (unsigned i = 0; guest.role == kProtectedGuest && i < 4; ++i)
    guest.Word(CADASTRE_RUN_X0 + i) = 0;
}

void HandleWait(const Guest& guest) {
  bool hidden = true;
  for (unsigned i = 0; i <= CADASTRE_RUN_PSTATE - CADASTRE_RUN_X0; ++i)
    hidden = hidden && guest.Word(CADASTRE_RUN_X0 + i) == 0;
  if (guest.role == kProtectedGuest) {
    Check(hidden, "a protected guest's registers do not reach the run page");
  } else {
    Check(guest.Word(CADASTRE_RUN_X0 + 7) == kSecret, "a plain guest's registers do");
  }
}

}  // namespace

void Create(Guest& guest) {
  const bool is_protected = guest.role == kProtectedGuest;
  const Answer made = Hvc(CADASTRE_CALL_VM_CREATE, is_protected ? CADASTRE_VM_PROTECTED : 0, 36,
                          guest.Pfn(kMeta), guest.Pfn(kRoot));
  Check(IsDone(made), "vm_create");
  guest.vm = made.x2;
  Check(IsDone(Hvc(CADASTRE_CALL_VM_DONATE_TABLES, guest.vm, guest.Pfn(kTables), kTablePages)),
        "vm_donate_tables");
  Check(IsDone(Hvc(CADASTRE_CALL_SHARE_HYP, guest.Pfn(kRunPage), 1)), "share_hyp of a run page");
  Check(IsDone(Hvc(CADASTRE_CALL_VCPU_CREATE, guest.vm, 0, guest.Pfn(kVcpu0), guest.Pfn(kRunPage),
                   kGuestCode, guest.role)),
        "vcpu_create");
  Check(IsDone(Hvc(CADASTRE_CALL_VCPU_CREATE, guest.vm, 1, guest.Pfn(kVcpu1), guest.Pfn(kRunPage))),
        "vcpu_create of a second");
  Check(IsDone(Hvc(CADASTRE_CALL_VCPU_LOAD, guest.vm, 0)), "vcpu_load");
}

void CheckRegisters(const Seen& seen) {
  bool same =
      seen.tpidr_el0 == kPattern && seen.tpidrro_el0 == kPattern && seen.far_el1 == kPattern;
  for (unsigned i = 4; i < 31; ++i) same = same && seen.x[i] == kPattern;
  for (const std::uint64_t word : seen.q) same = same && word == kPattern;
  Check(same, "vcpu_run keeps the host's registers and shows none of the guest's");
}

void RunOnce(Guest& guest) {
  Seen seen;
  payload_vcpu_run(&seen);
  Check(seen.x[0] == 0 && seen.x[1] == 0, "vcpu_run");
  CheckRegisters(seen);
  Check(guest.Word(CADASTRE_RUN_EXIT) == seen.x[2], "the run page tells the exit");
  const std::uint64_t value = seen.x[3];
  switch (seen.x[2]) {
    case CADASTRE_EXIT_IRQ:
      break;
    case CADASTRE_EXIT_WAIT:
      HandleWait(guest);
      break;
    case CADASTRE_EXIT_HVC:
      HandleRequest(guest, value);
      break;
    case CADASTRE_EXIT_ABORT:
      HandleAbort(guest, value);
      break;
    case CADASTRE_EXIT_POISON:
      Check(value == kGuestForced >> 12, "poison where a page was taken by force");
      guest.ended = true;
      break;
    case CADASTRE_EXIT_SHUTDOWN:
      Check(IsRefused(Hvc(CADASTRE_CALL_VCPU_RUN), CADASTRE_EBUSY, CADASTRE_ROW_VCPU_OFF),
            "a vCPU that is off does not run");
      SwitchTo(guest, 0);
      break;
    default:
      Check(false, "an exit that is not listed", seen.x[2]);
      guest.ended = true;
  }
}

void TearDown(const Guest& guest) {
  Check(IsDone(Hvc(CADASTRE_CALL_VCPU_PUT)), "vcpu_put");
  Check(IsDone(Hvc(CADASTRE_CALL_VM_START_TEARDOWN, guest.vm)), "vm_start_teardown");
  for (;;) {
    const Answer next = Hvc(CADASTRE_CALL_NEXT_MAPPED, guest.vm, 0);
    if (!IsDone(next)) break;
    const bool taken = IsDone(Hvc(CADASTRE_CALL_RECLAIM_GUEST_PAGE, guest.vm, next.x2, 1));
    Check(taken, "reclaim_guest_page");
    if (!taken) break;
  }
  Check(IsDone(Hvc(CADASTRE_CALL_RECLAIM_TABLES, guest.vm, guest.Pfn(kTables), kTablePages)) &&
            IsDone(Hvc(CADASTRE_CALL_RECLAIM_TABLES, guest.vm, guest.Pfn(kVcpu0), 2)),
        "reclaim_tables");
  Check(IsDone(Hvc(CADASTRE_CALL_VM_FINISH_TEARDOWN, guest.vm)), "vm_finish_teardown");
  Check(IsDone(Hvc(CADASTRE_CALL_UNSHARE_HYP, guest.Pfn(kRunPage), 1)), "unshare_hyp");
  if (guest.role != kProtectedGuest) return;
  for (const std::uint64_t page : {guest.Page(kCode), guest.Page(kVcpu0), guest.Page(kTables),
                                   guest.PageOf(kGuestStack), guest.PageOf(kGuestShared)}) {
    bool zero = true;
    for (std::uint64_t at = 0; at < kPageBytes; at += 8) zero = zero && WordAt(page + at) == 0;
    Check(zero, "a page that comes back from a protected guest is zero", page);
  }
}

}  // namespace cadastre::payload
