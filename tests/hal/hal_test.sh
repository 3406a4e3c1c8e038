#!/usr/bin/env bash
# usage: hal_test.sh LIBRARY_DIR "CALL..." PROGRAM. The program passes on the recording device, which saw these calls.
set -u
lib=$1 wanted=${2//;/ }
shift 2
record=$(mktemp)
trap 'rm -f "$record"' EXIT
QIAO_TEST_RECORD=$record LD_PRELOAD="${QIAO_SANITIZER_RUNTIME:-} $lib/libcuda.so.1" "$@"
code=$?
[ $code -eq 0 ] || exit $code
for call in $wanted; do
  grep -q "^$call [1-9]" "$record" || { echo "not recorded: $call"; cat "$record"; exit 1; }
done
