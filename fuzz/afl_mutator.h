// SPDX-License-Identifier: Apache-2.0
// What AFL++ 4.04c looks up in a custom mutator, with its own meanings: a size of 0 is "no output",
// outputs live until the next call, `data` is what init gave.
#ifndef CADASTRE_FUZZ_AFL_MUTATOR_H_
#define CADASTRE_FUZZ_AFL_MUTATOR_H_

#include <cstddef>
#include <cstdint>

extern "C" {

void* afl_custom_init(void* afl, unsigned int seed);
void afl_custom_deinit(void* data);

// Mutates `input`, with the help of `other`, into at most `max_size` bytes.
std::size_t afl_custom_fuzz(void* data, std::uint8_t* input, std::size_t size,
                            std::uint8_t** output, std::uint8_t* other, std::size_t other_size,
                            std::size_t max_size);

// Trimming: init_trim says how many attempts there are, trim makes the next, and post_trim, told
// whether the target ran as before, says how many are over.
std::int32_t afl_custom_init_trim(void* data, std::uint8_t* input, std::size_t size);
std::size_t afl_custom_trim(void* data, std::uint8_t** output);
std::int32_t afl_custom_post_trim(void* data, std::uint8_t success);

}  // extern "C"

#endif  // CADASTRE_FUZZ_AFL_MUTATOR_H_
