#!/bin/sh
# Runs a test of the long suite, when that is wanted: over everything instead of a sample, without a time limit to speak of.
if [ -z "${QIAO_LONG:-}" ]; then
  echo "skipped: part of the long suite (tests/run.sh --long, or QIAO_LONG=1)"
  exit 77
fi
QIAO_SWEEP=all exec "$@"
