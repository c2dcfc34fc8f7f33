#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# OSS-Fuzz's and ClusterFuzzLite's folders agree, and say what these services require.
set -uo pipefail
cd "$TEST_SRCDIR/$TEST_WORKSPACE" || exit 1
ours=fuzz/oss-fuzz
lite=.clusterfuzzlite
failures=0
fail() { printf 'FAILED %s\n' "$*"; failures=$((failures + 1)); }

cmp "$ours/build.sh" "$lite/build.sh" || fail 'the two build.sh differ'
bash -n "$ours/build.sh" || fail 'build.sh is no bash'
for key in homepage main_repo primary_contact language sanitizers fuzzing_engines; do
  grep -q "^$key:" "$ours/project.yaml" || fail "project.yaml lacks $key"
done
for file in "$ours" "$lite"; do
  grep -qx 'language: c++' "$file/project.yaml" || fail "$file/project.yaml: the language is c++"
  head -n 2 "$file/Dockerfile" | grep -q '^FROM .*/base-builder:' || fail "$file/Dockerfile: not from the base builder"
  # shellcheck disable=SC2016  # as it stands in the file
  grep -qx 'WORKDIR $SRC/cadastre' "$file/Dockerfile" || fail "$file/Dockerfile: build.sh wants \$SRC/cadastre"
done
grep -q -- '- libfuzzer' "$ours/project.yaml" || fail 'OSS-Fuzz insists on libfuzzer'

[[ $failures -eq 0 ]] || exit 1
echo 'both folders agree'
