#!/usr/bin/env bash
# usage: parse_fuzz.sh CLANG SOURCE_DIR WORK_DIR [SECONDS]. Fuzzes the PTX parser with libFuzzer under ASan and UBSan: no
# crash, no input slower than 10 s, no more than 1 GiB. Seeds are the test files of tests/ptx; what it finds stays in
# WORK_DIR/corpus, and a failing input is left there as crash-*. Skipped (77) without Clang's libFuzzer.
set -eu
clang=$1 source=$2 work=$3 seconds=${4:-600}
mkdir -p "$work/corpus"
cd "$work"
echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' >probe.cpp
"$clang" -fsanitize=fuzzer,address probe.cpp -o probe 2>/dev/null || { echo "skipped: $clang has no libFuzzer"; exit 77; }
objects=()
for file in "$source"/src/base/*.cpp "$source"/src/isa/*.cpp "$source"/src/isa/forms/*.cpp "$source"/src/ptx/*.cpp \
            "$source"/tests/fuzz/round_trip.cpp "$source"/tests/fuzz/libfuzzer.cpp; do
  object=$(echo "${file#"$source"/}" | tr / _).o
  objects+=("$object")
  [ "$object" -nt "$file" ] && continue
  echo "-std=c++20 -O1 -g1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" \
    "-DSPDLOG_FMT_EXTERNAL -DFMT_HEADER_ONLY -I$source -I$source/include -c $file -o $object"
done | xargs -r -P "$(nproc)" -L 1 "$clang"
"$clang" -fsanitize=fuzzer,address,undefined -- *.cpp.o -o parse_fuzz -lpthread -ldl
./parse_fuzz -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=8192 -print_final_stats=1 \
  -artifact_prefix="$work/" corpus $(find "$source/tests/ptx" -mindepth 1 -type d -not -name reference) 
