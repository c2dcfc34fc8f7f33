// SPDX-License-Identifier: Apache-2.0
// The op mutator as libFuzzer and Centipede call it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/op_mutator.h"
#include "harness/script/codec.h"

// libFuzzer's own byte mutator. Other engines and the replay have none.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                              std::size_t max_size);

namespace {

// Writes the script over `data` and gives its size; the old size if it does not fit at all.
std::size_t Put(const cadastre::script::Script& script, std::uint8_t* data, std::size_t size,
                std::size_t max_size) {
  const std::vector<std::uint8_t> bytes = cadastre::fuzz::EncodeWithin(script, max_size);
  if (bytes.empty()) return size;
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

}  // namespace

// One mutation in eight is of bytes, so that what the op mutator can't think of turns up too.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  if (LLVMFuzzerMutate != nullptr && size > 0 && seed % 8 == 0) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  return Put(cadastre::fuzz::Mutate(cadastre::script::DecodeAny({data, size}), seed), data, size,
             max_size);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second,
                                                 std::size_t second_size, std::uint8_t* out,
                                                 std::size_t max_out_size, unsigned int seed) {
  const cadastre::script::Script joined =
      cadastre::fuzz::CrossOver(cadastre::script::DecodeAny({first, first_size}),
                                cadastre::script::DecodeAny({second, second_size}), seed);
  return Put(joined, out, 0, max_out_size);
}
