#!/usr/bin/env bash
# usage: parse_fuzz.sh CLANG++ SOURCE_DIR WORK_DIR [SECONDS]. Fuzzes the PTX parser with libFuzzer under ASan and UBSan: no
# crash, no input slower than 10 s, no more than 1 GiB. Seeds are the test files of tests/ptx; what it finds stays in
# WORK_DIR/corpus, and a failing input is left in WORK_DIR as crash-*. Skipped (77) without Clang's libFuzzer.
set -eu
clang=$1 source=$2 work=$3 seconds=${4:-600}
mkdir -p "$work/corpus"
cd "$work"
echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' >probe.cpp
"$clang" -fsanitize=fuzzer,address probe.cpp -o probe 2>/dev/null || { echo "skipped: $clang has no libFuzzer"; exit 77; }
cmake -S "$source" -B build -G Ninja -DCMAKE_CXX_COMPILER="$clang" -DCMAKE_C_COMPILER="${clang/clang++/clang}" \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DQIAO_SANITIZE=fuzzer-no-link,address,undefined >cmake.log
cmake --build build --target ptx_parse_fuzz
mapfile -t seeds < <(find "$source/tests/ptx" -mindepth 1 -type d -not -name reference)
build/tests/bin/ptx_parse_fuzz -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=8192 \
  -print_final_stats=1 -artifact_prefix="$work/" corpus "${seeds[@]}"
