// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/fuzz_engine.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "harness/cli/flags.h"
#include "harness/cli/whole_file.h"
#include "harness/run/replay_command.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

constexpr char kSymbolizer[] = "/usr/lib/llvm-19/bin/llvm-symbolizer";

std::vector<fs::path> FilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Files of `from` under new names in `to`.
absl::Status CopyAll(const fs::path& from, const fs::path& to, const std::string& prefix) {
  for (const fs::path& file : FilesIn(from)) {
    const fs::path copy = to / (prefix + file.filename().string());
    if (absl::Status status = CopyWholeFile(file, copy); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// What AFL++ found itself: inputs that it was given stand in its queue under new names, and would
// double the corpus with every run.
absl::Status KeepQueue(const fs::path& queue, const fs::path& corpus) {
  for (const fs::path& file : FilesIn(queue)) {
    const std::string name = file.filename().string();
    if (name.find(",orig:") != std::string::npos || fs::exists(corpus / name)) continue;
    if (absl::Status status = CopyWholeFile(file, corpus / name); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// What every target understands, see ParseTargetStats; and readable stacks.
std::vector<std::string> CommonEnvironment() {
  std::vector<std::string> environment = {"CADASTRE_STATS=1"};
  if (fs::exists(kSymbolizer))
    environment.push_back(absl::StrCat("ASAN_SYMBOLIZER_PATH=", kSymbolizer));
  return environment;
}

CommandLine LibFuzzerCommand(const FuzzWorkspace& work, const FuzzOptions& options) {
  CommandLine command{.environment = CommonEnvironment(), .directory = work.directory};
  command.words = {work.binary.string(),
                   absl::StrCat("-max_total_time=", options.duration.count()),
                   absl::StrCat("-artifact_prefix=", (work.directory / "run").string(), "/"),
                   "-timeout=25",
                   "-rss_limit_mb=2560",
                   "-reload=1",
                   "-print_final_stats=0"};
  for (const auto& [key, value] : work.options)
    command.words.push_back(absl::StrCat("-", key, "=", value));
  if (!work.dictionary.empty())
    command.words.push_back(absl::StrCat("-dict=", work.dictionary.string()));
  command.words.push_back(work.corpus.string());
  command.words.push_back(work.seeds.string());
  if (!options.corpus.empty()) command.words.push_back(options.corpus.string());
  return command;
}

std::string AflJobName(const FuzzOptions& options, std::size_t job) {
  if (options.jobs == 1) return "default";
  return job == 0 ? "main" : absl::StrCat("job", job);
}

CommandLine AflCommand(const FuzzWorkspace& work, const FuzzOptions& options, std::size_t job) {
  CommandLine command{.environment = CommonEnvironment(), .directory = work.directory};
  for (const char* setting :
       {"AFL_NO_UI=1", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1", "AFL_SKIP_CPUFREQ=1",
        "AFL_NO_AFFINITY=1", "AFL_DEBUG_CHILD=1", "AFL_BENCH_UNTIL_CRASH=1"}) {
    command.environment.emplace_back(setting);
  }
  if (!work.afl_mutator.empty()) {
    command.environment.push_back(
        absl::StrCat("AFL_CUSTOM_MUTATOR_LIBRARY=", work.afl_mutator.string()));
  }
  command.words = {"afl-fuzz",
                   "-i",
                   (work.directory / "inputs").string(),
                   "-o",
                   (work.directory / "run").string(),
                   "-t",
                   "5000+",
                   "-V",
                   absl::StrCat(options.duration.count())};
  if (options.jobs > 1) {
    command.words.insert(command.words.end(), {job == 0 ? "-M" : "-S", AflJobName(options, job)});
  }
  if (!work.dictionary.empty())
    command.words.insert(command.words.end(), {"-x", work.dictionary.string()});
  if (const auto longest = work.options.find("max_len"); longest != work.options.end()) {
    command.words.insert(command.words.end(), {"-G", longest->second});
  }
  command.words.insert(command.words.end(), {"--", work.binary.string()});
  return command;
}

// Notes the first failure: one is what the user is told.
void Note(absl::Status status, Findings& findings) { findings.status.Update(status); }

// AFL++ names a crash by what led to it; a short name with the job in front is unique and fits a
// command line.
void CollectAflCrashes(const FuzzWorkspace& work, const fs::path& job_folder, Findings& findings) {
  for (const fs::path& file : FilesIn(job_folder / "crashes")) {
    if (!file.filename().string().starts_with("id:")) continue;
    fs::path to;
    for (std::size_t number = 0; to.empty() || fs::exists(to); ++number) {
      to = work.crashes / absl::StrCat("crash-afl-", job_folder.filename().string(), "-", number);
    }
    const absl::Status copied = CopyWholeFile(file, to);
    findings.crashes.push_back(copied.ok() ? to : file);
    Note(copied, findings);
  }
}

// What lies in run/: libFuzzer's files, and a folder for each job of AFL++.
void CollectRun(const FuzzWorkspace& work, Findings& findings) {
  const fs::path run = work.directory / "run";
  for (const fs::path& file : FilesIn(run)) {
    if (file.filename().string().starts_with("slow-unit-")) continue;
    const fs::path to = work.crashes / file.filename();  // libFuzzer's: named by their contents
    std::error_code error;
    fs::rename(file, to, error);
    findings.crashes.push_back(error ? file : to);
    if (error)
      Note(absl::InternalError(absl::StrCat("can't write ", to.string(), ": ", error.message())),
           findings);
  }
  std::vector<fs::path> jobs;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(run, error)) {
    if (entry.is_directory()) jobs.push_back(entry.path());
  }
  std::sort(jobs.begin(), jobs.end());
  for (const fs::path& job : jobs) {
    CollectAflCrashes(work, job, findings);
    Note(KeepQueue(job / "queue", work.corpus), findings);
  }
}

}  // namespace

fs::path AflJobFolder(const FuzzWorkspace& work, const FuzzOptions& options, std::size_t job) {
  return work.directory / "run" / AflJobName(options, job);
}

absl::Status LayOutInputs(const FuzzWorkspace& work, const FuzzOptions& options) {
  // A run that was killed has left its findings there.
  Findings left;
  CollectRun(work, left);
  if (!left.status.ok()) return left.status;
  fs::remove_all(work.directory / "run");
  fs::create_directories(work.directory / "run");
  if (options.engine == FuzzEngine::kLibFuzzer) return absl::OkStatus();
  const fs::path inputs = work.directory / "inputs";
  fs::remove_all(inputs);
  fs::create_directories(inputs);
  absl::Status status = CopyAll(work.seeds, inputs, "seed-");
  status.Update(CopyAll(work.corpus, inputs, "kept-"));
  if (!options.corpus.empty()) status.Update(CopyAll(options.corpus, inputs, "more-"));
  if (!status.ok() || !FilesIn(inputs).empty()) return status;
  // AFL++ starts from one input at least, and not from an empty one.
  return WriteWholeFile(inputs / "zeros", std::vector<std::uint8_t>(64));
}

CommandLine EngineCommand(const FuzzWorkspace& work, const FuzzOptions& options, std::size_t job) {
  return options.engine == FuzzEngine::kAfl ? AflCommand(work, options, job)
                                            : LibFuzzerCommand(work, options);
}

Findings CollectFindings(const FuzzWorkspace& work, const std::vector<FuzzProgress>& jobs) {
  Findings findings;
  CollectRun(work, findings);
  for (const FuzzProgress& job : jobs) {
    for (const std::string& seed : job.crashing_seeds()) {
      const std::size_t name = seed.find("orig:");
      if (name == std::string::npos) continue;
      // The inputs are laid out anew for the next run: a finding has to be kept elsewhere.
      const std::string file = seed.substr(name + 5);
      const fs::path from = work.directory / "inputs" / file;
      const fs::path to = work.crashes / ("crash-" + file);
      const absl::Status copied = CopyWholeFile(from, to);
      findings.crashes.push_back(copied.ok() ? to : from);
      Note(copied, findings);
    }
  }
  return findings;
}

std::string ShowCommand(const std::string& cadastre, const std::string& binary,
                        const FuzzOptions& options, const std::string& crash) {
  const std::vector<std::string> known = ChoicesOf("replay", "fuzzer");
  if (std::find(known.begin(), known.end(), options.target) == known.end())
    return absl::StrCat(run::ForShell(binary), " ", run::ForShell(crash));
  return run::ReplayCommand(cadastre, options.target, crash);
}

}  // namespace cadastre
