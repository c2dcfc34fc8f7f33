// SPDX-License-Identifier: Apache-2.0
// The mutator of interleave_fuzz as libFuzzer and Centipede call it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fuzz/interleave_mutator.h"
#include "harness/interleave/program.h"

// libFuzzer's own byte mutator. Other engines and the replay have none.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                              std::size_t max_size);

namespace {

std::size_t Put(const cadastre::interleave::Input& input, std::uint8_t* data, std::size_t size,
                std::size_t max_size) {
  const std::vector<std::uint8_t> bytes = cadastre::fuzz::EncodeInputWithin(input, max_size);
  if (bytes.empty()) return size;
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

}  // namespace

// One mutation in eight is of bytes, so that what the mutator can't think of turns up too.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  if (LLVMFuzzerMutate != nullptr && size > 0 && seed % 8 == 0) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  return Put(cadastre::fuzz::MutateInput(cadastre::interleave::DecodeInput({data, size}), seed),
             data, size, max_size);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second,
                                                 std::size_t second_size, std::uint8_t* out,
                                                 std::size_t max_out_size, unsigned int seed) {
  const cadastre::interleave::Input joined = cadastre::fuzz::CrossOverInputs(
      cadastre::interleave::DecodeInput({first, first_size}),
      cadastre::interleave::DecodeInput({second, second_size}), seed);
  return Put(joined, out, 0, max_out_size);
}
