// SPDX-License-Identifier: Apache-2.0
#include "service/el2/own_map.h"

#include "service/el2/image.h"

namespace cadastre::el2 {
namespace {

constexpr std::uint64_t kEntries = 512;
constexpr unsigned kGranuleShift = 21;
constexpr unsigned kGigabyteShift = 30;
constexpr std::uint64_t kGranule = std::uint64_t{1} << kGranuleShift;
constexpr unsigned kSideTables = 6;  // gigabytes besides that boot may look at

// Stage 1 at EL2, as service/ABI.md section 13 has it.
constexpr std::uint64_t kPageOrTable = 3;
constexpr std::uint64_t kBlock = 1;
constexpr std::uint64_t kAp1 = 1 << 6;
constexpr std::uint64_t kReadOnly = 1 << 7;
constexpr std::uint64_t kInner = 3 << 8;
constexpr std::uint64_t kAccessed = 1 << 10;
constexpr std::uint64_t kDevice = 1 << 2;
constexpr std::uint64_t kNever = std::uint64_t{1} << 54;
constexpr std::uint64_t kNormal = kAp1 | kInner | kAccessed;

struct alignas(4096) Table {
  std::uint64_t words[kEntries];
};
Table level1;
Table console_level2;
Table console_level3;
Table image_level2;
Table image_level3;
Table side_level2[kSideTables];
unsigned side_tables = 0;

std::uint64_t WordOf(const Table& table) {
  return reinterpret_cast<std::uint64_t>(&table) | kPageOrTable;
}

void MapImagePages(const std::byte* begin, const std::byte* end, std::uint64_t rights) {
  const auto last = reinterpret_cast<std::uint64_t>(end);
  for (auto at = reinterpret_cast<std::uint64_t>(begin); at < last; at += kPageSize)
    image_level3.words[at >> 12 & (kEntries - 1)] = at | kNormal | rights | kPageOrTable;
}

// The level 2 table of a gigabyte; nullptr: there are no more.
Table* Level2Of(std::uint64_t gigabyte) {
  if (gigabyte >= kEntries) return nullptr;
  std::uint64_t& word = level1.words[gigabyte];
  if (word == 0) {
    if (side_tables == kSideTables) return nullptr;
    word = WordOf(side_level2[side_tables++]);
  }
  return reinterpret_cast<Table*>(word & ~std::uint64_t{0xfff});
}

}  // namespace

std::uint64_t BuildOwnMap(std::uint64_t console) {
  MapImagePages(image_start, text_end, kReadOnly);
  MapImagePages(text_end, rodata_end, kReadOnly | kNever);
  MapImagePages(rodata_end, image_end, kNever);
  for (unsigned cpu = 0; cpu < kMaxCpus; ++cpu) {
    const auto guard =
        reinterpret_cast<std::uint64_t>(el2_stacks) + cpu * std::uint64_t{EL2_STACK_STRIDE};
    image_level3.words[guard >> 12 & (kEntries - 1)] = 0;
  }
  const auto image = reinterpret_cast<std::uint64_t>(image_start);
  image_level2.words[image >> kGranuleShift & (kEntries - 1)] = WordOf(image_level3);
  level1.words[image >> kGigabyteShift] = WordOf(image_level2);
  console_level3.words[console >> 12 & (kEntries - 1)] =
      console | kDevice | kAp1 | kAccessed | kNever | kPageOrTable;
  console_level2.words[console >> kGranuleShift & (kEntries - 1)] = WordOf(console_level3);
  level1.words[console >> kGigabyteShift] = WordOf(console_level2);
  return WordOf(level1);
}

void MapDevices(std::uint64_t base, std::uint64_t bytes) {
  for (std::uint64_t at = base & ~(kGranule - 1); at < base + bytes; at += kGranule)
    console_level2.words[at >> kGranuleShift & (kEntries - 1)] =
        at | kDevice | kAp1 | kAccessed | kNever | kBlock;
}

bool MapGranules(std::uint64_t base, std::uint64_t bytes, Rights rights) {
  const std::uint64_t read_only = rights == Rights::kReadOnly ? kReadOnly : 0;
  for (std::uint64_t at = base & ~(kGranule - 1); at < base + bytes; at += kGranule) {
    Table* table = Level2Of(at >> kGigabyteShift);
    if (table == nullptr) return false;
    std::uint64_t& word = table->words[at >> kGranuleShift & (kEntries - 1)];
    if (word == 0) word = at | kNormal | kNever | read_only | kBlock;
  }
  return true;
}

void UnmapGranules() {
  for (unsigned i = 0; i < side_tables; ++i) side_level2[i] = Table{};
  for (std::uint64_t& word : image_level2.words) {
    if ((word & 3) == kBlock) word = 0;
  }
}

}  // namespace cadastre::el2
