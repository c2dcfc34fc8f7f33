// SPDX-License-Identifier: Apache-2.0
// The scheduler's operation: lets what is under way on a CPU pass more yield points.
#ifndef CADASTRE_HARNESS_INTERLEAVE_STEP_OP_H_
#define CADASTRE_HARNESS_INTERLEAVE_STEP_OP_H_

#include <cstdint>

#include "harness/machine/scheduler.h"
#include "harness/script/script.h"

namespace cadastre::interleave {

// More than any operation has.
inline constexpr std::uint32_t kStepsToTheEnd = Scheduler::kStepsPerOp;

inline script::Op StepOp(unsigned cpu, std::uint32_t steps) {
  script::Op op;
  op.code = script::OpCode::kStep;
  op.cpu = static_cast<std::uint8_t>(cpu);
  op.operands[0] =
      steps < script::kIndexLimit
          ? script::Operand{script::OperandClass::kNumber, static_cast<std::uint16_t>(steps), 0}
          : script::Operand{script::OperandClass::kRaw, 0, steps};
  return op;
}

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_STEP_OP_H_
