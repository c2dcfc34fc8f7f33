// SPDX-License-Identifier: Apache-2.0
// Scripts of hypercalls and host accesses, judged by the oracle after every operation. Any bytes
// are a script.
#include <cstddef>
#include <cstdint>

#include "fuzz/booted_driver.h"
#include "harness/script/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cadastre::fuzz::BootedDriver().RunScript(cadastre::script::DecodeAny({data, size}));
  return 0;
}
