// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <memory>
#include <span>

#include "harness/machine/core_sim.h"
#include "harness/machine/machine.h"

namespace cadastre {
namespace {

constexpr PhysAddr kPage{0x40200000};

// There and back: two switches.
void BM_FiberRoundTrip(benchmark::State& state) {
  Fiber* self = nullptr;
  Fiber fiber(
      [](void* argument) {
        while (true) (*static_cast<Fiber**>(argument))->Suspend();
      },
      static_cast<void*>(&self));
  self = &fiber;
  for (auto _ : state) fiber.Resume();
  state.SetItemsProcessed(2 * static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(BM_FiberRoundTrip);

// One yield point of a paused CPU: two switches and the scheduler's work.
void BM_ResumeOneStep(benchmark::State& state) {
  Machine machine(*Profile::Make(0));
  SimPlatform& p = machine.platform();
  const auto body = [&p] {
    for (int i = 0; i < 1000; ++i) p.Load64(kPage);
  };
  for (auto _ : state) {
    if (!machine.Busy(0)) benchmark::DoNotOptimize(machine.Start(0, body, 0));
    benchmark::DoNotOptimize(machine.Resume(0, 1));
  }
}
BENCHMARK(BM_ResumeOneStep);

// One operation: a lock and so many loads and stores.
template <class Run>
void Operations(benchmark::State& state, Run&& run) {
  Machine machine(*Profile::Make(0));
  machine.Snapshot();
  SimPlatform& p = machine.platform();
  const auto body = [&p, &state] {
    p.Lock(LockId::kHost);
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      p.Store64(kPage, p.Load64(kPage) + 1);
    }
    p.Unlock(LockId::kHost);
  };
  int since_rollback = 0;
  for (auto _ : state) {
    run(machine, body);
    if (++since_rollback < 64) continue;
    since_rollback = 0;
    machine.Rollback();
  }
}
void BM_RunOp(benchmark::State& state) {
  Operations(state, [](Machine& machine, const auto& body) {
    benchmark::DoNotOptimize(machine.RunOp(0, body));
  });
}
BENCHMARK(BM_RunOp)->Arg(0)->Arg(10)->Arg(100);

void BM_StartToTheEnd(benchmark::State& state) {
  Operations(state, [](Machine& machine, const auto& body) {
    benchmark::DoNotOptimize(machine.Start(0, body, kToTheEnd));
    benchmark::DoNotOptimize(machine.TakeViolation(0));
  });
}
BENCHMARK(BM_StartToTheEnd)->Arg(0)->Arg(10)->Arg(100);

// share_hyp and unshare_hyp of a page by the real core.
void BM_ShareUnshare(benchmark::State& state) {
  Machine machine(*Profile::Make(0));
  constexpr std::size_t kWords = (sizeof(SimHypervisor) + 7) / 8;
  const auto storage = std::make_unique<std::uint64_t[]>(kWords);
  auto* const core = new (storage.get()) SimHypervisor;
  machine.RegisterObject(std::as_writable_bytes(std::span(storage.get(), kWords)));
  const BootInfo info = machine.profile().Boot();
  bool booted = false;
  const auto violation =
      machine.RunOp(0, [&] { booted = core->Boot(machine.platform(), info).ok(); });
  if (violation || !booted) return state.SkipWithError("the core did not boot");
  machine.Snapshot();
  constexpr std::uint64_t kShareHyp =
      abi::kFunctionBase + static_cast<std::uint64_t>(abi::CallNumber::kShareHyp);
  constexpr std::uint64_t kUnshareHyp =
      abi::kFunctionBase + static_cast<std::uint64_t>(abi::CallNumber::kUnshareHyp);
  int since_rollback = 0;
  for (auto _ : state) {
    for (const std::uint64_t call : {kShareHyp, kUnshareHyp}) {
      Registers x{call, kPage.value >> 12, 1};
      GuestRegisters guest;
      benchmark::DoNotOptimize(
          machine.RunOp(0, [&] { core->HandleHvc(machine.platform(), 0, x, guest); }));
      if (x[0] != 0 || x[1] != 0) return state.SkipWithError("refused");
    }
    if (++since_rollback < 64) continue;
    since_rollback = 0;
    machine.Rollback();
  }
}
BENCHMARK(BM_ShareUnshare);

}  // namespace
}  // namespace cadastre
