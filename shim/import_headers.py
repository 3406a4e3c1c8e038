#!/usr/bin/env python3
"""Reads the CUDA headers of one or more toolkits with Clang and rewrites the checked-in lists of shim/api: entry points,
types and layout rows. Names, types and numbers only; a developer runs it when a toolkit comes out, the build never does.

    shim/import_headers.py --toolkit PATH [--older PATH ...] [--verify] [--out shim/api]

PATH holds include/cuda.h and include/cuda_runtime_api.h. The newest toolkit names the types; a type which an older
major lays out differently gets a twin X_v11 or X_v12, and functions taking it get rows of their own (see entry_points.h).
Rows for entry points that no header declares are in *.hand.inc beside the lists."""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from importer import clang_ast, emit, merge  # noqa: E402


def include_of(toolkit):
    for folder in (os.path.join(toolkit, "include"), toolkit):
        if os.path.exists(os.path.join(folder, "cuda.h")):
            return folder
    sys.exit(f"{toolkit}: no include/cuda.h")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toolkit", required=True, help="the newest toolkit")
    parser.add_argument("--older", action="append", default=[], help="an older major; repeat, newest first")
    parser.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "api"))
    parser.add_argument("--verify", action="store_true", help="change nothing; exit 1 if a list would change")
    options = parser.parse_args()

    toolkits = [clang_ast.read_toolkit(include_of(path)) for path in [options.toolkit] + options.older]
    for older, newer in zip(toolkits[1:], toolkits):
        if older.major >= newer.major:
            sys.exit(f"--older: major {older.major} is not older than {newer.major}")
    files = emit.everything(merge.driver(toolkits), merge.runtime(toolkits))
    stale = []
    for name, text in sorted(files.items()):
        path = os.path.join(options.out, name)
        if os.path.exists(path) and open(path).read() == text:
            continue
        stale.append(name)
        if not options.verify:
            open(path, "w").write(text)
    print("changed: " + (", ".join(stale) or "nothing"))
    sys.exit(1 if options.verify and stale else 0)


if __name__ == "__main__":
    main()
