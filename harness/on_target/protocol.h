// SPDX-License-Identifier: Apache-2.0
// What the host hands to the replay payload and gets back: two blobs in the target's memory, arrays
// of these records behind a header. Both sides are little-endian with 64-bit words.
#ifndef CADASTRE_HARNESS_ON_TARGET_PROTOCOL_H_
#define CADASTRE_HARNESS_ON_TARGET_PROTOCOL_H_

#include <cstdint>

namespace cadastre::on_target {

// Physical addresses, all in one gigabyte that stage 2 gives the payload whole and that is no RAM
// of the machine under test.
inline constexpr std::uint64_t kGigabyte = 0x8000'0000;
inline constexpr std::uint64_t kPayloadBase = 0x8000'0000;
inline constexpr std::uint64_t kScriptBlob = 0x9000'0000;
inline constexpr std::uint64_t kAnswerBlob = 0xa000'0000;
inline constexpr std::uint64_t kBlobLimit = 0x1000'0000;

inline constexpr std::uint64_t kMagic = 0x7961'6c70'6572'6463;  // "cdreplay"

// One operation, as the host resolved it: nothing of it depends on state.
struct TargetOp {
  enum Kind : std::uint32_t {
    kHvc,        // x0..x17, immediate
    kHostLoad,   // at address
    kHostStore,  // at address: a word of the payload's own
    kHostFetch,  // at address
    kHostWords,  // words[0..word_count) from address on
    kHostList,   // the same, an entry of a list page; without words there is no list page
    kCpuOff,
    kGuestHvc,  // x0..x[register_count - 1], immediate
    kGuestSmc,
    kGuestWait,
    kGuestLoad,  // at address, by guest_register
    kGuestStore,
    kGuestFetch,
    kInterrupt,
  };
  std::uint32_t kind = kHvc;
  std::uint32_t cpu = 0;
  std::uint32_t immediate = 0;
  std::uint32_t register_count = 0;
  std::uint32_t guest_register = 0;
  std::uint32_t word_count = 0;
  // The first operation of the script that waits for this one: it began after this had ended on the
  // host. Those in between may run beside it.
  std::uint32_t ends_before = 0;
  // Nothing is under way behind it: the state is audited and digested.
  std::uint32_t is_quiet = 0;
  std::uint64_t address = 0;
  std::uint64_t x[18]{};
  std::uint64_t words[3]{};
};

struct TargetSpan {
  std::uint64_t first = 0;  // page number
  std::uint64_t count = 0;
};

// The machine under test: BootInfo in words.
struct TargetMachine {
  static constexpr unsigned kSpans = 4;
  std::uint64_t pa_bits = 0;
  std::uint64_t cpus = 0;
  std::uint64_t max_borrowers = 0;
  std::uint64_t checking_build = 0;
  TargetSpan ram[kSpans]{};  // those that are used come first
  TargetSpan no_map[kSpans]{};
  TargetSpan devices[kSpans]{};
  TargetSpan image{};
  TargetSpan pool{};
  std::uint64_t records = 0;
  std::uint64_t host_root = 0;
  std::uint64_t el2_root = 0;
};

struct TargetScript {
  std::uint32_t first_op = 0;
  std::uint32_t op_count = 0;
};

// Scripts follow, then ops.
struct ScriptHeader {
  std::uint64_t magic = kMagic;
  std::uint32_t script_count = 0;
  std::uint32_t op_count = 0;
  TargetMachine machine;
};

// How an operation came back.
struct TargetAnswer {
  static constexpr unsigned kEvents = 4;
  enum Kind : std::uint32_t {
    kNone,      // it was not made
    kHost,      // a call or a guest's exit: x0..x3 of the host
    kGuest,     // the guest goes on: its x0..x3
    kAllowed,   // an access was carried out
    kInjected,  // an access came back as an abort
    kDone,
    kIdle,
    kStuck,  // an access aborted again after EL2 had said retry
  };
  std::uint32_t kind = kNone;
  // Of the audit of tables afterwards: 0 nothing, else its invariant + 1.
  std::uint32_t finding = 0;
  std::uint64_t x[4]{};
  std::uint64_t state = 0;  // digest afterwards, of a quiet operation
  std::uint64_t where = 0;  // of the finding
  // The events of all CPUs, which are what they do under locks, are numbered in the order in which
  // the last lock of each is taken. Its own, of which there may be more than are kept; and the
  // first number not yet given when it began and when it ended.
  std::uint32_t event_count = 0;
  // The first of them is that of an interrupt, which brought the host back before it acted: on the
  // host this one had left the guest in another way.
  std::uint32_t interrupts_guest = 0;
  // Another CPU was in an event when it began.
  std::uint32_t began_beside = 0;
  std::uint32_t finished = 0;  // written last
  std::uint64_t events[kEvents]{};
  std::uint64_t first_event = 0;
  std::uint64_t end_event = 0;
};

// One answer for each operation follows.
struct AnswerHeader {
  std::uint64_t magic = kMagic;
  std::uint64_t op_count = 0;
};

// SMCs of the payload to the replay image, which no product image answers: x0. Pointers are
// physical addresses in the payload's gigabyte.
enum Service : std::uint64_t {
  kReset = 0xc30c'0000,  // by CPU 0, while all others are parked: memory and core as after boot
  kPark,                 // the CPU waits in EL2 for the next reset
  kBeginOp,              // x1 TargetOp, x2 TargetAnswer: notes where in the events it begins
  kFinishOp,             // x1, x2 likewise: fills in what the payload does not know but the state
  kFillState,            // x1, x2 likewise, while nothing is under way: state and finding
  kCarryOut,             // x1, x2 likewise: what EL1 can't do itself
};

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_PROTOCOL_H_
