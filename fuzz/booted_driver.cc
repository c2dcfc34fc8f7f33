// SPDX-License-Identifier: Apache-2.0
#include "fuzz/booted_driver.h"

namespace cadastre::fuzz {

run::FuzzDriver& BootedDriver() {
  static run::FuzzDriver driver;
  return driver;
}

}  // namespace cadastre::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  cadastre::fuzz::BootedDriver();
  return 0;
}
