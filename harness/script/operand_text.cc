// SPDX-License-Identifier: Apache-2.0
#include "harness/script/operand_text.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "harness/script/names.h"
#include "service/abi/calls.h"

namespace cadastre::script {
namespace {

using enum OperandClass;

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kAccessRights = "rwx";
constexpr int kUsedCentre = 32;
constexpr int kLiveCentre = 8;
constexpr int kEndCentre = 2048;

bool Has(OperandKind kind, OperandClass operand_class) {
  const std::span<const OperandClass> classes = ClassesOf(kind);
  return std::find(classes.begin(), classes.end(), operand_class) != classes.end();
}

// "+3", "-1", or nothing for zero.
std::string Distance(int distance) {
  if (distance == 0) return "";
  return (distance < 0 ? "-" : "+") + PrintNumber(static_cast<std::uint64_t>(std::abs(distance)));
}

std::string VmName(std::uint16_t index) {
  return index < kLetters.size() ? std::string(1, kLetters[index]) : "vm" + std::to_string(index);
}

std::string EdgeName(OperandKind kind, std::uint16_t index) {
  if (kind == OperandKind::kGfn) return std::string(kGfnEdgeNames[index]);
  if (index >= kSpanEdges) return std::string(kPfnEdgeNames[index - kSpanEdges]);
  const SpanEdge edge = SpanEdgeOf(index);
  std::string name(kSpanListNames[static_cast<std::size_t>(edge.list)]);
  if (edge.list != SpanList::kImage && edge.list != SpanList::kPool) {
    name += std::to_string(edge.number);
  }
  return name + "." + std::string(kSpanEndNames[static_cast<std::size_t>(edge.end)]);
}

std::string ProtName(std::uint16_t index) {
  std::string name;
  for (std::size_t bit = 0; bit < kAccessRights.size(); ++bit) {
    if ((index >> bit & 1u) != 0) name += kAccessRights[bit];
  }
  if (name.empty()) name = "none";
  const unsigned further = index >> 3;
  return further == 0 ? name : name + "+bit" + std::to_string(further + 2);
}

std::string FunctionName(std::uint16_t index) {
  const abi::Call* call = abi::FindCall(index & 0xff);
  const std::string name = call != nullptr ? call->name : PrintNumber(index & 0xff);
  return "fn(" + name + ")" + std::string(kFunctionFormNames[index >> 8]);
}

// What people count.
bool IsDecimal(OperandKind kind) {
  return kind == OperandKind::kCount || kind == OperandKind::kIpaBits ||
         kind == OperandKind::kListCount || kind == OperandKind::kListIndex ||
         kind == OperandKind::kVcpuIndex || kind == OperandKind::kGuestRegister ||
         kind == OperandKind::kSteps;
}

std::string NumberName(OperandKind kind, std::uint16_t value) {
  if (kind == OperandKind::kAccess) return std::string(kAccessNames[value]);
  if (kind == OperandKind::kVmFlags && value < 2) return value == 0 ? "plain" : "protected";
  return IsDecimal(kind) ? std::to_string(value) : PrintNumber(value);
}

std::string RawName(OperandKind kind, std::uint64_t value) {
  const bool reads_as_number = value < kIndexLimit && Has(kind, kNumber);
  return reads_as_number ? "raw(" + PrintNumber(value) + ")" : PrintNumber(value);
}

// Reads one operand from left to right. Each function takes what it reads off the front, or
// nothing.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }
  bool Take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  // Up to but without the first of `ends`.
  std::string_view TakeUntil(std::string_view ends) {
    const std::string_view word = rest_.substr(0, rest_.find_first_of(ends));
    rest_.remove_prefix(word.size());
    return word;
  }
  std::string_view TakeAll() { return TakeUntil(""); }

