// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/whole_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <vector>

namespace cadastre {
namespace {

namespace fs = std::filesystem;

const std::vector<std::uint8_t> kContent = {0, 0xff, '\n', '\r', 7};

class WholeFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  std::string In(const std::string& name) const { return (folder_ / name).string(); }
  std::ptrdiff_t Entries() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }

  fs::path folder_;
};

TEST_F(WholeFile, ReadsBackWhatItWrote) {
  ASSERT_TRUE(WriteWholeFile(In("a"), kContent).ok());
  ASSERT_TRUE(WriteWholeFile(In("a"), kContent).ok());  // over a file that is there
  const absl::StatusOr<std::string> read = ReadWholeFile(In("a"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, std::string(kContent.begin(), kContent.end()));
  EXPECT_EQ(Entries(), 1);
}

TEST_F(WholeFile, CopiesAllOrNothing) {
  ASSERT_TRUE(WriteWholeFile(In("a"), kContent).ok());
  ASSERT_TRUE(CopyWholeFile(In("a"), In("b")).ok());
  EXPECT_EQ(ReadWholeFile(In("b")).value(), std::string(kContent.begin(), kContent.end()));
  EXPECT_FALSE(CopyWholeFile(In("absent"), In("c")).ok());
  EXPECT_FALSE(CopyWholeFile(In("a"), In("absent/c")).ok());
  EXPECT_EQ(Entries(), 2);
}

TEST_F(WholeFile, ReadsAnEmptyFile) {
  ASSERT_TRUE(WriteWholeFile(In("a"), {}).ok());
  EXPECT_EQ(ReadWholeFile(In("a")).value(), "");
}

TEST_F(WholeFile, RefusesToReadWhatIsNoReadableFile) {
  EXPECT_EQ(ReadWholeFile(In("absent")).status().message(), In("absent") + ": no such file");
  EXPECT_EQ(ReadWholeFile(In("")).status().message(), In("") + ": a folder, not a file");
  // Opens, and fails at the first read.
  EXPECT_EQ(ReadWholeFile("/proc/self/mem").status().message(), "/proc/self/mem: can't read it");
}

TEST_F(WholeFile, LeavesNothingBehindWhenItCanNotWrite) {
  fs::create_directories(In("folder"));
  EXPECT_EQ(WriteWholeFile(In("folder"), kContent).message(),
            "can't write " + In("folder") + ": Is a directory");
  EXPECT_FALSE(WriteWholeFile(In("absent/a"), kContent).ok());
  EXPECT_EQ(WriteWholeFile("/dev/full", kContent).message(),
            "can't write /dev/full: No space left on device");
  EXPECT_TRUE(fs::exists("/dev/full"));
  EXPECT_EQ(Entries(), 1);
}

// The new content has no place to go: a folder stands where it is first written.
TEST_F(WholeFile, KeepsTheOldContentWhenItCanNotWrite) {
  ASSERT_TRUE(WriteWholeFile(In("a"), kContent).ok());
  fs::create_directories(In("a.new/kept"));
  EXPECT_FALSE(WriteWholeFile(In("a"), {}).ok());
  EXPECT_EQ(ReadWholeFile(In("a")).value().size(), kContent.size());
  EXPECT_TRUE(fs::exists(In("a.new/kept")));
}

}  // namespace
}  // namespace cadastre
