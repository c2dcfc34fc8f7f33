// SPDX-License-Identifier: Apache-2.0
// Single operations of the op mix: which operands make them meet the state that earlier ones left.
#ifndef CADASTRE_HARNESS_RUN_MIXED_OPS_H_
#define CADASTRE_HARNESS_RUN_MIXED_OPS_H_

#include <cstdint>
#include <initializer_list>

#include "harness/oracle/facts.h"
#include "harness/oracle/oracle.h"
#include "harness/run/op_mix.h"
#include "harness/script/script.h"

namespace cadastre::run {

class MixedOps {
 public:
  MixedOps(MixRandom& random, const oracle::MachineFacts& facts);

  // Every host's operation but list entries and raw calls.
  script::Op OfHost(script::OpCode code);
  // Any operation of a guest.
  script::Op OfGuest();
  script::Op InterruptOrWait();

  script::Op CreateVm(std::uint64_t kind, std::uint64_t page);
  script::Op CreateVcpu(script::Operand vm, script::Operand meta, script::Operand run_page);
  // An entry that fits a list call: words that the call does not use are zero.
  script::Op ListEntry(script::OpCode call, std::uint64_t index, script::Operand vm);
  static script::Op Make(script::OpCode code, std::initializer_list<script::Operand> operands);

  static script::Operand Number(std::uint64_t value);
  static script::Operand Page(std::uint64_t page);  // of RAM
  static script::Operand AnyVm(oracle::VmClass vm_class, std::uint64_t which);
  static script::Operand AnyPage(oracle::PageClass page_class, std::uint64_t which);
  script::Operand AnyPage(oracle::PageClass page_class);
  // In the script's window, a place apart for what its opening needs.
  std::uint64_t OpeningPage(std::uint64_t page) const { return window_ + page; }
  std::uint64_t WindowPage();

 private:
  script::Op OfVm(script::OpCode code);
  script::Op OfGuestPages(script::OpCode code);
  script::Op ShareGuest();
  script::Op LendOrDonate(script::OpCode code);
  script::Op HostAccess();
  script::Op GuestCall();
  script::Op GuestAccess();
  script::Operand FreshPage();
  script::Operand Count();
  script::Operand Rights();
  script::Operand AddedRights();
  script::Operand PlainVm();
  script::Operand ProtectedVm();
  script::Operand Gfn();
  script::Operand LiveGfn();
  script::Operand Dying();

  MixRandom& random_;
  std::uint64_t granule_;
  std::uint64_t window_;
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_MIXED_OPS_H_
