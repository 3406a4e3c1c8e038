#!/usr/bin/env bash
# usage: divert_test.sh LIBRARY_DIR PROGRAM EXPECTED OPENED UNKNOWN TIGHT DRIVER
# Diverted: the program, a linked library, libraries opened later, a foreign libcuda. Left alone by name: an unknown major, too little room.
set -u
lib=$1 program=$2 expected=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$1"; cat "$work/out" "$work/err"; exit 1; }
QIAO_LOG=info LD_PRELOAD="${QIAO_SANITIZER_RUNTIME:-} $lib/libqiao_preload.so" "$program" "$@" >"$work/out" 2>"$work/err" || fail "exit code $?"
diff "$expected" "$work/out" || fail "the wrong runtime answered"
grep -q 'unknown.so defines .*not of a known CUDA major; it is left alone' "$work/err" || fail "unknown major not named"
grep -q 'tight.so: cudaPeekAtLastError has no room for a jump' "$work/err" || fail "missing room not named"
grep -q 'diverted .*opened.so: CUDA runtime 13' "$work/err" || fail "diversion not logged"
