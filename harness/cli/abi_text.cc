// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/abi_text.h"

#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "service/abi/constants.h"
#include "service/abi/reference.h"
#include "service/abi/rows.h"
#include "service/hypervisor.h"

namespace cadastre {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kIndent = 12;  // below a call's name
constexpr unsigned kMajorShift = 16;

unsigned Number(abi::Row row) { return static_cast<unsigned>(row); }

std::string Version() {
  return absl::StrCat(kAbiVersion >> kMajorShift, ".",
                      kAbiVersion & ((std::uint64_t{1} << kMajorShift) - 1));
}

std::string CallerOf(const abi::ReferenceCall& call) {
  return call.note.empty() ? call.caller : absl::StrCat(call.caller, "; ", call.note);
}

void AppendLines(std::string& out, const std::vector<std::string>& items) {
  for (const std::string& line : abi::Wrapped(items, kWidth - kIndent))
    absl::StrAppendFormat(&out, "%*s%s\n", static_cast<int>(kIndent), "", line);
}

void AppendCall(std::string& out, const abi::ReferenceCall& call) {
  absl::StrAppendFormat(&out, "%-*s%-24s%s\n", static_cast<int>(kIndent), abi::Hex(call.id),
                        call.name, CallerOf(call));
  std::vector<std::string> args;
  for (std::size_t i = 0; i < call.args.size(); ++i) args.push_back(abi::RegisterOf(call, i));
  AppendLines(out, args.empty() ? std::vector<std::string>{"no arguments"} : args);
  if (call.refusals.empty()) {
    AppendLines(out, {"refuses nothing"});
  } else {
    std::vector<std::string> groups = abi::RefusalGroups(call);
    groups.front().insert(0, "refuses ");
    AppendLines(out, groups);
  }
  out += "\n";
}

std::string JsonArgs(const abi::ReferenceCall& call) {
  std::vector<std::string> args;
  for (std::size_t i = 0; i < call.args.size(); ++i) {
    const abi::ReferenceArg& arg = call.args[i];
    args.push_back(
        absl::StrFormat("{\"register\":\"x%d\",\"name\":\"%s\",\"bits\":%d,\"meaning\":\"%s\"}",
                        i + 1, arg.name, arg.bits, arg.meaning));
  }
  return absl::StrJoin(args, ",");
}

std::string JsonCall(const abi::ReferenceCall& call) {
  std::vector<unsigned> rows;
  for (const abi::Row row : call.refusals) rows.push_back(Number(row));
  return absl::StrFormat(
      "{\"id\":%d,\"name\":\"%s\",\"family\":\"%s\",\"caller\":\"%s\",\"note\":\"%s\",\"args\":[%s]"
      ",\"refusals\":[%s]}",
      call.id, call.name, call.family == abi::CallFamily::kHost ? "host" : "guest", call.caller,
      call.note, JsonArgs(call), absl::StrJoin(rows, ","));
}

std::string JsonConstants(const abi::ConstantGroup& group) {
  std::vector<std::string> constants;
  for (const abi::Constant& constant : group.constants) {
    constants.push_back(absl::StrFormat("{\"name\":\"%s\",\"value\":%d,\"comment\":\"%s\"}",
                                        constant.name, constant.value, constant.comment));
  }
  return absl::StrFormat("{\"title\":\"%s\",\"constants\":[%s]}", group.title,
                         absl::StrJoin(constants, ","));
}

}  // namespace

std::string AbiTable() {
  std::string out = absl::StrCat(
      "Cadastre's hypercalls, ABI ", Version(),
      ": HVC64 with immediate 0, x0 = id. Refused: x1 = -errno, x2 = detail,\n"
      "x3 = the number of the first row that refuses, in the order given here. service/ABI.md says "
      "more.\n\n");
  for (const abi::ReferenceCall& call : abi::ReferenceCalls()) AppendCall(out, call);
  out += "rows\n";
  for (const abi::RowInfo& info : abi::kRows) {
    absl::StrAppendFormat(&out, "  %d  %-20s%s\n", Number(info.row), info.name,
                          abi::NameOf(info.error));
  }
  return out;
}

std::string AbiCall(std::string_view name) {
  for (const abi::ReferenceCall& call : abi::ReferenceCalls()) {
    if (call.name != name) continue;
    std::string out =
        absl::StrCat(call.name, "  ", abi::Hex(call.id), "\ncalled by ", CallerOf(call), "\n");
    for (std::size_t i = 0; i < call.args.size(); ++i) {
      absl::StrAppendFormat(&out, "  %-12s%2d bits  %s\n", abi::RegisterOf(call, i),
                            call.args[i].bits, call.args[i].meaning);
    }
    out += call.refusals.empty() ? "refuses nothing\n" : "refuses, in this order\n";
    for (const abi::Row row : call.refusals) {
      const abi::RowInfo& info = abi::InfoOf(row);
      absl::StrAppendFormat(&out, "  %d  %-20s%s\n", Number(row), info.name,
                            abi::NameOf(info.error));
    }
    return out;
  }
  return "";
}

// Names and meanings hold no character that JSON would escape; a test reads all of it.
std::string AbiJson() {
  std::vector<std::string> calls;
  for (const abi::ReferenceCall& call : abi::ReferenceCalls()) calls.push_back(JsonCall(call));
  std::vector<std::string> rows;
  for (const abi::RowInfo& info : abi::kRows) {
    rows.push_back(absl::StrFormat("{\"row\":%d,\"name\":\"%s\",\"errno\":\"%s\",\"error\":%d}",
                                   Number(info.row), info.name, abi::NameOf(info.error),
                                   static_cast<unsigned>(info.error)));
  }
  std::vector<std::string> groups;
  for (const abi::ConstantGroup& group : abi::Constants()) groups.push_back(JsonConstants(group));
  return absl::StrCat("{\"version\":1,\"abi\":\"", Version(), "\",\"calls\":[",
                      absl::StrJoin(calls, ","), "],\"rows\":[", absl::StrJoin(rows, ","),
                      "],\"groups\":[", absl::StrJoin(groups, ","), "]}\n");
}

}  // namespace cadastre
