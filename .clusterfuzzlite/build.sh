#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0
# Builds every fuzz target into $OUT with the compiler, flags and engine of the environment, as OSS-Fuzz and
# ClusterFuzzLite set them; needs no Bazel. Both folders hold this same file. fuzz/oss-fuzz/check_build runs it locally.
# The environment's flags are lists of words.
# shellcheck disable=SC2086,SC2016

cd "$SRC/cadastre"
plan=fuzz/oss-fuzz/plan.py

# compile_all FOLDER FLAGS INCLUDES: the sources on standard input to objects in the folder, one process per CPU. The
# include path and the language are the only flags that are ours.
compile_all() {
  mkdir -p "$1"
  FOLDER=$1 FLAGS=$2 INCLUDES=$3 xargs -P "$(nproc)" -I{} bash -euc '
    $CXX $FLAGS -std=c++20 $INCLUDES -c "$1" -o "$FOLDER/${1//\//_}.o"' _ {}
}

# Abseil, for error values: from source where the image has it, so that it is instrumented like the rest and uses the
# same C++ library; else the system's.
absl_include=
absl_parts=(base container debugging hash numeric profiling status strings synchronization time types)
[[ ! -d $SRC/abseil-cpp ]] || absl_include=-I$SRC/abseil-cpp

# make_absl FOLDER FLAGS: FOLDER/libabsl.a.
make_absl() {
  if [[ -z $absl_include ]]; then
    mkdir -p "$1"
    echo "INPUT($(echo /usr/lib/*-linux-gnu/libabsl_*.a))" >"$1/libabsl.a"
    return
  fi
  find "${absl_parts[@]/#/$SRC/abseil-cpp/absl/}" -name '*.cc' \
    ! -name '*test*' ! -name '*benchmark*' ! -name '*mock*' ! -path '*/testing/*' |
    compile_all "$1/absl" "$2" "$absl_include"
  ar rcs "$1/libabsl.a" "$1"/absl/*.o
}

# link OUTPUT FOLDER LABEL FLAGS...: a program of the objects that the label's BUILD files name.
link() {
  local output=$1 folder=$2 objects=() source
  while read -r source; do objects+=("$folder/${source//\//_}.o"); done < <($plan objects "$3")
  $CXX "${objects[@]}" -Wl,--start-group "$folder/libabsl.a" -Wl,--end-group "${@:4}" -pthread -o "$output"
}

make_absl "$WORK/fuzz" "$CXXFLAGS"
$plan sources | compile_all "$WORK/fuzz" "$CXXFLAGS" "-I. $absl_include"
for target in $($plan targets); do
  link "$OUT/$target" "$WORK/fuzz" "//fuzz:$target" $CXXFLAGS $LIB_FUZZING_ENGINE
done

# The encoder of the seeds runs here and now: without the engine, hence without its instrumentation.
plain=-O1
[[ $CXXFLAGS != *-stdlib=libc++* ]] || plain+=' -stdlib=libc++'
make_absl "$WORK/plain" "$plain"
encoder=//fuzz/oss-fuzz:encode_main
$plan objects $encoder | compile_all "$WORK/plain" "$plain" "-I. $absl_include"
link "$WORK/encode" "$WORK/plain" $encoder $plain
$plan package "$OUT" "$WORK/encode"
