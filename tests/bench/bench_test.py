#!/usr/bin/env python3
"""The command line of qiao bench: what it lists, what it refuses, its exit codes, the shape of its JSON."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

QIAO = os.path.abspath(sys.argv[1])


def bench(*arguments, program=QIAO):
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("QIAO_", "LD_"))}
    return subprocess.run([program, "bench", *arguments], capture_output=True, text=True, env=clean,
                          stdin=subprocess.DEVNULL)


class Bench(unittest.TestCase):
    def refused(self, *arguments, code=2, program=QIAO):
        result = bench(*arguments, program=program)
        self.assertEqual(result.returncode, code, result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertTrue(result.stderr.startswith("qiao: "), result.stderr)
        return result.stderr

    def test_help_and_list(self):
        result = bench("--help")
        self.assertEqual(result.returncode, 0)
        self.assertIn("usage: qiao bench", result.stdout)
        result = bench("--list")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"(?m)^nbody +GFLOP/s +>= 0.950 ")

    def test_misuse_is_one_line_and_exit_code_2(self):
        self.assertIn("tiny, small or full", self.refused("--size", "huge"))
        self.assertIn("no row 'fly'", self.refused("--only", "nbody,fly"))
        self.assertIn("no row ''", self.refused("--only", ""))
        self.assertIn("nvcc or clang", self.refused("--compiler", "gcc"))
        for value in ("0", "-1", "x", "nan", "1e9", ""):
            self.assertIn("--seconds", self.refused("--seconds", value))
        for value in ("-1", "x", ""):
            self.assertIn("--cpu", self.refused("--cpu", value))
        self.assertIn("may not use CPU 99999", self.refused("--cpu", "99999"))
        self.assertIn("no option --bogus", self.refused("--bogus"))
        self.assertIn("no option --check=1", self.refused("--check=1"))
        self.assertIn("no argument 'nbody'", self.refused("nbody"))
        self.assertIn("needs a value", self.refused("--only"))
        self.assertIn("cannot write", self.refused("--json", "/no/such/folder/file"))

    def test_an_installation_without_it_says_so(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "qiao")
            shutil.copy(QIAO, copy)
            self.assertIn("no bench", self.refused("--list", code=126, program=copy))

    def test_json(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.json")
            result = bench("--size", "tiny", "--only", "vecadd,sgemm_t16", "--seconds=0.01", "--json", path)
            self.assertEqual(result.returncode, 0, result)
            with open(path, encoding="ascii") as file:
                report = json.load(file)
            self.assertEqual([row["name"] for row in report["rows"]], ["vecadd", "sgemm_t16"])
            for row in report["rows"]:
                for side in ("default", "fast_math", "native_plain", "native_fast_math"):
                    self.assertGreater(row[side]["rate"], 0)
                    self.assertGreaterEqual(row[side]["runs"], 3)
                self.assertIn(row["verdict"], ("reached", "default only", "fast only", "not reached"))
            self.assertGreater(report["limits"]["fma_gflops"], 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
