// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/profile.h"

#include "harness/machine/stage_two_shape.h"

namespace cadastre {
namespace {

constexpr PageSpan Pages(std::uint64_t first, std::uint64_t count) { return {Pfn(first), count}; }

std::vector<oracle::PageSpan> ForOracle(const std::vector<PageSpan>& spans) {
  std::vector<oracle::PageSpan> out;
  for (const PageSpan& span : spans) out.push_back({span.first.value, span.count});
  return out;
}

}  // namespace

std::optional<Profile> Profile::Make(unsigned number) {
  if (number >= kCount) return std::nullopt;
  Profile profile = number == 0 ? Small() : number == 1 ? Plain() : Wide();
  profile.number_ = number;
  profile.PlaceImage();
  return profile;
}

// Page numbers, 2 MiB granules below (512 = 0x200 pages each):
//
//   09003 +2     device, alone in its granule         0a000 +200   a whole granule of device
//   40053        region A: starts inside a granule     40060 +18 image, 40080 +80 pool
//   40200 40400 40600   granules of plain RAM          40880 +5 no-map in granule 40800
//   40a53        region B touches A, so granule 40a00 is plain RAM of two regions; ends at 40d04
//   41003 +d     region C, beyond a hole
Profile Profile::Small() {
  Profile p;
  p.name_ = "small";
  p.range_tlbi_ = RangeTlbi::kAbsent;
  p.cpus_ = 2;
  p.max_borrowers_ = 3;
  p.ram_ = {Pages(0x40053, 0xa00), Pages(0x40a53, 0x2b1), Pages(0x41003, 0xd)};
  p.no_map_ = {Pages(0x40880, 5)};
  p.devices_ = {Pages(0x09003, 2), Pages(0x0a000, 0x200)};
  p.image_ = Pages(0x40060, 0x18);
  p.pool_ = Pages(0x40080, 0x80);
  return p;
}

Profile Profile::Plain() {
  Profile p;
  p.name_ = "plain";
  p.build_ = Build::kProduct;
  p.range_tlbi_ = RangeTlbi::kPresent;
  p.ram_ = {Pages(0x80000, 0x1000)};
  p.image_ = Pages(0x80000, 0x20);
  p.pool_ = Pages(0x80020, 0xa0);
  return p;
}

Profile Profile::Wide() {
  Profile p;
  p.name_ = "wide";
  p.range_tlbi_ = RangeTlbi::kAbsent;
  p.pa_bits_ = 48;
  p.cpus_ = 4;
  p.ram_ = {Pages(0x80000, 0xc00), Pages(0x82000, 0x400)};
  p.image_ = Pages(0x80b00, 0x20);
  p.pool_ = Pages(0x80b20, 0xa0);
  return p;
}

// From the image's end down: EL2's root, the host's root (aligned to its size), then the records,
// which must not meet the first page (text, of which the machine has one page of zeros).
// profile_test.cc holds each profile against this.
void Profile::PlaceImage() {
  const std::uint64_t end = image_.first.value + image_.count;
  const std::uint64_t root_pages = StageTwoShape(pa_bits_).root_pages;
  const std::uint64_t host_root = (end - 1 - root_pages) & ~(root_pages - 1);
  el2_root_ = ToAddress(Pfn(end - 1));
  host_root_ = ToAddress(Pfn(host_root));
  records_ = ToAddress(image_.first + 1);
}

BootInfo Profile::Boot() const {
  BootInfo info;
  info.pa_bits = pa_bits_;
  info.cpus = cpus_;
  info.max_borrowers = max_borrowers_;
  info.ram = ram_;
  info.no_map = no_map_;
  info.devices = devices_;
  info.image = image_;
  info.pool = pool_;
  info.records = records_;
  info.host_root = host_root_;
  info.el2_root = el2_root_;
  info.build = build_;
  return info;
}

oracle::MachineFacts Profile::Facts() const {
  oracle::MachineFacts facts;
  facts.pa_bits = pa_bits_;
  facts.largest_ipa_bits = pa_bits_;
  facts.cpus = cpus_;
  facts.vm_slots = kVmSlots;
  facts.max_borrowers = max_borrowers_;
  facts.checking_build = build_ == Build::kChecking ? 1 : 0;
  facts.ram = ForOracle(ram_);
  facts.no_map = ForOracle(no_map_);
  facts.devices = ForOracle(devices_);
  facts.image = {image_.first.value, image_.count};
  facts.pool = {pool_.first.value, pool_.count};
  facts.record_base = records_.value;
  return facts;
}

Profile Profile::WithMaxBorrowers(unsigned borrowers) const {
  Profile profile = *this;
  profile.max_borrowers_ = borrowers;
  return profile;
}

Profile Profile::WithCpus(unsigned cpus) const {
  Profile profile = *this;
  profile.cpus_ = cpus;
  return profile;
}

Profile Profile::WithPoolPages(std::uint64_t pages) const {
  Profile profile = *this;
  profile.pool_.count = pages;
  return profile;
}

std::uint64_t Profile::RamPages() const {
  std::uint64_t pages = 0;
  for (const PageSpan& region : ram_) pages += region.count;
  return pages;
}

}  // namespace cadastre
