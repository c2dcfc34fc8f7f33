// SPDX-License-Identifier: Apache-2.0
// The generated header says what the tables say, to a C compiler, a C++ compiler and an assembler.
// The names are spelled out here once more: they are a promise to clients.
#include "service/abi/c_header.h"

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pgtable/prot.h"
#include "service/abi/c_header_probe.h"
#include "service/abi/cadastre.h"
#include "service/abi/calls.h"
#include "service/abi/features.h"
#include "service/abi/guest_calls.h"
#include "service/abi/reference.h"
#include "service/boot_info.h"
#include "service/guest_exit.h"
#include "service/hypervisor.h"
#include "service/page_list.h"
#include "service/run_page.h"
#include "service/vm.h"

namespace cadastre::abi {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Values = std::map<std::string, std::uint64_t>;

std::string Prefixed(const std::string& prefix, std::string name) {
  for (char& c : name) c = static_cast<char>(std::toupper(c));
  return prefix + name;
}

template <class Enum>
constexpr std::uint64_t Number(Enum value) {
  return static_cast<std::uint64_t>(value);
}

// The constants that stand for rows of the tables.
Values OfTables() {
  Values values;
  for (const Call& call : kCalls)
    values[Prefixed("CADASTRE_CALL_", call.name)] = 0xC6000000 + Number(call.number);
  for (const GuestCall& call : kGuestCalls)
    values[Prefixed("CADASTRE_GUEST_CALL_", call.name)] = Number(call.id);
  for (const ErrnoInfo& info : kErrnos)
    values[Prefixed("CADASTRE_", info.name)] = Number(info.error);
  for (const RowInfo& info : kRows) values[Prefixed("CADASTRE_ROW_", info.name)] = Number(info.row);
  for (const Feature& feature : kFeatures)
    values[Prefixed("CADASTRE_FEATURE_", feature.name)] = Number(feature.id);
  return values;
}

Values OfSingleConstants() {
  return {
      {"CADASTRE_ABI_VERSION", kAbiVersion},
      {"CADASTRE_CALL_BASE", kFunctionBase},
      {"CADASTRE_SVE_HINT", kSveHint},
      {"CADASTRE_UNKNOWN_CALL", kUnknownCall},
      {"CADASTRE_PAGE_SHIFT", kPageShift},
      {"CADASTRE_PAGE_SIZE", kPageSize},
      {"CADASTRE_MAX_PAGES", kMaxPages},
      {"CADASTRE_MAX_SCRUBBED_PAGES", kMaxScrubbedPages},
      {"CADASTRE_MAX_LIST_ENTRIES", kMaxListEntries},
      {"CADASTRE_LIST_ENTRY_BYTES", sizeof(ListEntryWords)},
      {"CADASTRE_VM_SLOTS", kVmSlots},
      {"CADASTRE_MAX_VCPUS", kMaxVcpus},
      {"CADASTRE_MIN_IPA_BITS", kMinIpaBits},
      {"CADASTRE_GFN_BITS", kGfnBits},
      {"CADASTRE_PROT_READ", Prot::kRead},
      {"CADASTRE_PROT_WRITE", Prot::kWrite},
      {"CADASTRE_PROT_EXECUTE", Prot::kExecute},
      {"CADASTRE_PROT_RWX", Prot::kRwx},
      {"CADASTRE_VM_PROTECTED", Number(VmKind::kProtected)},
      {"CADASTRE_RELINQUISH_KEEP", kRelinquishKeep},
      {"CADASTRE_EXIT_IRQ", Number(ExitKind::kIrq)},
      {"CADASTRE_EXIT_WAIT", Number(ExitKind::kWait)},
      {"CADASTRE_EXIT_HVC", Number(ExitKind::kHvc)},
      {"CADASTRE_EXIT_ABORT", Number(ExitKind::kAbort)},
      {"CADASTRE_EXIT_POISON", Number(ExitKind::kPoison)},
      {"CADASTRE_EXIT_SHUTDOWN", Number(ExitKind::kShutdown)},
      {"CADASTRE_RUN_EXIT", kRunExit},
      {"CADASTRE_RUN_SYNDROME", kRunSyndrome},
      {"CADASTRE_RUN_IPA", kRunIpa},
      {"CADASTRE_RUN_DATA", kRunData},
      {"CADASTRE_RUN_X0", kRunRegisters},
      {"CADASTRE_RUN_PC", kRunPc},
      {"CADASTRE_RUN_PSTATE", kRunPstate},
      {"CADASTRE_RUN_FLAGS", kRunFlags},
      {"CADASTRE_RUN_WORDS", kRunWords},
      {"CADASTRE_RUN_FLAG_EMULATED", kRunEmulated},
      {"CADASTRE_GUEST_REFUSED", kGuestRefused},
      {"CADASTRE_KVM_UID_ID", kVendorUidId},
      {"CADASTRE_KVM_UID_0", kKvmUid[0]},
      {"CADASTRE_KVM_UID_1", kKvmUid[1]},
      {"CADASTRE_KVM_UID_2", kKvmUid[2]},
      {"CADASTRE_KVM_UID_3", kKvmUid[3]},
      {"CADASTRE_KVM_FEATURES_ID", kKvmFeaturesId},
      {"CADASTRE_KVM_FEATURES", kKvmFeatures},
  };
}

Values Expected() {
  Values values = OfTables();
  values.merge(OfSingleConstants());
  return values;
}

TEST(CHeader, ACCompilerSeesTheTablesNumbersAndNoOthers) {
  Values seen;
  for (const CadastreProbe* probe = cadastre_probe_c; probe->name != nullptr; ++probe)
    EXPECT_TRUE(seen.emplace(probe->name, probe->value).second) << probe->name << " twice";
  EXPECT_EQ(seen, Expected());
}

TEST(CHeader, ACppCompilerSeesTheSame) {
  const Values seen = {
#define P(name) {#name, name},
#include "service/abi/cadastre_names.inc"
#undef P
  };
  EXPECT_EQ(seen, Expected());
}

TEST(CHeader, AnAssemblerSeesTheSame) {
  Values seen;
  for (std::size_t i = 0; cadastre_probe_c[i].name != nullptr; ++i)
    seen[cadastre_probe_c[i].name] = cadastre_probe_asm[i];
  EXPECT_EQ(seen, Expected());
}

TEST(CHeader, ListEntryIsWhatTheCoreReads) {
  static_assert(sizeof(cadastre_list_entry) == sizeof(ListEntryWords));
  static_assert(offsetof(cadastre_list_entry, pfn) == offsetof(ListEntryWords, pfn));
  static_assert(offsetof(cadastre_list_entry, gfn) == offsetof(ListEntryWords, gfn));
  static_assert(offsetof(cadastre_list_entry, count) == offsetof(ListEntryWords, count));
}

TEST(CHeader, TheBuiltFileIsTheText) {
  std::ifstream in("service/abi/cadastre.h");
  ASSERT_TRUE(in);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), CHeader());
}

