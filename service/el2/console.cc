// SPDX-License-Identifier: Apache-2.0
#include "service/el2/console.h"

#include "service/el2/ticket_lock.h"

namespace cadastre::el2 {
namespace {

// PL011 (ARM DDI 0183), in words.
constexpr unsigned kData = 0;
constexpr unsigned kFlags = 0x18 / 4;
constexpr std::uint32_t kTransmitFull = 1 << 5;

volatile std::uint32_t* registers = nullptr;
TicketLock lock;

void PutChar(char c) {
  while ((registers[kFlags] & kTransmitFull) != 0) {
  }
  registers[kData] = static_cast<unsigned char>(c);
}

void PutText(const char* text) {
  for (; *text != '\0'; ++text) PutChar(*text);
}

void PutNumber(std::uint64_t number) {
  PutText("0x");
  int shift = 60;
  while (shift > 0 && number >> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) PutChar("0123456789abcdef"[number >> shift & 15]);
}

}  // namespace

void SetConsole(std::uint64_t base) { registers = reinterpret_cast<volatile std::uint32_t*>(base); }

void PrintParts(const Part* parts, unsigned count) {
  if (registers == nullptr) return;
  lock.Lock();
  PutText("cadastre: ");
  for (unsigned i = 0; i < count; ++i) {
    if (parts[i].text() != nullptr) {
      PutText(parts[i].text());
    } else {
      PutNumber(parts[i].number());
    }
  }
  PutText("\r\n");
  lock.Unlock();
}

}  // namespace cadastre::el2
