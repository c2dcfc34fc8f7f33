// SPDX-License-Identifier: Apache-2.0
// Moves of an alphabet that write a list and make the call which reads it.
#include <utility>
#include <vector>

#include "harness/explore/alphabet.h"

namespace cadastre::explore {

using script::OpCode;
using script::Operand;

void Alphabet::ListCall(Operand vm, OpCode code, const std::vector<ListEntry>& entries,
                        Move::Closed closed) {
  Move move;
  move.main = entries.size();
  move.closed = closed;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    move.calls.push_back(
        {.op = MakeOp(OpCode::kListEntry,
                      {vm, Number(i), entries[i].pfn, entries[i].gfn, Number(entries[i].count)})});
  }
  const bool has_rights = code == OpCode::kShareGuestList || code == OpCode::kLendGuestList;
  move.calls.push_back(
      {.op = has_rights ? MakeOp(code, {vm, Number(entries.size()), Prot(bounds_.rights.front())})
                        : MakeOp(code, {vm, Number(entries.size())})});
  AddOnCallers(std::move(move));
}

void Alphabet::ListMisuse(std::uint8_t vm, OpCode code) {
  const bool has_pfn = code != OpCode::kUnshareGuestList;
  const bool has_gfn = code != OpCode::kVmDonateTablesList;
  const Operand pfn = has_pfn ? Page(bounds_.pages.front()) : Number(0);
  const Operand gfn = Number(0);
  constexpr std::uint64_t kHole = 0x10;
  constexpr std::uint64_t kSpaceEnd = std::uint64_t{1} << 36;  // of both spaces
  const std::uint64_t beyond = std::uint64_t{1} << (bounds_.vms[vm].ipa_bits - 12);
  const Operand handle = VmOf(vm);
  ListCall(handle, code, {{pfn, gfn, 0}});
  ListCall(handle, code, {{pfn, gfn, 513}});
  ListCall({script::OperandClass::kRaw, 0, 0xffff'ffff}, code, {{pfn, gfn}});
  if (has_pfn) {
    ListCall(handle, code, {{Number(kHole), gfn}});
    ListCall(handle, code, {{Number(kSpaceEnd), gfn}});
  } else {
    ListCall(handle, code, {{Number(1), gfn}});
  }
  ListCall(handle, code, {{pfn, Number(kSpaceEnd)}});
  if (has_gfn) ListCall(handle, code, {{pfn, Number(beyond)}});
}

Alphabet& Alphabet::Lists() {
  std::vector<ListEntry> entries;
  std::vector<ListEntry> gfns;
  for (const std::uint64_t gfn : bounds_.gfns) {
    for (const std::uint64_t page : bounds_.pages) entries.push_back({Page(page), Number(gfn)});
    gfns.push_back({Number(0), Number(gfn)});
  }
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    for (const OpCode code : {OpCode::kShareGuestList, OpCode::kLendGuestList,
                              OpCode::kDonateGuestList, OpCode::kUnshareGuestList}) {
      const std::vector<ListEntry>& all = code == OpCode::kUnshareGuestList ? gfns : entries;
      for (const ListEntry& first : all) {
        ListCall(VmOf(vm), code, {first});
        for (const ListEntry& second : all) ListCall(VmOf(vm), code, {first, second});
      }
      ListMisuse(vm, code);
    }
  }
  return *this;
}

Alphabet& Alphabet::TableLists() {
  constexpr OpCode kCode = OpCode::kVmDonateTablesList;
  for (std::uint8_t vm = 0; vm < bounds_.vms.size(); ++vm) {
    for (const std::uint64_t page : bounds_.pages) {
      ListCall(VmOf(vm), kCode, {{Page(page), Number(0)}});
      ListCall(VmOf(vm), kCode, {{Page(page), Number(0)}, {Page(page), Number(0)}});
      if (page == bounds_.pages.back()) continue;
      // Two neighbours: that is not closed under renaming.
      ListCall(VmOf(vm), kCode, {{Page(page), Number(0)}, {Page(page + 1), Number(0)}},
               Move::Closed::kNot);
    }
    ListMisuse(vm, kCode);
  }
  return *this;
}

}  // namespace cadastre::explore
