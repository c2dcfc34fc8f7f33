// SPDX-License-Identifier: Apache-2.0
#include "harness/run/raw_calls.h"

#include <gtest/gtest.h>

namespace cadastre::run {
namespace {

TEST(RawCallsTest, EncodedCallsDecodeToThemselves) {
  const std::vector<RawCall> calls = {
      {.cpu = 0, .immediate = 0, .registers = {0xc6000042, 0x40300, 1, 0, 0, 0, 0}},
      {.cpu = 1, .immediate = 0xffff, .registers = {1, 2, 3, 4, 5, 6, ~std::uint64_t{0}}},
      {.cpu = 1,
       .immediate = 0,
       .registers = {0xc6000003, 0x1000, 0, 0, 0, 0, 0},
       .caller = RawCall::Caller::kGuest}};
  const std::vector<std::uint8_t> bytes = EncodeRawCalls(calls);
  EXPECT_EQ(bytes.size(), calls.size() * kRawCallBytes);
  EXPECT_EQ(DecodeRawCalls(bytes, 2), calls);
}

TEST(RawCallsTest, AnyBytesAreCalls) {
  EXPECT_TRUE(DecodeRawCalls({}, 2).empty());
  const std::vector<std::uint8_t> bytes(kRawCallBytes + 63, 0xff);
  const std::vector<RawCall> calls = DecodeRawCalls(bytes, 2);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].cpu, 1u);
  EXPECT_EQ(calls[0].caller, RawCall::Caller::kGuest);
}

// What was a corpus before there were guests stays what it was.
TEST(RawCallsTest, ARecordWithoutTheBitIsTheHosts) {
  std::vector<std::uint8_t> bytes(kRawCallBytes, 0);
  EXPECT_EQ(DecodeRawCalls(bytes, 2)[0].caller, RawCall::Caller::kHost);
  bytes[59] = 0xfe;
  EXPECT_EQ(DecodeRawCalls(bytes, 2)[0].caller, RawCall::Caller::kHost);
  bytes[59] = 1;
  EXPECT_EQ(DecodeRawCalls(bytes, 2)[0].caller, RawCall::Caller::kGuest);
}

TEST(RawCallsTest, NumberOfCallsIsCapped) {
  const std::vector<std::uint8_t> bytes((kMaxRawCalls + 3) * kRawCallBytes);
  EXPECT_EQ(DecodeRawCalls(bytes, 1).size(), kMaxRawCalls);
}

}  // namespace
}  // namespace cadastre::run
