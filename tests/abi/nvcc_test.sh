#!/usr/bin/env bash
# usage: nvcc_test.sh LIBRARY_DIR SOURCE_DIR C_COMPILER. Real programs: runtime linked statically (the default), shared,
# found through DT_RPATH, opened by absolute path, and stripped. Skipped (77) where nvcc is not installed.
set -u
lib=$1 source=$2/tests/abi cc=$3
nvcc=$(command -v nvcc || ls /usr/local/cuda/bin/nvcc 2>/dev/null) || { echo "skipped: no nvcc"; exit 77; }
toolkit=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
cudart=$(ls "$toolkit"/lib64/libcudart.so.1[123] "$toolkit"/lib64/libcudart.so.11.0 2>/dev/null | head -1)
major=$(basename "$cudart" | sed 's/libcudart.so.//; s/\..*//')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
"$nvcc" "$source/nvcc_program.cu" -o static && "$nvcc" -cudart shared "$source/nvcc_program.cu" -o shared &&
  "$nvcc" -cudart shared "$source/nvcc_program.cu" -o rpath -Xlinker --disable-new-dtags -Xlinker -rpath -Xlinker \
    "$toolkit/lib64" && "$cc" "$source/open_program.c" -o open -ldl && strip -o stripped static || exit 1

preload="${QIAO_SANITIZER_RUNTIME:-} $lib/libqiao_preload.so $lib/libcudart.so.13 $lib/libcudart.so.12 $lib/libcudart.so.11.0 $lib/libcuda.so.1"
run() { QIAO_TRACE=1 LD_PRELOAD="$preload" LD_AUDIT="${audit:-}" "$@" >out 2>err; }
check() {
  echo "$*"
  run "$@" && grep -qx "0 $major 42" out && grep -q 'qiao: call: cudaRuntimeGetVersion' err && return
  echo "FAILED: $*"; cat out err; exit 1
}
for audit in "" "$lib/libqiao_audit.so"; do
  check ./static
  check ./shared
  check ./rpath
  check ./open "$cudart"
done
run ./stripped launch && { echo "a stripped program succeeds"; exit 1; }
grep -q 'cuGetExportTable: unsupported: .*do not strip' err || { echo "a stripped program is not told"; cat err; exit 1; }
