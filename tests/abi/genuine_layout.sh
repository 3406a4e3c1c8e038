#!/usr/bin/env bash
# usage: genuine_layout.sh COMPILER SOURCE_DIR. Skipped (77) where no CUDA toolkit is installed.
set -e
compiler=$1 source=$2
nvcc=$(command -v nvcc || ls /usr/local/cuda/bin/nvcc 2>/dev/null) || { echo "skipped: no nvcc"; exit 77; }
include=${QIAO_TOOLKIT_INCLUDE:-$(dirname "$(dirname "$(readlink -f "$nvcc")")")/include}
[ -e "$include/cuda_runtime_api.h" ] || { echo "skipped: no headers in $include"; exit 77; }
version=$(sed -n 's/^#define CUDA_VERSION \([0-9]*\).*/\1/p' "$include/cuda.h")
major=$((version / 1000))
grep -q "cudart$major," "$source/shim/api/layout.gen.inc" || { echo "skipped: toolkit $major is not in the list"; exit 77; }
definitions=()
for where in driver11 driver12 driver13 cudart11 cudart12 cudart13; do
  kind=SKIP
  case $where in *$major) kind=CHECK ;; esac
  if [ $kind = CHECK ]; then
    definitions+=(-D"QIAO_SIZE_$where=QIAO_CHECK_SIZE" -D"QIAO_OFFSET_$where=QIAO_CHECK_OFFSET")
  else
    definitions+=(-D"QIAO_SIZE_$where=QIAO_SKIP" -D"QIAO_OFFSET_$where=QIAO_SKIP")
  fi
done
# The driver's rows were measured with the header's internal names (_v1 and the like) in sight.
"$compiler" -std=c++20 -fsyntax-only -w -D__CUDA_API_VERSION_INTERNAL "${definitions[@]}" -I"$source" -I"$include" \
  "$source/tests/abi/genuine_layout.cpp"
echo "checked against toolkit $version"