// The comment above a call's id.
std::string CommentOf(const std::string& text, const std::string& id_name) {
  const std::size_t end = text.find("#define " + id_name + " ");
  return end == std::string::npos ? "" : text.substr(0, end).substr(text.rfind("\n\n", end));
}

TEST(CHeader, EachCallsCommentHasItsArgumentsAndRows) {
  const std::string text = CHeader();
  for (const Call& call : kCalls) {
    SCOPED_TRACE(call.name);
    const std::string comment = CommentOf(text, Prefixed("CADASTRE_CALL_", call.name));
    EXPECT_THAT(comment, HasSubstr(std::string(" * ") + call.name + ", called by: host"));
    for (std::size_t i = 0; i < call.args.size; ++i) {
      const std::string reg = "x" + std::to_string(i + 1);
      EXPECT_THAT(comment, HasSubstr(" *   " + reg + " " + call.args.items[i].name + " "));
    }
    EXPECT_THAT(comment, Not(HasSubstr(" x" + std::to_string(call.args.size + 1) + " ")));
    for (const Row row : call.refusals)
      EXPECT_THAT(comment, HasSubstr(" " + std::to_string(Number(row))));
  }
}

TEST(CHeader, CommentOfACallReadsSo) {
  EXPECT_EQ(CommentOf(CHeader(), "CADASTRE_CALL_UNSHARE_GUEST_LIST"),
            "\n\n/*\n"
            " * unshare_guest_list, called by: host; entries hold gfn, count; pfn is 0\n"
            " *   x1 vm         handle of a VM\n"
            " *   x2 n          entries of this CPU's list page, 1..64\n"
            " *   refuses EINVAL 101 104, ENOENT 110, EINVAL 111 112 113, ERANGE 114, ENOENT 201, "
            "ERANGE 205,\n"
            " *           ENOENT 206, EPERM 501\n"
            " */\n");
}

TEST(CHeader, NoLineIsLong) {
  const std::string text = CHeader();
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    EXPECT_LE(end - begin, 100U) << text.substr(begin, end - begin);
  EXPECT_EQ(begin, text.size()) << "the last line ends too";
}

TEST(Reference, WrapKeepsEveryItemAndTheWidth) {
  using ::testing::ElementsAre;
  EXPECT_THAT(Wrapped({}, 9), ElementsAre());
  EXPECT_THAT(Wrapped({"aaa", "bbb", "ccc"}, 9), ElementsAre("aaa, bbb,", "ccc"));
  EXPECT_THAT(Wrapped({"longer than it", "b"}, 9), ElementsAre("longer than it,", "b"));
}

TEST(Reference, RefusalsOfOneErrnoStandTogetherOnlyIfTheyFollowEachOther) {
  using ::testing::ElementsAre;
  for (const ReferenceCall& call : ReferenceCalls()) {
    if (call.name != "list_page_set") continue;
    EXPECT_THAT(RefusalGroups(call),
                ElementsAre("EINVAL 101", "ERANGE 107", "ENOENT 110", "EFAULT 401", "EPERM 505"));
  }
}

}  // namespace
}  // namespace cadastre::abi
