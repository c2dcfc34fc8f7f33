// SPDX-License-Identifier: Apache-2.0
// Scripts on QEMU, all in one boot, and what came of them there.
#ifndef CADASTRE_HARNESS_ON_TARGET_TARGET_RUN_H_
#define CADASTRE_HARNESS_ON_TARGET_TARGET_RUN_H_

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/on_target/trace.h"

namespace cadastre::on_target {

// What to boot, and on what.
struct Target {
  std::filesystem::path image;
  std::filesystem::path payload;
  std::string cpu_model = "cortex-a57";
};

// The answers to each trace's operations, in their order. Traces that overlap run in a boot of
// their own, whose CPUs run at the same time. kInternal, with a line for the user: QEMU could not
// be run or gave no answers; kResourceExhausted: the scripts don't fit.
absl::StatusOr<std::vector<std::vector<TargetAnswer>>> RunOnTarget(const Target& target,
                                                                   const TargetMachine& machine,
                                                                   std::span<const Trace> traces);

// Precondition: the trace does not overlap, or is what the order of these answers made of it
// (logged_order.h). The first operation that the target answers otherwise than the host, or that
// leaves another state or tables that the audit finds wrong, in words; empty if there is none.
std::string DifferenceOf(const Trace& trace, std::span<const TargetAnswer> answers);

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_TARGET_RUN_H_
