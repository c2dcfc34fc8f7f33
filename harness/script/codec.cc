// SPDX-License-Identifier: Apache-2.0
#include "harness/script/codec.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "harness/script/favourites.h"
#include "harness/script/operand_text.h"

namespace cadastre::script {
namespace {

constexpr unsigned kClassShift = 12;
constexpr std::size_t kRawValueOffset = 8;
constexpr std::size_t kVersionOffset = 8;
constexpr std::size_t kProfileOffset = 10;
constexpr std::size_t kHeaderEnd = 12;

using Record = std::array<std::uint8_t, kRecordSize>;

void Put(std::span<std::uint8_t> to, std::uint64_t value) {
  for (std::uint8_t& byte : to) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

std::uint64_t Get(std::span<const std::uint8_t> from) {
  std::uint64_t value = 0;
  for (std::size_t i = from.size(); i-- > 0;) value = value << 8 | from[i];
  return value;
}

std::uint16_t Get16(std::span<const std::uint8_t> record, std::size_t offset) {
  return static_cast<std::uint16_t>(Get(record.subspan(offset, 2)));
}

bool AllZero(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::size_t ClassNumber(OperandKind kind, OperandClass operand_class) {
  const std::span<const OperandClass> classes = ClassesOf(kind);
  const auto found = std::find(classes.begin(), classes.end(), operand_class);
  return static_cast<std::size_t>(found - classes.begin());
}

Record HeaderRecord(const Script& script) {
  Record record{};
  std::copy(kMagic.begin(), kMagic.end(), record.begin());
  Put(std::span(record).subspan(kVersionOffset, 2), script.version);
  Put(std::span(record).subspan(kProfileOffset, 2), static_cast<std::uint64_t>(script.profile));
  return record;
}

Record RawRecord(std::uint64_t value) {
  Record record{kRawRecord};
  Put(std::span(record).subspan(kRawValueOffset), value);
  return record;
}

void AppendOp(const Op& op, std::vector<std::uint8_t>& out) {
  const OpInfo& info = InfoOf(op.code);
  Record record{static_cast<std::uint8_t>(op.code), op.cpu};
  Put(std::span(record).subspan(2, 2), op.schedule);
  std::uint16_t raws = 0;
  for (std::size_t i = 0; i < info.operand_count; ++i) {
    Operand operand = op.operands[i];
    if (operand.operand_class == OperandClass::kRaw) {
      const Record raw = RawRecord(operand.raw);
      out.insert(out.end(), raw.begin(), raw.end());
      operand.index = raws++;
    }
    Put(std::span(record).subspan(kOperandOffset + 2 * i, 2),
        PackOperand(info.operands()[i].kind, operand));
  }
  out.insert(out.end(), record.begin(), record.end());
}

// Reads records; what deviates from the canonical form is mapped, and the first deviation
// remembered.
class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  Script Run() {
    if (!TakeHeader()) Deviate([&] { return "no header record"; });
    while (bytes_.size() - at_ >= kRecordSize) {
      const std::span<const std::uint8_t> record = bytes_.subspan(at_, kRecordSize);
      if (record[0] == kRawRecord) {
        TakeRaw(record);
      } else if (script_.ops.size() == kMaxOps) {
        Deviate([&] { return absl::StrCat("more than ", kMaxOps, " operations"); });
        break;
      } else {
        TakeOp(record);
      }
      at_ += kRecordSize;
    }
    if (at_ != bytes_.size()) Deviate([&] { return "a record is not complete"; });
    if (!raws_.empty()) Deviate([&] { return "raw values without an operation"; });
    return std::move(script_);
  }

  const std::optional<std::string>& deviation() const { return deviation_; }

 private:
  // `what` makes the message, which only the first deviation needs: fuzzing deviates all the time.
  template <class What>
  void Deviate(What what) {
    if (!deviation_) deviation_ = "offset " + PrintNumber(at_) + ": " + std::string(what());
  }

  bool TakeHeader() {
    if (bytes_.size() < kRecordSize || !std::equal(kMagic.begin(), kMagic.end(), bytes_.begin())) {
      return false;
    }
    const std::uint16_t version = Get16(bytes_, kVersionOffset);
    if (version != kScriptVersion) {
      Deviate([&] {
        return absl::StrCat("script version ", version, ", this program knows ", kScriptVersion);
      });
    }
    const std::uint16_t profile = Get16(bytes_, kProfileOffset);
    if (profile >= kProfileNames.size()) {
      Deviate([&] { return absl::StrCat("unknown profile ", profile); });
    }
    if (!AllZero(bytes_.subspan(kHeaderEnd, kRecordSize - kHeaderEnd))) {
      Deviate([&] { return "the header's last bytes are not zero"; });
    }
    script_.profile = static_cast<Profile>(profile % kProfileNames.size());
    at_ = kRecordSize;
    return true;
  }

  void TakeRaw(std::span<const std::uint8_t> record) {
    if (!AllZero(record.subspan(1, kRawValueOffset - 1))) {
      Deviate([&] { return "bytes 1 to 7 of a raw record are not zero"; });
    }
    raws_.push_back(Get(record.subspan(kRawValueOffset)));
  }

  void TakeOp(std::span<const std::uint8_t> record) {
    const std::span<const OpInfo> table = OpTable();
    if (record[0] >= table.size()) {
      Deviate([&] { return "unknown operation " + PrintNumber(record[0]); });
    }
    if (record[1] >= kMaxScriptCpus) Deviate([&] { return absl::StrCat("no CPU ", record[1]); });
    const OpInfo& info = table[record[0] % table.size()];
    Op op;
    op.code = info.code;
    op.cpu = record[1] % kMaxScriptCpus;
    op.schedule = Get16(record, 2);
    raws_used_ = 0;
    for (std::size_t i = 0; i < info.operand_count; ++i) {
      op.operands[i] = TakeOperand(info.operands()[i], Get16(record, kOperandOffset + 2 * i));
    }
    if (!AllZero(record.subspan(kOperandOffset + 2 * info.operand_count))) {
      Deviate([&] {
        return absl::StrCat("bytes behind the operands of ", std::string(info.name),
                            " are not zero");
      });
    }
    if (raws_used_ != raws_.size()) {
      Deviate([&] {
        return absl::StrCat("raw values that ", std::string(info.name), " does not use");
      });
    }
    raws_.clear();
    script_.ops.push_back(std::move(op));
  }

  Operand TakeOperand(const OperandInfo& info, std::uint16_t packed) {
    const std::span<const OperandClass> classes = ClassesOf(info.kind);
    const std::size_t number = packed >> kClassShift;
    const auto index = static_cast<std::uint16_t>(packed & (kIndexLimit - 1));
    if (number >= classes.size()) {
      Deviate(
          [&] { return absl::StrCat("unknown class ", number, " of ", std::string(info.name)); });
      const std::span<const Operand> favourites = FavouritesOf(info.kind);
      return favourites[(number - classes.size() + index) % favourites.size()];
    }
    Operand operand{classes[number], index, 0};
    if (operand.operand_class == OperandClass::kRaw) {
      if (index != raws_used_) {
        Deviate([&] {
          return absl::StrCat("raw values of ", std::string(info.name), " out of order");
        });
      }
      if (index == raws_used_) ++raws_used_;
      operand = {OperandClass::kRaw, 0, raws_.empty() ? 0 : raws_[index % raws_.size()]};
    }
    const Operand legal = Legalise(info.kind, operand);
    if (legal != operand) Deviate([&] { return absl::StrCat("bad ", std::string(info.name)); });
    return legal;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  Script script_;
  std::vector<std::uint64_t> raws_;  // since the last operation
  std::size_t raws_used_ =
      0;  // by the operation that is being read, as long as it uses them in order
  std::optional<std::string> deviation_;
};

}  // namespace

std::uint16_t PackOperand(OperandKind kind, const Operand& operand) {
  return static_cast<std::uint16_t>(ClassNumber(kind, operand.operand_class) << kClassShift |
                                    operand.index);
}

std::vector<std::uint8_t> Encode(const Script& script) {
  std::vector<std::uint8_t> out;
  out.reserve((script.ops.size() + 1) * kRecordSize);
  const Record header = HeaderRecord(script);
  out.insert(out.end(), header.begin(), header.end());
  for (const Op& op : script.ops) AppendOp(op, out);
  return out;
}

Script DecodeAny(std::span<const std::uint8_t> bytes) { return Decoder(bytes).Run(); }

absl::StatusOr<Script> DecodeStrict(std::span<const std::uint8_t> bytes) {
  Decoder decoder(bytes);
  Script script = decoder.Run();
  if (decoder.deviation()) return absl::InvalidArgumentError(*decoder.deviation());
  return script;
}

}  // namespace cadastre::script
