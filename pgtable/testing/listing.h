// SPDX-License-Identifier: Apache-2.0
// A whole table as text, so that a test can state all that stands in it at once.
#ifndef CADASTRE_PGTABLE_TESTING_LISTING_H_
#define CADASTRE_PGTABLE_TESTING_LISTING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pgtable/annotation.h"
#include "pgtable/descriptor.h"
#include "pgtable/page_table.h"
#include "pgtable/prot.h"

namespace cadastre::testing {

// "rwx", a dash for what is missing; "d" for device, "sw=N" and "old" where they apply.
inline std::string ToString(Prot prot, bool young) {
  std::string text;
  text += prot.Has(Prot::kRead) ? 'r' : '-';
  text += prot.Has(Prot::kWrite) ? 'w' : '-';
  text += prot.Has(Prot::kExecute) ? 'x' : '-';
  if (prot.Has(Prot::kDevice)) text += " device";
  if (const std::uint64_t sw = prot.bits >> Prot::kSwShift; sw != 0) {
    text += " sw=" + std::to_string(sw);
  }
  return young ? text : text + " old";
}

// Every entry that is not absent, in ascending order; neighbours of one level that go on in the
// same way share a line. All numbers are page numbers of the granule:
//   "L3 5+2 -> 105 rw-"          pages 5 and 6 are output pages 105 and 106, by entries of level 3
//   "L3 7+2 kind=2 slot=1 gfn=9.." annotations whose gfn goes on from page to page ("gfn=9": the
//   same)
template <class World>
std::vector<std::string> List(World& w) {
  using G = typename World::G;
  using Format = typename World::Format;
  struct Line {
    Level level{};
    std::uint64_t first = 0;
    std::uint64_t pages = 0;
    Descriptor entry{};
    std::uint64_t step = 0;
  };
  std::vector<Line> lines;
  const std::uint64_t space = std::uint64_t{1} << (w.geometry.input_bits - G::kPageShift);
  const auto add = [&](const auto& visit) {
    if (visit.kind != VisitKind::kLeaf || visit.descriptor.bits == 0) return WalkOn::kContinue;
    const std::uint64_t page = visit.base.value >> G::kPageShift;
    const std::uint64_t pages = visit.bytes >> G::kPageShift;
    if (!lines.empty() && lines.back().level == visit.level) {
      Line& last = lines.back();
      const std::uint64_t entries = last.pages / pages;
      const std::uint64_t step = (visit.descriptor.bits - last.entry.bits) / entries;
      const bool valid = (visit.descriptor.bits & 1) != 0;
      const bool goes_on = valid ? step == G::Size(visit.level)
                                 : step == 0 || step == Annotation::GuestPage::Make(1);
      if (last.first + last.pages == page && goes_on && (entries == 1 || step == last.step) &&
          last.entry.bits + step * entries == visit.descriptor.bits) {
        last.pages += pages;
        last.step = step;
        return WalkOn::kContinue;
      }
    }
    lines.push_back({visit.level, page, pages, visit.descriptor, 0});
    return WalkOn::kContinue;
  };
  std::vector<std::string> text;
  if (!w.table.Walk(w.p, w.Span(0, space), add).ok()) return {"walk refused"};
  for (const Line& line : lines) {
    std::string s = "L" + std::to_string(line.level.value) + " " + std::to_string(line.first) +
                    "+" + std::to_string(line.pages);
    if ((line.entry.bits & 1) != 0) {
      const PhysAddr out = Format::OutputAddress(line.entry, line.level);
      s += " -> " + std::to_string(out.value >> G::kPageShift) + " " +
           ToString(Format::DecodeProt(line.entry), Format::Young(line.entry));
    } else {
      const Annotation a = Annotation::Decode(line.entry);
      s += " kind=" + std::to_string(static_cast<unsigned>(a.kind)) +
           " slot=" + std::to_string(a.slot_plus_one) + " gfn=" + std::to_string(a.gfn.value) +
           (line.step != 0 ? ".." : "");
    }
    text.push_back(s);
  }
  return text;
}

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_LISTING_H_
