// SPDX-License-Identifier: Apache-2.0
// Raw registers of the host and of a guest: any values in x0..x6 and any immediate, after a prefix
// that makes VMs, shares, loans and donations and lets a vCPU run (harness/run/raw_call_run.h).
// harness/run/raw_calls.h describes the bytes.
#include <cstddef>
#include <cstdint>

#include "fuzz/booted_driver.h"
#include "harness/run/raw_call_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const unsigned cpus = cadastre::Profile::Make(0)->Facts().cpus;
  cadastre::fuzz::BootedDriver().RunCalls(cadastre::run::RawCallPrefix(),
                                          cadastre::run::DecodeRawCalls({data, size}, cpus));
  return 0;
}
