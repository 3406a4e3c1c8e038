#!/usr/bin/env python3
"""Writes the generated test files of a generator, or of all: make.py [--check] [NAME...]. A generator is a module here with
files(), which gives PtxFile objects. --check writes nothing and fails when a file is not what would be written."""
import importlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ptx_file import HERE, PTX  # noqa: E402


def generators():
    found = []
    for name in sorted(os.listdir(HERE)):
        if name.endswith(".py"):
            with open(os.path.join(HERE, name), encoding="ascii") as file:
                if "\ndef files(" in file.read():
                    found.append(name[:-3])
    return found


def checked_in(maker):
    """The files that say they were made by `maker`."""
    found = set()
    for parent, _, names in os.walk(PTX):
        for name in names:
            path = os.path.join(parent, name)
            if name.endswith(".ptx"):
                with open(path, encoding="ascii") as file:
                    if f"\n// made by tests/ptx/reference/{maker}\n" in file.read():
                        found.add(os.path.relpath(path, PTX))
    return found


def check(path, text):
    try:
        with open(os.path.join(PTX, path), encoding="ascii") as file:
            before = file.read()
    except FileNotFoundError:
        return [f"{path}: missing"]
    return [] if before == text else [f"{path}: not what its generator writes"]


def write(path, text):
    os.makedirs(os.path.dirname(os.path.join(PTX, path)), exist_ok=True)
    with open(os.path.join(PTX, path), "w", encoding="ascii") as file:
        file.write(text)
    return []


def make(name, act):
    maker, wrong, made = name + ".py", [], set()
    for file in importlib.import_module(name).files():
        assert file.path not in made, file.path
        made.add(file.path)
        wrong += act(file.path, file.text(maker))
    wrong += [f"{path}: {maker} no longer makes it: remove it" for path in checked_in(maker) - made]
    print(f"{maker}: {len(made)} files")
    return wrong


def main():
    names = [name for name in sys.argv[1:] if name != "--check"] or generators()
    act = check if "--check" in sys.argv else write
    wrong = []
    try:
        for name in names:
            wrong += make(name, act)
    except ModuleNotFoundError as error:
        if error.name != "gmpy2":
            raise
        print("skipped: python3-gmpy2 is missing")
        return 77
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
