// SPDX-License-Identifier: Apache-2.0
#include "harness/script/codec.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/script/random_script.h"
#include "harness/script/text.h"

namespace cadastre::script {
namespace {

constexpr int kRounds = 4000;

Script ParsedOps(const std::string& ops) {
  return Parse("cadastre-ops 1 profile=small\n" + ops + "\n").value();
}

TEST(Codec, DecodeOfEncodeIsTheScriptWithoutNotes) {
  Random random(1);
  for (int i = 0; i < kRounds; ++i) {
    const Script script = RandomScript(random, 12);
    const std::vector<std::uint8_t> bytes = Encode(script);
    ASSERT_EQ(DecodeAny(bytes), WithoutNotes(script)) << Print(script);
    const absl::StatusOr<Script> strict = DecodeStrict(bytes);
    ASSERT_TRUE(strict.ok()) << strict.status() << "\n" << Print(script);
    ASSERT_EQ(*strict, WithoutNotes(script));
  }
}

TEST(Codec, EncodeOfAnyBytesIsCanonical) {
  Random random(2);
  std::size_t ops = 0;
  for (int i = 0; i < kRounds; ++i) {
    const std::vector<std::uint8_t> bytes = RandomBytes(random, 12);
    const Script script = DecodeAny(bytes);
    ops += script.ops.size();
    const std::vector<std::uint8_t> canonical = Encode(script);
    ASSERT_EQ(DecodeAny(canonical), script);
    ASSERT_EQ(Encode(DecodeAny(canonical)), canonical);
    ASSERT_TRUE(DecodeStrict(canonical).ok());
  }
  EXPECT_GT(ops, std::size_t{kRounds});
}

TEST(Codec, StrictDecodeTakesCanonicalBytesOnly) {
  Random random(3);
  int refused = 0;
  for (int i = 0; i < kRounds; ++i) {
    std::vector<std::uint8_t> bytes = Encode(RandomScript(random, 4));
    bytes[Below(random, bytes.size())] ^= static_cast<std::uint8_t>(1u << Below(random, 8));
    const absl::StatusOr<Script> script = DecodeStrict(bytes);
    if (!script.ok()) {
      ++refused;
      continue;
    }
    ASSERT_EQ(Encode(*script), bytes);
  }
  EXPECT_GT(refused, 0);
}

TEST(Codec, ScriptsMadeOfAnyBytesHaveALegalText) {
  Random random(4);
  for (int i = 0; i < kRounds; ++i) {
    const Script script = DecodeAny(RandomBytes(random, 12));
    const absl::StatusOr<Script> parsed = Parse(Print(script));
    ASSERT_TRUE(parsed.ok()) << parsed.status() << "\n" << Print(script);
    ASSERT_EQ(*parsed, script);
  }
}

TEST(Codec, RecordsAreWhatTheHeaderSays) {
  const std::vector<std::uint8_t> bytes =
      Encode(ParsedOps("cpu1 share_hyp pfn=0x123456789abcdef0 count=2 sched=0x304"));
  const std::vector<std::uint8_t> expected = {
      'C',  'A',  'D',  'A',  'S',  'T',  'R',  'E',
      1,    0,    0,    0,    0,    0,    0,    0,  // header
      0xff, 0,    0,    0,    0,    0,    0,    0,
      0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12,  // raw
      0,    1,    4,    3,    0,    0x50, 2,    0,
      0,    0,    0,    0,    0,    0,    0,    0,  // op
  };
  EXPECT_EQ(bytes, expected);
}

// A corpus outlives the program: these numbers may never change.
TEST(Codec, OpBytesAndClassNumbersStayWhatTheyAre) {
  std::string names;
  for (const OpInfo& op : OpTable()) names += std::string(op.name) + " ";
  EXPECT_TRUE(
      names.starts_with("share_hyp unshare_hyp donate_hyp reclaim_hyp share_guest unshare_guest "
                        "relax_guest_perms wrprotect_guest "
                        "test_clear_young_guest mkyoung_guest flush_guest_tlb compact_host "
                        "list_page_set vm_create vm_donate_tables "
                        "vm_start_teardown reclaim_tables vm_finish_teardown version features hvc "
                        "hvc_imm host_access lend_guest reclaim_loan donate_guest compact_guest "
                        "share_guest_list unshare_guest_list lend_guest_list donate_guest_list "
                        "vm_donate_tables_list vcpu_create vcpu_load vcpu_put vcpu_run next_mapped "
                        "reclaim_guest_page force_reclaim query_page host_write list_entry cpu_off "
                        "step guest_meminfo guest_share_host guest_unshare_host guest_relinquish "
                        "guest_wait guest_hvc guest_hvc_imm guest_smc guest_wfi guest_access "
                        "interrupt "))
      << names;
  const std::vector<std::uint8_t> bytes = Encode(
      ParsedOps("cpu0 share_guest vm=any(dying,2) pfn=used(1) gfn=span(3) count=512 prot=rw\n"
                "cpu0 hvc x0=fn(share_hyp)+sve x1=ram+3 x2=vm(b) x3=prot(r) x4=ram0.last x5=7\n"
                "cpu0 host_access pfn=any(image,1) offset=8 access=write\n"
                "cpu0 unshare_guest vm=a.bit32 gfn=live(2) count=1\n"
                "cpu1 list_entry vm=a index=63 pfn=any(lent,2) gfn=1 count=2\n"
                "cpu0 guest_access gfn=end offset=8 access=execute reg=31 sched=4\n"
                "cpu0 guest_hvc x0=fn(3)+standard64 x1=1 x2=0 x3=0 x4=0 x5=0"));
  const std::vector<std::uint8_t> expected = {
      4,  0, 0, 0, 0x02, 0x16, 0x20, 0x20, 0x03, 0x20, 0x00, 0x02, 0x03, 0x00, 0, 0,  //
      20, 0, 0, 0, 0x42, 0x11, 0x03, 0x20, 0x01, 0x30, 0x01, 0x60, 0x02, 0x50, 7, 0,  //
      22, 0, 0, 0, 0x01, 0x17, 0x08, 0x00, 0x01, 0x00, 0,    0,    0,    0,    0, 0,  //
      5,  0, 0, 0, 0x00, 0x23, 0x28, 0x10, 0x01, 0x00, 0,    0,    0,    0,    0, 0,  //
      41, 1, 0, 0, 0x00, 0x00, 0x3f, 0x00, 0x02, 0x1e, 0x01, 0x00, 0x02, 0x00, 0, 0,  //
      53, 0, 4, 0, 0x00, 0x48, 0x08, 0x00, 0x02, 0x00, 0x1f, 0x00, 0,    0,    0, 0,  //
      49, 0, 0, 0, 0x03, 0x17, 0x01, 0x00, 0x00, 0x00, 0,    0,    0,    0,    0, 0,  //
  };
  EXPECT_EQ(std::vector<std::uint8_t>(bytes.begin() + kRecordSize, bytes.end()), expected);
}

TEST(Codec, BytesWithoutAHeaderRunOnProfileZero) {
  std::vector<std::uint8_t> bytes = Encode(ParsedOps("cpu0 version"));
  bytes.erase(bytes.begin(), bytes.begin() + kRecordSize);
  EXPECT_EQ(DecodeAny(bytes), ParsedOps("cpu0 version"));
}

TEST(Codec, APartialRecordAndOperationsBeyondTheCapAreIgnored) {
  std::vector<std::uint8_t> bytes((kMaxOps + 3) * kRecordSize + 7, 0);
  EXPECT_EQ(DecodeAny(bytes).ops.size(), kMaxOps);
  EXPECT_EQ(DecodeAny({}).ops.size(), 0u);
  EXPECT_EQ(DecodeAny(std::span(bytes).first(kRecordSize + 15)).ops.size(), 1u);
}

struct BadBytes {
  std::size_t offset;
  std::uint8_t value;
  const char* message;
};

class StrictDecode : public testing::TestWithParam<BadBytes> {};

TEST_P(StrictDecode, NamesTheFirstBadPlace) {
  std::vector<std::uint8_t> bytes =
      Encode(ParsedOps("cpu0 share_guest vm=a pfn=0xffffffff gfn=1 count=1 prot=rw\n"
                       "cpu0 vm_start_teardown vm=a"));
  ASSERT_EQ(bytes.size(), 4 * kRecordSize);
  bytes[GetParam().offset] = GetParam().value;
  EXPECT_EQ(DecodeStrict(bytes).status().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Places, StrictDecode,
    testing::Values(
        BadBytes{0, 'c', "offset 0: no header record"},
        BadBytes{8, 2, "offset 0: script version 2, this program knows 1"},
        BadBytes{10, 9, "offset 0: unknown profile 9"},
        BadBytes{15, 1, "offset 0: the header's last bytes are not zero"},
        BadBytes{0x11, 1, "offset 0x10: bytes 1 to 7 of a raw record are not zero"},
        BadBytes{0x20, 0x7f, "offset 0x20: unknown operation 0x7f"},
        BadBytes{0x21, 16, "offset 0x20: no CPU 16"},
        BadBytes{0x25, 0xf0, "offset 0x20: unknown class 15 of vm"},
        BadBytes{0x26, 1, "offset 0x20: raw values of pfn out of order"},
        BadBytes{0x27, 0, "offset 0x20: raw values that share_guest does not use"},
        BadBytes{0x2d, 0x0f, "offset 0x20: bad prot"},
        BadBytes{0x2e, 1, "offset 0x20: bytes behind the operands of share_guest are not zero"}));

TEST(Codec, StrictDecodeRefusesWhatIsLeftOver) {
  std::vector<std::uint8_t> bytes = Encode(ParsedOps("cpu0 version"));
  bytes.push_back(0);
  EXPECT_EQ(DecodeStrict(bytes).status().message(), "offset 0x20: a record is not complete");
  bytes.assign(3 * kRecordSize, 0);
  const std::vector<std::uint8_t> good = Encode(ParsedOps("cpu0 version"));
  std::copy(good.begin(), good.end(), bytes.begin());
  bytes[2 * kRecordSize] = kRawRecord;
  EXPECT_EQ(DecodeStrict(bytes).status().message(), "offset 0x30: raw values without an operation");
}

}  // namespace
}  // namespace cadastre::script
