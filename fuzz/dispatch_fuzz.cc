// SPDX-License-Identifier: Apache-2.0
// Raw registers: any values in x0..x6 and any immediate, after a prefix that makes VMs, shares and
// donations, so that handles, gfns and pages in every row exist to be named.
// harness/run/raw_calls.h describes the bytes.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "harness/machine/profile.h"
#include "harness/run/fuzz_driver.h"
#include "harness/run/raw_calls.h"
#include "harness/script/text.h"

namespace {

// Handles are 0x100 (plain), 0x101 (protected) and 0x102 (dying).
constexpr char kPrefix[] =
    "cadastre-ops 1 profile=small\n"
    "cpu0 vm_create flags=plain ipa_bits=32 meta_pfn=ram+441 root_pfn=ram+445 -> 0\n"
    "cpu0 vm_create flags=protected ipa_bits=40 meta_pfn=ram+449 root_pfn=ram+451 -> 0\n"
    "cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=ram+453 root_pfn=ram+455 -> 0\n"
    "cpu0 vm_donate_tables vm=a pfn=ram+460 count=4 -> 0\n"
    "cpu0 vm_donate_tables vm=b pfn=ram+464 count=1 -> 0\n"
    "cpu0 share_guest vm=a pfn=ram+600 gfn=0 count=4 prot=rw -> 0\n"
    "cpu0 share_hyp pfn=ram+610 count=4 -> 0\n"
    "cpu1 list_page_set set=1 pfn=ram+610 -> 0\n"
    "cpu0 donate_hyp pfn=ram+620 count=4 -> 0\n"
    "cpu0 vm_start_teardown vm=c -> 0\n";

cadastre::script::Script Prefix() {
  const auto script = cadastre::script::Parse(kPrefix);
  if (!script.ok()) {
    std::fprintf(stderr, "dispatch_fuzz: %s\n", std::string(script.status().message()).c_str());
    std::abort();
  }
  return *script;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static cadastre::run::FuzzDriver driver;
  static const cadastre::script::Script prefix = Prefix();
  static const unsigned cpus = cadastre::Profile::Make(0)->Facts().cpus;
  driver.RunCalls(prefix, cadastre::run::DecodeRawCalls({data, size}, cpus));
  return 0;
}
