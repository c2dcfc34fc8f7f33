// SPDX-License-Identifier: Apache-2.0
#include "harness/script/favourites.h"

#include <cstdint>

namespace cadastre::script {
namespace {

using enum OperandClass;

constexpr Operand Number(std::uint16_t value) { return {kNumber, value, 0}; }
constexpr Operand Raw(std::uint64_t value) { return {kRaw, 0, value}; }
constexpr Operand Rights(std::uint16_t rights, std::uint16_t bit = 2) {
  return {kProt, static_cast<std::uint16_t>((bit - 2) << 3 | rights), 0};
}
constexpr Operand Used(std::uint16_t before, std::uint16_t distance) {
  return {kUsed, static_cast<std::uint16_t>((before - 1) << 6 | (distance + 32)), 0};
}

constexpr Operand Function(std::uint16_t number, FunctionForm form) {
  return {kFunction, static_cast<std::uint16_t>(static_cast<unsigned>(form) << 8 | number), 0};
}

constexpr Operand kVms[] = {{kCreated, 0, 0},       {kAnyVm, 1 << 9, 0}, {kCreated, 1, 0},
                            {kAnyVm, 0, 0},         {kCreated, 2, 0},    {kAnyVm, 1 << 9 | 1, 0},
                            {kAnyVm, 3 << 9, 0},    {kAnyVm, 4 << 9, 0}, {kAnyVm, 2 << 9, 0},
                            {kAnyVm, 2 << 9 | 1, 0}};
constexpr Operand Private(std::uint16_t which) { return {kAnyPage, which, 0}; }
constexpr Operand kPfns[] = {Used(1, 0),
                             Private(0),
                             Used(1, 1),
                             Private(1),
                             Used(2, 0),
                             Private(2),
                             Used(3, 0),
                             Private(9),
                             Used(4, 0),
                             Private(40),
                             Private(133),
                             Private(255),
                             {kAnyPage, 1 << 8, 0},
                             {kAnyPage, 3 << 8, 0},
                             {kAnyPage, 4 << 8, 0},
                             {kAnyPage, 5 << 8, 0},
                             {kAnyPage, 2 << 8, 0},
                             {kAnyPage, 12 << 8, 0},
                             {kAnyPage, 13 << 8, 0},
                             {kAnyPage, 14 << 8, 0},
                             {kAnyPage, 15 << 8, 0}};
constexpr Operand kGfns[] = {Used(1, 0),    Used(1, 1),    Used(2, 0),    {kLiveGfn, 8, 0},
                             {kSpan, 0, 0}, {kSpan, 1, 0}, {kSpan, 2, 0}, {kGfnEnd, 2047, 0}};
constexpr Operand kCounts[] = {Number(1),   Number(1),   Number(1),   Number(2),
                               Number(3),   Number(4),   Number(8),   Number(16),
                               Number(63),  Number(64),  Number(65),  Number(128),
                               Number(511), Number(512), Number(513), Number(0)};
constexpr Operand kProts[] = {Rights(1),    Rights(3),     Rights(5),     Rights(7),
                              Rights(2),    Rights(4),     Rights(0),     Rights(6),
                              Rights(3, 3), Rights(3, 55), Rights(7, 58), Rights(1, 63)};
constexpr Operand kFlags[] = {Number(0), Number(1), Number(0),
                              Number(1), Number(2), Raw(std::uint64_t{1} << 32)};
constexpr Operand kFeatureIds[] = {Number(0), Number(1), Number(2), Number(3),
                                   Number(4), Number(5), Number(6), Number(7)};
constexpr Operand kIpaBits[] = {Number(36), Number(33), Number(32), Number(34), Number(35),
                                Number(39), Number(40), Number(41), Number(31), Number(48)};
constexpr Operand kRegisters[] = {{kFunction, 0x42, 0},
                                  {kFunction, 0x44, 0},
                                  {kFunction, 0x56, 0},
                                  {kFunction, 0x142, 0},
                                  {kFunction, 0x242, 0},
                                  {kFunction, 0x48, 0},
                                  {kFunction, 0x3f, 0},
                                  {kCreated, 0, 0},
                                  Raw(~std::uint64_t{0}),
                                  Function(0x03, FunctionForm::kPlain),     // a guest's share_host
                                  Function(0x09, FunctionForm::kPlain),     // relinquish
                                  Function(0x02, FunctionForm::kStandard),  // PSCI: CPU_OFF
                                  Function(0x03, FunctionForm::kStandard64),  // CPU_ON
                                  Function(0x04, FunctionForm::kStandard64),  // AFFINITY_INFO
                                  Function(0x08, FunctionForm::kStandard),    // SYSTEM_OFF
                                  Function(0x0a, FunctionForm::kStandard),    // FEATURES
                                  Function(0x00, FunctionForm::kArchitecture),
                                  Function(0x00, FunctionForm::kHvc32),
                                  Function(0x01, FunctionForm::kQuery)};
constexpr Operand kImmediates[] = {Number(1), Number(0), Raw(0xffff)};
// Words 0, 3, 4, 35, 36 and 37 of a run page among them.
constexpr Operand kOffsets[] = {Number(0),  Number(8),   Number(4088), Number(24),
                                Number(32), Number(280), Number(288),  Number(296)};
constexpr Operand kAccesses[] = {Number(0), Number(1), Number(2), Number(3), Number(4), Number(5)};
constexpr Operand kVcpuIndices[] = {Number(0), Number(1), Number(2), Number(63), Number(64)};
constexpr Operand kListCounts[] = {Number(1), Number(2), Number(3), Number(64), Number(65)};
constexpr Operand kListIndices[] = {Number(0), Number(1), Number(2), Number(63)};
constexpr Operand kEntries[] = {Number(0), Number(4), Number(2), Raw(0x4008'0000)};
// As a table's or a page's descriptor, a register or a flag.
constexpr Operand kWords[] = {Number(0), Number(1), Number(3), Raw(~std::uint64_t{0}),
                              Raw(0x4020'07ff)};
constexpr Operand kGuestRegisters[] = {Number(0), Number(1), Number(31)};
constexpr Operand kStepCounts[] = {Number(1), Number(3), Number(10), Number(40), Number(400)};

}  // namespace

std::span<const Operand> FavouritesOf(OperandKind kind) {
  switch (kind) {
    case OperandKind::kVm:
      return kVms;
    case OperandKind::kPfn:
      return kPfns;
    case OperandKind::kGfn:
      return kGfns;
    case OperandKind::kCount:
      return kCounts;
    case OperandKind::kProt:
      return kProts;
    case OperandKind::kFlag:
    case OperandKind::kVmFlags:
      return kFlags;
    case OperandKind::kFeatureId:
      return kFeatureIds;
    case OperandKind::kIpaBits:
      return kIpaBits;
    case OperandKind::kRegister:
      return kRegisters;
    case OperandKind::kImmediate:
      return kImmediates;
    case OperandKind::kOffset:
      return kOffsets;
    case OperandKind::kAccess:
      return kAccesses;
    case OperandKind::kVcpuIndex:
      return kVcpuIndices;
    case OperandKind::kListCount:
      return kListCounts;
    case OperandKind::kListIndex:
      return kListIndices;
    case OperandKind::kEntry:
      return kEntries;
    case OperandKind::kWord:
      return kWords;
    case OperandKind::kGuestRegister:
      return kGuestRegisters;
    case OperandKind::kSteps:
      return kStepCounts;
  }
  return kOffsets;
}

}  // namespace cadastre::script
