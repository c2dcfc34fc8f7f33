// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/bench_target.h"

#include <cstdio>
#include <string>

#include "harness/cli/built_files.h"
#include "harness/cli/commands.h"
#include "harness/on_target/cost_run.h"

namespace cadastre {
namespace {

int Complain(const absl::Status& status) {
  std::fprintf(stderr, "cadastre bench: %s\n", std::string(status.message()).c_str());
  return kExitBroken;
}

}  // namespace

int BenchTarget() {
  const auto root = SourceRoot();
  if (!root.ok()) return Complain(root.status());
  const auto built = BuildFiles(*root, {"//service/el2:image", "//harness/on_target:cost_payload",
                                        "//harness/on_target:count_el2.so"});
  if (!built.ok()) return Complain(built.status());
  const auto costs =
      on_target::MeasureCosts({.image = *built / "service/el2/image.img",
                               .payload = *built / "harness/on_target/cost_payload.img",
                               .plugin = *built / "harness/on_target/count_el2.so"});
  if (!costs.ok()) return Complain(costs.status());
  std::printf("%s", on_target::FormatCosts(*costs).c_str());
  return kExitOk;
}

}  // namespace cadastre
