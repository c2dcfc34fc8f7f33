// SPDX-License-Identifier: Apache-2.0
// The scheduler's operation: lets what is under way on a CPU pass more yield points.
#ifndef CADASTRE_HARNESS_INTERLEAVE_STEP_OP_H_
#define CADASTRE_HARNESS_INTERLEAVE_STEP_OP_H_

#include <algorithm>
#include <cstdint>

#include "harness/script/script.h"

namespace cadastre::interleave {

// At a time. Longer operations take several.
inline constexpr std::uint32_t kMostSteps = script::kIndexLimit - 1;

// As many as are asked for, or as many as there can be.
inline script::Op StepOp(unsigned cpu, std::uint32_t steps) {
  script::Op op;
  op.code = script::OpCode::kStep;
  op.cpu = static_cast<std::uint8_t>(cpu);
  op.operands[0] = {script::OperandClass::kNumber,
                    static_cast<std::uint16_t>(std::min(steps, kMostSteps)), 0};
  return op;
}

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_STEP_OP_H_
