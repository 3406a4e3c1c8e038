#!/usr/bin/env bash
# Installs what is missing, builds (Release, warnings are errors) and runs the whole suite; ctest's arguments may follow:
#   bash tests/run.sh            everything but the long suite
#   bash tests/run.sh --long     the long suite too (ctest label `long`: hours of exhaustive checks)
#   bash tests/run.sh -L fast    the quick part
# QIAO_BUILD chooses the build folder (default build), QIAO_JOBS the number of parallel jobs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source examples/packages.sh
qiao_install_packages

long=0
arguments=()
for argument in "$@"; do
  if [ "$argument" = --long ]; then long=1; else arguments+=("$argument"); fi
done

build=${QIAO_BUILD:-build}
jobs=${QIAO_JOBS:-$(nproc)}
launcher=()
if command -v ccache >/dev/null; then
  launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
cmake --preset ci -B "$build" -DBUILD_TESTING=ON "${launcher[@]}"
cmake --build "$build" -j "$jobs"

log=$build/ctest.log
status=0
left_out=0
if [ "$long" -eq 1 ]; then
  export QIAO_LONG=1
else
  left_out=$(ctest --test-dir "$build" -N -L '^long$' | sed -nE 's/^Total Tests: ([0-9]+)$/\1/p')
  arguments+=(-LE '^long$')
fi
ctest --test-dir "$build" -j "$jobs" --output-on-failure "${arguments[@]}" 2>&1 | tee "$log" || status=$?

# ctest marks a skipped test with "Skipped" (return code 77) or "Disabled" (its tool, nvcc say, is missing).
skipped=$(sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) .*(Skipped|Not Run \(Disabled\)).*/\1/p' "$log")
echo
echo "summary: $(grep -E 'tests passed' "$log" || echo 'no test ran')"
if [ -n "$skipped" ]; then
  echo "skipped: $(wc -l <<<"$skipped") tests"
  sed 's/^/  /' <<<"$skipped"
else
  echo "skipped: 0 tests"
fi
if [ "$long" -eq 0 ]; then echo "left out: ${left_out:-0} long tests (--long runs them)"; fi
exit "$status"
