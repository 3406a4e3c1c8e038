#!/usr/bin/env bash
# From a fresh checkout to a running CUDA program, without NVIDIA software: installs packages, builds Qiao, compiles the
# example with `qiao cc` and runs it on the emulated chip. Where nvcc is installed, nvcc's own binary is run untouched too.
# QIAO_BUILD chooses the build folder (default build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source examples/packages.sh
qiao_install_packages

build=${QIAO_BUILD:-build}
say() { printf '\n== %s\n' "$*"; }

say "building Qiao in $build"
cmake --preset release -B "$build" -DBUILD_TESTING=OFF
cmake --build "$build" -j "${QIAO_JOBS:-$(nproc)}"
qiao=$build/bin/qiao
mkdir -p "$build/examples"

say "qiao cc: the example, built with Clang and Qiao's own headers"
"$qiao" cc -O2 examples/saxpy.cu -o "$build/examples/saxpy"
"$qiao" run --counters -- "$build/examples/saxpy"

say "qiao prof: what its kernel did, counted exactly"
"$qiao" prof -- "$build/examples/saxpy"

nvcc=$(command -v nvcc || { [ -x /usr/local/cuda/bin/nvcc ] && echo /usr/local/cuda/bin/nvcc; } || true)
if [ -n "$nvcc" ]; then
  say "nvcc: the same example, built the default way, run as it is"
  "$nvcc" -Wno-deprecated-gpu-targets -O2 examples/saxpy.cu -o "$build/examples/saxpy_nvcc"
  "$qiao" run --counters -- "$build/examples/saxpy_nvcc"
else
  say "nvcc is not installed: its part is skipped"
fi
