#!/usr/bin/env bash
# The porting test suite: builds and runs Qiao's API and instruction tests on any stack that takes CUDA programs.
#   tests/port/run.sh --compiler 'nvcc|qiao cc|COMMAND' [--run 'qiao run --|COMMAND'] --out report.xml
#   tests/port/run.sh --compare a.xml b.xml ... [--out page.md]
# --help tells the rest. Needs Python 3 and a C++ compiler ($CXX), nothing of Qiao.
exec "${PYTHON:-python3}" -B "$(dirname "${BASH_SOURCE[0]}")/port.py" "$@"
