// SPDX-License-Identifier: Apache-2.0
// An oracle as a Picker.
#ifndef CADASTRE_HARNESS_SCRIPT_ORACLE_PICKER_H_
#define CADASTRE_HARNESS_SCRIPT_ORACLE_PICKER_H_

#include "harness/oracle/oracle.h"
#include "harness/script/resolve.h"

namespace cadastre::script {

class OraclePicker final : public Picker {
 public:
  // The oracle must outlive the picker.
  explicit OraclePicker(const oracle::Oracle& oracle) : oracle_(&oracle) {}

  std::optional<std::uint64_t> PickPage(oracle::PageClass page_class,
                                        std::uint64_t index) const override {
    return oracle_->PickPage(page_class, index);
  }
  std::optional<std::uint64_t> PickVm(oracle::VmClass vm_class,
                                      std::uint64_t index) const override {
    return oracle_->PickVm(vm_class, index);
  }
  std::optional<std::uint64_t> PickGfn(std::uint64_t vm_handle,
                                       std::uint64_t index) const override {
    return oracle_->PickGfn(vm_handle, index);
  }
  std::optional<std::uint64_t> RunningVm(unsigned cpu) const override {
    return oracle_->RunningVm(cpu);
  }
  std::optional<std::uint64_t> ListPage(unsigned cpu) const override {
    return oracle_->ListPage(cpu);
  }

 private:
  const oracle::Oracle* oracle_;
};

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_ORACLE_PICKER_H_
