// SPDX-License-Identifier: Apache-2.0
// Room for a few small objects, none of which is made before it is stored: clearing an array that a
// call hardly uses would be most of what the call costs.
#ifndef CADASTRE_PGTABLE_ROOM_H_
#define CADASTRE_PGTABLE_ROOM_H_

#include <cstddef>
#include <new>
#include <type_traits>

namespace cadastre {

template <class T, unsigned kSize>
class Room {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  // To be assigned before it is read.
  T& operator[](unsigned i) { return *std::launder(reinterpret_cast<T*>(bytes_ + i * sizeof(T))); }
  const T& operator[](unsigned i) const {
    return *std::launder(reinterpret_cast<const T*>(bytes_ + i * sizeof(T)));
  }

 private:
  alignas(T) std::byte bytes_[kSize * sizeof(T)];
};

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_ROOM_H_
