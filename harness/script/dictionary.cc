// SPDX-License-Identifier: Apache-2.0
#include "harness/script/dictionary.h"

#include <cstdint>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "harness/script/codec.h"
#include "harness/script/favourites.h"
#include "harness/script/operand_text.h"
#include "harness/script/script.h"

namespace cadastre::script {
namespace {

// Values of raw records: ends of the spaces, and what overflows when it is shifted or added to.
constexpr std::uint64_t kRawValues[] = {
    std::uint64_t{1} << 28,       (std::uint64_t{1} << 28) - 1,
    std::uint64_t{1} << 32,       std::uint64_t{1} << 36,
    (std::uint64_t{1} << 36) - 1, std::uint64_t{1} << 52,
    std::uint64_t{1} << 63,       ~std::uint64_t{0},
    ~std::uint64_t{511},
};

constexpr struct {
  OperandKind kind;
  std::string_view name;
} kKinds[] = {
    {OperandKind::kVm, "vm"},          {OperandKind::kPfn, "pfn"},
    {OperandKind::kGfn, "gfn"},        {OperandKind::kCount, "count"},
    {OperandKind::kProt, "prot"},      {OperandKind::kFlag, "flag"},
    {OperandKind::kIpaBits, "ipa"},    {OperandKind::kRegister, "register"},
    {OperandKind::kVcpuIndex, "vcpu"}, {OperandKind::kSteps, "steps"},
    {OperandKind::kOffset, "offset"},
};

class Writer {
 public:
  // Nothing if the bytes are there already.
  void Entry(const std::string& name, std::span<const std::uint8_t> bytes) {
    std::string value;
    for (const std::uint8_t byte : bytes) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      value += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    if (seen_.insert(value).second) text_ += name + "=\"" + value + "\"\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_ =
      "# SPDX-License-Identifier: Apache-2.0\n"
      "# Records and fields of binary scripts. Made by `harness/cadastre corpus dictionary`.\n";
  std::set<std::string> seen_;
};

// The records of one operation, raw ones first.
std::vector<std::uint8_t> RecordsOf(const Op& op) {
  Script script;
  script.ops.push_back(op);
  std::vector<std::uint8_t> bytes = Encode(script);
  bytes.erase(bytes.begin(), bytes.begin() + kRecordSize);
  return bytes;
}

// The operation with everyday operands: the favourites that come first.
Op Everyday(const OpInfo& info) {
  Op op;
  op.code = info.code;
  for (std::size_t i = 0; i < info.operand_count; ++i) {
    op.operands[i] = FavouritesOf(info.operands()[i].kind)[0];
  }
  return op;
}

void WriteOps(Writer& writer) {
  for (const OpInfo& info : OpTable()) {
    const std::string name(info.name);
    const std::vector<std::uint8_t> records = RecordsOf(Everyday(info));
    writer.Entry("op_" + name, std::span(records).first(kOperandOffset));
    writer.Entry("record_" + name, records);
  }
}

void WriteOperands(Writer& writer) {
  for (const auto& [kind, name] : kKinds) {
    int number = 0;
    for (const Operand& operand : FavouritesOf(kind)) {
      if (operand.operand_class == OperandClass::kRaw) continue;
      const std::uint16_t packed = PackOperand(kind, operand);
      const std::uint8_t bytes[] = {static_cast<std::uint8_t>(packed & 0xff),
                                    static_cast<std::uint8_t>(packed >> 8)};
      writer.Entry(std::string(name) + "_" + std::to_string(number++), bytes);
    }
  }
}

void WriteRawValues(Writer& writer) {
  for (const std::uint64_t value : kRawValues) {
    Op op;
    op.code = OpCode::kVmStartTeardown;
    op.operands[0] = {OperandClass::kRaw, 0, value};
    const std::vector<std::uint8_t> records = RecordsOf(op);
    writer.Entry("raw_" + PrintNumber(value), std::span(records).first(kRecordSize));
  }
}

}  // namespace

std::string Dictionary() {
  Writer writer;
  for (std::size_t profile = 0; profile < kProfileNames.size(); ++profile) {
    Script script;
    script.profile = static_cast<Profile>(profile);
    writer.Entry("header_" + std::string(kProfileNames[profile]), Encode(script));
  }
  WriteOps(writer);
  WriteOperands(writer);
  WriteRawValues(writer);
  return writer.text();
}

}  // namespace cadastre::script
