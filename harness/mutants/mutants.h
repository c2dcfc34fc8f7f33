// SPDX-License-Identifier: Apache-2.0
// What mutated sources call. One build holds all mutants of a program: the environment variable
// MUTANT names the one that is alive, 0 or none is the true program. In constant expressions none
// is.
//
// Not a part of any product: harness/mutants/mutate adds the include to copies of sources.
#ifndef CADASTRE_HARNESS_MUTANTS_MUTANTS_H_
#define CADASTRE_HARNESS_MUTANTS_MUTANTS_H_

#include <type_traits>

// Mixed signs and precedence are those of the code that is wrapped.
#pragma clang system_header

namespace mutants {

// How many numbers the runtime can note as reached.
inline constexpr unsigned kMost = 1 << 16;

// Notes that the program came to the place of mutant `number`, and tells whether it is alive.
// mutants.cc.
bool ReachAt(unsigned number);

constexpr bool On(unsigned number) {
  if (std::is_constant_evaluated()) return false;
  return ReachAt(number);
}

// A condition; `number`: it holds always, the next: it never holds.
constexpr bool Condition(unsigned number, bool value) {
  const bool always = On(number);
  const bool never = On(number + 1);
  return always || (value && !never);
}

// a < b or a <= b.
template <class A, class B>
constexpr bool Less(unsigned number, const A& a, const B& b) {
  return On(number) ? a <= b : a < b;
}
template <class A, class B>
constexpr bool LessEqual(unsigned number, const A& a, const B& b) {
  return On(number) ? a < b : a <= b;
}
template <class A, class B>
constexpr bool Greater(unsigned number, const A& a, const B& b) {
  return On(number) ? a >= b : a > b;
}
template <class A, class B>
constexpr bool GreaterEqual(unsigned number, const A& a, const B& b) {
  return On(number) ? a > b : a >= b;
}

// a + b or a - b. Of pointers there is only one of the two.
template <class A, class B>
constexpr auto Plus(unsigned number, const A& a, const B& b) {
  if constexpr (std::is_arithmetic_v<A> && std::is_arithmetic_v<B>) {
    return On(number) ? a - b : a + b;
  } else {
    return a + b;
  }
}
template <class A, class B>
constexpr auto Minus(unsigned number, const A& a, const B& b) {
  if constexpr (std::is_arithmetic_v<A> && std::is_arithmetic_v<B>) {
    return On(number) ? a + b : a - b;
  } else {
    return a - b;
  }
}

// A number, or the next.
template <class A>
constexpr A Number(unsigned number, A value) {
  return On(number) ? static_cast<A>(value + 1) : value;
}

}  // namespace mutants

#endif  // CADASTRE_HARNESS_MUTANTS_MUTANTS_H_
