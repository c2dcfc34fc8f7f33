// SPDX-License-Identifier: Apache-2.0
// The op mutator as libFuzzer and Centipede call it.
#include "fuzz/custom_mutator.h"
#include "fuzz/op_mutator.h"
#include "harness/script/codec.h"

namespace {

struct OfScripts {
  static constexpr auto Decode = cadastre::script::DecodeAny;
  static constexpr auto Mutate = cadastre::fuzz::Mutate;
  static constexpr auto CrossOver = cadastre::fuzz::CrossOver;
  static constexpr auto EncodeWithin = cadastre::fuzz::EncodeWithin;
};

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  return cadastre::fuzz::MutateBytes<OfScripts>(data, size, max_size, seed);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second,
                                                 std::size_t second_size, std::uint8_t* out,
                                                 std::size_t max_out_size, unsigned int seed) {
  return cadastre::fuzz::CrossOverBytes<OfScripts>({first, first_size}, {second, second_size}, out,
                                                   max_out_size, seed);
}
