#!/usr/bin/env bash
# Whatever way a program names cuBLAS (DT_NEEDED with RPATH or RUNPATH, dlopen by name, by path, by a link without
# version), `qiao run` gives it ours. The library in its way here is a fake that says so.
# usage: loader_test.sh QIAO C_COMPILER
set -eu
qiao=$1 compiler=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir vendor
cat >fake.c <<'C'
const char* FUNCTION(int status) { return status ? "fake" : "fake success"; }
C
for library in cublas cublasLt; do
  echo "lib$library.so.13 { global: cublas*; };" >map
  "$compiler" -shared -fPIC -DFUNCTION=${library}GetStatusName fake.c -o vendor/lib$library.so.13 -Wl,-soname,lib$library.so.13 -Wl,--version-script=map
  ln -s lib$library.so.13 vendor/lib$library.so
done
cat >linked.c <<'C'
#include <stdio.h>
const char* cublasGetStatusName(int);
const char* cublasLtGetStatusName(int);
int main(void) { return printf("%s %s\n", cublasGetStatusName(1), cublasLtGetStatusName(1)) < 0; }
C
cat >opened.c <<'C'
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char** argv) {
  void* library = dlopen(argv[1], RTLD_NOW);
  const char* (*name)(int) = library ? (const char* (*)(int))dlsym(library, "cublasGetStatusName") : 0;
  return argc != 2 || !name || printf("%s\n", name(1)) < 0;
}
C
both="-Lvendor -lcublas -lcublasLt"
"$compiler" linked.c -o rpath $both -Wl,-rpath,"$work/vendor" -Wl,--disable-new-dtags
"$compiler" linked.c -o runpath $both -Wl,-rpath,"$work/vendor" -Wl,--enable-new-dtags
"$compiler" opened.c -o opened -ldl

failed=0
expect() { # EXPECTED COMMAND...
  local expected=$1 found
  shift
  found=$("$@" 2>&1) || true
  [ "$found" = "$expected" ] || { echo "$*: found '$found', expected '$expected'"; failed=1; }
}
ours=CUBLAS_STATUS_NOT_INITIALIZED
expect "fake fake" ./rpath # the test itself: without Qiao it is the fake
expect "$ours $ours" "$qiao" run -- ./rpath
expect "$ours $ours" "$qiao" run -- ./runpath
expect "$ours $ours" env LD_LIBRARY_PATH="$work/vendor" "$qiao" run -- ./runpath
for name in libcublas.so.13 libcublas.so "$work/vendor/libcublas.so.13" "$work/vendor/libcublas.so"; do
  expect "$ours" env LD_LIBRARY_PATH="$work/vendor" "$qiao" run -- ./opened "$name"
done
exit $failed
