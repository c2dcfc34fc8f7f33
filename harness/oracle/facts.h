// SPDX-License-Identifier: Apache-2.0
// The machine as the oracle is told of it: constants of one machine profile, and a view of raw
// memory.
#ifndef CADASTRE_HARNESS_ORACLE_FACTS_H_
#define CADASTRE_HARNESS_ORACLE_FACTS_H_

#include <cstdint>
#include <vector>

#include "harness/oracle/page_span.h"

namespace cadastre::oracle {

// Constants of the machine. All spans are sorted and disjoint within their list.
struct MachineFacts {
  unsigned pa_bits = 40;
  unsigned largest_ipa_bits = 40;
  unsigned cpus = 1;
  unsigned vm_slots = 255;
  unsigned max_borrowers = 65535;
  unsigned checking_build = 0;    // 1: the core under test says so in x3 of version
  std::vector<PageSpan> ram;      // RAM regions; two may touch each other
  std::vector<PageSpan> no_map;   // parts of RAM regions that nobody may map
  std::vector<PageSpan> devices;  // MMIO that the host may use
  PageSpan image;                 // in RAM: EL2's image, records and root tables
  PageSpan pool;                  // in RAM: table pages for the host's and EL2's tables
  std::uint64_t record_base = 0;  // physical address of the page records (ABI.md section 13)
};

// Raw physical memory, read only. A page that was never written reads as zero.
class Memory {
 public:
  virtual ~Memory() = default;
  // The 512 words of a page, or nullptr if it was never written (then all are zero). Valid until
  // the next operation.
  virtual const std::uint64_t* PageWords(std::uint64_t pfn) const = 0;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_FACTS_H_
