// SPDX-License-Identifier: Apache-2.0
// Scripts as text, `*.ops`: a header line, then one operation a line.
//
//   # SPDX-License-Identifier: Apache-2.0
//   cadastre-ops 1 profile=small
//   cpu0 share_guest vm=a pfn=ram+3 gfn=0x40 count=2 prot=rw -> EPERM row=503 detail=0  # a comment
//   cpu1 host_access pfn=image.first offset=0 access=read sched=0x12 -> injected
//
// Operands stand in the order of the table, all of them; `sched` only if it is not 0; the
// expectation may be missing. Laws: Parse(Print(s)) == s; Print(Parse(text)) is the canonical form
// of text.
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
