#!/usr/bin/env python3
"""Reads the repository and holds it to the house rules: sizes, ASCII, banned calls, the include table, foreign text.
Rules that are lists are data beside this file: arrows.txt (who may include whom) and exceptions.txt (with reasons)."""
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cpp_text import functions, without_comments  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../.."))
LONGEST_FILE, LONGEST_FUNCTION = 600, 60
CODE = (".cpp", ".h", ".c", ".cu", ".cuh")
TEXT = CODE + (".inc", ".def", ".py", ".sh", ".S", ".txt", ".md", ".toml", ".json", ".ptx", ".ll", ".map", ".cmake")
LIBRARIES = ("src/", "shim/", "device_sim/")
BANNED = {
    r"\bv?f?printf\s*\(": "printing (log, or return the text)",
    r"\bf?puts\s*\(|\bstd::(cout|cerr|clog)\b|#\s*include\s*<iostream>": "printing (log, or return the text)",
    r"\b(std::)?(abort|_?exit|quick_exit|terminate)\s*\(": "ending the process, which is the program's",
    r"\bdelete\b(?!\s*;|\s*\()": "raw delete (use a unique_ptr)",
    r"^(?!.*(\bstatic\b|unique_ptr|shared_ptr|llvm::)).*\bnew\s+[A-Za-z_:]": "raw new (use make_unique; never destroyed: static)",
    r"\bthrow\b": "throw (return a Result)",
    r"\bgetenv\s*\(": "getenv (src/base/environment.h)",
}
FOREIGN = r"NVIDIA CORPORATION|NVIDIA Corporation|NvidiaProprietary|NOTICE TO LICENSEE|Copyright.{0,40}NVIDIA"


def repository_files():
    command = ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted({name for name in listed if name and os.path.isfile(os.path.join(ROOT, name))})


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def rows(name):
    return [line.strip() for line in read(name).splitlines() if line.strip() and not line.startswith("#")]


def is_under(name, folder):
    return name == folder or name.startswith(folder + "/")


class Style(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = repository_files()
        cls.texts = {name: read(name) for name in cls.files if name.endswith(TEXT) or "CMakeLists" in name}
        cls.code = {name: without_comments(text) for name, text in cls.texts.items() if name.endswith(CODE)}
        cls.exceptions = {tuple(part.strip() for part in row.split("|")[:2]) for row in rows("tests/style/exceptions.txt")}
        cls.used = set()

    def hold(self, check, found):
        """`found`: (file, message) pairs; those with an exception are let through, the rest fail together."""
        left = []
        for name, message in found:
            if (check, name) in self.exceptions:
                self.used.add((check, name))
            else:
                left.append(f"{name}: {message}")
        self.assertFalse(left, "\n" + "\n".join(left))

    def test_a_files_are_short(self):
        self.hold("length", [(name, f"{text.count(chr(10))} lines, at most {LONGEST_FILE}")
                             for name, text in self.texts.items()
                             if text.count("\n") > LONGEST_FILE and not name.endswith((".inc", ".def", ".ptx"))])

    def test_b_functions_are_short(self):
        found = []
        for name, text in self.code.items():
            for line, length in functions(text):
                if length > LONGEST_FUNCTION:
                    found.append((name, f"line {line}: a function of {length} lines, at most {LONGEST_FUNCTION}"))
        self.hold("function", found)

    def test_c_ascii(self):
        found = []
        for name, text in self.texts.items():
            for number, line in enumerate(text.splitlines(), 1):
                if not line.isascii():
                    odd = next(c for c in line if ord(c) > 127)
                    found.append((name, f"line {number}: U+{ord(odd):04X} is not ASCII"))
        self.hold("ascii", found)

    def test_d_banned_calls(self):
        found = []
        for name, text in self.code.items():
            if not name.startswith(LIBRARIES) or name.startswith("src/cli/"):
                continue
            for number, line in enumerate(text.splitlines(), 1):
                for pattern, reason in BANNED.items():
                    if re.search(pattern, line):
                        found.append((name, f"line {number}: {reason}: {line.strip()}"))
        self.hold("banned", found)

    def test_e_includes_follow_the_arrows(self):
        arrows = {}
        for row in rows("tests/style/arrows.txt"):
            if "=>" not in row:
                folder, allowed = row.split(":")
                arrows[folder.strip()] = allowed.split()
        found = []
        for name, text in self.texts.items():
            folder = max((one for one in arrows if is_under(name, one)), key=len, default=None)
            if folder is None or not name.endswith(CODE + (".inc", ".def")):
                continue
            for target in re.findall(r'^\s*#\s*include\s*"((?:src|shim|device_sim|tests|include)/[^"]+)"', text, re.M):
                if not any(is_under(target, one) for one in [folder, "include", *arrows[folder]]):
                    found.append((name, f"includes {target}, but {folder} may only use: {' '.join(arrows[folder]) or 'itself'}"))
        self.hold("arrow", found)

    def test_f_one_door_to_each_library(self):
        doors = [row.split("=>") for row in rows("tests/style/arrows.txt") if "=>" in row]
        found = []
        for name, text in self.texts.items():
            if not name.endswith(CODE):
                continue
            for target in re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.M):
                for prefix, places in doors:
                    if target.startswith(prefix.strip()) and not any(is_under(name, place) for place in places.split()):
                        found.append((name, f"includes {target}; the door is {places.strip()}"))
        self.hold("door", found)

    def test_g_headers_open_with_what_they_are(self):
        found = []
        for name, text in self.texts.items():
            if name.endswith(".h") and not re.search(r"^\s*#\s*pragma once", text, re.M):
                found.append((name, "has no #pragma once"))
            if name.endswith((".h", ".inc", ".def", ".cu", ".toml")) and not re.match(r"//|/\*|#|\[chip\]", text):
                found.append((name, "does not open with a comment saying what it is"))
        self.hold("header", found)

    def test_h_macros_are_tables(self):
        found = []
        for name, text in self.code.items():
            if not name.startswith(LIBRARIES):
                continue
            for macro in re.findall(r"^\s*#\s*define\s+(\w+)", text, re.M):
                if not macro.startswith(("QIAO_", "TOML_", "CU_", "cuda", "_GNU_SOURCE")):
                    found.append((name, f"macro {macro} is named neither QIAO_... nor as CUDA does"))
        self.hold("macro", found)

    def test_i_no_foreign_text(self):
        own = {"tests/style/style_test.py"}
        self.hold("foreign", [(name, "carries text of NVIDIA's headers") for name, text in self.texts.items()
                              if name not in own and re.search(FOREIGN, text)])

    def test_z_no_exception_outlives_its_reason(self):
        for row in rows("tests/style/exceptions.txt"):
            self.assertEqual(len([part for part in row.split("|") if part.strip()]), 3, f"no reason: {row}")
        self.assertFalse(self.exceptions - self.used, "these exceptions are no longer needed: remove their lines")


if __name__ == "__main__":
    unittest.main()
