// SPDX-License-Identifier: Apache-2.0
// Addresses, page numbers, levels and errors. Each is its own type, so that an IPA cannot stand
// where a physical address belongs; none converts by itself.
#ifndef CADASTRE_PGTABLE_TYPES_H_
#define CADASTRE_PGTABLE_TYPES_H_

#include <compare>
#include <cstdint>

namespace cadastre {

// A number that only mixes with its own kind. `value` is public: strong types prevent mix-ups, they
// hide nothing.
template <class Tag>
struct Strong {
  std::uint64_t value = 0;

  constexpr Strong() = default;
  constexpr explicit Strong(std::uint64_t v) : value(v) {}
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
  // Distances are plain numbers: bytes for addresses, pages for page numbers.
  friend constexpr Strong operator+(Strong a, std::uint64_t d) { return Strong(a.value + d); }
  friend constexpr std::uint64_t operator-(Strong a, Strong b) { return a.value - b.value; }
};

using PhysAddr = Strong<struct PhysAddrTag>;  // bytes
using Ipa = Strong<struct IpaTag>;            // bytes, input of a stage 2
using HypVa = Strong<struct HypVaTag>;        // bytes, input of EL2's stage 1
using Pfn = Strong<struct PfnTag>;            // physical page number, 4 KiB
using Gfn = Strong<struct GfnTag>;            // guest page number, 4 KiB

inline constexpr unsigned kPageShift = 12;  // of the service's granule
inline constexpr std::uint64_t kPageSize = std::uint64_t{1} << kPageShift;

constexpr PhysAddr ToAddress(Pfn pfn) { return PhysAddr(pfn.value << kPageShift); }
constexpr Ipa ToIpa(Gfn gfn) { return Ipa(gfn.value << kPageShift); }
constexpr Pfn ToPfn(PhysAddr pa) { return Pfn(pa.value >> kPageShift); }
constexpr Gfn ToGfn(Ipa ipa) { return Gfn(ipa.value >> kPageShift); }

// A translation level as the Arm ARM counts it: 0 is next to the root of a 48-bit space, 3 holds
// pages. -1 exists for 52-bit inputs. D8.2.
struct Level {
  int value = 3;
  friend constexpr auto operator<=>(const Level&, const Level&) = default;
  constexpr Level Next() const { return Level{value + 1}; }
};
inline constexpr Level kPageLevel{3};

// Linux's numbers; hypercalls answer with the negative.
enum class Errno : std::uint8_t {
  kPerm = 1,
  kNoEnt = 2,
  kNoMem = 12,
  kFault = 14,
  kBusy = 16,
  kExist = 17,
  kInval = 22,
  kRange = 34,
  kOverflow = 75,
  kHwPoison = 133,
};

// A value or the reason why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that a function says: return value; return Errno::kInval;
  constexpr explicit(false) Result(T value) : value_(value), ok_(true) {}
  constexpr explicit(false) Result(Errno error) : error_(error), ok_(false) {}
  constexpr bool ok() const { return ok_; }
  constexpr Errno error() const { return error_; }     // precondition: !ok()
  constexpr const T& value() const { return value_; }  // precondition: ok()

 private:
  T value_{};
  Errno error_ = Errno::kInval;
  bool ok_;
};

// Success, or why not.
class [[nodiscard]] Status {
 public:
  constexpr Status() = default;
  // Implicit, so that a function says: return Errno::kInval;
  constexpr explicit(false) Status(Errno error) : error_(error), ok_(false) {}
  constexpr bool ok() const { return ok_; }
  constexpr Errno error() const { return error_; }  // precondition: !ok()

 private:
  Errno error_ = Errno::kInval;
  bool ok_ = true;
};

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_TYPES_H_
