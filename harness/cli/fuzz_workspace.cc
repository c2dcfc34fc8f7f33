// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/fuzz_workspace.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "harness/cli/built_files.h"
#include "harness/cli/fuzz_disk.h"
#include "harness/process/process.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

std::string Contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The rules of fuzz/BUILD that carry the tag, by name.
absl::StatusOr<std::vector<std::string>> RulesTagged(const fs::path& root, const std::string& tag) {
  const std::string query = absl::StrCat("attr(tags, \"\\b", tag, "\\b\", //fuzz:all)");
  const absl::StatusOr<std::string> labels = RunForOutput(
      {.words = {"bazel", "query", "--noshow_progress", "--ui_event_filters=-info", query},
       .directory = root});
  if (!labels.ok()) return labels.status();
  std::vector<std::string> names;
  for (const auto& label : absl::StrSplit(*labels, '\n', absl::SkipEmpty())) {
    names.emplace_back(label.substr(label.find(':') + 1));
  }
  return names;
}

absl::Status RefuseUnknownTarget(const std::vector<std::string>& rules,
                                 const FuzzOptions& options) {
  const std::string suffix = absl::StrCat("_", NameOf(options.engine));
  if (std::find(rules.begin(), rules.end(), options.target + suffix) != rules.end())
    return absl::OkStatus();
  std::vector<std::string> names;
  for (const std::string& rule : rules)
    names.push_back(rule.substr(0, rule.size() - suffix.size()));
  return absl::InvalidArgumentError(absl::StrCat(
      "no fuzz target '", options.target, "'; the targets are ", absl::StrJoin(names, ", ")));
}

// Two runs in one folder would take each other's findings. The lock is the process's and ends with
// it, however it ends.
absl::Status LockFolder(const fs::path& folder) {
  const int file = open((folder / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  if (file < 0) return absl::InternalError(absl::StrCat("can't write ", folder.string()));
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  close(file);
  return absl::InvalidArgumentError(
      absl::StrCat("another run is using ", folder.string(), "; wait for it to end"));
}

// A copy, so that a later build does not change the fuzzer under its own run.
absl::Status Copy(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::remove(to, error);
  fs::copy_file(from, to, error);
  return error ? absl::InternalError(absl::StrCat(to.string(), ": ", error.message()))
               : absl::OkStatus();
}

absl::Status Unpack(const fs::path& zip, const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  if (!fs::exists(zip)) return absl::OkStatus();  // a target without seeds has no zip
  // Its own complaint would be a stack trace.
  const bool done = RunForOutput({.words = {"sh", "-c", "python3 -m zipfile -e \"$0\" \"$1\" 2>&-",
                                            zip.string(), folder.string()}})
                        .ok();
  return done ? absl::OkStatus()
              : absl::InternalError(
                    absl::StrCat("can't unpack ", zip.string(), " into ", folder.string()));
}

}  // namespace

std::map<std::string, std::string> ParseLibFuzzerOptions(const std::string& file) {
  std::map<std::string, std::string> options;
  bool ours = false;
  for (const auto& line : absl::StrSplit(file, '\n')) {
    const std::string text(absl::StripAsciiWhitespace(line));
    if (text.starts_with('[')) ours = text == "[libfuzzer]";
    const std::size_t equals = text.find('=');
    if (!ours || equals == std::string::npos) continue;
    const std::string key(absl::StripAsciiWhitespace(text.substr(0, equals)));
    if (key != "dict")
      options[key] = std::string(absl::StripAsciiWhitespace(text.substr(equals + 1)));
  }
  return options;
}

absl::StatusOr<FuzzWorkspace> PrepareFuzzWorkspace(const fs::path& root,
                                                   const FuzzOptions& options) {
  const std::string engine = NameOf(options.engine);
  const absl::StatusOr<std::vector<std::string>> fuzzers = RulesTagged(root, "fuzz-" + engine);
  if (!fuzzers.ok()) return fuzzers.status();
  if (absl::Status status = RefuseUnknownTarget(*fuzzers, options); !status.ok()) return status;
  std::vector<std::string> wanted = {options.target + "_" + engine, options.target + "_package"};
  FuzzWorkspace work;
  const fs::path built = root / "out" / "bin" / "fuzz";
  if (options.engine == FuzzEngine::kAfl) {
    const absl::StatusOr<std::vector<std::string>> mutators = RulesTagged(root, "afl-mutator");
    if (!mutators.ok()) return mutators.status();
    const std::string mutator = options.target + "_afl_mutator.so";
    if (std::find(mutators->begin(), mutators->end(), mutator) != mutators->end()) {
      work.afl_mutator = built / mutator;
      wanted.push_back(mutator);
    }
  }
  std::vector<std::string> labels;
  for (const std::string& rule : wanted) labels.push_back("//fuzz:" + rule);
  if (const auto files = BuildFiles(root, labels); !files.ok()) return files.status();
  work.dictionary = built / (options.target + ".dict");
  if (!fs::exists(work.dictionary)) work.dictionary.clear();
  work.options = ParseLibFuzzerOptions(Contents(built / (options.target + ".options")));
  work.directory = root / "out" / "fuzz" / absl::StrCat(options.target, "-", engine);
  work.seeds = work.directory / "seeds";
  work.corpus = work.directory / "corpus";
  work.crashes = work.directory / "crashes";
  fs::create_directories(work.corpus);
  fs::create_directories(work.crashes);
  if (absl::Status status = HasRoom(work.directory); !status.ok()) return status;
  if (absl::Status status = LockFolder(work.directory); !status.ok()) return status;
  work.binary = work.directory / options.target;
  if (absl::Status status = Copy(built / wanted.front(), work.binary); !status.ok()) return status;
  if (!work.afl_mutator.empty()) {
    const fs::path copy = work.directory / work.afl_mutator.filename();
    if (absl::Status status = Copy(work.afl_mutator, copy); !status.ok()) return status;
    work.afl_mutator = copy;
  }
  if (absl::Status status = Unpack(built / (options.target + "_seed_corpus.zip"), work.seeds);
      !status.ok()) {
    return status;
  }
  return work;
}

}  // namespace cadastre
