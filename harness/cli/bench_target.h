// SPDX-License-Identifier: Apache-2.0
// bench --target: what each call costs at EL2 of QEMU's cortex-a76, in instructions, TLB
// invalidations and DSBs. Counted, not timed: the same image gives the same numbers.
#ifndef CADASTRE_HARNESS_CLI_BENCH_TARGET_H_
#define CADASTRE_HARNESS_CLI_BENCH_TARGET_H_

namespace cadastre {

// Prints the table of service/PERFORMANCE.md. An exit status of commands.h.
int BenchTarget();

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_BENCH_TARGET_H_
