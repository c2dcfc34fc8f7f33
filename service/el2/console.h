// SPDX-License-Identifier: Apache-2.0
// Lines on a PL011. It needs no set-up after firmware. A line is written whole: two CPUs' lines do
// not mix.
#ifndef CADASTRE_SERVICE_EL2_CONSOLE_H_
#define CADASTRE_SERVICE_EL2_CONSOLE_H_

#include <cstdint>

namespace cadastre::el2 {

// A part of a line: text, or a number in hexadecimal.
class Part {
 public:
  constexpr explicit(false) Part(const char* text) : text_(text) {}
  constexpr explicit(false) Part(std::uint64_t number) : number_(number) {}
  const char* text() const { return text_; }
  std::uint64_t number() const { return number_; }

 private:
  const char* text_ = nullptr;
  std::uint64_t number_ = 0;
};

// Where the PL011's registers are; 0, as at first: nowhere, and lines are lost.
void SetConsole(std::uint64_t base);

void PrintParts(const Part* parts, unsigned count);

// One line: Print("pool ", first, " to ", last).
template <class... Parts>
void Print(const Parts&... parts) {
  const Part all[] = {Part(parts)...};
  PrintParts(all, sizeof...(parts));
}

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_CONSOLE_H_
