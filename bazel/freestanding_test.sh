#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# freestanding_test.sh NM OBJDUMP ARCHIVE...: the archives are AArch64 and, linked together, need four functions at most
# and nobody who runs constructors.
set -uo pipefail
nm=$1 objdump=$2
shift 2
failures=0
fail() { printf 'FAILED %s\n' "$*"; failures=$((failures + 1)); }

# What a compiler may call for a copy or a comparison of its own making; the image defines them.
allowed=$'memcmp\nmemcpy\nmemmove\nmemset'

[[ $# -gt 0 ]] || fail 'no archive'
for archive in "$@"; do
  formats=$("$objdump" -a "$archive" | grep -o 'file format .*' | sort -u)
  [[ $formats == 'file format elf64-littleaarch64' ]] || fail "$archive: $formats"
done

defined=$("$nm" --defined-only --format=just-symbols "$@" | sort -u)
wanted=$("$nm" --undefined-only --format=just-symbols "$@" | grep -vE '^$|:$' | sort -u)
[[ -n $defined ]] || fail 'the archives define nothing'
missing=$(comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n%s\n' "$defined" "$allowed" | sort -u))
[[ -z $missing ]] || fail "needed, and not to be had at EL2: ${missing//$'\n'/ }"

# Constructors and destructors of objects with static storage, and thread-local storage.
sections=$("$objdump" -h "$@" | grep -oE ' \.(pre)?(init|fini)(_array)?[^ ]*| \.[cd]tors[^ ]*| \.t(bss|data)[^ ]*' | sort -u)
[[ -z $sections ]] || fail "sections that need a runtime:${sections//$'\n'/}"

[[ $failures -eq 0 ]] || exit 1
printf '%s archives need nothing but: %s\n' "$#" "$(comm -12 <(printf '%s\n' "$wanted") <(printf '%s\n' "$allowed") | tr '\n' ' ')"
