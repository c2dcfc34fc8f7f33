// SPDX-License-Identifier: Apache-2.0
// Scripts run twice, with other secrets of protected guests and of EL2: nobody else may see a
// difference (harness/run/secret_pair.h). Any bytes are a script.
#include <cstddef>
#include <cstdint>

#include "harness/run/fuzz_driver.h"
#include "harness/script/codec.h"

namespace {

cadastre::run::FuzzDriver& Driver() {
  static cadastre::run::FuzzDriver driver;
  return driver;
}

}  // namespace

// The machines boot before the first input.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  Driver();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Driver().RunSecretPair(cadastre::script::DecodeAny({data, size}));
  return 0;
}
