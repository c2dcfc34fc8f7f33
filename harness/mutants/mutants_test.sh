#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One build of a sample holds its mutants; each is alive alone; those that must die die, and no other.
set -euo pipefail

fail() { printf 'mutants_test: %s\n' "$*" >&2; exit 1; }

here=harness/mutants
tree=$TEST_TMPDIR/tree
mkdir -p "$tree"
"$here/mutate" --out="$tree" --table="$TEST_TMPDIR/table" "$here/sample/clamp.cc" >"$TEST_TMPDIR/log"
cat "$TEST_TMPDIR/table"
/usr/lib/llvm-19/bin/clang++ -std=c++20 -w -I "$tree" -I . "$tree/$here/sample/clamp.cc" "$here/sample/clamp_check.cc" \
  "$here/mutants.cc" -o "$TEST_TMPDIR/check"

status() { local code=0; MUTANT=$1 "$TEST_TMPDIR/check" || code=$?; echo "$code"; }

[[ $(status 0) -eq 0 ]] || fail 'the true program fails'
while IFS=$'\t' read -r number _ line _ kind _; do
  [[ $(status "$number") -eq 0 ]] && echo "$line $kind lives" || echo "$line $kind dies"
done <"$TEST_TMPDIR/table" | sort >"$TEST_TMPDIR/fates"
cat >"$TEST_TMPDIR/expected" <<'FATES'
12 arithmetic - lives
12 compare < lives
12 compare > lives
12 condition always dies
12 condition always lives
12 condition never lives
12 condition never lives
12 number plus one lives
12 number plus one lives
12 number plus one lives
7 number plus one dies
7 statement left out dies
8 compare > dies
8 condition always dies
8 condition never dies
9 statement left out dies
FATES
diff <(sort "$TEST_TMPDIR/expected") "$TEST_TMPDIR/fates" || fail 'other fates than expected'

# What a run came to is told: nobody comes to the value below 0.
MUTANTS_REACHED=$TEST_TMPDIR/reached "$TEST_TMPDIR/check"
[[ $(wc -l <"$TEST_TMPDIR/reached") -lt $(wc -l <"$TEST_TMPDIR/table") ]] || fail 'every place is reached'
subtraction=$(awk -F'\t' '$5 == "arithmetic -" { print $1 }' "$TEST_TMPDIR/table")
! grep -qx "$subtraction" "$TEST_TMPDIR/reached" || fail 'the value below 0 is reached'

# A name that is no source.
! "$here/mutate" --out="$tree" nowhere.cc 2>"$TEST_TMPDIR/error" || fail 'no source is no error'
grep -qx 'mutate: nowhere.cc: no C++ source' "$TEST_TMPDIR/error" || fail "said: $(cat "$TEST_TMPDIR/error")"
