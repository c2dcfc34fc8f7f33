// SPDX-License-Identifier: Apache-2.0
#include "harness/run/report.h"

#include <algorithm>
#include <cctype>
#include <cinttypes>
#include <cstdio>
#include <iterator>

#include "harness/run/json.h"
#include "harness/script/text.h"

namespace cadastre::run {
namespace {

// The oracle's names are in harness/oracle/invariants.cc; report_test.cc holds these lists against
// them.
constexpr std::string_view kIsolation[] = {
    "DECODABLE_ENTRY",     "SINGLE_PARENT",     "TABLE_PRIVATE",        "IMAGE_PROTECTED",
    "EXCLUSIVE_OWNER",     "NON_RAM_UNOWNED",   "PERMISSION_BOUND",     "MEMORY_TYPE",
    "IDENTITY_MAP",        "SCRUBBED_CLEAN",    "NO_WRITE_OUTSIDE_HYP", "LEGAL_ROW",
    "VTTBR_AGREES",        "GFN_AGREES",        "PAGE_AGREES",          kHostAccessForbidden,
    kGuestAccessForbidden, kWildAccess,         "GUEST_REGISTERS",      "RUN_PAGE",
    "READ_ONCE",           "STALE_TRANSLATION", "BREAK_BEFORE_MAKE",    "PUBLISHED_UNORDERED",
    "LOCK_COVERS",         "MAINTENANCE_COUNT", "SECRET_VISIBLE",       "FORBIDDEN_READ",
    kSecretLeaks,
};
constexpr std::string_view kAvailability[] = {
    kCoreAssertion,    kStepBudget, kLockOrder, kLockNotHeld, kLockHeldAtExit, kHostAccessStuck,
    kGuestAccessStuck, kTwoPhase,   kDeadlock,  kBootRefused, kScrubUnderLock, kLoadUncovered,
};

template <std::size_t N>
bool Contains(const std::string_view (&list)[N], std::string_view id) {
  return std::find(std::begin(list), std::end(list), id) != std::end(list);
}

// Detail of any origin as one line that no crash parser takes for something else: these words begin
// crash types of their own, and a later one would overwrite the bucket.
std::string Tame(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, ' ');
  std::string folded = out;
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  for (const std::string_view word :
       {"assertion", "panic", "check failed", "sanitizer", "fuzzer"}) {
    for (std::size_t at = folded.find(word); at != std::string::npos;
         at = folded.find(word, at + 1))
      out[at] = '*';
  }
  return out;
}

std::string Quote(std::string_view text) { return JsonString(Tame(text)); }

void AddDetail(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out.append("  hyp: ").append(name).append(": ").append(Tame(text)).append("\n");
}

// The operation that failed; a sweep only finds what one did that ran before.
void AddOperation(std::string& out, const Failure& failure, const TranscriptLine& line) {
  const Outcome& outcome = line.outcome;
  AddDetail(out, failure.call == "sweep" ? "found after" : "operation", script::PrintOp(line.op));
  if (outcome.expected) AddDetail(out, "expected", script::PrintExpectation(*outcome.expected));
  AddDetail(out, "got",
            outcome.got ? script::PrintExpectation(*outcome.got) : "the core did not return");
  AddDetail(out, "page before", line.page_before);
  AddDetail(out, "page after", line.page_after);
}

// The members of a violation's object, without braces.
std::string ViolationMembers(const Failure& failure, const std::vector<TranscriptLine>& lines) {
  constexpr std::size_t kPrefix = std::string_view("FuzzerSecurityIssue").size();
  std::string out = "\"invariant\":" + Quote(failure.violation.id) +
                    ",\"call\":" + Quote(failure.call) +
                    ",\"op_index\":" + std::to_string(failure.op_index) +
                    ",\"severity\":" + Quote(SeverityToken(failure.violation.id).substr(kPrefix)) +
                    ",\"detail\":" + Quote(failure.violation.detail) + ",\"also\":[";
  for (std::size_t i = 0; i < failure.violation.also.size(); ++i) {
    out += (i == 0 ? "" : ",") + Quote(failure.violation.also[i]);
  }
  out += "]";
  if (const std::size_t number = BlamedLine(failure, lines); number != 0) {
    const Outcome& outcome = lines[number - 1].outcome;
    out += ",\"operation\":" + Quote(script::PrintOp(lines[number - 1].op));
    if (outcome.expected)
      out += ",\"expected\":" + Quote(script::PrintExpectation(*outcome.expected));
    if (outcome.got) out += ",\"got\":" + Quote(script::PrintExpectation(*outcome.got));
  }
  return out;
}

std::string Digits(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof(text), "%016" PRIx64, value);
  return text;
}

}  // namespace

std::string BucketLine(const Failure& failure) {
  const std::string id = failure.violation.id;
  std::string hash = id + "-";
  std::remove_copy_if(failure.call.begin(), failure.call.end(), std::back_inserter(hash),
                      [](unsigned char c) { return std::isdigit(c) != 0; });
  const std::string bucket = id + " FuzzerHash=" + hash;
  return "ASSERTION FAILED: " + bucket.substr(0, kBucketLength);
}

std::string_view SeverityToken(std::string_view invariant) {
  if (Contains(kIsolation, invariant)) return "FuzzerSecurityIssueHigh";
  if (Contains(kAvailability, invariant)) return "FuzzerSecurityIssueMedium";
  return "FuzzerSecurityIssueLow";
}

std::vector<std::string_view> InvariantsWithSeverity() {
  std::vector<std::string_view> names(std::begin(kIsolation), std::end(kIsolation));
  names.insert(names.end(), std::begin(kAvailability), std::end(kAvailability));
  return names;
}

std::string FormatReport(const Failure& failure, const std::vector<TranscriptLine>& lines,
                         script::Profile profile) {
  std::string out =
      BucketLine(failure) + "\n" + std::string(SeverityToken(failure.violation.id)) + "\n";
  AddDetail(out, "violation", failure.violation.detail);
  for (const char* also : failure.violation.also) AddDetail(out, "also", also);
  if (const std::size_t number = BlamedLine(failure, lines); number != 0) {
    AddDetail(out, "operation number", std::to_string(number));
    AddOperation(out, failure, lines[number - 1]);
  }
  out += "  hyp-json: {\"version\":1," + ViolationMembers(failure, lines) + "}\n";
  return out + script::Print(ScriptOf(lines, profile));
}

std::string FormatJson(std::string_view file, const RunResult& result,
                       const std::vector<TranscriptLine>& lines) {
  std::string out = "{\"version\":1,\"file\":" + JsonString(file) +
                    ",\"ops\":" + std::to_string(result.ops) +
                    ",\"raw\":" + Quote(Digits(result.raw.high) + Digits(result.raw.low));
  if (!result.failure)
    return out + ",\"state\":" + Quote(Digits(result.state)) + ",\"violation\":null}";
  return out + ",\"violation\":{" + ViolationMembers(*result.failure, lines) + "}}";
}

void assert_report(const std::string& report) {
  std::fwrite(report.data(), 1, report.size(), stderr);
  std::fflush(stderr);
  __builtin_trap();
}

}  // namespace cadastre::run
