// SPDX-License-Identifier: Apache-2.0
// Scripts as text, `*.ops`: a header line, then one operation a line.
//
//   # SPDX-License-Identifier: Apache-2.0
//   cadastre-ops 1 profile=small
//   cpu0 share_guest vm=a pfn=ram+3 gfn=0x40 count=2 prot=rw -> EPERM row=503 detail=0  # a comment
//   cpu1 host_access pfn=image.first offset=0 access=read sched=0x12 -> injected
//   cpu0 vcpu_run -> guest x0=0
//   cpu0 guest_share_host gfn=0x40 -> exit(abort) x3=0x40
//
// Operands stand in the order of the table, all of them; `sched` only if it is not 0; the
// expectation may be missing. Behind the arrow:
//
//   0 x2= x3=              the call succeeds
//   EPERM row= detail=     it is refused; any error of the manual
//   unknown                x0 is -1
//   allowed, injected      of an access
//   guest x0= x1= x2= x3=  the guest runs next, with these registers: x0 of a guest's call
//   exit(NAME) x3=         the guest exits to the host: irq, wait, hvc, abort, need_tables, poison,
//                          shutdown, or a number
//   done                   carried out: cpu_off, step, list_entry
//   idle                   nothing to do: no guest runs, no list page, nothing under way
//
// Values behind these words may be missing, from the first on; a guest's are written as -N where
// they are small negative numbers. Laws: Parse(Print(s)) == s; Print(Parse(text)) is the canonical
// form of text.
#ifndef CADASTRE_HARNESS_SCRIPT_TEXT_H_
#define CADASTRE_HARNESS_SCRIPT_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "harness/script/script.h"

namespace cadastre::script {

// Precondition: all operands and notes are legal (operand.h, script.h).
std::string Print(const Script& script);

// One operation as its line, without the lines above it and without a line end.
std::string PrintOp(const Op& op);
// The line, from 1, on which Print puts an operation. Precondition: index < ops.size().
std::size_t LineOf(const Script& script, std::size_t index);
// The part behind the arrow: "EPERM row=503 detail=0".
std::string PrintExpectation(const Expectation& expectation);

// kInvalidArgument with one line: "line 3, column 12: expected ..., got '...'". Lines and columns
// count from 1, columns in bytes.
absl::StatusOr<Script> Parse(std::string_view text);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_TEXT_H_
