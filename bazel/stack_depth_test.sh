#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# stack_depth_test.sh TOOL OBJDUMP ELF OPTIONS...: the program's worst stack depth is as OPTIONS allow.
set -euo pipefail
tool=$1 objdump=$2 elf=$3
shift 3
"$objdump" -d -C --no-show-raw-insn "$elf" >"$TEST_TMPDIR/disassembly"
"$tool" "$@" "$TEST_TMPDIR/disassembly"
