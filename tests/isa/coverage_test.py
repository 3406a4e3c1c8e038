#!/usr/bin/env python3
"""src/isa/coverage.md is what `qiao isa --markdown` prints.   coverage_test.py QIAO PAGE"""
import subprocess
import sys

qiao, page = sys.argv[1:]
made = subprocess.run([qiao, "isa", "--markdown"], capture_output=True, text=True, check=True).stdout
with open(page, encoding="ascii") as file:
    if file.read() != made:
        sys.exit(f"{page} is old. Make it again: build/bin/qiao isa --markdown > src/isa/coverage.md")
