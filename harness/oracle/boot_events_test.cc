// SPDX-License-Identifier: Apache-2.0
// What boot owes before the first operation: both roots, no lock left held.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/oracle/oracle.h"
#include "harness/oracle/testing/raw_machine.h"

namespace cadastre::oracle {
namespace {

using testing::RawMachine;

class BootEvents : public ::testing::Test {
 protected:
  BootEvents() { machine_.Boot(); }
  // What the oracle says of a boot with these events.
  std::string Attach(const std::vector<Event>& events) {
    Oracle oracle(machine_.facts, machine_.memory);
    const auto violation = oracle.AttachAfterBoot(events);
    return violation ? violation->id : "silent";
  }
  RawMachine machine_;
};

TEST_F(BootEvents, OfAGoodBootAreFine) { EXPECT_EQ(Attach(machine_.events), "silent"); }

TEST_F(BootEvents, NameTheHostsRoot) {
  std::vector<Event> events = machine_.events;
  std::erase_if(events, [](const Event& event) { return event.kind == EventKind::kWriteVttbr; });
  EXPECT_EQ(Attach(events), "VTTBR_AGREES");
}

TEST_F(BootEvents, NameEl2sRoot) {
  std::vector<Event> events = machine_.events;
  std::erase_if(events, [](const Event& event) { return event.kind == EventKind::kWriteTtbr0El2; });
  EXPECT_EQ(Attach(events), "VTTBR_AGREES");
}

TEST_F(BootEvents, NameNoOtherRootBesidesTheHosts) {
  std::vector<Event> events = machine_.events;
  events.push_back({.kind = EventKind::kWriteVttbr,
                    .cpu = 0,
                    .address = 0,
                    .value = std::uint64_t{5} << 48 | 0x1000,
                    .old_value = 0});
  EXPECT_EQ(Attach(events), "VTTBR_AGREES");
}

TEST_F(BootEvents, LeaveNoLockHeld) {
  std::vector<Event> events = machine_.events;
  events.push_back({.kind = EventKind::kLock, .cpu = 0, .address = 1, .value = 0, .old_value = 0});
  EXPECT_EQ(Attach(events), "LOCKS_RELEASED");
}

}  // namespace
}  // namespace cadastre::oracle
