// SPDX-License-Identifier: Apache-2.0
// Machines by number: a script's header names the one that it runs on. A number never changes its
// meaning once scripts exist; a new machine takes a new number.
#ifndef CADASTRE_HARNESS_MACHINE_PROFILE_H_
#define CADASTRE_HARNESS_MACHINE_PROFILE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/oracle/facts.h"
#include "service/boot_info.h"

namespace cadastre {

// May the core invalidate TLB entries by range (FEAT_TLBIRANGE)?
enum class RangeTlbi : std::uint8_t { kAbsent, kPresent };

class Profile {
 public:
  static constexpr unsigned kCount = 3;

  // nullopt: no machine has that number.
  //   0 "small": odd edges everywhere, few borrowers. The one to fuzz.
  //   1 "plain": one aligned region, one CPU, TLBI by range; a product build.
  //   2 "wide": 48-bit addresses, so that tables begin at level 0; four CPUs.
  static std::optional<Profile> Make(unsigned number);

  unsigned number() const { return number_; }
  std::string_view name() const { return name_; }
  RangeTlbi range_tlbi() const { return range_tlbi_; }
  unsigned cpus() const { return cpus_; }
  unsigned pa_bits() const { return pa_bits_; }
  const std::vector<PageSpan>& ram() const { return ram_; }
  const std::vector<PageSpan>& no_map() const { return no_map_; }
  const std::vector<PageSpan>& devices() const { return devices_; }
  PageSpan image() const { return image_; }

  // What the hypervisor object is told. The spans point into this profile.
  BootInfo Boot() const;
  // The same for the oracle, in its own types.
  oracle::MachineFacts Facts() const;

  // The same machine with other limits; no script can name it.
  Profile WithMaxBorrowers(unsigned borrowers) const;
  // The same machine with other CPUs, 1..kMaxCpus.
  Profile WithCpus(unsigned cpus) const;
  // The same machine with only so many pages in its pool. With too few the core refuses to boot.
  Profile WithPoolPages(std::uint64_t pages) const;

  // Pages of all RAM regions, image, pool and no-map included: as many as there are page records.
  std::uint64_t RamPages() const;

 private:
  Profile() = default;
  static Profile Small();
  static Profile Plain();
  static Profile Wide();
  // Lays records, host root and EL2 root into the image.
  void PlaceImage();

  unsigned number_ = 0;
  std::string_view name_;
  RangeTlbi range_tlbi_ = RangeTlbi::kAbsent;
  unsigned pa_bits_ = 40;
  unsigned cpus_ = 1;
  unsigned max_borrowers_ = 65535;
  Build build_ = Build::kChecking;
  std::vector<PageSpan> ram_;
  std::vector<PageSpan> no_map_;
  std::vector<PageSpan> devices_;
  PageSpan image_;
  PageSpan pool_;
  PhysAddr records_;
  PhysAddr host_root_;
  PhysAddr el2_root_;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_PROFILE_H_
