#!/usr/bin/env python3
"""What surrounds a program may be wrong too: the chip's name, the memory it is given, the executor's name, the disk
cache. Each is a clear line and an error the program can handle, or does no harm: setup_test.py QIAO PROGRAM."""
import os
import subprocess
import sys
import tempfile
import unittest

QIAO, PROGRAM = sys.argv[1:3]


# How much device memory there is; that a large part of it holds what is put there, and comes back when it is freed.
MEMORY = """
import ctypes
cuda = ctypes.CDLL("libcuda.so.1")
context, free, total = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
assert cuda.cuInit(0) == 0 and cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), 0) == 0
assert cuda.cuCtxSetCurrent(context) == 0 and cuda.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total)) == 0
size, got = 64 << 20, ctypes.c_uint()
for _ in range(2):
    data = ctypes.c_uint64()
    assert cuda.cuMemAlloc_v2(ctypes.byref(data), ctypes.c_size_t(size)) == 0
    assert cuda.cuMemsetD32_v2(data, 0xC0FFEE, ctypes.c_size_t(size // 4)) == 0
    assert cuda.cuMemcpyDtoH_v2(ctypes.byref(got), ctypes.c_uint64(data.value + size - 4), ctypes.c_size_t(4)) == 0
    assert got.value == 0xC0FFEE and cuda.cuMemFree_v2(data) == 0
print(total.value)
"""


def run(*options, program=(PROGRAM,), **environment):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("QIAO_")}
    return subprocess.run([QIAO, "run", *options, "--", *program], capture_output=True, text=True, timeout=120, check=False,
                          env={**clean, **environment})


class Setup(unittest.TestCase):
    def refused(self, result, *parts):
        self.assertGreater(result.returncode, 0, result)  # an exit code of the program's own, no signal
        for part in parts:
            self.assertIn(part, result.stderr)

    def works(self, result):
        self.assertEqual(result.returncode, 0, result)
        self.assertIn("PASS", result.stdout)

    def test_an_unknown_chip(self):
        self.refused(run(QIAO_CHIP="no-such-chip"), "no-such-chip", "qiao-generic")

    def test_a_broken_chip_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("[sm]\ncount = 0\n")
            file.flush()
            self.refused(run(QIAO_CHIP=file.name), "sm.count is 0")

    def test_an_unknown_executor(self):
        self.refused(run(QIAO_EXECUTOR="abacus"), "abacus")

    def test_every_chip_runs_it(self):
        for chip in ("a100-40", "v100", "simt64-c500-like"):
            self.works(run("--chip", chip))

    def test_little_memory_is_enough_for_a_little_program(self):
        self.works(run("--memory", "64M"))

    def test_memory_beyond_the_hosts_is_spilled(self):
        python = (sys.executable, "-c", MEMORY)
        with tempfile.TemporaryDirectory() as folder:
            room = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
            plain, spilling = (run("--chip", "h200", *more, program=python) for more in ((), ("--spill", folder)))
            self.assertEqual((plain.returncode, spilling.returncode), (0, 0), (plain, spilling))
            if room > 4 << 30 and int(plain.stdout) < 100 << 30:
                self.assertGreater(int(spilling.stdout), int(plain.stdout) + room // 2)
            self.assertEqual(os.listdir(folder), [])
        self.assertIn("no-such-folder", run("--spill", "/no-such-folder").stderr)
        self.works(run(QIAO_SPILL="/proc"))  # no room there: as without

    def test_a_tool_is_injected(self):
        with tempfile.TemporaryDirectory() as folder:
            tool = os.path.join(folder, "tool.so")
            source = '#include <stdio.h>\nint cuInit(unsigned);\nint InitializeInjection(void) { puts("injected"); return cuInit(0) == 0; }'
            subprocess.run(["cc", "-shared", "-fPIC", "-xc", "-", "-o", tool], input=source, text=True, check=True)
            result = run(CUDA_INJECTION64_PATH=tool)
            self.works(result)
            self.assertEqual(result.stdout.count("injected"), 1)
        self.assertIn("is not loaded", run(CUDA_INJECTION64_PATH="/no/such/tool.so").stderr)

    def test_counters_go_to_stderr(self):
        result = run("--counters")
        self.works(result)
        self.assertIn("scale", result.stderr)
        self.assertIn("thread instructions", result.stderr)
        self.assertNotIn("counters", result.stdout)

    def damaged(self, damage):
        """Runs twice with one cache folder, damaging every entry in between."""
        with tempfile.TemporaryDirectory() as folder:
            self.works(run(QIAO_CACHE_DIR=folder))
            for path, _, names in os.walk(folder):
                for name in names:
                    damage(os.path.join(path, name))
            self.works(run(QIAO_CACHE_DIR=folder))
            self.works(run(QIAO_CACHE_DIR=folder))

    def test_a_cache_entry_cut_short(self):
        self.damaged(lambda path: os.truncate(path, os.path.getsize(path) // 2))

    def test_an_empty_cache_entry(self):
        self.damaged(lambda path: os.truncate(path, 0))

    def test_a_cache_entry_with_a_wrong_byte(self):
        def flip(path):
            with open(path, "r+b") as file:
                file.seek(os.path.getsize(path) // 2)
                byte = file.read(1)
                file.seek(-1, 1)
                file.write(bytes([byte[0] ^ 0x55]))
        self.damaged(flip)

    def test_a_cache_folder_that_cannot_be_written(self):
        self.works(run(QIAO_CACHE_DIR="/proc/no-such-folder"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
