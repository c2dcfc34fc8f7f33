#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The package beside a fuzz target: names, bytes, and that nothing but these decides what is written.
set -uo pipefail
tool=$TEST_SRCDIR/$TEST_WORKSPACE/bazel/fuzzing/write_package
failures=0
fail() { printf 'FAILED %s\n' "$*"; failures=$((failures + 1)); }

# same FILE TEXT: the file holds exactly this.
same() { [[ $(cat "$1") == "$2" ]] || fail "${1##*/} holds: $(cat "$1")"; }

cd "$TEST_TMPDIR" || exit 1
mkdir -p in out again none
for seed in one two three; do printf '%s' "$seed" >"in/$seed"; done
printf 'word="x"\n' >in/words

seeds=(corpus/a/same.bin=in/one corpus/b/same.bin=in/two corpus/b/other.bin=in/three)
"$tool" --option=max_len=512 --option=len_control=0 --dictionary=in/words target out "${seeds[@]}" ||
  fail 'does not run'
same out/target.options $'[libfuzzer]\nlen_control = 0\nmax_len = 512\ndict = target.dict'
same out/target.dict 'word="x"'
unpacked=$(python3 -c '
import sys, zipfile
zip = zipfile.ZipFile(sys.argv[1])
print(*[f"{name}={zip.read(name).decode()}" for name in zip.namelist()])' out/target_seed_corpus.zip)
# Equal last parts get the whole path, so that none is lost.
[[ $unpacked == 'corpus_a_same.bin=one corpus_b_same.bin=two other.bin=three' ]] || fail "the zip holds $unpacked"

# Another order, another time, from a file of arguments: the same bytes.
touch -d 2001-01-01 in/*
printf '%s\n' "${seeds[2]}" "${seeds[0]}" "${seeds[1]}" >in/arguments
"$tool" --option=len_control=0 --option=max_len=512 --dictionary=in/words target again @in/arguments ||
  fail 'does not run with a file of arguments'
diff -r out again || fail 'the order or the time of the seeds shows'

"$tool" target none || fail 'does not run without seeds'
[[ $(ls none) == target.options ]] || fail "without seeds: $(ls none)"

[[ $failures -eq 0 ]] || exit 1
echo 'packages are as they should be'
