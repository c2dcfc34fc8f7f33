#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every committed script has the same `state` digests whichever compiler built the program, optimised (PROGRAM) or not
# (CADASTRE); and in three runs of one program the same raw ones (`corpus digests` says so by its exit status).
# usage: compilers_agree_test.sh CADASTRE PROGRAM...: CADASTRE has the subcommand, each PROGRAM is that alone
set -euo pipefail

fail() { printf 'compilers_agree_test: %s\n' "$*" >&2; exit 1; }

# The first line in which two lists differ, if there is one.
difference() { diff "$1" "$2" | sed -n '2p'; }

cadastre=$1
shift
lists=("$TEST_TMPDIR/0")
"$cadastre" corpus digests corpus >"${lists[0]}" || fail "$cadastre: some script has no digest of its own"
for program in "$@"; do
  list=$TEST_TMPDIR/${#lists[@]}
  "$program" corpus >"$list" || fail "$program: some script has no digest of its own"
  lists+=("$list")
done

[[ ${#lists[@]} -ge 2 ]] || fail 'fewer than two programs to compare'
scripts=$(find -L corpus -name '*.ops' | wc -l)
[[ $(wc -l <"${lists[0]}") -eq $scripts ]] || fail "not one line for each of $scripts scripts"

for list in "${lists[@]:1}"; do
  differs=$(difference "${lists[0]}" "$list")
  [[ -z $differs ]] || fail "another compiler, another digest: $differs"
done

# One other digit in one digest is seen.
sed '7s/.$/g/' "${lists[0]}" >"$TEST_TMPDIR/planted"
[[ -n $(difference "${lists[0]}" "$TEST_TMPDIR/planted") ]] || fail 'a planted difference was not seen'
echo "$scripts scripts, ${#lists[@]} programs: the same state digests"
