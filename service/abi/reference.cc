// SPDX-License-Identifier: Apache-2.0
#include "service/abi/reference.h"

#include <cstdio>
#include <iterator>
#include <optional>

#include "service/abi/calls.h"
#include "service/abi/features.h"
#include "service/abi/guest_calls.h"
#include "service/vm.h"

namespace cadastre::abi {
namespace {

std::string UpTo(std::uint64_t least, std::uint64_t most) {
  return std::to_string(least) + ".." + std::to_string(most);
}

std::string MeaningOf(const Call& call, ArgKind kind) {
  switch (kind) {
    case ArgKind::kVm:
      return "handle of a VM";
    case ArgKind::kPfn:
      return "page number";
    case ArgKind::kGfn:
      return "guest page number";
    case ArgKind::kCount:
      return "pages, " + UpTo(1, call.max_pages);
    case ArgKind::kProt:
      return "permissions: R with any of W, X";
    case ArgKind::kAddedProt:
      return "permissions: at least one of R, W, X";
    case ArgKind::kFlag:
      return "0 or 1";
    case ArgKind::kFeatureId:
      return "feature id, " + UpTo(0, std::size(kFeatures) - 1);
    case ArgKind::kVmFlags:
      return "bit 0: protected";
    case ArgKind::kIpaBits:
      return "bits of a guest address, " + std::to_string(kMinIpaBits) + "..x2 of features(" +
             std::to_string(static_cast<unsigned>(FeatureId::kAddressBits)) + ")";
    case ArgKind::kVcpuIndex:
      return "vCPU index, " + UpTo(0, kMaxVcpus - 1);
    case ArgKind::kListCount:
      return "entries of this CPU's list page, " + UpTo(1, kMaxListEntries);
    case ArgKind::kEntry:
      return "guest address of the first instruction, a multiple of 4";
    case ArgKind::kContext:
      return "x0 of the new vCPU";
  }
  return "";
}

constexpr unsigned WidthOf(GuestArgKind kind) {
  switch (kind) {
    case GuestArgKind::kIpa:
      return 64;
    case GuestArgKind::kKeep:
      return 1;
    case GuestArgKind::kZero:
      return 0;
  }
  return 0;
}

std::string MeaningOf(GuestArgKind kind) {
  switch (kind) {
    case GuestArgKind::kIpa:
      return "guest address of a page";
    case GuestArgKind::kKeep:
      return "1: the page goes back as it is; 0: it is scrubbed";
    case GuestArgKind::kZero:
      return "0";
  }
  return "";
}

std::string NoteOf(const Call& call) {
  if (call.presence == Presence::kCheckingBuild) return "checking builds only";
  switch (call.list) {
    case ListWords::kNoList:
      return "";
    case ListWords::kPfnAndGfn:
      return "entries hold pfn, gfn, count";
    case ListWords::kPfn:
      return "entries hold pfn, count; gfn is 0";
    case ListWords::kGfn:
      return "entries hold gfn, count; pfn is 0";
  }
  return "";
}

ReferenceCall Describe(const Call& call) {
  ReferenceCall described;
  described.family = CallFamily::kHost;
  described.id = kFunctionBase + static_cast<std::uint64_t>(call.number);
  described.name = call.name;
  described.caller = call.caller == Caller::kHost ? "host" : "host, protected guest";
  described.note = NoteOf(call);
  for (const Arg& arg : call.args)
    described.args.push_back({arg.name, WidthOf(arg.kind), MeaningOf(call, arg.kind)});
  described.refusals = {call.refusals.items, call.refusals.size};
  return described;
}

ReferenceCall Describe(const GuestCall& call) {
  ReferenceCall described;
  described.family = CallFamily::kGuest;
  described.id = static_cast<std::uint64_t>(call.id);
  described.name = call.name;
  described.caller = "protected guest";
  if (call.refusals.size != 0) described.note = "refused: x0 = -3 alone";
  for (const GuestArg& arg : call.args)
    described.args.push_back({arg.name, WidthOf(arg.kind), MeaningOf(arg.kind)});
  described.refusals = {call.refusals.items, call.refusals.size};
  return described;
}

}  // namespace

std::vector<ReferenceCall> ReferenceCalls() {
  std::vector<ReferenceCall> calls;
  for (const Call& call : kCalls) calls.push_back(Describe(call));
  for (const GuestCall& call : kGuestCalls) calls.push_back(Describe(call));
  return calls;
}

std::string RegisterOf(const ReferenceCall& call, std::size_t arg) {
  return "x" + std::to_string(arg + 1) + " " + call.args[arg].name;
}

std::vector<std::string> RefusalGroups(const ReferenceCall& call) {
  std::vector<std::string> groups;
  std::optional<Errno> last;
  for (const Row row : call.refusals) {
    const Errno error = InfoOf(row).error;
    if (error != last) groups.emplace_back(NameOf(error));
    groups.back() += " " + std::to_string(static_cast<unsigned>(row));
    last = error;
  }
  return groups;
}

std::string Hex(std::uint64_t value) {
  char text[sizeof("0x0123456789ABCDEF")];
  std::snprintf(text, sizeof(text), "0x%llX", static_cast<unsigned long long>(value));
  return text;
}

std::vector<std::string> Wrapped(const std::vector<std::string>& items, std::size_t width) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = i + 1 < items.size() ? items[i] + "," : items[i];
    if (lines.empty() || lines.back().size() + 1 + item.size() > width) {
      lines.push_back(item);
    } else {
      lines.back() += " " + item;
    }
  }
  return lines;
}

}  // namespace cadastre::abi
