// SPDX-License-Identifier: Apache-2.0
#include "harness/script/text.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/script/random_script.h"

namespace cadastre::script {
namespace {

constexpr int kRounds = 4000;
constexpr char kHeader[] = "cadastre-ops 1 profile=small\n";

TEST(Text, ParseOfPrintIsTheScript) {
  Random random(11);
  for (int i = 0; i < kRounds; ++i) {
    const Script script = RandomScript(random, 12);
    const absl::StatusOr<Script> parsed = Parse(Print(script));
    ASSERT_TRUE(parsed.ok()) << parsed.status() << "\n" << Print(script);
    ASSERT_EQ(*parsed, script) << Print(script);
  }
}

TEST(Text, DamagedTextIsRefusedOrHasACanonicalForm) {
  Random random(12);
  int refused = 0;
  for (int i = 0; i < kRounds; ++i) {
    std::string text = Print(RandomScript(random, 3));
    text[Below(random, text.size())] = static_cast<char>(' ' + Below(random, 95));
    const absl::StatusOr<Script> parsed = Parse(text);
    if (!parsed.ok()) {
      ++refused;
      continue;
    }
    const absl::StatusOr<Script> again = Parse(Print(*parsed));
    ASSERT_TRUE(again.ok()) << again.status() << "\n" << text;
    ASSERT_EQ(*again, *parsed) << text;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, kRounds);
}

TEST(Text, ALineReadsAsItIsMeant) {
  const std::string text =
      "# SPDX-License-Identifier: Apache-2.0\n"
      "cadastre-ops 1 profile=plain\n"
      "\n"
      "# Two pages, one of them shared already.\n"
      "cpu1 share_guest vm=b pfn=ram+0x1ad gfn=0x40 count=2 prot=rx sched=3 -> EPERM row=504 "
      "detail=1  # why\n"
      "# the end\n";
  const absl::StatusOr<Script> script = Parse(text);
  ASSERT_TRUE(script.ok()) << script.status();
  EXPECT_EQ(Print(*script), text);
  EXPECT_EQ(script->profile, Profile::kPlain);
  ASSERT_EQ(script->ops.size(), 1u);
  const Op& op = script->ops[0];
  EXPECT_EQ(op.code, OpCode::kShareGuest);
  EXPECT_EQ(op.cpu, 1);
  EXPECT_EQ(op.schedule, 3);
  EXPECT_EQ(op.operands[0], (Operand{OperandClass::kCreated, 1, 0}));
  EXPECT_EQ(op.operands[1], (Operand{OperandClass::kArena, 0x1ad, 0}));
  EXPECT_EQ(op.operands[2], (Operand{OperandClass::kNumber, 0x40, 0}));
  EXPECT_EQ(op.operands[3], (Operand{OperandClass::kNumber, 2, 0}));
  EXPECT_EQ(op.operands[4], (Operand{OperandClass::kProt, 5, 0}));
  EXPECT_EQ(op.operands[5], Operand{});
  EXPECT_EQ(
      op.expectation,
      (Expectation{
          Expectation::Answer::kRefusal, Errno::kPerm, std::uint16_t{504}, std::uint64_t{1}, {}}));
  EXPECT_EQ(op.comment, "why");
  EXPECT_EQ(LineOf(*script, 0), 5u);
  EXPECT_EQ(op.above.size(), 2u);
  EXPECT_EQ(script->foot.size(), 1u);
}

struct OperandCase {
  const char* op;       // in a line of its own
  const char* operand;  // where it is `@`
  OperandClass operand_class;
  std::uint16_t index;
  std::uint64_t raw;
};

class OperandTexts : public testing::TestWithParam<OperandCase> {};

TEST_P(OperandTexts, ReadAndPrintAs) {
  std::string line = GetParam().op;
  const std::size_t at = line.find('@');
  line.replace(at, 1, GetParam().operand);
  const absl::StatusOr<Script> script = Parse(kHeader + line + "\n");
  ASSERT_TRUE(script.ok()) << script.status();
  EXPECT_EQ(script->ops[0].operands[0],
            (Operand{GetParam().operand_class, GetParam().index, GetParam().raw}));
  EXPECT_EQ(PrintOp(script->ops[0]), line);
}

constexpr char kPage[] = "cpu0 share_hyp pfn=@ count=1";
constexpr char kVm[] = "cpu0 vm_start_teardown vm=@";
constexpr char kFeature[] = "cpu0 features id=@";
constexpr char kX0[] = "cpu0 hvc x0=@ x1=0 x2=0 x3=0 x4=0 x5=0";
constexpr char kStep[] = "cpu0 step steps=@";
constexpr char kLoad[] = "cpu0 guest_hvc x0=@ x1=0 x2=0 x3=0 x4=0 x5=0";
constexpr char kShareHost[] = "cpu0 guest_share_host gfn=@";
constexpr char kImmediate[] = "cpu0 hvc_imm imm=@ x0=0 x1=0 x2=0 x3=0 x4=0";

INSTANTIATE_TEST_SUITE_P(
    All, OperandTexts,
    testing::Values(
        OperandCase{kPage, "ram+0", OperandClass::kArena, 0, 0},
        OperandCase{kPage, "ram+0xfff", OperandClass::kArena, 4095, 0},
        OperandCase{kPage, "ram0.before", OperandClass::kEdge, 0, 0},
        OperandCase{kPage, "mmio7.after", OperandClass::kEdge, 95, 0},
        OperandCase{kPage, "image.first", OperandClass::kEdge, 97, 0},
        OperandCase{kPage, "pool.after", OperandClass::kEdge, 103, 0},
        OperandCase{kPage, "space.last", OperandClass::kEdge, 104, 0},
        OperandCase{kPage, "top-511", OperandClass::kEdge, 109, 0},
        OperandCase{kPage, "used(1)", OperandClass::kUsed, 32, 0},
        OperandCase{kPage, "used(0x40)-0x20", OperandClass::kUsed, 63 << 6, 0},
        OperandCase{kPage, "used(2)+0x1f", OperandClass::kUsed, 1 << 6 | 63, 0},
        OperandCase{kPage, "any(outside,0xff)", OperandClass::kAnyPage, 11 << 8 | 255, 0},
        OperandCase{kPage, "any(vm_vcpu,0xff)", OperandClass::kAnyPage, 15 << 8 | 255, 0},
        OperandCase{kPage, "7", OperandClass::kNumber, 7, 0},
        OperandCase{kPage, "0x1000", OperandClass::kRaw, 0, 0x1000},
        OperandCase{kPage, "raw(7)", OperandClass::kRaw, 0, 7},
        OperandCase{kVm, "a", OperandClass::kCreated, 0, 0},
        OperandCase{kVm, "z", OperandClass::kCreated, 25, 0},
        OperandCase{kVm, "vm26", OperandClass::kCreated, 26, 0},
        OperandCase{kVm, "any(stale,0x1ff)", OperandClass::kAnyVm, 4 << 9 | 511, 0},
        OperandCase{kVm, "b.slot+1", OperandClass::kWrongVm, 5 << 8 | 1, 0},
        OperandCase{kVm, "0x101", OperandClass::kNumber, 0x101, 0},
        OperandCase{kFeature, "0xffffffffffffffff", OperandClass::kRaw, 0, ~std::uint64_t{0}},
        OperandCase{kX0, "fn(vm_create)", OperandClass::kFunction, 0x56, 0},
        OperandCase{kX0, "fn(0x3f)+yielding", OperandClass::kFunction, 5 << 8 | 0x3f, 0},
        OperandCase{kLoad, "fn(3)+standard64", OperandClass::kFunction, 7 << 8 | 3, 0},
        OperandCase{kLoad, "fn(1)+query", OperandClass::kFunction, 9 << 8 | 1, 0},
        OperandCase{kShareHost, "live(2)-1", OperandClass::kLiveGfn, 2 << 4 | 7, 0},
        OperandCase{kStep, "40", OperandClass::kNumber, 40, 0},
        OperandCase{kX0, "vm(vm30)", OperandClass::kCreated, 30, 0},
        OperandCase{kX0, "prot(none+bit63)", OperandClass::kProt, 61 << 3, 0},
        OperandCase{kX0, "nomap0.last", OperandClass::kEdge, 34, 0},
        OperandCase{kImmediate, "0xffff", OperandClass::kRaw, 0, 0xffff}));

class ExpectationTexts : public testing::TestWithParam<const char*> {};

TEST_P(ExpectationTexts, ReadAndPrintAs) {
  const absl::StatusOr<Script> script = Parse(kHeader + std::string(GetParam()) + "\n");
  ASSERT_TRUE(script.ok()) << script.status();
  ASSERT_TRUE(script->ops[0].expectation.has_value());
  EXPECT_EQ(PrintOp(script->ops[0]), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    All, ExpectationTexts,
    testing::Values("cpu0 vcpu_run -> guest", "cpu0 vcpu_run -> guest x0=7 x3=0x10",
                    "cpu0 vcpu_run -> EBUSY row=306 detail=0",
                    "cpu0 guest_share_host gfn=1 -> guest x0=-3 x1=0 x2=0 x3=0",
                    "cpu0 guest_share_host gfn=1 -> exit(abort) x3=1",
                    "cpu0 guest_wfi -> exit(wait)", "cpu0 guest_wfi -> exit(7) x3=0",
                    "cpu0 guest_wfi -> idle", "cpu0 interrupt -> exit(irq) x3=0",
                    "cpu0 guest_access gfn=1 offset=0 access=read reg=3 -> injected",
                    "cpu0 host_write pfn=ram+1 offset=0 value=1 -> allowed",
                    "cpu0 list_entry vm=a index=0 pfn=ram+1 gfn=2 count=1 -> done",
                    "cpu0 cpu_off -> done", "cpu0 step steps=3 -> idle"));

TEST(Text, AnExitByItsNumberReadsAsItsName) {
  const Script script = Parse(kHeader + std::string("cpu0 guest_wfi -> exit(1)\n")).value();
  EXPECT_EQ(PrintOp(script.ops[0]), "cpu0 guest_wfi -> exit(wait)");
}

struct BadText {
  const char* text;
  const char* message;
};

class ParseErrors : public testing::TestWithParam<BadText> {};

TEST_P(ParseErrors, NameLineColumnAndWhatWasExpected) {
  EXPECT_EQ(Parse(GetParam().text).status().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, ParseErrors,
    testing::Values(
        BadText{"",
                "line 1, column 1: expected the header, such as 'cadastre-ops 1 profile=small', "
                "got the end of the line"},
        BadText{"# only\n",
                "line 2, column 1: expected the header, such as 'cadastre-ops 1 profile=small', "
                "got the end of the line"},
        BadText{"cpu0 version\n",
                "line 1, column 1: expected the header, such as 'cadastre-ops 1 profile=small', "
                "got 'cpu0'"},
        BadText{"cadastre-ops 2 profile=small\n", "line 1, column 14: expected version 1, got '2'"},
        BadText{"cadastre-ops 1 small\n", "line 1, column 16: expected profile=, got 'small'"},
        BadText{"cadastre-ops 1 profile=huge\n",
                "line 1, column 24: expected small or plain or wide, got 'huge'"},
        BadText{"cadastre-ops 1 profile=small x\n",
                "line 1, column 30: expected the end of the line, got 'x'"},
        BadText{"cadastre-ops 1 profile=small # x\n",
                "line 1: no comment may stand behind the header"},
        BadText{"cadastre-ops 1 profile=small\nversion\n",
                "line 2, column 1: expected a CPU, cpu0 to cpu15, got 'version'"},
        BadText{"cadastre-ops 1 profile=small\ncpu16 version\n",
                "line 2, column 1: expected a CPU, cpu0 to cpu15, got 'cpu16'"},
        BadText{
            "cadastre-ops 1 profile=small\ncpu0\n",
            "line 2, column 5: expected an operation, such as share_hyp, got the end of the line"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 share_hip pfn=1\n",
                "line 2, column 6: expected an operation, such as share_hyp, got 'share_hip'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 share_hyp count=1\n",
                "line 2, column 16: expected pfn=, got 'count=1'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 share_hyp pfn=ram+4096 count=1\n",
                "line 2, column 20: expected a page, such as ram+3, any(private,0), used(1), "
                "ram0.before or a number, got "
                "'ram+4096'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 share_hyp pfn=1 count=0x10000000000000000\n",
                "line 2, column 28: expected a number of pages, got '0x10000000000000000'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 share_hyp pfn=1 count=\n",
                "line 2, column 28: expected a number of pages, got the end of the line"},
        BadText{"cadastre-ops 1 profile=small\n"
                "cpu0 relax_guest_perms vm=a gfn=0 count=1 prot=rw+bit2\n",
                "line 2, column 48: expected permissions, such as rw, none, rwx+bit55 or a number, "
                "got 'rw+bit2'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 version sched=65536\n",
                "line 2, column 20: expected a number up to 65535, got '65536'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 version 0\n",
                "line 2, column 14: expected -> or the end of the line, got '0'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 version -> EPURM\n",
                "line 2, column 17: expected 0, unknown or an error such as EPERM, got 'EPURM'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 version -> EPERM row=70000\n",
                "line 2, column 27: expected a number up to 65535, got '70000'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 version -> 0 row=1\n",
                "line 2, column 19: expected the end of the line, got 'row=1'"},
        BadText{
            "cadastre-ops 1 profile=small\ncpu0 host_access pfn=ram+0 offset=0 access=read -> 0\n",
            "line 2, column 52: expected allowed or injected, got '0'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 vcpu_run -> exit(irq)\n",
                "line 2, column 18: expected 0, unknown, guest or an error such as EPERM, got "
                "'exit(irq)'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 guest_wait -> 0\n",
                "line 2, column 20: expected guest, an exit such as exit(irq) or idle, got '0'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 guest_wait -> exit(done)\n",
                "line 2, column 25: expected an exit, such as irq, or a number, got 'done)'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 guest_wait -> guest x0=--1\n",
                "line 2, column 29: expected a number, got '--1'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 cpu_off -> idle\n",
                "line 2, column 17: expected done, got 'idle'"},
        BadText{"cadastre-ops 1 profile=small\n"
                "cpu0 list_entry vm=a index=64 pfn=1 gfn=1 count=1\n",
                "line 2, column 28: expected a list entry, 0 to 63, got '64'"},
        BadText{"cadastre-ops 1 profile=small\ncpu0 \x01\n",
                "line 2, column 6: expected an operation, such as share_hyp, got '\\001'"}));

TEST(Text, EveryScheduleButZeroIsPrinted) {
  Op op;
  op.code = OpCode::kVersion;
  EXPECT_EQ(PrintOp(op), "cpu0 version");
  op.schedule = 1;
  EXPECT_EQ(PrintOp(op), "cpu0 version sched=1");
}

TEST(Text, AScriptHasAtMostItsCapOfOperations) {
  std::string text = kHeader;
  for (std::size_t i = 0; i < kMaxOps; ++i) text += "cpu0 version\n";
  EXPECT_TRUE(Parse(text).ok());
  text += "cpu0 version\n";
  EXPECT_EQ(Parse(text).status().message(),
            "line 4098, column 1: expected at most 4096 operations, got 'cpu0'");
}

}  // namespace
}  // namespace cadastre::script
