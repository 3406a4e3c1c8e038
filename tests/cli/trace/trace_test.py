"""qiao trace: lines, JSON, filters, the table of what failed, and libraries without lists. usage: trace_test.py QIAO APP."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
QIAO, APP = (str(pathlib.Path(sys.argv.pop(1)).resolve()) for _ in range(2))
ASK = """
import ctypes
cuda = ctypes.CDLL("libcuda.so.1")
cuda.cuInit(0)
cuda.cuDeviceGet(ctypes.byref(ctypes.c_int()), 99)
for _ in range(3): cuda.cuGLInit()
"""


def qiao(*arguments):
    done = subprocess.run([QIAO, "trace", *map(str, arguments)], capture_output=True, text=True, timeout=200)
    return done.returncode, done.stdout, done.stderr


class Trace(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def lines(self, *arguments, app=(APP,)):
        """The trace in JSON: calls and summaries."""
        out = self.folder / "calls"
        code, _, errors = qiao("--json", "--out", out, *arguments, "--", *app)
        self.assertEqual(code, 0, errors)
        objects = [json.loads(line) for line in out.read_text().splitlines()]
        return [o for o in objects if "name" in o], {o["summary"]: o for o in objects if "summary" in o}

    def test_text_has_arguments_results_and_outputs_by_type(self):
        code, out, errors = qiao("--", APP)
        self.assertEqual(code, 0, errors)
        self.assertNotIn("call:", out)
        self.assertRegex(errors, r"qiao: call: cuInit\(Flags=0\) = CUDA_SUCCESS  \[cuda, thread \d+, [\d.]+ [um]?s\]")
        self.assertRegex(errors, r"cuDeviceGet\(device=0x\w+, ordinal=0\) = CUDA_SUCCESS \{device=0\}")
        self.assertRegex(errors, r"cuMemAlloc_v2\(dptr=0x\w+, bytesize=\d+\) = CUDA_SUCCESS \{dptr=0x\w+\}")
        self.assertRegex(errors, r"qiao: trace: \d+ calls of \d+ functions, 0 failed, 0 functions not supported")

    def test_json_is_an_object_per_call_and_per_function(self):
        calls, functions = self.lines()
        launch = [call for call in calls if call["name"] == "cuLaunchKernel"][0]
        self.assertEqual((launch["library"], launch["result"], launch["failed"], launch["depth"]),
                         ("cuda", "CUDA_SUCCESS", False, 0))
        self.assertEqual(launch["arguments"]["blockDimY"], 1)
        self.assertGreater(launch["duration_us"], 0)
        self.assertEqual(functions["cuInit"]["calls"], len([c for c in calls if c["name"] == "cuInit"]))
        self.assertEqual(sum(f["calls"] for f in functions.values()), len(calls))

    def test_filters_choose_calls_and_not_what_is_counted(self):
        calls, functions = self.lines("--filter", "cuMem*,!*Free*")
        names = {call["name"] for call in calls}
        self.assertIn("cuMemAlloc_v2", names)
        self.assertTrue(all(name.startswith("cuMem") and "Free" not in name for name in names), names)
        self.assertIn("cuMemFree_v2", functions)
        self.assertNotIn("cuInit", {call["name"] for call in self.lines("--filter", "!cuInit")[0]})

    def test_what_failed_and_what_is_missing_is_named(self):
        calls, functions = self.lines(app=(sys.executable, "-c", ASK))
        self.assertEqual(functions["cuDeviceGet"]["failures"], {"CUDA_ERROR_INVALID_DEVICE": 1})
        self.assertFalse(functions["cuGLInit"]["supported"])
        self.assertEqual((functions["cuGLInit"]["calls"], functions["cuGLInit"]["note"]), (3, "no graphics interop"))
        code, _, errors = qiao("--summary", "--", sys.executable, "-c", ASK)
        self.assertEqual(code, 0)
        self.assertNotIn("call:", errors)
        self.assertIn("failed: cuDeviceGet = CUDA_ERROR_INVALID_DEVICE, 1 times", errors)
        self.assertIn("not supported: cuGLInit, 3 calls: no graphics interop", errors)

    def test_nothing_when_off(self):
        clean = {key: value for key, value in os.environ.items() if key != "QIAO_TRACE"}
        done = subprocess.run([QIAO, "run", "--", APP], capture_output=True, text=True, env=clean)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_misuse(self):
        for arguments in ((), ("--header", "x.h", "--", APP), ("--out", "/no/such/folder/x", "--", APP)):
            code, out, errors = qiao(*arguments)
            self.assertNotEqual(code, 0)
            self.assertEqual((out, errors.count("\n")), ("", 1), errors)
        code, out, _ = qiao("--help")
        self.assertEqual(code, 0)
        self.assertIn("--library", out)

    def make_foreign(self):
        library, program = self.folder / "libforeign.so.1", self.folder / "program"
        subprocess.run(["cc", "-shared", "-fPIC", HERE / "foreign.c", "-o", library, "-Wl,-soname,libforeign.so.1", "-ldl"],
                       check=True)
        subprocess.run(["cc", HERE / "foreign_program.c", library, "-Wl,-rpath," + str(self.folder), "-o", program], check=True)
        return library, program

    def test_a_library_without_lists(self):
        library, program = self.make_foreign()
        code, _, errors = qiao("--header", HERE / "foreign.h", "--library", library, "--", program)
        if "needs Clang" in errors:
            self.skipTest(errors)
        self.assertEqual(code, 0, errors)
        self.assertRegex(errors, r"foreignMake\(plan=0x\w+, size=-1, mode=FOREIGN_BACK, name=\"bad\"\) = FOREIGN_BAD  \[")
        self.assertRegex(errors, r"foreignMake\(plan=0x\w+, size=8, mode=FOREIGN_FORWARD, .*\) = FOREIGN_GOOD \{plan=0x\w+\}")
        self.assertRegex(errors, r"call:   cuDriverGetVersion\(driverVersion=0x\w+\) = CUDA_SUCCESS")
        self.assertRegex(errors, r"call: foreignRun\(plan=0x\w+, pair=\{...\}, scale=2.0+, data=0x\w+\) = FOREIGN_GOOD")
        self.assertRegex(errors, r"call: foreignEnd\(plan=0x\w+\)  \[")
        self.assertIn("foreignPrint takes a variable number of arguments: not traced", errors)
        self.assertIn("failed: foreignMake = FOREIGN_BAD, 1 times", errors)

    def test_a_library_that_cannot_be_wrapped(self):
        library, program = self.make_foreign()
        bad = self.folder / "bad.h"
        bad.write_text("this is no header\n")
        for header, other, what in ((bad, library, "Clang cannot read"), (HERE / "foreign.h", "libno.so", "cannot open"),
                                    (HERE / "foreign.h", "libm.so.6", "exports no function")):
            code, _, errors = qiao("--header", header, "--library", other, "--", program)
            if "needs Clang" in errors:
                self.skipTest(errors)
            self.assertEqual((code, errors.count("\n")), (1, 1), errors)
            self.assertIn(what, errors)


if __name__ == "__main__":
    unittest.main()
