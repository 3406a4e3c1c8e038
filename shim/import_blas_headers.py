#!/usr/bin/env python3
"""Rewrites the cuBLAS lists of shim/api from the vendor's headers and the names its libraries export, as
import_headers.py does for the two APIs. Names, types and numbers only; the build never runs it.

    shim/import_blas_headers.py --include DIR [--include DIR ...] --exports MAJOR:LIST:FILE [...] [--out shim/api]

The first DIR names the types. LIST is cublas or cublasLt, FILE what `nm -D` prints of that major's library. Functions
that C headers do not declare (half precision) are in cublas.hand.inc; the rest are names alone, which are refused."""
import argparse
import os
import re
import sys
from types import SimpleNamespace

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from importer import clang_ast, emit  # noqa: E402

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "api")
KNOWN = {"cuComplex", "cuDoubleComplex", "cuFloatComplex", "cudaStream_t", "FILE", "size_t"}
FOREVER = 99000


def exports(file):
    rows = (line.split() for line in open(file))
    return {r[-1].split("@")[0] for r in rows if len(r) in (1, 3) and re.match(r"cublas", r[-1])}


def headers(include):
    """cublas.h and cublas_v2.h cannot be included together."""
    functions, types = {}, {}
    for source in ("cublas_v2.h", "cublasLt.h", "cublasXt.h", "cublas.h"):
        header = clang_ast.read(include, f"#include <{source}>\n")
        for name, function in header.functions.items():
            if name.startswith("cublas"):
                functions.setdefault(name, function)
        for name, kind in header.types.items():
            types.setdefault(name, kind)
    return functions, types


def row(name, function, since, until):
    result, parameters = function
    return SimpleNamespace(symbol=name, body=name, since=since, until=until, result=result, params=parameters)


def rows_of(which, exported, functions, by_hand):
    majors = sorted(exported[which])
    names = sorted(set().union(*exported[which].values()))
    for name in names:
        having = [m for m in majors if name in exported[which][m]]
        until = FOREVER if having[-1] == majors[-1] else (having[-1] + 1) * 1000
        if name in by_hand:
            continue
        function = functions.get(name, ("cublasStatus_t", []))
        yield row(name, function, having[0] * 1000, until)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--include", action="append", required=True)
    parser.add_argument("--exports", action="append", required=True)
    parser.add_argument("--out", default=HERE)
    options = parser.parse_args()

    exported = {"cublas": {}, "cublasLt": {}}
    for text in options.exports:
        major, which, file = text.split(":")
        exported[which][int(major)] = exports(file)
    functions, types = {}, {}
    for include in options.include:
        found = headers(include)
        for to, more in zip((functions, types), found):
            for name, what in more.items():
                to.setdefault(name, what)
    hand = os.path.join(options.out, "cublas.hand.inc")
    by_hand = set(re.findall(r"QIAO_ENTRY\((\w+),", open(hand).read())) if os.path.exists(hand) else set()

    title = {"cublas": "Entry points of libcublas", "cublasLt": "Entry points of libcublasLt"}
    lists = {which: list(rows_of(which, exported, functions, by_hand)) for which in exported}
    api = SimpleNamespace(types={n: t for n, t in types.items() if n not in KNOWN}, rows=lists["cublas"] + lists["cublasLt"])
    wanted = {n: t for n, t in emit.reachable(api, ()).items() if re.match(r"cublas|cudaDataType|cudaEmulation|libraryProp", n)}
    text = emit.types_file("BLAS libraries", wanted, {}, set())
    made = emit.MADE.replace("import_headers", "import_blas_headers")
    files = {f"{which}.gen.inc": emit.list_file(title[which] + ", all majors", rows) for which, rows in lists.items()}
    files["cublas_types.gen.inc"] = text
    files["cublas_enums.gen.inc"] = emit.enums_file([text])
    for name, content in files.items():
        open(os.path.join(options.out, name), "w").write(content.replace(emit.MADE, made))


if __name__ == "__main__":
    main()
