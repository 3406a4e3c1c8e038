#!/usr/bin/env bash
# usage: genuine_exports.sh LIBRARY_DIR. The installed toolkit's libcudart exports what ours does. Skipped (77) where there
# is none, or where it is of a release the lists were not imported from.
set -u
lib=$1
nvcc=$(command -v nvcc || ls /usr/local/cuda/bin/nvcc 2>/dev/null) || { echo "skipped: no nvcc"; exit 77; }
toolkit=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
version=$(sed -n 's/^#define CUDA_VERSION \([0-9]*\).*/\1/p' "$toolkit/include/cuda.h")
case $version in 11080 | 12090 | 13000) ;; *) echo "skipped: toolkit $version was not imported"; exit 77 ;; esac
names() { nm -D "$1" | awk '$2 == "T" { print $3 }' | sort; }
for file in libcudart.so.11.0 libcudart.so.12 libcudart.so.13; do
  [ -e "$toolkit/lib64/$file" ] && { diff <(names "$toolkit/lib64/$file") <(names "$lib/$file") || exit 1; }
done
# The stub for linking holds what programs can have been linked to.
stub=$toolkit/lib64/stubs/libcuda.so
[ ! -e "$stub" ] || comm -23 <(names "$stub") <(names "$lib/libcuda.so.1") | grep . && exit 1
echo "checked against toolkit $version"
