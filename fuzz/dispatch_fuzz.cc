// SPDX-License-Identifier: Apache-2.0
// Raw registers of the host and of a guest: any values in x0..x6 and any immediate, after a prefix
// that makes VMs, shares, loans and donations and lets a vCPU run, so that handles, gfns and pages
// in every row exist to be named. harness/run/raw_calls.h describes the bytes.
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

// Handles are 0x100 (plain), 0x101 (protected), 0x102 (dying) and 0x103 (protected, without vCPUs).
// CPU 0 runs vCPU 0 of 0x101, whose page 0 is lent, 1 and 2 are its own, and 3 is shared with the
// host; vCPU 1 is OFF.
constexpr char kPrefix[] =
    "cadastre-ops 1 profile=small\n"
    "cpu0 vm_create flags=plain ipa_bits=32 meta_pfn=ram+441 root_pfn=ram+445 -> 0\n"
    "cpu0 vm_create flags=protected ipa_bits=40 meta_pfn=ram+449 root_pfn=ram+451 -> 0\n"
    "cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=ram+453 root_pfn=ram+455 -> 0\n"
    "cpu0 vm_create flags=protected ipa_bits=36 meta_pfn=ram+456 root_pfn=ram+458 -> 0\n"
    "cpu0 vm_donate_tables vm=a pfn=ram+460 count=4 -> 0\n"
    "cpu0 vm_donate_tables vm=b pfn=ram+464 count=6 -> 0\n"
    "cpu0 share_guest vm=a pfn=ram+600 gfn=0 count=4 prot=rw -> 0\n"
    "cpu0 share_hyp pfn=ram+610 count=4 -> 0\n"
    "cpu1 list_page_set set=1 pfn=ram+610 -> 0\n"
    "cpu0 donate_hyp pfn=ram+620 count=4 -> 0\n"
    "cpu0 lend_guest vm=b pfn=ram+630 gfn=0 count=1 prot=rw -> 0\n"
    "cpu0 donate_guest vm=b pfn=ram+631 gfn=1 count=3 -> 0\n"
    "cpu0 vcpu_create vm=b index=0 meta_pfn=ram+640 run_pfn=ram+611 entry=0 context=0 -> 0\n"
    "cpu0 vcpu_create vm=b index=1 meta_pfn=ram+641 run_pfn=ram+611 entry=0 context=0 -> 0\n"
    "cpu0 vm_start_teardown vm=c -> 0\n"
    "cpu0 vcpu_load vm=b index=0 -> 0\n"
    "cpu0 vcpu_run -> guest\n"
    "cpu0 guest_share_host gfn=3 -> guest x0=0\n";

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
