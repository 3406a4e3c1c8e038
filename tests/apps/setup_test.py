#!/usr/bin/env python3
"""What surrounds a program may be wrong too: the chip's name, the memory it is given, the executor's name, the disk
cache. Each is a clear line and an error the program can handle, or does no harm: setup_test.py QIAO PROGRAM."""
import os
import subprocess
import sys
import tempfile
import unittest

QIAO, PROGRAM = sys.argv[1:3]


def run(*options, **environment):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("QIAO_")}
    return subprocess.run([QIAO, "run", *options, "--", PROGRAM], capture_output=True, text=True, timeout=120, check=False,
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
