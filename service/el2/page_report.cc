// SPDX-License-Identifier: Apache-2.0
#include "service/el2/page_report.h"

#include "pgtable/page_table_impl.h"
#include "service/el2/console.h"
#include "service/el2_memory.h"
#include "service/page_record.h"
#include "service/tables.h"

namespace cadastre::el2 {
namespace {

// By the linear map, then by the image's own, which is the identity.
PhysAddr AddressOf(std::uint64_t address) {
  return PhysAddr(address >= kHypVaOffset ? address - kHypVaOffset : address);
}

bool IsIn(std::span<const PageSpan> spans, Pfn pfn) {
  for (const PageSpan& span : spans) {
    if (span.Contains(pfn)) return true;
  }
  return false;
}

void PrintEntry(const char* whose, const Leaf& leaf) {
  Print("  ", whose, " entry ", leaf.descriptor.bits, " at level ",
        static_cast<std::uint64_t>(leaf.level.value));
}

}  // namespace

void ReportPage(El2Platform& p, const BootInfo& info, std::uint64_t address) {
  const Pfn pfn = ToPfn(AddressOf(address));
  if (!IsIn(info.ram, pfn)) {
    Print("  far is in no RAM of the register");
    return;
  }
  const auto host_shape = Stage2Geometry<Granule4K>(info.pa_bits);
  const auto el2_shape = Stage1Geometry<Granule4K>(kHypVaBits);
  if (!host_shape.ok() || !el2_shape.ok()) return;
  const HostTable<El2Platform> host(info.host_root, host_shape.value());
  const El2Table<El2Platform> own(info.el2_root, el2_shape.value());
  Print("  page ", pfn.value);
  PrintEntry("host's", host.GetLeaf(p, ToIpa(Gfn(pfn.value))));
  PrintEntry("EL2's", own.GetLeaf(p, ToHypVa(pfn)));
  if (IsIn(info.no_map, pfn)) return;
  const PageRecord<El2Platform> record(p, PhysAddr(p.TableCountAddress(ToAddress(pfn)).value -
                                                   PageRecord<El2Platform>::kCountOffset));
  Print("  record: borrowers ", std::uint64_t{record.borrowers()}, " pins ",
        std::uint64_t{record.pins()}, " use ", static_cast<std::uint64_t>(record.use()));
}

}  // namespace cadastre::el2
