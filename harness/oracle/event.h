// SPDX-License-Identifier: Apache-2.0
// What the oracle sees of the core: plain integers, in the order in which they happened on the
// simulated machine.
#ifndef CADASTRE_HARNESS_ORACLE_EVENT_H_
#define CADASTRE_HARNESS_ORACLE_EVENT_H_

#include <cstdint>

namespace cadastre::oracle {

// One effect of the core on the machine. Fields a kind does not name are zero.
enum class EventKind : std::uint8_t {
  kStore,      // a 64-bit word of physical memory, by a store-release (STLR): address (8-byte
               // aligned), old_value, value
  kCellStore,  // a cell of the hypervisor object: address (its offset there), old_value, value
  kFill,      // a whole 4 KiB page: address; word i = value + i * old_value (old_value is the step)
  kZeroPage,  // a whole 4 KiB page scrubbed through the scrub window: address
  kLock,      // address (lock number: 0 VM table, 1 host, 2 EL2, 3 pool, 0x100 + slot: VM)
  kUnlock,    // address
  kDsbIshst,
  kDsbIsh,
  kDsbNsh,
  kIsb,
  kWriteVttbr,      // value
  kWriteTtbr0El2,   // value
  kTlbiIpas2e1is,   // address (IPA), value (level hint 1..3, 0 for none)
  kTlbiRipas2e1is,  // address (IPA), value (pages), old_value (level hint)
  kTlbiVmalle1is,
  kTlbiVmalls12e1is,
  kTlbiVale2is,       // address (VA)
  kTlbiVae2is,        // address (VA)
  kCleanInvalidate,   // D-cache to the point of coherency, a 4 KiB page: address
  kInvalidateIcache,  // all I-caches, to the point of unification
  kReadHost,     // a word of memory that the host may change at any time: address, value as it was
                 // read
  kTlbiVmalle1,  // this CPU's alone
  kIcIallu,      // all of this CPU's I-cache
  kWriteVtcr,    // value
};

struct Event {
  EventKind kind;
  std::uint8_t cpu;
  std::uint64_t address = 0;
  std::uint64_t value = 0;
  std::uint64_t old_value = 0;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_EVENT_H_
