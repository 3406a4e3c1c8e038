#!/bin/sh
# preload.sh QIAO PROGRAM ARGS: runs the program with nothing but the variables which `qiao env` prints.
qiao=$1
shift
variables=$("$qiao" env) || exit 1
eval "$variables"
exec "$@"
