#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What worlds.cc says of `res` and `res2` is what an abstract model of them counts.
# usage: count_states_test.sh COUNT_STATES WORLDS_CC
set -uo pipefail

fail() { printf 'count_states_test: %s\n' "$*" >&2; exit 1; }
told() { grep -qF "\"$1 by harness/explore/count_states.py" "$2"; }

for world in res res2; do
  number=$("$1" "$world") || fail "no number of $world"
  told "$number" "$2" || fail "worlds.cc does not say $number of $world"
  told $((number + 1)) "$2" && fail "worlds.cc says $((number + 1)) of something"  # and a wrong one would be seen
  [[ $("$1" "$world" 2) -lt $number ]] || fail "$world has as many states when two calls wait as when three do"
done
for wrong in '' plain2 'res x' 'res 1 2'; do
  "$1" $wrong 2>/dev/null
  [[ $? -eq 2 ]] || fail "'$wrong' is no misuse"
done
echo 'counted'
