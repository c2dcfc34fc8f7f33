#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Output that can't be written is an error of one line, whatever the command.
set -uo pipefail
cd "$TEST_SRCDIR/$TEST_WORKSPACE" || exit 1
failures=0

# expect LINE COMMAND...: its output goes to a full disk; it ends with 3 and says so.
expect() {
  local wanted=$1 complaint status
  shift
  complaint=$(harness/cli/cadastre "$@" 2>&1 >/dev/full)
  status=$?
  if [[ $status -ne 3 || $complaint != "$wanted" ]]; then
    printf 'FAILED %s: status %d, wanted 3; it said: %s\n' "$*" "$status" "$complaint"
    failures=$((failures + 1))
  fi
}

script=$TEST_TMPDIR/script.ops
printf 'cadastre-ops 1 profile=small\ncpu0 share_hyp pfn=ram+3 count=1\n' >"$script"
lost="can't write to standard output: No space left on device"
expect "cadastre corpus: can't write to standard output" corpus dictionary  # more than a buffer
expect "cadastre replay: $lost" replay --json "$script"
expect "cadastre bench: $lost" bench --json --seconds=1
expect "cadastre fuzz: $lost" fuzz --help
expect "cadastre corpus: can't write /dev/full: No space left on device" corpus encode --out=/dev/full "$script"

[[ $failures -eq 0 ]] || exit 1
echo 'every loss is reported'
