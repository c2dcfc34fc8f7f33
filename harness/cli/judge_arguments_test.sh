#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# judge_arguments and the program say the same about any arguments, and harness/cadastre asks the one before it installs
# or builds the other; and how harness/cadastre ends when setup, the build or bazel's tests fail.
set -uo pipefail
cd "$TEST_SRCDIR/$TEST_WORKSPACE" || exit 1
judge=harness/cli/judge_arguments
failures=0
fail() { printf 'FAILED %s\n' "$*"; failures=$((failures + 1)); }

# same STATUS COMMAND...: both end so, and complain with the same line or not at all.
same() {
  local wanted=$1 ours theirs status
  shift
  ours=$("$judge" "$@" 2>&1)
  status=$?
  [[ $status -eq $wanted ]] || fail "judge_arguments $*: $status, not $wanted: $ours"
  theirs=$(harness/cli/cadastre "$@" 2>&1 >/dev/null)
  status=$?
  [[ $status -eq $wanted ]] || fail "cadastre $*: $status, not $wanted: $theirs"
  [[ $ours == "$theirs" ]] || fail "$*: judge_arguments says '$ours', cadastre '$theirs'"
  [[ $wanted -eq 0 || ($ours == "cadastre ${1}: "* && $ours != *$'\n'*) ]] || fail "$*: no line of its own: $ours"
}

mkdir "$TEST_TMPDIR/empty"
# Every row of the table: what it allows, followed by --help, and what it does not.
flag='^CADASTRE_FLAG\("([^"]*)", "([^"]*)", ([A-Za-z]+), "([^"]*)"\)$'
rows=0
while IFS= read -r row; do
  [[ $row =~ $flag ]] || continue
  rows=$((rows + 1))
  read -ra command <<<"${BASH_REMATCH[1]}"
  name=--${BASH_REMATCH[2]}
  first=${BASH_REMATCH[4]%% *} last=${BASH_REMATCH[4]##* }
  case ${BASH_REMATCH[3]} in
    Switch) good=() bad=(1 '') ;;
    Number) good=("$first" "$last" "00$last") bad=(0 "$((last + 1))" 99999999999999999999 1x +1 ' 1' -1 '') ;;
    Choice) good=("$first" "$last") bad=(none "$first $last" '') ;;
    Name) good=(a_9) bad=(../x A 'a b' '') ;;
    Folder) good=(harness) bad=(/no/such "$judge" "$TEST_TMPDIR/empty" '') ;;
    *) good=(x 'a b') bad=('') ;;
  esac
  [[ ${BASH_REMATCH[3]} != Switch ]] || same 0 "${command[@]}" "$name" --help
  [[ ${BASH_REMATCH[3]} == Switch ]] || same 2 "${command[@]}" "$name"
  for value in ${good[@]+"${good[@]}"}; do
    same 0 "${command[@]}" "$name=$value" --help
    same 0 "${command[@]}" "$name" "$value" --help
  done
  for value in "${bad[@]}"; do same 2 "${command[@]}" "$name=$value" --help; done
done <harness/cli/flags.def
[[ $rows -gt 10 ]] || fail "only $rows rows in flags.def"
# A row on two lines would be none to judge_arguments, and its flag unknown.
torn=$(grep -vE '^//|^$|^CADASTRE_(FLAG|FILES)\(.*\)$' harness/cli/flags.def) && fail "not a row in one line: $torn"

same 0 fuzz --help --bogus
same 2 fuzz --bogus --help
same 2 fuzz --
same 2 fuzz -s
same 2 fuzz --=x
same 2 fuzz x
same 2 replay
same 2 replay /no/such
same 2 replay "$judge" /no/such
same 2 replay harness
same 2 replay --bogus /no/such
same 2 corpus
same 2 corpus cook
same 2 corpus ''
same 2 corpus 'encode decode'
same 2 corpus encode
same 2 corpus encode "$judge"
same 2 corpus encode --out=x
same 2 corpus encode --out=x "$judge" "$judge"
same 2 corpus decode /no/such
same 2 corpus check "$judge"
same 2 corpus dictionary x
same 0 corpus --help
same 0 corpus dictionary

# A tree with the entry and its tables, where setup, bazel and the scripts behind them leave a trace and end as told.
root=$TEST_TMPDIR/root
mkdir -p "$root/harness/cli" "$root/bazel" "$root/bazel-out/_coverage" "$TEST_TMPDIR/bin"
cp -L harness/cadastre "$root/harness/cadastre"
cp -L harness/cli/{commands.def,flags.def,judge_arguments} "$root/harness/cli/"
for stub in "$root/bazel/setup" "$root/bazel/test_summary" "$root/bazel/coverage_table" "$TEST_TMPDIR/bin/bazel"; do
  name=$(basename "$stub")
  printf '#!/bin/bash\necho %s >>"%s/trace"\nexit "${%s_STATUS:-0}"\n' "$name" "$TEST_TMPDIR" "$name" >"$stub"
  chmod +x "$stub"
done
export PATH=$TEST_TMPDIR/bin:$PATH

# ends STATUS TRACE COMMAND...: of harness/cadastre; the trace is what it started, in its order.
ends() {
  local wanted=$1 trace=$2 output status
  shift 2
  : >"$TEST_TMPDIR/trace"
  output=$("$root/harness/cadastre" "$@" 2>&1)
  status=$?
  [[ $status -eq $wanted ]] || fail "harness/cadastre $*: $status, not $wanted: $output"
  [[ $(tr '\n' ' ' <"$TEST_TMPDIR/trace") == "${trace:+$trace }" ]] ||
    fail "harness/cadastre $* started '$(<"$TEST_TMPDIR/trace")', not '$trace'"
  [[ $wanted -ne 2 || $output =~ ^[^$'\n']+$ ]] || fail "harness/cadastre $*: no single line: $output"
}
before=$(find "$root" | sort)
ends 2 '' fuzz --bogus
ends 2 '' fuzz --seconds=0
ends 2 '' replay
ends 2 '' replay /no/such
ends 2 '' frobnicate
ends 2 '' test --bogus
ends 2 ''
[[ $(find "$root" | sort) == "$before" ]] || fail 'misuse wrote something'
setup_STATUS=1 ends 3 'setup' fuzz
setup_STATUS=1 ends 3 'setup' test
setup_STATUS=2 ends 3 'setup' test --coverage
for bazel in 1:3 2:3 8:130 37:3; do
  bazel_STATUS=${bazel%:*} ends "${bazel#*:}" 'setup bazel' fuzz
done
for bazel in 0:0 1:3 2:3 3:1 4:3 8:130 37:3; do
  CI='' bazel_STATUS=${bazel%:*} ends "${bazel#*:}" 'setup bazel test_summary' test
done
CI='' ends 3 'setup bazel' test --coverage
touch "$root/bazel-out/_coverage/_coverage_report.dat"
CI='' ends 0 'setup bazel coverage_table' test --coverage
CI='' coverage_table_STATUS=1 ends 1 'setup bazel coverage_table' test --coverage
CI='' bazel_STATUS=3 ends 1 'setup bazel' test --coverage
CI='' bazel_STATUS=1 ends 3 'setup bazel' test --coverage

[[ $failures -eq 0 ]] || exit 1
echo 'both judge alike'
