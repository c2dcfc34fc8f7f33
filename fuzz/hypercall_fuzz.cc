// SPDX-License-Identifier: Apache-2.0
// Scripts of hypercalls and host accesses, judged by the oracle after every operation. Any bytes
// are a script.
#include <cstddef>
#include <cstdint>
#include <span>

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
  Driver().RunScript(cadastre::script::DecodeAny({data, size}));
  return 0;
}
