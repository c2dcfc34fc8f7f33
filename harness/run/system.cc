// SPDX-License-Identifier: Apache-2.0
#include "harness/run/system.h"

#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/run/outcome.h"

namespace cadastre::run {
namespace {

constexpr std::size_t kObjectWords = (sizeof(SimHypervisor) + 7) / 8;
static_assert(alignof(SimHypervisor) <= alignof(std::max_align_t));
// Its storage is given back without a destructor.
static_assert(std::is_trivially_destructible_v<SimHypervisor>);

}  // namespace

System::System(Profile profile)
    : machine_(std::move(profile)),
      facts_(machine_.profile().Facts()),
      storage_(std::make_unique<std::uint64_t[]>(kObjectWords)),
      core_(new(storage_.get()) SimHypervisor),
      oracle_(facts_, machine_.memory()) {
  machine_.RegisterObject(std::as_writable_bytes(std::span(storage_.get(), kObjectWords)));
  boot_violation_ = Boot();
  machine_.Snapshot();
}

std::optional<Violation> System::Boot() {
  Status status = Errno::kInval;
  const BootInfo info = machine_.profile().Boot();
  auto violation = machine_.RunOp(0, [&] { status = core_->Boot(machine_.platform(), info); });
  if (violation) return violation;
  if (!status.ok()) {
    return Violation{
        .id = kBootRefused,
        .detail = "Boot answers errno " + std::to_string(static_cast<int>(status.error())),
        .also = {}};
  }
  const auto first = machine_.events(0);
  std::vector<oracle::Event> events(first.begin(), first.end());
  for (unsigned cpu = 1; cpu < facts_.cpus; ++cpu) {
    violation = machine_.RunOp(cpu, [&] { core_->BootCpu(machine_.platform()); });
    if (violation) return violation;
    events.insert(events.end(), machine_.events(cpu).begin(), machine_.events(cpu).end());
  }
  violation = oracle_.AttachAfterBoot(events);
  machine_.platform().set_load_covers(oracle_.LoadCovers());
  return violation;
}

void System::Reset() {
  machine_.Rollback();
  oracle_.Reset();
}

std::optional<Violation> System::Sweep() {
  auto violation = oracle_.FullSweep();
  return violation ? violation : machine_.CheckSeam();
}

}  // namespace cadastre::run
