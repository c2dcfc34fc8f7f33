// SPDX-License-Identifier: Apache-2.0
// The mutator of interleave_fuzz as libFuzzer and Centipede call it.
#include "fuzz/custom_mutator.h"
#include "fuzz/interleave_mutator.h"
#include "harness/interleave/program.h"

namespace {

struct OfInputs {
  static constexpr auto Decode = cadastre::interleave::DecodeInput;
  static constexpr auto Mutate = cadastre::fuzz::MutateInput;
  static constexpr auto CrossOver = cadastre::fuzz::CrossOverInputs;
  static constexpr auto EncodeWithin = cadastre::fuzz::EncodeInputWithin;
};

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  return cadastre::fuzz::MutateBytes<OfInputs>(data, size, max_size, seed);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second,
                                                 std::size_t second_size, std::uint8_t* out,
                                                 std::size_t max_out_size, unsigned int seed) {
  return cadastre::fuzz::CrossOverBytes<OfInputs>({first, first_size}, {second, second_size}, out,
                                                  max_out_size, seed);
}
