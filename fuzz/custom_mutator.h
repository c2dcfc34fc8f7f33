// SPDX-License-Identifier: Apache-2.0
// From a mutator of values to one of bytes, as libFuzzer and Centipede call it. `M` has
//
//   Decode(span of bytes) -> value              any bytes
//   Mutate(value, seed) -> value
//   CrossOver(value, value, seed) -> value
//   EncodeWithin(value, capacity) -> bytes      none if it does not fit at all
#ifndef CADASTRE_FUZZ_CUSTOM_MUTATOR_H_
#define CADASTRE_FUZZ_CUSTOM_MUTATOR_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// libFuzzer's own byte mutator. Other engines and the replay have none.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                              std::size_t max_size);

namespace cadastre::fuzz {

// Writes the value over `data` and gives its size; the old size if it does not fit.
template <class M, class Value>
std::size_t PutValue(const Value& value, std::uint8_t* data, std::size_t size,
                     std::size_t max_size) {
  const std::vector<std::uint8_t> bytes = M::EncodeWithin(value, max_size);
  if (bytes.empty()) return size;
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

// LLVMFuzzerCustomMutator. One mutation in eight is of bytes, so that what the mutator can't think
// of turns up too.
template <class M>
std::size_t MutateBytes(std::uint8_t* data, std::size_t size, std::size_t max_size,
                        unsigned int seed) {
  if (LLVMFuzzerMutate != nullptr && size > 0 && seed % 8 == 0) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  return PutValue<M>(M::Mutate(M::Decode({data, size}), seed), data, size, max_size);
}

// LLVMFuzzerCustomCrossOver.
template <class M>
std::size_t CrossOverBytes(std::span<const std::uint8_t> first,
                           std::span<const std::uint8_t> second, std::uint8_t* out,
                           std::size_t max_out_size, unsigned int seed) {
  return PutValue<M>(M::CrossOver(M::Decode(first), M::Decode(second), seed), out, 0, max_out_size);
}

}  // namespace cadastre::fuzz

#endif  // CADASTRE_FUZZ_CUSTOM_MUTATOR_H_
