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


# A driver that takes everything and runs nothing.
IDLE_DRIVER = """
#include <stdlib.h>
#include <string.h>
int cuInit(unsigned f) { return 0; }
int cuDeviceGet(int* d, int i) { *d = 0; return 0; }
int cuDeviceGetName(char* n, int s, int d) { strcpy(n, "idle"); return 0; }
int cuDevicePrimaryCtxRetain(void** c, int d) { *c = c; return 0; }
int cuCtxSetCurrent(void* c) { return 0; }
int cuCtxSynchronize(void) { return 0; }
int cuModuleLoadData(void** m, const void* t) { *m = m; return 0; }
int cuModuleUnload(void* m) { return 0; }
int cuModuleGetFunction(void** f, void* m, const char* n) { *f = f; return 0; }
int cuMemAlloc_v2(unsigned long long* p, size_t n) { *p = (unsigned long long)malloc(n); return 0; }
int cuMemFree_v2(unsigned long long p) { free((void*)p); return 0; }
int cuMemcpyHtoD_v2(unsigned long long t, const void* f, size_t n) { memcpy((void*)t, f, n); return 0; }
int cuMemcpyDtoH_v2(void* t, unsigned long long f, size_t n) { memcpy(t, (void*)f, n); return 0; }
int cuMemcpyDtoD_v2(unsigned long long t, unsigned long long f, size_t n) { memcpy((void*)t, (void*)f, n); return 0; }
int cuMemsetD8_v2(unsigned long long t, unsigned char c, size_t n) { memset((void*)t, c, n); return 0; }
int cuLaunchKernel() { return LAUNCH; }
int cuGetErrorName(int e, const char** n) { *n = "CUDA_ERROR_OF_ITS_OWN"; return 0; }
"""


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
        self.assertIn("wall or cpu", self.refused("--clock", "sun"))
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

    def on_idle_driver(self, status):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "cuda.c")
            with open(source, "w", encoding="ascii") as file:
                file.write(IDLE_DRIVER)
            library = os.path.join(folder, "libcuda.so.1")
            subprocess.run(["cc", "-w", "-shared", "-fPIC", f"-DLAUNCH={status}", source, "-o", library], check=True)
            program = os.path.join(os.path.dirname(QIAO), "qiao_bench")
            result = subprocess.run([program, "--check", "--size", "tiny"], capture_output=True, text=True,
                                    env={**os.environ, "LD_LIBRARY_PATH": folder, "LD_PRELOAD": ""})
            self.assertEqual(result.returncode, 1, result)
            return [line.split(maxsplit=1) for line in result.stdout.splitlines()]

    def test_every_kernel_that_does_nothing_is_noticed(self):
        rows = self.on_idle_driver(0)
        self.assertEqual(len(rows), 23)  # the kernels and the barriers
        for name, verdict in rows:
            self.assertIn("differ", verdict, name)

    def test_every_kernel_that_fails_is_noticed(self):
        for name, verdict in self.on_idle_driver(719):
            self.assertEqual(verdict, "cuLaunchKernel: CUDA_ERROR_OF_ITS_OWN", name)

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
            for launch in report["first_launches"]:
                self.assertNotIn("failure", launch)

    def test_figures(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.json")
            result = bench("--size=tiny", "--only=barrier,launch,memory", "--seconds=0.01", "--clock=cpu", "--json=" + path)
            self.assertEqual(result.returncode, 0, result)
            with open(path, encoding="ascii") as file:
                figures = json.load(file)["figures"]
            self.assertEqual([figure["row"] for figure in figures], ["barrier"] * 2 + ["launch"] * 3 + ["memory"])
            for figure in figures:
                self.assertIn(figure["verdict"], ("reached", "not reached"))
                self.assertGreater(figure["value"], 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
