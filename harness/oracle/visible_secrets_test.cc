// SPDX-License-Identifier: Apache-2.0
// A secret that comes within reach is seen by either way alone: by the leaf that is stored,
// whatever row S has, and by the row that S steps to, whatever is stored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle {
namespace {

using ::testing::Contains;
using testing::HandCore;
using testing::kGivenPages;
using testing::kPrivatePage;
using testing::kSecretVm;

std::vector<std::string> Fired(const std::optional<Violation>& violation) {
  if (!violation) return {};
  std::vector<std::string> fired = {violation->id};
  fired.insert(fired.end(), violation->also.begin(), violation->also.end());
  return fired;
}

class VisibleSecrets : public ::testing::Test {
 protected:
  VisibleSecrets() {
    testing::PrepareWorld(core_);
    testing::PrepareSecret(core_);
  }
  // What fires when `meddle` runs before the locks of a call of CPU 1 are released.
  std::vector<std::string> During(unsigned number, std::initializer_list<std::uint64_t> arguments,
                                  const std::function<void()>& meddle) {
    return Fired(core_
                     .Run(HandCore::Hypercall(1, number, arguments),
                          {.before_release = [&](Answer&) { meddle(); }})
                     .violation);
  }
  HandCore core_;
};

TEST_F(VisibleSecrets, ALeafOfTheHostIsEnough) {
  EXPECT_THAT(During(0x42, {kPrivatePage, 1},
                     [&] {
                       core_.machine.Store(core_.machine.HostEntry(kGivenPages),
                                           testing::HostPage(kGivenPages, 0));
                     }),
              Contains("SECRET_VISIBLE"));
}

TEST_F(VisibleSecrets, ALeafOfAnotherGuestIsEnough) {
  EXPECT_THAT(During(0x42, {kPrivatePage, 1},
                     [&] {
                       const std::uint64_t entry =
                           core_.machine.EntryAddress(core_.VmTree(0), testing::kGfn << kPageShift);
                       core_.machine.Store(entry, testing::GuestPage(kGivenPages, 3, 0, 1));
                     }),
              Contains("SECRET_VISIBLE"));
}

// force_reclaim gives the page back to the host; here without a scrub and unseen by any store.
TEST_F(VisibleSecrets, TheRowIsEnough) {
  const auto fired =
      Fired(core_
                .Run(HandCore::Hypercall(1, 0x62, {kSecretVm, kGivenPages, 1}),
                     {.scrubbing =
                          [&](Answer&) {
                            std::erase_if(core_.machine.events, [](const Event& event) {
                              return event.kind == EventKind::kZeroPage;
                            });
                          },
                      .before_release =
                          [&](Answer&) {
                            std::erase_if(core_.machine.events, [&](const Event& event) {
                              return event.kind == EventKind::kZeroPage ||
                                     (event.kind == EventKind::kStore &&
                                      event.address == core_.machine.HostEntry(kGivenPages));
                            });
                          }})
                .violation);
  EXPECT_THAT(fired, Contains("SECRET_VISIBLE"));
}

}  // namespace
}  // namespace cadastre::oracle
