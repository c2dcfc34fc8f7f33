// SPDX-License-Identifier: Apache-2.0
// The host drives its redistributor through EL2: whatever register and width an access has, and
// nothing that would make the redistributor read or write memory.
#include <cstdint>

#include "service/el2/payload/checks.h"

namespace cadastre::payload {
namespace {

constexpr std::uint64_t kRedistributors = 0x080a'0000;
constexpr std::uint64_t kFrameBytes = 0x2'0000;
constexpr std::uint64_t kCtlr = 0x0;
constexpr std::uint64_t kTyper = 0x8;
constexpr std::uint64_t kPropbaser = 0x70;
constexpr std::uint64_t kPendbaser = 0x78;
constexpr std::uint64_t kPriorities = 0x1'0400;

// By registers that C++ keeps over a call, and by those that EL2's vectors save.
std::uint64_t LoadByX20(std::uint64_t address) {
  std::uint64_t value;
  asm volatile("ldr x20, [%1]\n mov %0, x20" : "=r"(value) : "r"(address) : "x20", "memory");
  return value;
}
std::uint64_t LoadByX30(std::uint64_t address) {
  std::uint64_t value;
  asm volatile("ldr x30, [%1]\n mov %0, x30" : "=r"(value) : "r"(address) : "x30", "memory");
  return value;
}
void StoreByX27(std::uint64_t address, std::uint64_t value) {
  asm volatile("mov x27, %1\n str x27, [%0]" : : "r"(address), "r"(value) : "x27", "memory");
}
// A byte with its sign.
std::uint64_t LoadByte(std::uint64_t address) {
  std::uint64_t value;
  asm volatile("ldrsb %0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}
void StoreByte(std::uint64_t address, std::uint8_t value) {
  asm volatile("strb %w1, [%0]" : : "r"(address), "r"(value) : "memory");
}

}  // namespace

void CheckRedistributor(std::uint64_t cpu) {
  const std::uint64_t frame = kRedistributors + cpu * kFrameBytes;
  const std::uint64_t typer = LoadByX20(frame + kTyper);
  Check(typer >> 32 == cpu && (typer >> 8 & 0xffff) == cpu, "GICR_TYPER tells the CPU");
  Check(LoadByX30(frame + kTyper) == typer, "and by another register");
  Check(LoadWord(frame + kTyper) == (typer & 0xffff'ffff), "and by half a register");
  Check((typer & 0xf) == 0, "GICR_TYPER tells no LPIs");
  StoreByX27(frame + kPropbaser, 0x4600'0000);
  StoreByX27(frame + kPendbaser, 0x4020'0000);
  Check(LoadByX20(frame + kPropbaser) == 0 && LoadByX20(frame + kPendbaser) == 0,
        "a redistributor is not told where tables are");
  StoreWord(frame + kCtlr, LoadWord(frame + kCtlr) | 1);
  Check((LoadWord(frame + kCtlr) & 1) == 0, "nor are its LPIs enabled");
  StoreByte(frame + kPriorities + 3, 0xa0);
  Check(LoadByte(frame + kPriorities + 3) == ~std::uint64_t{0x5f}, "a byte of its priorities");
  Check(IsLoadInjected(cpu, kRedistributors + kMaxCpus * kFrameBytes),
        "a load behind the redistributors");
}

}  // namespace cadastre::payload
