"""The porting test suite: reports of good and bad stacks, and their comparison. usage: port_test.py QIAO [NVCC]."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import programs  # noqa: E402

QIAO = pathlib.Path(sys.argv.pop(1)).resolve()
NVCC = sys.argv.pop(1) if len(sys.argv) > 1 else ""
FEW = ["--only", "api/vector_add", "--only", "api/bad_access-null", "--only", "driver/driver_ptx-*", "--only", "ptx.logic/and*"]


def port(*arguments):
    done = subprocess.run([HERE / "run.sh", *map(str, arguments)], capture_output=True, text=True,
                          env={**os.environ, "PYTHON": sys.executable})
    return done.returncode, done.stdout + done.stderr


class Port(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def report(self, compiler, code, *only, run=f"{QIAO} run --", name="stack"):
        out = self.folder / f"{name}.xml"
        got, said = port("--compiler", compiler, "--run", run, "--out", out, "--name", name, *(only or FEW))
        self.assertEqual(got, code, said)
        return out, {(c.get("classname"), c.get("name")): [child.tag for child in c] for c in xml.parse(out).iter("testcase")}

    def test_the_list_of_programs_is_read(self):
        found = {program.name: program for program in programs.programs()}
        self.assertGreater(len(found), 30)
        self.assertTrue(found["vector_add"].cuda)
        self.assertFalse(found["driver_ptx"].cuda)
        self.assertEqual(found["driver_ptx"].variants, ["symbols", "proc-address"])
        self.assertEqual(found["peers"].devices, 2)
        self.assertIn("far", found["bad_access"].variants)
        self.assertTrue(all(program.source.exists() for program in found.values()))
        self.assertGreater(sum(map(len, programs.instruction_files().values())), 300)

    def test_qiao_cc_and_a_compiler_that_builds_nothing(self):
        if subprocess.run([QIAO, "cc", "-ptx", os.devnull, "-x", "cu", "-o", self.folder / "x"], capture_output=True).returncode:
            self.skipTest("qiao cc has no Clang")
        good, cases = self.report(f"{QIAO} cc", 0, name="qiao")
        self.assertEqual(cases[("api", "vector_add")], [])
        self.assertEqual(cases[("driver", "driver_ptx-symbols")], [])
        self.assertTrue(any(suite == "ptx.logic" for suite, _ in cases))
        bad, cases = self.report("false", 1, name="none")
        self.assertEqual(cases[("api", "vector_add")], ["error"])
        self.assertEqual(cases[("driver", "driver_ptx-symbols")], [])
        code, page = port("--compare", good, bad)
        self.assertEqual(code, 0, page)
        self.assertIn("| test | qiao | none | what is said |", page)
        self.assertRegex(page, r"\| api/vector_add \| pass \| no build \|")
        self.assertNotIn("driver/driver_ptx", page)
        self.assertRegex(page, r"\| api \| 2 of 2 \| 0 of 2 \|")

    def test_programs_that_fail_or_are_skipped(self):
        launcher = self.folder / "launcher"
        launcher.write_text("#!/bin/sh\ncase $2 in symbols) echo no such device; exit 3;; esac\nexit 77\n")
        launcher.chmod(0o755)
        _, cases = self.report("false", 1, "--only", "driver/driver_ptx-*", "--only", "ptx.logic/and*", run=str(launcher))
        self.assertEqual(cases[("driver", "driver_ptx-symbols")], ["failure"])
        self.assertEqual(cases[("driver", "driver_ptx-proc-address")], ["skipped"])

    @unittest.skipUnless(NVCC and os.path.exists(NVCC), "no nvcc")
    def test_nvcc(self):
        _, cases = self.report(f"{NVCC} -Wno-deprecated-gpu-targets", 0, "--only", "api/vector_add", name="nvcc")
        self.assertEqual(cases[("api", "vector_add")], [])

    def test_misuse(self):
        self.assertEqual(port("--compiler", "nvcc")[0], 2)
        self.assertEqual(port("--compiler", "nvcc", "--out", self.folder / "x", "--only", "api/nothing")[0], 1)


if __name__ == "__main__":
    unittest.main()
