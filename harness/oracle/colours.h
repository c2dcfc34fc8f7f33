// SPDX-License-Identifier: Apache-2.0
// Whose bytes each RAM page holds. A colour is a summary: it says who may have bytes there that not
// everybody may see, and is taken back only when the page reads zero or its guest gives its
// contents away (ABI.md section 2, "Who may see what").
//
// Caches are not kept coherent with an observer that reads memory past them, so a page has two
// colours: of its bytes as a coherent access finds them, and of what memory at the point of
// coherency may hold still, until the page is cleaned.
#ifndef CADASTRE_HARNESS_ORACLE_COLOURS_H_
#define CADASTRE_HARNESS_ORACLE_COLOURS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "harness/oracle/state.h"
#include "harness/oracle/touch_list.h"

namespace cadastre::oracle {

// Whose secret: a protected guest by its handle, which carries the generation, or one of these.
using SecretOf = std::uint32_t;
inline constexpr SecretOf kNobody = 0;   // zeros, or bytes that everybody may see
inline constexpr SecretOf kEl2 = 1;      // no handle: its generation would be zero
inline constexpr SecretOf kSeveral = 2;  // of more than one of them

// Whether a principal whose own secrets are `own` (kNobody: the host, or a plain guest) may see
// bytes of `secret`.
constexpr bool MaySee(SecretOf own, SecretOf secret) { return secret == kNobody || secret == own; }

struct PageColours {
  SecretOf cached = kNobody;  // of the bytes
  SecretOf memory = kNobody;  // of what the point of coherency may hold besides
  bool is_public = false;     // bytes of the host, of a plain guest, or given away are among them
  friend bool operator==(const PageColours&, const PageColours&) = default;
};

// "secret of EL2, public", "secret of VM 0x101; memory behind the caches: secret of EL2", "zero".
std::string Describe(const PageColours& colours);

class Colours {
 public:
  // At boot EL2's pages hold its secrets, and all others are zero.
  explicit Colours(const State& state);

  const PageColours& At(PageIndex page) const { return pages_[page]; }

  // A store by one whose bytes are secrets of `secret`, or public.
  void NoteStore(PageIndex page, SecretOf secret);
  // All bytes are zero.
  void NoteZero(PageIndex page);
  // Clean and invalidate to the point of coherency.
  void NoteClean(PageIndex page);
  // The guest gives away what the page holds. What it overwrote there before, and memory may still
  // hold, it keeps.
  void Declassify(PageIndex page);

  // Back to boot, at the cost of what was touched.
  void Reset();

 private:
  PageColours& Edit(PageIndex page) {
    touched_.Add(page);
    return pages_[page];
  }

  std::vector<PageColours> pages_;
  std::vector<PageColours> boot_;
  TouchList touched_;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_COLOURS_H_
