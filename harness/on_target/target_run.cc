// SPDX-License-Identifier: Apache-2.0
#include "harness/on_target/target_run.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

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

// One CPU of the target at a time: the operations follow each other anyway, and CPUs that wait for
// theirs would take the host's.
CommandLine QemuFor(const Target& target, unsigned cpus, const fs::path& directory) {
  CommandLine command{.words = QemuCommand({.model = target.cpu_model,
                                            .cpus = cpus,
                                            .memory = "3G",
                                            .image = fs::absolute(target.image),
                                            .files = {{fs::absolute(target.payload), kPayloadBase},
                                                      {"scripts", kScriptBlob}}}),
                      .environment = {},
                      .directory = directory};
  command.words.insert(command.words.end(), {"-accel", "tcg,thread=single"});
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

std::string Print(const std::optional<script::Expectation>& answer) {
  return answer ? script::PrintExpectation(*answer) : "no answer";
}

}  // namespace

absl::StatusOr<std::vector<std::vector<TargetAnswer>>> RunOnTarget(const Target& target,
                                                                   const TargetMachine& machine,
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
      RunForOutput(QemuFor(target, static_cast<unsigned>(machine.cpus), scratch->path()));
  if (!console.ok()) return console.status();
  absl::StatusOr<std::vector<std::vector<TargetAnswer>>> answers =
      ReadAnswers(scratch->path() / "answers", traces);
  if (!answers.ok() && !console->empty())
    return absl::InternalError(
        absl::StrCat(answers.status().message(), "; its console:\n", *console));
  return answers;
}

std::string DifferenceOf(const Trace& trace, std::span<const TargetAnswer> answers) {
  for (std::size_t i = 0; i < trace.ops.size(); ++i) {
    const TracedOp& traced = trace.ops[i];
    const TargetAnswer& answer = answers[i];
    const std::optional<script::Expectation> got = ExpectationOf(traced.op, answer);
    const std::string place =
        absl::StrCat("  operation ", traced.index + 1, ": ", traced.text, "\n");
    if (got != traced.expected)
      return absl::StrCat(place, "    host   ", Print(traced.expected), "\n    target ",
                          Print(got));
    if (answer.finding != 0) {
      return absl::StrCat(place, "    target violates ",
                          oracle::IdOf(static_cast<oracle::Invariant>(answer.finding - 1)),
                          absl::StrFormat(" at %#x", answer.where));
    }
    if (answer.state != traced.state) {
      return absl::StrCat(place, absl::StrFormat("    host   state %016x\n    target state %016x",
                                                 traced.state, answer.state));
    }
  }
  return "";
}

}  // namespace cadastre::on_target
