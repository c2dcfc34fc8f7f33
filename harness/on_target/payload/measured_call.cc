// SPDX-License-Identifier: Apache-2.0
#include "harness/on_target/payload/measured_call.h"

namespace cadastre::on_target {

using payload::Answer;
using payload::EndQemu;
using payload::Hvc;
using payload::IsDone;
using payload::PutNumber;
using payload::PutText;

namespace {

[[noreturn]] void EndRefused(std::uint64_t id, const Answer& answer) {
  PutText("refused: call ");
  PutNumber(id & 0xff);
  PutText(" row ");
  PutNumber(answer.x3);
  PutText("\n");
  EndQemu(1);
}

}  // namespace

void Name(const Measured& what) {
  PutText("cost ");
  PutText(what.name);
  PutText(" ");
  PutNumber(what.pages);
  PutText(" ");
  PutText(what.where);
  PutText("\n");
}

// What EL1 executes between the marker and the call is not counted.
Answer MarkedHvc(std::uint64_t id, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                 std::uint64_t d, std::uint64_t e, std::uint64_t f) {
  asm volatile("hint #126" ::: "memory");
  return Hvc(id, a, b, c, d, e, f);
}

std::uint64_t Cost(const Measured& what, std::uint64_t id, std::uint64_t a, std::uint64_t b,
                   std::uint64_t c, std::uint64_t d, std::uint64_t e, std::uint64_t f) {
  const Answer answer = MarkedHvc(id, a, b, c, d, e, f);
  Name(what);
  if (!IsDone(answer)) EndRefused(id, answer);
  return answer.x2;
}

std::uint64_t Do(std::uint64_t id, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                 std::uint64_t d, std::uint64_t e, std::uint64_t f) {
  const Answer answer = Hvc(id, a, b, c, d, e, f);
  if (!IsDone(answer)) EndRefused(id, answer);
  return answer.x2;
}

}  // namespace cadastre::on_target
