// SPDX-License-Identifier: Apache-2.0
// cadastre corpus: scripts from text to bytes and back, and whether committed ones are right.
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "harness/cli/commands.h"
#include "harness/cli/corpus_check.h"
#include "harness/cli/corpus_digests.h"
#include "harness/cli/flags.h"
#include "harness/cli/whole_file.h"
#include "harness/interleave/program.h"
#include "harness/script/codec.h"
#include "harness/script/dictionary.h"
#include "harness/script/text.h"

namespace cadastre {
namespace {

constexpr char kUsage[] =
    "usage: harness/cadastre corpus VERB ...\n"
    "\n"
    "  encode --out=FILE FILE.ops   write a script as the bytes that fuzzers mutate\n"
    "  decode FILE                  print the script that bytes are\n"
    "  expect FILE.ops              print a script with the answers that the specification gives\n"
    "  check FOLDER                 replay every *.ops below a folder with its expectations\n"
    "  digests FOLDER               print the state digest of every *.ops below a folder\n"
    "  dictionary                   print the fuzzers' dictionary of binary scripts\n"
    "\n"
    "harness/cadastre corpus VERB --help says more.\n"
    "\n"
    "Exit status: 0 done, 1 check found a wrong script, 2 misuse, a malformed script included,\n"
    "3 what it needs could not be installed, built, run or written.\n";

const ExitStatuses kExits = {.ok = "done", .found = "the core broke an invariant on the way"};

// What the user is told when a verb fails: one line and the exit status.
int Complain(const absl::Status& status) {
  std::fprintf(stderr, "cadastre corpus: %s\n", std::string(status.message()).c_str());
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
      return kExitMisuse;
    case absl::StatusCode::kFailedPrecondition:
      return kExitFound;
    default:
      return kExitBroken;
  }
}

// The one file that a verb works on; nullopt when the user asked for help, which has been printed.
absl::StatusOr<std::optional<std::string>> ParseOneFile(const CommandFlags& flags,
                                                        std::span<const std::string> args) {
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args);
  if (!parsed.ok()) return parsed.status();
  if (parsed->wish == ParsedFlags::Wish::kHelp) {
    std::printf("%s", flags.Help().c_str());
    return std::nullopt;
  }
  return parsed->files[0];
}

