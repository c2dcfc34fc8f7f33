// SPDX-License-Identifier: Apache-2.0
// Scripts run twice, with other secrets of protected guests and of EL2: nobody else may see a
// difference (harness/run/secret_pair.h). Any bytes are a script.
#include <cstddef>
#include <cstdint>

#include "fuzz/booted_driver.h"
#include "harness/script/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cadastre::fuzz::BootedDriver().RunSecretPair(cadastre::script::DecodeAny({data, size}));
  return 0;
}
