#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs a libFuzzer binary from an empty corpus with each of the fixed seeds. An execution is one input.
#   hunt_with_fuzzer.sh FUZZER INVARIANT BUDGET  the invariant fires, first or beside others, from every seed within the
#                                                budget, and the budget is at least ten times the median; inputs in
#                                                which the bug shows in another way alone are passed by
#   hunt_with_fuzzer.sh FUZZER silent BUDGET     nothing fires
# A run depends on its seed and on the program alone. -reload=0: libFuzzer reads its own corpus again every second otherwise,
# and the machine's speed would matter. -use_cmp=0: what is compared goes into its inputs otherwise, addresses of the heap
# among it, and the length of this directory's path would matter.
set -u
fuzzer=$1 wanted=$2 budget=$3
seeds=(1 2 3 5 8)
work=$(mktemp -d "${TEST_TMPDIR:-/tmp}/hunt.XXXXXX")
trap 'rm -rf "$work"' EXIT
only=(env)
[[ $wanted == silent ]] || only=(env CADASTRE_ONLY="$wanted")
failed=0
found=()
for seed in "${seeds[@]}"; do
  corpus=$work/corpus-$seed
  mkdir "$corpus"
  CADASTRE_STATS=1 "${only[@]}" "$fuzzer" -seed="$seed" -runs="$budget" -reload=0 -use_cmp=0 -max_len=4096 \
    -len_control=0 -artifact_prefix="$work/" "$corpus" >"$work/log" 2>&1
  line=$(grep -m1 -o 'ASSERTION FAILED: [A-Z_]*' "$work/log")
  line=${line#ASSERTION FAILED: }
  executions=$(sed -n 's/^cadastre-stats: execs=\([0-9]*\).*/\1/p' "$work/log" | tail -1)
  echo "seed $seed: ${line:-nothing} after ${executions:-?} executions"
  if [[ $wanted == silent ]]; then
    [[ -z $line ]] && grep -q "^Done $budget runs\|^#$budget.DONE" "$work/log" || { failed=1; tail -40 "$work/log"; }
  elif [[ $line != "$wanted" ]] && ! grep -q "^  hyp: also: *$wanted\$" "$work/log"; then
    failed=1
    tail -40 "$work/log"
  else
    found+=("$executions")
  fi
done
if [[ $wanted != silent && $failed -eq 0 ]]; then
  mapfile -t sorted < <(printf '%s\n' "${found[@]}" | sort -n)
  median=${sorted[$((${#sorted[@]} / 2))]}
  echo "median $median, most ${sorted[-1]}, budget $budget"
  ((budget >= 10 * median)) || { echo "so small a budget would find it by luck"; failed=1; }
fi
exit $failed