absl::StatusOr<script::Script> ReadOps(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadWholeFile(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<script::Script> script = script::Parse(*text);
  if (!script.ok()) {
    return absl::InvalidArgumentError(path + ": " + std::string(script.status().message()));
  }
  return script;
}

absl::StatusOr<std::vector<std::uint8_t>> Bytes(const script::Script& script,
                                                const std::string& format) {
  if (format == "script") return script::Encode(script);
  if (format == "interleaved") return interleave::EncodeInput(interleave::InputOf(script));
  run::Runners runners;
  return AsRawCalls(script, runners.For(script.profile));
}

int Encode(std::span<const std::string> args) {
  std::string out;
  std::string format = "script";
  CommandFlags flags("corpus encode", "--out=FILE FILE.ops", kExits);
  flags.Text("out", "the file to write", out);
  flags.Text("format", "which binary form", format);
  const absl::StatusOr<std::optional<std::string>> file = ParseOneFile(flags, args);
  if (!file.ok()) return Complain(file.status());
  if (!*file) return kExitOk;
  const absl::StatusOr<script::Script> script = ReadOps(**file);
  if (!script.ok()) return Complain(script.status());
  const absl::StatusOr<std::vector<std::uint8_t>> bytes = Bytes(*script, format);
  if (!bytes.ok()) return Complain(bytes.status());
  const absl::Status written = WriteWholeFile(out, *bytes);
  return written.ok() ? kExitOk : Complain(written);
}

int Decode(std::span<const std::string> args) {
  bool any = false;
  CommandFlags flags("corpus decode", "FILE", kExits);
  flags.Switch("any", "take any bytes, as fuzzing does", any);
  const absl::StatusOr<std::optional<std::string>> file = ParseOneFile(flags, args);
  if (!file.ok()) return Complain(file.status());
  if (!*file) return kExitOk;
  const absl::StatusOr<std::string> content = ReadWholeFile(**file);
  if (!content.ok()) return Complain(content.status());
  const std::vector<std::uint8_t> bytes(content->begin(), content->end());
  absl::StatusOr<script::Script> script =
      any ? script::DecodeAny(bytes) : script::DecodeStrict(bytes);
  if (!script.ok()) {
    return Complain(
        absl::InvalidArgumentError(**file + ": " + std::string(script.status().message())));
  }
  std::printf("%s", script::Print(*script).c_str());
  return kExitOk;
}

int Expect(std::span<const std::string> args) {
  CommandFlags flags("corpus expect", "FILE.ops", kExits);
  const absl::StatusOr<std::optional<std::string>> file = ParseOneFile(flags, args);
  if (!file.ok()) return Complain(file.status());
  if (!*file) return kExitOk;
  absl::StatusOr<script::Script> script = ReadOps(**file);
  if (!script.ok()) return Complain(script.status());
  run::Runners runners;
  const script::Profile profile = script->profile;
  const absl::StatusOr<script::Script> expected =
      WithExpectations(*std::move(script), runners.For(profile));
  if (!expected.ok()) return Complain(expected.status());
  std::printf("%s", script::Print(*expected).c_str());
  return kExitOk;
}

int Check(std::span<const std::string> args) {
  CommandFlags flags("corpus check", "FOLDER", {.ok = "all are right", .found = "one is wrong"});
  const absl::StatusOr<std::optional<std::string>> folder = ParseOneFile(flags, args);
  if (!folder.ok()) return Complain(folder.status());
  if (!*folder) return kExitOk;
  const absl::StatusOr<CorpusReport> report = CheckCorpus(**folder);
  if (!report.ok()) return Complain(report.status());
  for (const std::vector<std::string>* lines : {&report->malformed, &report->wrong}) {
    for (const std::string& line : *lines) {
      std::fprintf(stderr, "cadastre corpus: %s\n", line.c_str());
    }
  }
  std::printf("%zu scripts, %zu operations, %zu malformed, %zu wrong\n", report->scripts,
              report->ops, report->malformed.size(), report->wrong.size());
  if (!report->malformed.empty()) return kExitMisuse;
  return report->wrong.empty() ? kExitOk : kExitFound;
}

int Digests(std::span<const std::string> args) {
  CommandFlags flags("corpus digests", "FOLDER",
                     {.ok = "each script has the same digests in each of three runs",
                      .found = "one has others, or broke an invariant"});
  const absl::StatusOr<std::optional<std::string>> folder = ParseOneFile(flags, args);
  if (!folder.ok()) return Complain(folder.status());
  if (!*folder) return kExitOk;
  const absl::StatusOr<CorpusDigests> digests = DigestCorpus(**folder);
  if (!digests.ok()) return Complain(digests.status());
  for (const std::string& line : digests->lines) std::printf("%s\n", line.c_str());
  for (const std::string& line : digests->wrong) {
    std::fprintf(stderr, "cadastre corpus: %s\n", line.c_str());
  }
  return digests->wrong.empty() ? kExitOk : kExitFound;
}

int PrintDictionary(std::span<const std::string> args) {
  CommandFlags flags("corpus dictionary", "", kExits);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args);
  if (!parsed.ok()) return Complain(parsed.status());
  const bool help = parsed->wish == ParsedFlags::Wish::kHelp;
  std::printf("%s", (help ? flags.Help() : script::Dictionary()).c_str());
  return kExitOk;
}

struct Verb {
  const char* name;
  int (*run)(std::span<const std::string> args);
};
constexpr Verb kVerbs[] = {{"encode", &Encode},   {"decode", &Decode},
                           {"expect", &Expect},   {"check", &Check},
                           {"digests", &Digests}, {"dictionary", &PrintDictionary}};

}  // namespace

int RunCorpus(std::span<const std::string> args) {
  if (args.empty()) {
    return Complain(absl::InvalidArgumentError(
        "no verb given (encode, decode, expect, check, digests, dictionary)"));
  }
  if (args[0] == "--help" || args[0] == "-h") {
    std::printf("%s", kUsage);
    return kExitOk;
  }
  for (const Verb& verb : kVerbs) {
    if (args[0] == verb.name) return verb.run(args.subspan(1));
  }
  return Complain(absl::InvalidArgumentError(
      "unknown verb '" + args[0] + "' (encode, decode, expect, check, digests, dictionary)"));
}

}  // namespace cadastre
