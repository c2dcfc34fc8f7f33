// SPDX-License-Identifier: Apache-2.0
// Every number that a client of the hypercalls needs, by name: from the tables, in groups. What the
// C header defines and `harness/cadastre abi --json` lists.
#ifndef CADASTRE_SERVICE_ABI_CONSTANTS_H_
#define CADASTRE_SERVICE_ABI_CONSTANTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "service/abi/reference.h"

namespace cadastre::abi {

enum class Radix : std::uint8_t { kDecimal, kHex };

struct Constant {
  std::string name;  // in capitals, without a prefix
  std::uint64_t value = 0;
  Radix radix = Radix::kDecimal;
  std::string comment;  // may be empty
};

struct ConstantGroup {
  std::string title;
  std::vector<Constant> constants;
};

// The constant that stands for a call's id: CALL_SHARE_GUEST, GUEST_CALL_WAIT.
Constant IdOf(const ReferenceCall& call);

// All others.
std::vector<ConstantGroup> Constants();

// The value as C, C++ and an assembler read it.
std::string Literal(const Constant& constant);

}  // namespace cadastre::abi

#endif  // CADASTRE_SERVICE_ABI_CONSTANTS_H_
