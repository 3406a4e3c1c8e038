#!/usr/bin/env python3
"""The executors agree but where the table says that they need not.

executors_test.py QIAO PTX_TEST FOLDER_OF_TESTS_PTX

The rows that are marked convergence-dependent are marked for a reason: convergence/*.ptx shows for each (`// form:` the
beginning of its syntax) that lane mode gives something else than the interpreter and warp mode, which give the same.
All other rows give the same bits in the three: tests/ptx says which where only one result is right; here it is tried
where several are (bounds, NaN)."""
import glob
import json
import os
import re
import subprocess
import sys
import unittest

QIAO, PTX_TEST, FOLDER = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
HERE = os.path.dirname(os.path.abspath(__file__))
EXECUTORS = ("interpreter", "warp", "lane")


def read(name):
    with open(name, encoding="ascii") as file:
        return file.read()


def run(executor, *files):
    command = [QIAO, "run", "--executor", executor, "--", PTX_TEST, *files]
    return subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**os.environ, "QIAO_CACHE": "off", "PTX_TEST_PRINT": "1"})


def lines_of(name, word):
    return re.findall(rf"^// {word}: (.*?) *$", read(name), re.M)


class Executors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        table = subprocess.run([QIAO, "isa", "--json"], capture_output=True, text=True, check=True).stdout
        cls.marked = [row["syntax"] for row in json.loads(table) if row["convergence_dependent"]]
        cls.shown = sorted(glob.glob(os.path.join(HERE, "convergence", "*.ptx")))

    def test_marked_rows_differ_in_lane_mode(self):
        for name in self.shown:
            for executor in EXECUTORS:
                done = run(executor, name)
                self.assertEqual(done.returncode, 1 if executor == "lane" else 0, f"{name} {executor} {done.stderr}")

    def test_every_marked_row_is_shown(self):
        beginnings = [row for name in self.shown for row in lines_of(name, "form")]
        for syntax in self.marked:
            self.assertTrue(any(re.match(re.escape(one) + r"([{. ]|$)", syntax) for one in beginnings), syntax)
        for one in beginnings:
            self.assertTrue(any(re.match(re.escape(one) + r"([{. ]|$)", syntax) for syntax in self.marked), one)

    def test_only_marked_rows_leave_out_an_executor(self):
        for name in glob.glob(os.path.join(FOLDER, "*", "*.ptx")):
            if lines_of(name, "executors"):
                self.assertTrue(set(lines_of(name, "form")) & set(self.marked), name)

    def test_others_give_the_same_bits(self):
        files = [name for name in sorted(glob.glob(os.path.join(FOLDER, "*", "*.ptx")))
                 if re.search(r"^//.*->.*(\.\.|nan|\*)", read(name), re.M) and not lines_of(name, "executors")]
        self.assertTrue(files)
        expected = run("interpreter", *files).stdout
        self.assertRegex(expected, r"(?m)^\w+ 0 [0-9a-f]{16}")
        for executor in ("warp", "lane"):
            for left, right in zip(expected.splitlines(), run(executor, *files).stdout.splitlines()):
                self.assertEqual(left, right, executor)


if __name__ == "__main__":
    unittest.main()
