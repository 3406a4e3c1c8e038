#!/usr/bin/env python3
"""The qiao command: verbs, exit codes, what it refuses to run. Its libraries are stand-ins here (empty ones): what runs
on the real ones is tests/apps' matter."""
import json
import os
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

QIAO_BINARY, CHIPS = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
LIBRARIES = ["libqiao_preload.so", "libcudart.so.13", "libcuda.so.1"]


def make_tree(root):
    for folder in ("bin", "lib", "share/qiao"):
        os.makedirs(os.path.join(root, folder))
    shutil.copy(QIAO_BINARY, os.path.join(root, "bin/qiao"))
    shutil.copytree(CHIPS, os.path.join(root, "share/qiao/chips"))
    for library in LIBRARIES:
        subprocess.run(["cc", "-shared", "-xc", "/dev/null", "-o", os.path.join(root, "lib", library)], check=True)


def read(path):
    with open(path, "rb") as file:
        return bytearray(file.read())


class Cli(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.root = os.path.join(os.path.realpath(cls.temporary.name), "tree")
        make_tree(cls.root)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def qiao(self, *arguments, root=None, **environment):
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("QIAO_", "LD_"))}
        return subprocess.run([os.path.join(root or self.root, "bin/qiao"), *arguments], capture_output=True, text=True,
                              env={**clean, **environment}, stdin=subprocess.DEVNULL)

    def refused(self, code, *arguments, **environment):
        result = self.qiao(*arguments, **environment)
        self.assertEqual(result.returncode, code, result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertTrue(result.stderr.startswith("qiao: "), result.stderr)
        return result.stderr

    def test_help_everywhere(self):
        verbs = [[], ["run"], ["env"], ["chips"], ["chips", "show"], ["chips", "check"], ["chips", "diff"], ["cache"], ["cache", "clear"], ["cache", "warm"], ["isa"], ["trace"]]
        for verb in verbs:
            result = self.qiao(*verb, "--help")
            self.assertEqual(result.returncode, 0, verb)
            self.assertIn("Usage", result.stdout)
        self.assertRegex(self.qiao("--version").stdout, r"^qiao \d+\.\d+\.\d+\n$")

    def test_misuse_is_one_line_and_exit_code_2(self):
        for arguments in ([], ["fly"], ["run"], ["run", "--"], ["run", "--bogus", "true"], ["run", "--executor", "x", "true"], ["run", "--tier", "x", "true"],
                          ["run", "--memory", "4Q", "true"], ["run", "--workers", "0", "true"], ["cache"], ["chips", "show"], ["chips", "diff", "h200"],
                          ["chips", "show", "h200", "v100"], ["chips", "diff", "h200", "nope"],
                          ["cache", "warm"], ["cache", "warm", "--bogus", "true"]):
            self.refused(2, *arguments)

    def test_run_is_the_program(self):
        self.assertEqual(self.qiao("run", "--", "sh", "-c", "exit 7").returncode, 7)
        self.assertEqual(self.qiao("run", "sh", "-c", "kill -TERM $$").returncode, -signal.SIGTERM)
        process = subprocess.Popen([os.path.join(self.root, "bin/qiao"), "run", "sh", "-c", "echo $$"],
                                   stdout=subprocess.PIPE, text=True)
        self.assertEqual(int(process.communicate()[0]), process.pid)

    def test_arguments_arrive_unchanged(self):
        arguments = ["--counters", "--", "-x", "a b", "", "$HOME", "--help"]
        script = 'import sys; print(sys.argv[1:])'
        for dashes in ([], ["--"]):
            result = self.qiao("run", *dashes, sys.executable, "-c", script, *arguments)
            self.assertEqual(result.stdout.strip(), str(arguments), result.stderr)

    def test_options_become_variables(self):
        result = self.qiao("run", "--chip", "h200", "--counters", "--executor", "lane", "--tier", "full", "--memory", "2G", "--unchecked",
                           "--workers", "3", "--log", "info", "--", "env", LD_PRELOAD="/lib/already.so")
        seen = dict(line.split("=", 1) for line in result.stdout.splitlines() if "=" in line)
        expected = {"QIAO_CHIP": "h200", "QIAO_COUNTERS": "1", "QIAO_EXECUTOR": "lane", "QIAO_TIER": "full", "QIAO_MEMORY": str(2 << 30),
                    "QIAO_UNCHECKED": "1", "QIAO_WORKERS": "3", "QIAO_LOG": "info"}
        self.assertEqual({key: seen.get(key) for key in expected}, expected)
        libraries = ":".join(os.path.join(self.root, "lib", name) for name in LIBRARIES)
        preloaded = re.sub(r"^[^:]*/lib[at]san\.so:", "", seen["LD_PRELOAD"])  # a build with sanitizers puts its runtime first
        self.assertEqual(preloaded, libraries + ":/lib/already.so")

    def test_fidelity(self):
        seen = self.qiao("run", "--fidelity", "--", "env").stdout
        self.assertIn("QIAO_FIDELITY=report\n", seen)
        seen = self.qiao("run", "--fidelity-json", "report.json", "env").stdout
        self.assertIn("QIAO_FIDELITY_JSON=" + os.path.abspath("report.json"), seen)
        self.assertIn("expected report or strict", self.refused(2, "run", "--fidelity=maybe", "true"))
        self.refused(2, "env", "--fidelity=strict")
        strict = self.qiao("run", "--fidelity=strict", "--", "sh", "-c", "echo inexact: x >> $QIAO_FIDELITY_MARK; kill -9 $$")
        self.assertEqual(strict.returncode, 137)
        strict = self.qiao("run", "--fidelity=strict", "--", "sh", "-c", "echo inexact: x >> $QIAO_FIDELITY_MARK")
        self.assertEqual((strict.returncode, strict.stderr), (3, "qiao: --fidelity=strict: inexact: x\n"))
        self.assertEqual(self.qiao("run", "--fidelity=strict", "--", "sh", "-c", "exit 7").returncode, 7)

    def test_no_option_no_variable(self):
        seen = self.qiao("run", "env").stdout
        self.assertNotIn("QIAO_", seen)
        self.assertIn("QIAO_CHIP=a100-40", self.qiao("run", "env", QIAO_CHIP="a100-40").stdout)

    def test_env_can_be_evaluated(self):
        text = self.qiao("env", "--chip", "v100").stdout
        shown = subprocess.run(["sh", "-c", text + "echo $QIAO_CHIP; echo $LD_PRELOAD"], capture_output=True, text=True)
        chip, preload = shown.stdout.split()
        self.assertEqual(chip, "v100")
        self.assertEqual(json.loads(self.qiao("env", "--json").stdout)["LD_PRELOAD"], preload)

    def test_an_unknown_chip_is_answered_with_the_known_ones(self):
        for arguments in (["run", "--chip", "nope", "true"], ["env", "--chip", "nope"], ["chips", "show", "nope"]):
            self.assertIn("a100-40, ", self.refused(2, *arguments))

    def test_programs_that_are_not_there(self):
        self.assertIn("no-such-program", self.refused(127, "run", "no-such-program"))
        self.assertIn("/no/such", self.refused(127, "run", "/no/such/program"))
        self.assertIn("not an executable", self.refused(126, "run", os.path.join(self.root, "share/qiao/chips/h200.toml")))

    def program(self, name, content, mode=0o755):
        path = os.path.join(self.root, name)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)
        return path

    def test_programs_that_cannot_be_reached(self):
        true = read("/bin/true")
        bits32 = bytearray(true)
        bits32[4] = 1
        self.assertIn("32-bit", self.refused(126, "run", self.program("bits32", bits32)))
        foreign = bytearray(true)
        foreign[18:20] = struct.pack("<H", 8)  # MIPS
        self.assertIn("another processor", self.refused(126, "run", self.program("foreign", foreign)))
        static = bytearray(true)
        static[56:58] = struct.pack("<H", 0)  # no program headers: no interpreter
        self.assertIn("statically linked", self.refused(126, "run", self.program("static", static)))

    def test_setuid(self):
        path = self.program("setuid", read("/bin/true"))
        if os.geteuid() == 0:
            os.chown(path, 1, -1)
        os.chmod(path, 0o755 | stat.S_ISUID)
        if os.geteuid() != os.stat(path).st_uid:
            self.assertIn("setuid", self.refused(126, "run", path))

    def test_a_tree_without_libraries_says_so(self):
        bare = os.path.join(self.temporary.name, "bare")
        os.makedirs(os.path.join(bare, "bin"))
        shutil.copy(QIAO_BINARY, os.path.join(bare, "bin/qiao"))
        result = self.qiao("run", "true", root=bare)
        self.assertEqual(result.returncode, 126)
        self.assertIn("libqiao_preload.so", result.stderr)

    def test_a_folder_that_ld_preload_cannot_hold(self):
        spaced = os.path.join(self.temporary.name, "with space")
        make_tree(spaced)
        self.assertIn("space", self.qiao("run", "true", root=spaced).stderr)

    def test_chips(self):
        self.assertIn("qiao-generic (default)", self.qiao("chips").stdout)
        self.assertIn("vendor data sheet (H)", self.qiao("chips", "show", "a100-40").stdout)
        names = [chip["name"] for chip in json.loads(self.qiao("chips", "--json").stdout)]
        self.assertIn("simt64-c500-like", names)
        shown = json.loads(self.qiao("chips", "show", "h200", "--json").stdout)
        self.assertEqual(shown["sm"]["count"], {"value": 132, "source": "vendor data sheet", "confidence": "H", "file": "h200"})

    def test_chips_are_checked_and_compared(self):
        self.assertNotIn("invalid", self.qiao("chips", "check").stdout)
        checked = json.loads(self.qiao("chips", "check", "--json", "v100").stdout)
        self.assertEqual([(chip["name"], chip["ok"]) for chip in checked], [("v100", True)])
        self.assertIn("peak.fp32", [peak["what"] for peak in checked[0]["peaks"]])
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write('[chip]\nbase = "h200"\n[sm]\ncount = 7\n')
            file.flush()
            self.assertRegex(self.qiao("chips", "diff", "h200", file.name).stdout, r"(?m)^sm.count +132 +7 +multiprocessors")
            difference = json.loads(self.qiao("chips", "diff", "--json", "h200", file.name).stdout)
            self.assertEqual(difference["sm.count"]["b"], {"value": 7, "source": "", "confidence": ""})
            file.write("cuont = 8\n")
            file.flush()
            refused = self.qiao("chips", "check", file.name)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("unknown key sm.cuont", refused.stdout)
        self.assertIn("say the same", self.qiao("chips", "diff", "h200", "h200").stdout)
        self.assertNotIn("vendor data sheet", self.qiao("chips", "show", "h200", "--unsourced").stdout)

    def test_isa(self):
        self.assertRegex(self.qiao("isa").stdout, r"(?m)^mul\.wide\.wideint d:Wide, a, b +integer +Value +1\.0 +sm_10 +exact")
        forms = json.loads(self.qiao("isa", "--json").stdout)
        self.assertTrue(all(form["bound"] for form in forms if form["fidelity"] == "bounded"))
        self.assertEqual({form["opcode"] for form in json.loads(self.qiao("isa", "ex2", "--json").stdout)}, {"ex2"})
        self.assertEqual({form["family"] for form in json.loads(self.qiao("isa", "--family", "logic", "--json").stdout)},
                         {"logic"})
        self.assertIn("| `activemask` | 1 | 6.2 | 30 |  | yes |", self.qiao("isa", "--markdown").stdout)
        self.assertIn("no opcode mull", self.refused(2, "isa", "mull"))
        self.assertIn("the families are atomic", self.refused(2, "isa", "--family", "nope"))
        self.refused(2, "isa", "--json", "--markdown")

    def test_warm_tells_what_the_program_left_in_the_cache(self):
        script = ('echo words; test $QIAO_TIER = full && printf "compiled warp 64x1x1 _Z1kv\\nfound lane any f\\n"'
                  ' >> $QIAO_CACHE_REPORT; exit ')
        folder = os.path.join(self.temporary.name, "warm")
        done = self.qiao("cache", "warm", "--tier", "quick", "--", "sh", "-c", script + "0", QIAO_CACHE_DIR=folder)
        self.assertEqual((done.returncode, done.stderr), (0, "words\n"))
        self.assertEqual(done.stdout.splitlines(), ["compiled  warp  64x1x1        k", "found     lane  any           f",
                                                    f"2 kernels: 1 compiled, 1 found in {folder}"])
        done = self.qiao("cache", "warm", "--json", "sh", "-c", script + "5", QIAO_CACHE_DIR=folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("exit code 5", done.stderr)
        shown = json.loads(done.stdout)
        self.assertEqual((shown["exit_code"], shown["compiled"], shown["found"]), (5, 1, 1))
        self.assertEqual(shown["kernels"][0], {"name": "_Z1kv", "executor": "warp", "block": "64x1x1", "result": "compiled"})
        self.refused(1, "cache", "warm", "true", QIAO_CACHE="off")
        self.refused(127, "cache", "warm", "no-such-program", QIAO_CACHE_DIR=folder)
        lost = self.qiao("cache", "warm", "sh", "-c", "echo lost warp any k >> $QIAO_CACHE_REPORT", QIAO_CACHE_DIR=folder)
        self.assertEqual((lost.returncode, lost.stderr), (1, "qiao: 1 kernels could not be kept\n"))

    def test_cache_clears_only_its_own_files(self):
        folder = os.path.join(self.temporary.name, "cache")
        os.makedirs(os.path.join(folder, "ab"))
        for name in ("ab/one.qiao", "two.qiao", "precious.txt"):
            with open(os.path.join(folder, name), "w") as file:
                file.write("12345")
        self.assertEqual(self.qiao("cache", "path", QIAO_CACHE_DIR=folder).stdout.strip(), folder)
        self.assertEqual(self.qiao("cache", "path", XDG_CACHE_HOME="/x").stdout.strip(), "/x/qiao")
        self.assertIn("2 entries, 10 bytes", self.qiao("cache", "list", QIAO_CACHE_DIR=folder).stdout)
        self.assertIn("removed 2", self.qiao("cache", "clear", QIAO_CACHE_DIR=folder).stdout)
        self.assertIn("0 entries", self.qiao("cache", "list", QIAO_CACHE_DIR=folder).stdout)
        self.assertTrue(os.path.exists(os.path.join(folder, "precious.txt")))
        self.assertIn("0 entries", self.qiao("cache", "list", QIAO_CACHE_DIR=folder + "/missing").stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
