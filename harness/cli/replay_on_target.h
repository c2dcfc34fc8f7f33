// SPDX-License-Identifier: Apache-2.0
// replay --target: scripts on the host and on QEMU, and where the two differ.
#ifndef CADASTRE_HARNESS_CLI_REPLAY_ON_TARGET_H_
#define CADASTRE_HARNESS_CLI_REPLAY_ON_TARGET_H_

#include <span>
#include <string>

namespace cadastre {

struct OnTargetOptions {
  unsigned cpus = 2;                 // the machine of the scripts has two
  std::string model = "cortex-a57";  // as QEMU calls it
};

// One line for each script, and a last one that counts them. An exit status of commands.h.
int ReplayOnTarget(std::span<const std::string> files, const OnTargetOptions& options);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_REPLAY_ON_TARGET_H_
