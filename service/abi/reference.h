// SPDX-License-Identifier: Apache-2.0
// The tables of this folder in one shape, with words for a reader: what the C header and
// `harness/cadastre abi` print. Host code; the hypervisor has no use for it.
#ifndef CADASTRE_SERVICE_ABI_REFERENCE_H_
#define CADASTRE_SERVICE_ABI_REFERENCE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "service/abi/rows.h"

namespace cadastre::abi {

enum class CallFamily : std::uint8_t { kHost, kGuest };  // kCalls, kGuestCalls

// An argument; the first one is in x1.
struct ReferenceArg {
  std::string name;
  unsigned bits = 0;    // bits above this width are refused
  std::string meaning;  // what it may be: "pages, 1..512"
};

struct ReferenceCall {
  CallFamily family{};
  std::uint64_t id = 0;  // the whole function id, as in x0
  std::string name;
  std::string caller;
  std::string note;  // empty, or what else is special: "checking builds only"
  std::vector<ReferenceArg> args;
  std::span<const Row> refusals;  // in the order in which they are judged
};

// The host's calls, then the guest's, in the tables' order.
std::vector<ReferenceCall> ReferenceCalls();

// "x1 vm", "x2 pfn", ...
std::string RegisterOf(const ReferenceCall& call, std::size_t arg);

// The refusals, those that follow each other with one errno together: "EINVAL 101 103".
std::vector<std::string> RefusalGroups(const ReferenceCall& call);

// "0xC6000044".
std::string Hex(std::uint64_t value);

// Lines of at most `width` characters that hold the items in their order, with ", " between them.
std::vector<std::string> Wrapped(const std::vector<std::string>& items, std::size_t width);

}  // namespace cadastre::abi

#endif  // CADASTRE_SERVICE_ABI_REFERENCE_H_
