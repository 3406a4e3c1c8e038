#!/usr/bin/env bash
# usage: run.sh STUBS.a... : builds marker.cu with nvcc in every way that changes the container, runs the program (its
# constructors register), and compares what our reader printed with what nvcc and ptxas -v say. 77 = no nvcc.
set -uo pipefail
nvcc=${NVCC:-$(command -v nvcc || ls /usr/local/cuda/bin/nvcc 2>/dev/null)}
[ -n "$nvcc" ] || { echo "no nvcc: skipped"; exit 77; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() { echo "FAIL $*"; failures=$((failures + 1)); }

# compile NAME "OPTIONS": the program $work/NAME. nvcc leaves out its device link when it is not to bring a runtime, so
# relocatable code is linked step by step.
compile() {
  if [[ $2 == *-rdc=true* || $2 == *-dlto* ]]; then
    "$nvcc" $2 -dc "$here/marker.cu" -o "$work/$1.o" && "$nvcc" $2 -dlink "$work/$1.o" -o "$work/$1.link.o" &&
      g++ "$work/$1.o" "$work/$1.link.o" -o "$work/$1" "${stubs[@]}"
  else
    "$nvcc" $2 -cudart none "$here/marker.cu" -o "$work/$1" "${stubs[@]}"
  fi
}

# build NAME "OPTIONS": leaves the reader's lines in $work/NAME.out; 1 = this nvcc cannot do it
build() {
  local name=$1
  if ! compile "$@" >"$work/$name.log" 2>&1; then
    if grep -qiE 'unsupported gpu|unknown option|is not defined for option|library load error' "$work/$name.log"; then
      echo "skip $name: $(head -1 "$work/$name.log")"
    else
      fail "$name: $(head -3 "$work/$name.log")"
    fi
    return 1
  fi
  "$work/$name" >"$work/$name.out" || fail "$name: the program ended with $?"
  grep -qE 'BAD|ERROR' "$work/$name.out" && fail "$name: $(grep -E 'BAD|ERROR' "$work/$name.out")"
  return 0
}

# expect NAME LINE...: each must appear as the beginning of a line
expect() {
  local name=$1 line
  shift
  for line in "$@"; do
    grep -q "^$line" "$work/$name.out" || { fail "$name: no line '$line' in:"; cat "$work/$name.out"; }
  done
}

# resources NAME ARCH: the cubin's numbers are those of ptxas -v
resources() {
  local kernel used registers smem local
  "$nvcc" -arch="$2" -Xptxas -v -cubin -o "$work/v.cubin" "$here/marker.cu" >"$work/v.log" 2>&1
  for kernel in marker_kernel local_kernel; do
    used=$(sed -n "/entry function '$kernel'/,/Used/p" "$work/v.log")
    registers=$(sed -nE 's/.*Used ([0-9]+) registers.*/\1/p' <<<"$used")
    smem=$(sed -nE 's/.* ([0-9]+) bytes smem.*/\1/p' <<<"$used")
    local=$(sed -nE 's/ *([0-9]+) bytes stack frame.*/\1/p' <<<"$used")
    expect "$1" "  kernel $kernel registers $registers smem ${smem:-0} local ${local:-0}"
  done
}

stubs=("$@")
build default "" && expect default 'image elf sm_[0-9]* raw' 'image ptx sm_[0-9]* \(zstd\|lz4\) text-good' 'chosen sm_'
build debug "-G" && expect debug 'image ptx sm_[0-9]* [a-z0-9]* debug text-good'
build rdc "-rdc=true" && expect rdc 'image elf' 'unit elf' 'unit ptx sm_[0-9]* [a-z0-9]* text-good' 'refused: unsupported'
build speed "-compress-mode=speed" && expect speed 'image ptx sm_[0-9]* lz4 text-good'
build size "-compress-mode=size" && expect size 'image elf sm_[0-9]* zstd' 'image ptx sm_[0-9]* zstd text-good'
build none "-compress-mode=none" && expect none 'image ptx sm_[0-9]* raw text-good'
build ptx "-gencode arch=compute_90,code=compute_90" && expect ptx 'image ptx sm_90' 'chosen sm_90'
build sass "-gencode arch=compute_80,code=sm_80" &&
  expect sass 'image elf sm_80' 'refused: unsupported: the module holds machine code for sm_80 but no PTX'
build several "-gencode arch=compute_80,code=sm_80 -gencode arch=compute_80,code=compute_80 -gencode arch=compute_90a,code=[sm_90a,compute_90a]" &&
  expect several 'image elf sm_80' 'image ptx sm_80' 'image elf sm_90a' 'image ptx sm_90a' 'chosen sm_80'
build specific "-gencode arch=compute_90a,code=[sm_90a,compute_90a]" && expect specific 'image ptx sm_90a' 'chosen sm_90a'
build family "-gencode arch=compute_100f,code=[sm_100,compute_100f]" && expect family 'image ptx sm_100f' 'chosen sm_100f'
build dlto "-dlto -arch=sm_80" && expect dlto 'unit lto sm_80'

for arch in sm_75 sm_80 sm_86 sm_90 sm_100 sm_120; do
  build "res_$arch" "-gencode arch=${arch/sm/compute},code=$arch" || continue
  resources "res_$arch" "$arch"
  expect "res_$arch" '  kernel marker_kernel .* threads 128'
done

echo "$failures failures"
[ "$failures" = 0 ]
