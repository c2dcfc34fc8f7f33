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

Answer MarkedHvc(std::uint64_t id, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                 std::uint64_t d, std::uint64_t e, std::uint64_t f) {
  register std::uint64_t x0 asm("x0") = id;
  register std::uint64_t x1 asm("x1") = a;
  register std::uint64_t x2 asm("x2") = b;
  register std::uint64_t x3 asm("x3") = c;
  register const std::uint64_t x4 asm("x4") = d;
  register const std::uint64_t x5 asm("x5") = e;
  register const std::uint64_t x6 asm("x6") = f;
  asm volatile("hint #126\n hvc #0"
               : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
               : "r"(x4), "r"(x5), "r"(x6)
               : "memory");
  return {x0, x1, x2, x3};
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
