#!/usr/bin/env python3
"""qiao run --fidelity: which inexact instructions ran, how often, what they can reach; the exit code of =strict.

fidelity_test.py QIAO EXECUTOR"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

QIAO, EXECUTOR = sys.argv.pop(1), sys.argv.pop(1)
PROGRAM = [sys.executable, "-B", os.path.join(os.path.dirname(os.path.abspath(__file__)), "fidelity_program.py")]


def run(*arguments, options=("--fidelity",)):
    command = [QIAO, "run", "--executor", EXECUTOR, *options, "--", *PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Fidelity(unittest.TestCase):
    def report(self, *kernels):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.json")
            done = run(*kernels, options=("--fidelity-json", path))
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path, encoding="utf-8") as file:
                return json.loads(file.read()), done.stderr

    def test_exact(self):
        report, text = self.report("exact")
        self.assertEqual(report, {"inexact": [], "unsupported": []})
        self.assertIn("every instruction that ran is exact", text)

    def test_what_how_often_and_how_far(self):
        report, text = self.report("exact", "stores", "decides", "stores")
        seen = {row["instruction"].split()[0]: row for row in report["inexact"]}
        self.assertEqual(set(seen), {"sin.approx.f32", "ex2.approx.f32", "rcp.approx.ftz.f32"})
        sin, ex2, rcp = seen["sin.approx.f32"], seen["ex2.approx.f32"], seen["rcp.approx.ftz.f32"]
        self.assertEqual([sin["executions"], ex2["executions"], rcp["executions"]], [64, 32, 4])
        self.assertEqual((sin["reaches_address"], sin["reaches_branch"]), (False, False))
        self.assertEqual((ex2["reaches_address"], ex2["reaches_branch"]), (True, True))
        self.assertEqual((rcp["reaches_address"], rcp["reaches_branch"]), (False, True))
        self.assertEqual((ex2["kernel"], ex2["function"], ex2["bound"]), ("decides", "inexact", "2 ulp"))
        self.assertRegex(text, r"stores +stores:\d+ +sin\.approx\.f32 .* +64 +absolute error")
        self.assertIn("address, branch", text)

    def test_refused(self):
        report, text = self.report("refused")
        self.assertEqual(report["inexact"], [])
        self.assertRegex(report["unsupported"][0], r"movmatrix.* PTX line \d+ in kernel refused")
        self.assertIn("not run: unsupported: instruction 'movmatrix", text)

    def test_strict(self):
        strict = ("--fidelity=strict",)
        self.assertEqual(run("exact", options=strict).returncode, 0)
        inexact = run("exact", "stores", options=strict)
        self.assertEqual(inexact.returncode, 3)
        self.assertRegex(inexact.stderr, r"(?m)^qiao: --fidelity=strict: inexact: sin\.approx\.f32 .* in kernel stores$")
        self.assertEqual(run("refused", options=strict).returncode, 3)
        self.assertEqual(run("nonesuch", options=strict).returncode, 1)  # the program's own


if __name__ == "__main__":
    unittest.main()
