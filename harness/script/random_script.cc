// SPDX-License-Identifier: Apache-2.0
#include "harness/script/random_script.h"

#include <iterator>
#include <string>

#include "harness/script/codec.h"
#include "harness/script/names.h"

namespace cadastre::script {
namespace {

using Answer = Expectation::Answer;

// Few bits often, all 64 now and then.
std::uint64_t RandomValue(Random& random) { return random() >> Below(random, 64); }

// No '#' at the front and no space at the ends.
std::string RandomComment(Random& random) {
  constexpr std::string_view kWords[] = {"one", "page", "more", "-> 0", "x#y", "pfn=ram+1", "a  b"};
  std::string comment;
  for (std::uint64_t words = Below(random, 3); words > 0; --words) {
    comment += (comment.empty() ? "" : " ") + std::string(kWords[Below(random, std::size(kWords))]);
  }
  return comment;
}

std::vector<std::string> RandomLines(Random& random) {
  std::vector<std::string> lines;
  while (Below(random, 4) == 0) {
    lines.push_back(Below(random, 2) == 0 ? "" : "#" + RandomComment(random));
  }
  return lines;
}

constexpr Answer kAnswers[] = {Answer::kSuccess, Answer::kRefusal,  Answer::kUnknown,
                               Answer::kAllowed, Answer::kInjected, Answer::kGuest,
                               Answer::kExit,    Answer::kDone,     Answer::kIdle};

std::optional<std::uint64_t> PerhapsValue(Random& random) {
  return Below(random, 2) == 0 ? std::nullopt : std::optional(RandomValue(random));
}

// As guests' calls have it: few bits, or a small negative number.
std::optional<std::uint64_t> PerhapsSigned(Random& random) {
  const std::optional<std::uint64_t> value = PerhapsValue(random);
  return value && Below(random, 2) == 0 ? std::uint64_t{0} - *value : value;
}

Expectation RandomExpectation(Random& random, OpCode code) {
  Expectation out;
  do {
    out.answer = kAnswers[Below(random, std::size(kAnswers))];
  } while (!CanAnswer(code, out.answer));
  switch (out.answer) {
    case Answer::kSuccess:
      out.x2 = PerhapsValue(random);
      out.x3 = PerhapsValue(random);
      break;
    case Answer::kRefusal:
      out.error = kErrnoNames[Below(random, std::size(kErrnoNames))].error;
      if (Below(random, 2) == 0) out.row = static_cast<std::uint16_t>(random());
      out.x2 = PerhapsValue(random);
      break;
    case Answer::kGuest:
      out.x0 = PerhapsSigned(random);
      out.x1 = PerhapsSigned(random);
      out.x2 = PerhapsSigned(random);
      out.x3 = PerhapsSigned(random);
      break;
    case Answer::kExit:
      out.x2 = Below(random, 2) == 0 ? Below(random, 8) : RandomValue(random);
      out.x3 = PerhapsValue(random);
      break;
    default:
      break;
  }
  return out;
}

}  // namespace

std::uint64_t Below(Random& random, std::uint64_t limit) { return random() % limit; }

Operand RandomOperand(Random& random, OperandKind kind) {
  const std::span<const OperandClass> classes = ClassesOf(kind);
  const OperandClass operand_class = classes[Below(random, classes.size())];
  return Legalise(kind, {operand_class, static_cast<std::uint16_t>(random()), RandomValue(random)});
}

Op RandomOp(Random& random) {
  Op op;
  const OpInfo& info = OpTable()[Below(random, OpTable().size())];
  op.code = info.code;
  op.cpu = static_cast<std::uint8_t>(Below(random, kMaxScriptCpus));
  if (Below(random, 3) == 0) op.schedule = static_cast<std::uint16_t>(random());
  for (std::size_t i = 0; i < info.operand_count; ++i) {
    op.operands[i] = RandomOperand(random, info.operands()[i].kind);
  }
  if (Below(random, 2) == 0) op.expectation = RandomExpectation(random, op.code);
  op.above = RandomLines(random);
  op.comment = RandomComment(random);
  return op;
}

Script RandomScript(Random& random, std::size_t most_ops) {
  Script script;
  script.profile = static_cast<Profile>(Below(random, kProfileNames.size()));
  script.head = RandomLines(random);
  for (std::uint64_t ops = Below(random, most_ops + 1); ops > 0; --ops) {
    script.ops.push_back(RandomOp(random));
  }
  script.foot = RandomLines(random);
  return script;
}

std::vector<std::uint8_t> RandomBytes(Random& random, std::size_t most_records) {
  std::vector<std::uint8_t> bytes;
  if (Below(random, 2) == 0) {
    bytes.assign(kMagic.begin(), kMagic.end());
    bytes.push_back(static_cast<std::uint8_t>(Below(random, 3)));
    while (bytes.size() < kRecordSize) bytes.push_back(static_cast<std::uint8_t>(Below(random, 2)));
  }
  for (std::uint64_t records = Below(random, most_records + 1); records > 0; --records) {
    const std::uint64_t shape = Below(random, 8);
    bytes.push_back(shape == 0   ? kRawRecord
                    : shape == 1 ? static_cast<std::uint8_t>(random())
                                 : static_cast<std::uint8_t>(Below(random, OpTable().size())));
    for (std::size_t i = 1; i < kRecordSize; ++i) {
      bytes.push_back(static_cast<std::uint8_t>(random()));
    }
  }
  for (std::uint64_t tail = Below(random, kRecordSize); tail > 0; --tail) {
    bytes.push_back(static_cast<std::uint8_t>(random()));
  }
  return bytes;
}

}  // namespace cadastre::script
