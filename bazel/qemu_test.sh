#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# qemu_test.sh IMAGE PAYLOAD CPU CPUS MEMORY STATUS LINE [FIRMWARE TREE]: boots IMAGE at EL2 of QEMU's virt with PAYLOAD as
# the host; the console must show LINE, a regular expression, and QEMU end with STATUS. STATUS "halt": the image halts, which
# is seen by the line alone. FIRMWARE starts instead of QEMU's own, and hands over the device tree TREE.
set -uo pipefail
image=$1 payload=$2 cpu=$3 cpus=$4 memory=$5 status=$6 line=$7 firmware=${8:-} tree=${9:-}
limit=45  # below the 60 s of a small test, so that the console is shown

log=$TEST_TMPDIR/console
qemu=(qemu-system-aarch64 -M virt,virtualization=on,gic-version=3,dtb-randomness=off -cpu "$cpu" -smp "$cpus" -m "$memory"
  -nic none -display none -monitor none -serial "file:$log" -no-reboot -semihosting-config enable=on,target=native
  -device "loader,file=$payload,addr=0x44000000,force-raw=on")
if [[ -n $firmware ]]; then
  qemu+=(-device "loader,file=$firmware,addr=0x4e000000,cpu-num=0,force-raw=on"
    -device "loader,file=$tree,addr=0x4f000000,force-raw=on" -device "loader,file=$image,addr=0x40200000,force-raw=on")
else
  qemu+=(-kernel "$image")
fi

fail() { printf 'qemu_test: %s\nconsole:\n' "$*"; cat "$log"; exit 1; }

touch "$log"
timeout "$limit" "${qemu[@]}" &
pid=$!
if [[ $status == halt ]]; then
  for _ in $(seq $((limit * 10))); do
    grep -qE "$line" "$log" && break
    sleep 0.1
  done
  kill "$pid"
  wait "$pid"
else
  wait "$pid"
  got=$?
  [[ $got -eq $status ]] || fail "QEMU ended with $got, not $status"
fi
grep -qE "$line" "$log" || fail "no line '$line'"
cat "$log"
