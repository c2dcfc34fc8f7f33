// SPDX-License-Identifier: Apache-2.0
#include "harness/on_target/target_run.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "harness/on_target/qemu.h"
#include "harness/on_target/scratch_directory.h"
#include "harness/oracle/invariants.h"
#include "harness/process/process.h"
#include "harness/script/text.h"

namespace cadastre::on_target {
namespace {

namespace fs = std::filesystem;

template <class T>
void Append(std::string& blob, const T& record) {
  blob.append(reinterpret_cast<const char*>(&record), sizeof(T));
}

std::string BlobOf(const TargetMachine& machine, std::span<const Trace> traces) {
  ScriptHeader header;
  header.machine = machine;
  header.script_count = static_cast<std::uint32_t>(traces.size());
  for (const Trace& trace : traces) header.op_count += static_cast<std::uint32_t>(trace.ops.size());
  std::string blob;
  Append(blob, header);
  std::uint32_t first = 0;
  for (const Trace& trace : traces) {
    const auto count = static_cast<std::uint32_t>(trace.ops.size());
    Append(blob, TargetScript{.first_op = first, .op_count = count});
    first += count;
  }
  for (const Trace& trace : traces) {
    for (const TracedOp& traced : trace.ops) Append(blob, traced.op);
  }
  return blob;
}

// Where operations follow each other anyway, one CPU of the target at a time: those that wait for
// theirs would take the host's.
enum class Threads : std::uint8_t { kOne, kEachCpu };
CommandLine QemuFor(const Target& target, unsigned cpus, Threads threads,
                    const fs::path& directory) {
  CommandLine command{.words = QemuCommand({.model = target.cpu_model,
                                            .cpus = cpus,
                                            .memory = "3G",
                                            .image = fs::absolute(target.image),
                                            .files = {{fs::absolute(target.payload), kPayloadBase},
                                                      {"scripts", kScriptBlob}}}),
                      .environment = {},
                      .directory = directory};
  command.words.insert(
      command.words.end(),
      {"-accel", threads == Threads::kOne ? "tcg,thread=single" : "tcg,thread=multi"});
  return command;
}

absl::StatusOr<std::vector<std::vector<TargetAnswer>>> ReadAnswers(const fs::path& file,
                                                                   std::span<const Trace> traces) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  AnswerHeader header;
  std::size_t ops = 0;
  for (const Trace& trace : traces) ops += trace.ops.size();
  if (bytes.size() != sizeof(header) + ops * sizeof(TargetAnswer))
    return absl::InternalError("the target wrote no answers, or not all of them");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != kMagic || header.op_count != ops)
    return absl::InternalError("the target wrote something else than answers");
  std::size_t at = sizeof(header);
  std::vector<std::vector<TargetAnswer>> out;
  for (const Trace& trace : traces) {
    std::vector<TargetAnswer>& answers = out.emplace_back(trace.ops.size());
    for (TargetAnswer& answer : answers) {
      std::memcpy(&answer, bytes.data() + at, sizeof(answer));
      at += sizeof(answer);
    }
  }
  return out;
}

using Answers = std::vector<std::vector<TargetAnswer>>;

absl::StatusOr<Answers> Boot(const Target& target, const TargetMachine& machine, Threads threads,
                             std::span<const Trace> traces) {
  const std::string blob = BlobOf(machine, traces);
  if (blob.size() > kBlobLimit)
    return absl::ResourceExhaustedError("the scripts are too many for one boot of the target");
  absl::StatusOr<ScratchDirectory> scratch = ScratchDirectory::Make();
  if (!scratch.ok()) return scratch.status();
  std::ofstream out(scratch->path() / "scripts", std::ios::binary);
  out << blob;
  out.close();
  if (!out) return absl::InternalError("can't write the scripts for the target");
  const absl::StatusOr<std::string> console =
      RunForOutput(QemuFor(target, static_cast<unsigned>(machine.cpus), threads, scratch->path()));
  if (!console.ok()) return console.status();
  absl::StatusOr<Answers> answers = ReadAnswers(scratch->path() / "answers", traces);
  if (!answers.ok() && !console->empty())
    return absl::InternalError(
        absl::StrCat(answers.status().message(), "; its console:\n", *console));
  return answers;
}

std::string Print(const std::optional<script::Expectation>& answer) {
  return answer ? script::PrintExpectation(*answer) : "no answer";
}

}  // namespace

absl::StatusOr<Answers> RunOnTarget(const Target& target, const TargetMachine& machine,
                                    std::span<const Trace> traces) {
  Answers out(traces.size());
  for (const bool overlaps : {false, true}) {
    std::vector<std::size_t> chosen;
    std::vector<Trace> boot;
    for (std::size_t i = 0; i < traces.size(); ++i) {
      if (traces[i].overlaps != overlaps || traces[i].ops.empty()) continue;
      chosen.push_back(i);
      boot.push_back(traces[i]);
    }
    if (boot.empty()) continue;
    absl::StatusOr<Answers> answers =
        Boot(target, machine, overlaps ? Threads::kEachCpu : Threads::kOne, boot);
    if (!answers.ok()) return answers.status();
    for (std::size_t i = 0; i < chosen.size(); ++i) out[chosen[i]] = std::move((*answers)[i]);
  }
  return out;
}

std::string DifferenceOf(const Trace& trace, std::span<const TargetAnswer> answers) {
  for (std::size_t i = 0; i < trace.ops.size(); ++i) {
    const TracedOp& traced = trace.ops[i];
    const TargetAnswer& answer = answers[i];
    const std::optional<script::Expectation> got = ExpectationOf(traced.op, answer);
    const std::string place =
        absl::StrCat("  operation ", traced.index + 1, ": ", traced.text, "\n");
    if (traced.is_compared && got != traced.expected)
      return absl::StrCat(place, "    host   ", Print(traced.expected), "\n    target ",
                          Print(got));
    if (answer.finding != 0) {
      return absl::StrCat(place, "    target violates ",
                          oracle::IdOf(static_cast<oracle::Invariant>(answer.finding - 1)),
                          absl::StrFormat(" at %#x", answer.where));
    }
    if (traced.op.is_quiet != 0 && answer.state != traced.state) {
      return absl::StrCat(place, absl::StrFormat("    host   state %016x\n    target state %016x",
                                                 traced.state, answer.state));
    }
  }
  return "";
}

}  // namespace cadastre::on_target
