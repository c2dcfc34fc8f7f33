#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The scripts around the build: what they print and how they end, misuse included.
set -uo pipefail
cd "$TEST_SRCDIR/$TEST_WORKSPACE" || exit 1
failures=0

# expect STATUS PATTERN COMMAND...: the command ends so, and its output, error included, matches.
expect() {
  local status=$1 pattern=$2 output actual
  shift 2
  output=$("$@" 2>&1)
  actual=$?
  if [[ $actual -ne $status || ! $output =~ $pattern ]]; then
    printf 'FAILED %s\n  status %d, wanted %d; output, wanted %s:\n%s\n' "$*" "$actual" "$status" "$pattern" "$output"
    failures=$((failures + 1))
  fi
}

# misuse COMMAND...: status 2 and exactly one line.
misuse() { expect 2 $'^[^\n]+$' "$@"; }

expect 0 'usage: harness/cadastre COMMAND' harness/cadastre --help
expect 0 $'\n  fuzz +fuzz a target' harness/cadastre --help
expect 0 'usage: harness/cadastre test' harness/cadastre test --help
ln -s "$PWD/harness/cadastre" "$TEST_TMPDIR/link"
expect 0 $'\n  fuzz +fuzz a target' "$TEST_TMPDIR/link" --help
misuse harness/cadastre
misuse harness/cadastre frobnicate
misuse harness/cadastre 'f.*' --seconds=0
misuse harness/cadastre test --frobnicate
expect 0 'usage: bazel/setup' bazel/setup --help
misuse bazel/setup --frobnicate
misuse bazel/setup no_such_group

nm=$1 objdump=$2 archive=$3
expect 1 'needed, and not to be had at EL2: malloc' bazel/freestanding_test.sh "$nm" "$objdump" "$archive"
expect 1 'sections that need a runtime: .init_array' bazel/freestanding_test.sh "$nm" "$objdump" "$archive"
expect 1 'no archive' bazel/freestanding_test.sh "$nm" "$objdump"

report=$TEST_TMPDIR/report.dat
cat >"$report" <<'LCOV'
SF:pgtable/walker.cc
DA:1,5
DA:2,0
DA:3,1
DA:4,1
end_of_record
SF:pgtable/walker_test.cc
DA:1,0
end_of_record
SF:harness/machine/machine.cc
DA:1,0
end_of_record
LCOV
expect 0 'pgtable/walker.cc +3 +4 +75.0 %' bazel/coverage_table --at-least=75 "$report" pgtable/ service/
expect 1 'total +3 +4 .*75.0 % is below 76 %' bazel/coverage_table --at-least=76 "$report" pgtable/ service/
expect 1 'holds none of service/' bazel/coverage_table --at-least=0 "$report" service/
expect 1 'no report' bazel/coverage_table --at-least=0 "$TEST_TMPDIR/none" pgtable/

events=$TEST_TMPDIR/events
cat >"$events" <<'EVENTS'
{"id":{"targetConfigured":{"label":"//a:lib"}},"configured":{"targetKind":"cc_library rule"}}
{"id":{"targetConfigured":{"label":"//a:t1"}},"configured":{"targetKind":"cc_test rule"}}
{"id":{"targetConfigured":{"label":"//a:t2"}},"configured":{"targetKind":"cc_test rule"}}
{"id":{"targetConfigured":{"label":"//a:t3"}},"configured":{"targetKind":"sh_test rule"}}
{"id":{"testSummary":{"label":"//a:t1"}},"testSummary":{"overallStatus":"PASSED"}}
{"id":{"testSummary":{"label":"//a:t2"}},"testSummary":{"overallStatus":"FAILED"}}
EVENTS
expect 0 '^1 passed, 2 failed$' bazel/test_summary "$events"

disassembly=$TEST_TMPDIR/disassembly
cat >"$disassembly" <<'DISASSEMBLY'
0000000040200000 <vector>:
40200000:      	stp	x29, x30, [sp, #-0x20]!
40200004:      	bl	0x40200100 <middle(int)>
40200008:      	blr	x8

0000000040200100 <middle(int)>:
40200100:      	sub	sp, sp, #0x1, lsl #12
40200104:      	sub	sp, sp, #0x10
40200108:      	b	0x40200200 <leaf>

0000000040200200 <leaf>:
40200200:      	str	x30, [sp, #-16]!
40200204:      	b.eq	0x40200200 <leaf>

0000000040200300 <handler>:
40200300:      	sub	sp, sp, #0x2, lsl #12
40200304:      	ret

0000000040200400 <again>:
40200400:      	stp	x29, x30, [sp, #-16]!
40200404:      	bl	0x40200400 <again>
40200408:      	bl	0x40200500 <and_again>

0000000040200500 <and_again>:
40200500:      	bl	0x40200400 <again>
DISASSEMBLY
expect 0 'worst stack depth: 4128 bytes, from middle' bazel/stack_depth '--entry=middle(int)' "$disassembly"
expect 0 'worst stack depth: 8264 bytes, from vector with 40 bytes taken' \
  bazel/stack_depth --entry=vector+40 --indirect=vector=handler "$disassembly"
expect 1 '4127 bytes are the most' bazel/stack_depth '--entry=middle(int)' --at-most=4127 "$disassembly"
expect 1 'whom does vector call by register' bazel/stack_depth --entry=vector "$disassembly"
expect 1 'recursion: again -> and_again -> again' bazel/stack_depth --entry=again --indirect=vector=leaf "$disassembly"
misuse bazel/stack_depth --entry=none "$disassembly"
misuse bazel/stack_depth "$disassembly"

[[ $failures -eq 0 ]] || exit 1
echo 'all scripts answer as they should'