 private:
  std::string_view rest_;
};

// A number from `least` to `most`.
std::optional<std::uint16_t> Bounded(std::string_view text, std::uint64_t least,
                                     std::uint64_t most) {
  const std::optional<std::uint64_t> value = ParseNumber(text);
  if (!value || *value < least || *value > most) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

std::optional<Operand> Make(OperandClass operand_class, std::optional<std::uint64_t> index) {
  if (!index) return std::nullopt;
  return Operand{operand_class, static_cast<std::uint16_t>(*index), 0};
}

// The rest as a distance `+d` or `-d` or nothing, moved by `centre` to 0..2 * centre - 1.
std::optional<std::uint16_t> ReadDistance(Reader& reader, int centre) {
  if (reader.AtEnd()) return static_cast<std::uint16_t>(centre);
  const auto most = static_cast<std::uint64_t>(centre);
  if (reader.Take("+")) {
    const std::optional<std::uint16_t> up = Bounded(reader.TakeAll(), 0, most - 1);
    return up ? std::optional<std::uint16_t>(static_cast<std::uint16_t>(centre + *up))
              : std::nullopt;
  }
  if (!reader.Take("-")) return std::nullopt;
  const std::optional<std::uint16_t> down = Bounded(reader.TakeAll(), 0, most);
  return down ? std::optional<std::uint16_t>(static_cast<std::uint16_t>(centre - *down))
              : std::nullopt;
}

// `used(k)+d`, `live(i)+d`: the number in parentheses, less `least`, above the distance.
std::optional<Operand> ReadNear(Reader& reader, OperandClass operand_class, std::uint64_t least,
                                std::uint64_t count, int centre) {
  const std::optional<std::uint16_t> which =
      Bounded(reader.TakeUntil(")"), least, least + count - 1);
  if (!which || !reader.Take(")")) return std::nullopt;
  const std::optional<std::uint16_t> distance = ReadDistance(reader, centre);
  if (!distance) return std::nullopt;
  return Make(operand_class, (*which - least) * 2 * static_cast<std::uint64_t>(centre) + *distance);
}

// `any(name,i)`: index i below 2^shift, the name's place above.
template <std::size_t N>
std::optional<Operand> ReadAny(Reader& reader, OperandClass operand_class,
                               const std::array<std::string_view, N>& names, unsigned shift) {
  const std::optional<std::size_t> name = IndexOfName(names, reader.TakeUntil(","));
  if (!name || !reader.Take(",")) return std::nullopt;
  const std::optional<std::uint16_t> which =
      Bounded(reader.TakeUntil(")"), 0, (std::uint64_t{1} << shift) - 1);
  if (!which || !reader.Take(")") || !reader.AtEnd()) return std::nullopt;
  return Make(operand_class, *name << shift | *which);
}

std::optional<std::uint16_t> ReadVmName(Reader& reader, std::string_view ends) {
  const std::string_view name = reader.TakeUntil(ends);
  if (name.size() == 1) {
    const std::size_t letter = kLetters.find(name[0]);
    if (letter == std::string_view::npos) return std::nullopt;
    return static_cast<std::uint16_t>(letter);
  }
  if (!name.starts_with("vm")) return std::nullopt;
  return Bounded(name.substr(2), kLetters.size(), kIndexLimit - 1);
}

std::optional<Operand> ReadVm(std::string_view text) {
  Reader reader(text);
  if (reader.Take("any(")) return ReadAny(reader, kAnyVm, kVmClassNames, 9);
  const std::optional<std::uint16_t> vm = ReadVmName(reader, ".");
  if (!vm) return std::nullopt;
  if (reader.AtEnd()) return Make(kCreated, *vm);
  if (!reader.Take(".") || *vm > 0xff) return std::nullopt;
  const std::optional<std::size_t> fault = IndexOfName(kHandleFaultNames, reader.TakeAll());
  return fault ? Make(kWrongVm, *fault << 8 | *vm) : std::nullopt;
}

std::optional<Operand> ReadPfnEdge(std::string_view text) {
  if (const std::optional<std::size_t> edge = IndexOfName(kPfnEdgeNames, text)) {
    return Make(kEdge, kSpanEdges + *edge);
  }
  for (std::uint16_t index = 0; index < kSpanEdges; ++index) {
    if (EdgeName(OperandKind::kPfn, index) == text) return Make(kEdge, index);
  }
  return std::nullopt;
}

std::optional<Operand> ReadPfn(std::string_view text) {
  Reader reader(text);
  if (reader.Take("ram+")) return Make(kArena, Bounded(reader.TakeAll(), 0, kIndexLimit - 1));
  if (reader.Take("any(")) return ReadAny(reader, kAnyPage, kPageClassNames, 8);
  if (reader.Take("used(")) return ReadNear(reader, kUsed, 1, 64, kUsedCentre);
  return ReadPfnEdge(text);
}

std::optional<Operand> ReadGfn(std::string_view text) {
  Reader reader(text);
  if (reader.Take("live(")) return ReadNear(reader, kLiveGfn, 0, 256, kLiveCentre);
  if (reader.Take("used(")) return ReadNear(reader, kUsed, 1, 64, kUsedCentre);
  if (reader.Take("span(")) {
    const std::optional<std::uint16_t> span = Bounded(reader.TakeUntil(")"), 0, kIndexLimit - 1);
    return reader.Take(")") && reader.AtEnd() ? Make(kSpan, span) : std::nullopt;
  }
  if (reader.Take("end")) return Make(kGfnEnd, ReadDistance(reader, kEndCentre));
  return Make(kEdge, IndexOfName(kGfnEdgeNames, text));
}

std::optional<Operand> ReadProt(std::string_view text) {
  Reader reader(text);
  unsigned rights = 0;
  if (!reader.Take("none")) {
    for (std::size_t bit = 0; bit < kAccessRights.size(); ++bit) {
      if (reader.Take(kAccessRights.substr(bit, 1))) rights |= 1u << bit;
    }
    if (rights == 0) return std::nullopt;
  }
  if (reader.AtEnd()) return Make(kProt, rights);
  if (!reader.Take("+bit")) return std::nullopt;
  const std::optional<std::uint16_t> bit = Bounded(reader.TakeAll(), 3, 63);
  return bit ? Make(kProt, (*bit - 2u) << 3 | rights) : std::nullopt;
}

std::optional<Operand> ReadFunction(Reader& reader) {
  const std::string_view name = reader.TakeUntil(")");
  std::optional<std::uint16_t> number = Bounded(name, 0, 0xff);
  for (const abi::Call& call : abi::kCalls) {
    if (call.name == name) number = static_cast<std::uint16_t>(call.number);
  }
  if (!number || !reader.Take(")")) return std::nullopt;
  const std::optional<std::size_t> form = IndexOfName(kFunctionFormNames, reader.TakeAll());
  return form ? Make(kFunction, *form << 8 | *number) : std::nullopt;
}

std::optional<Operand> ReadRegister(std::string_view text) {
  Reader reader(text);
  if (reader.Take("fn(")) return ReadFunction(reader);
  if (reader.Take("vm(")) {
    const std::optional<std::uint16_t> vm = ReadVmName(reader, ")");
    return reader.Take(")") && reader.AtEnd() ? Make(kCreated, vm) : std::nullopt;
  }
  if (reader.Take("prot(")) {
    const std::string_view prot = reader.TakeUntil(")");
    return reader.Take(")") && reader.AtEnd() ? ReadProt(prot) : std::nullopt;
  }
  if (reader.Take("ram+")) return Make(kArena, Bounded(reader.TakeAll(), 0, kIndexLimit - 1));
  return ReadPfnEdge(text);
}

std::optional<Operand> ReadNamed(OperandKind kind, std::string_view text) {
  switch (kind) {
    case OperandKind::kVm:
      return ReadVm(text);
    case OperandKind::kPfn:
      return ReadPfn(text);
    case OperandKind::kGfn:
      return ReadGfn(text);
    case OperandKind::kProt:
      return ReadProt(text);
    case OperandKind::kRegister:
      return ReadRegister(text);
    case OperandKind::kAccess:
      return Make(kNumber, IndexOfName(kAccessNames, text));
    case OperandKind::kVmFlags:
      if (text == "plain") return Make(kNumber, 0);
      return text == "protected" ? Make(kNumber, 1) : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<Operand> ReadRaw(std::string_view text) {
  Reader reader(text);
  if (!reader.Take("raw(")) return std::nullopt;
  const std::optional<std::uint64_t> value = ParseNumber(reader.TakeUntil(")"));
  if (!value || !reader.Take(")") || !reader.AtEnd()) return std::nullopt;
  return Operand{kRaw, 0, *value};
}

std::optional<Operand> ReadNumber(OperandKind kind, std::string_view text) {
  const std::optional<std::uint64_t> value = ParseNumber(text);
  if (!value) return std::nullopt;
  if (*value < kIndexLimit && Has(kind, kNumber)) return Make(kNumber, *value);
  return Operand{kRaw, 0, *value};
}

}  // namespace

std::string PrintNumber(std::uint64_t value) {
  if (value < 10) return std::to_string(value);
  char digits[16];
  const std::to_chars_result end = std::to_chars(std::begin(digits), std::end(digits), value, 16);
  return "0x" + std::string(std::begin(digits), end.ptr);
}

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const std::from_chars_result result =
      std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string PrintOperand(OperandKind kind, const Operand& operand) {
  const std::uint16_t index = operand.index;
  switch (operand.operand_class) {
    case kNumber:
      return NumberName(kind, index);
    case kRaw:
      return RawName(kind, operand.raw);
    case kArena:
      return "ram+" + PrintNumber(index);
    case kEdge:
      return EdgeName(kind, index);
    case kUsed:
      return "used(" + PrintNumber((index >> 6) + 1u) + ")" + Distance((index & 63) - kUsedCentre);
    case kAnyPage:
      return "any(" + std::string(kPageClassNames[index >> 8]) + "," + PrintNumber(index & 0xff) +
             ")";
    case kSpan:
      return "span(" + PrintNumber(index) + ")";
    case kLiveGfn:
      return "live(" + PrintNumber(index >> 4) + ")" + Distance((index & 15) - kLiveCentre);
    case kGfnEnd:
      return "end" + Distance(index - kEndCentre);
    case kCreated:
      return kind == OperandKind::kRegister ? "vm(" + VmName(index) + ")" : VmName(index);
    case kAnyVm:
      return "any(" + std::string(kVmClassNames[index >> 9]) + "," + PrintNumber(index & 0x1ff) +
             ")";
    case kWrongVm:
      return VmName(index & 0xff) + "." + std::string(kHandleFaultNames[index >> 8]);
    case kProt:
      return kind == OperandKind::kRegister ? "prot(" + ProtName(index) + ")" : ProtName(index);
    case kFunction:
      return FunctionName(index);
  }
  return "";
}

std::optional<Operand> ParseOperand(OperandKind kind, std::string_view text) {
  std::optional<Operand> operand = ReadNamed(kind, text);
  if (!operand) operand = ReadRaw(text);
  if (!operand) operand = ReadNumber(kind, text);
  if (!operand || !IsLegal(kind, *operand)) return std::nullopt;
  return operand;
}

std::string_view ExpectedOperand(OperandKind kind) {
  switch (kind) {
    case OperandKind::kVm:
      return "a VM, such as a, any(live,0), a.newer or a number";
    case OperandKind::kPfn:
      return "a page, such as ram+3, any(private,0), used(1), ram0.before or a number";
    case OperandKind::kGfn:
      return "a guest page, such as 0x40, live(0), span(2), used(1), end-1, gfns.last or a number";
    case OperandKind::kCount:
      return "a number of pages";
    case OperandKind::kProt:
      return "permissions, such as rw, none, rwx+bit55 or a number";
    case OperandKind::kVmFlags:
      return "plain, protected or a number";
    case OperandKind::kRegister:
      return "a register, such as fn(share_hyp), vm(a), ram+3, prot(rw), ram0.before or a number";
    case OperandKind::kImmediate:
      return "a number of 16 bits";
    case OperandKind::kOffset:
      return "a byte in a page, 0 to 4095";
    case OperandKind::kAccess:
      return "read, write, execute, or one of these with stale_ before it";
    case OperandKind::kListCount:
      return "a number of list entries";
    case OperandKind::kListIndex:
      return "a list entry, 0 to 63";
    case OperandKind::kGuestRegister:
      return "a register of the guest, 0 to 31";
    case OperandKind::kSteps:
      return "a number of steps, 0 to 4095";
    case OperandKind::kFlag:
    case OperandKind::kFeatureId:
    case OperandKind::kIpaBits:
    case OperandKind::kVcpuIndex:
    case OperandKind::kEntry:
    case OperandKind::kWord:
      return "a number";
  }
  return "a number";
}

}  // namespace cadastre::script
