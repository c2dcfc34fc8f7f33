// SPDX-License-Identifier: Apache-2.0
// Operations of two to four CPUs beside each other, under a schedule that the input says: which CPU
// runs next at each sync point, or a seed and a depth for PCT. harness/interleave/program.h
// describes the bytes.
#include <cstddef>
#include <cstdint>
#include <utility>

#include "fuzz/booted_driver.h"
#include "harness/interleave/program.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cadastre::interleave::Input input = cadastre::interleave::DecodeInput({data, size});
  cadastre::fuzz::BootedDriver().RunInput(
      "interleave_fuzz", input.script.profile, [&](cadastre::run::Runner& runner) {
        cadastre::interleave::InputRun run = cadastre::interleave::RunInput(runner, input);
        return cadastre::run::InputRun{std::move(run.failure), std::move(run.script)};
      });
  return 0;
}
