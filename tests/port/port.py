"""Builds and runs the tests on a stack, and compares reports; see run.sh. Exit code 1 when a test failed."""
import argparse
import concurrent.futures
import fnmatch
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

import compare
import junit
from programs import TESTS, instruction_files, programs

SKIPPED = 77
CXX = os.environ.get("CXX", "c++")


class Stack:
    def __init__(self, options, folder):
        self.compiler = shlex.split(options.compiler)
        self.launcher = shlex.split(options.run)
        self.timeout = options.timeout
        self.folder = pathlib.Path(folder)

    def execute(self, command, **more):
        """(exit code, everything it said, seconds); 124 when it took too long."""
        begin = time.monotonic()
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=self.timeout,
                                  cwd=self.folder, **more)
            code, said = done.returncode, done.stdout
        except subprocess.TimeoutExpired as late:
            code, said = 124, (late.stdout or b"") + f"\nended after {self.timeout} seconds\n".encode()
        except OSError as error:
            code, said = 127, str(error).encode()
        return code, said.decode(errors="replace"), time.monotonic() - begin

    def build(self, program):
        """The program's path, or None and what the compiler said."""
        made = self.folder / program.name
        if program.cuda:
            command = [*self.compiler, "-O2", "-std=c++17", *program.flags, str(program.source), "-o", str(made)]
        else:
            command = [CXX, "-O1", "-std=c++20", str(program.source), "-o", str(made), "-ldl"]
        code, said, seconds = self.execute(command)
        return (made if code == 0 and made.exists() else None), said, seconds

    def run(self, program):
        suite = "api" if program.cuda else "driver"
        made, said, seconds = self.build(program)
        for variant in program.variants:
            name = program.name + (f"-{variant}" if variant else "")
            if made is None:
                yield junit.Case(suite, name, "error", seconds, said)
                continue
            environment = {**os.environ, "QIAO_DEVICES": str(program.devices)} if program.devices > 1 else None
            code, said, seconds = self.execute([*self.launcher, str(made), *([variant] if variant else [])], env=environment)
            status = {0: "passed", SKIPPED: "skipped"}.get(code, "failed")
            yield junit.Case(suite, name, status, seconds, said if status != "failed" else f"exit code {code}\n{said}")

    def instructions(self, runner, family, files):
        suite = f"ptx.{family}"
        code, said, seconds = self.execute([*self.launcher, str(runner), *map(str, files)])
        for path in files:
            mine = [line for line in said.splitlines() if line.startswith(str(path))]
            status, text = "passed", "\n".join(mine)
            if any("skipped:" in line for line in mine):
                status = "skipped"
            elif mine:
                status = "failed"
            elif code not in (0, 1, SKIPPED):
                status, text = "failed", f"the runner ended with exit code {code}\n{said}"
            yield junit.Case(suite, path.stem, status, seconds / len(files), text)


def all_cases(stack, only, jobs):
    """Every case whose SUITE/NAME fits; builds and runs side by side."""
    fits = lambda suite, name: any(fnmatch.fnmatch(f"{suite}/{name}", pattern) for pattern in only)  # noqa: E731
    work = [lambda p=p: list(stack.run(p)) for p in programs()
            if any(fits("api" if p.cuda else "driver", p.name + (f"-{v}" if v else "")) for v in p.variants)]
    families = {family: [f for f in files if fits(f"ptx.{family}", f.stem)] for family, files in instruction_files().items()}
    families = {family: files for family, files in families.items() if files}
    if families:
        runner = stack.folder / "ptx_test"
        sources = [str(TESTS / "ptx" / name) for name in ("images.cpp", "ptx_test.cpp", "test_file.cpp")]
        code, said, _ = stack.execute([CXX, "-O1", "-std=c++20", f"-I{TESTS.parent}", *sources, "-o", str(runner), "-ldl"])
        if code != 0:
            sys.exit(f"port: {CXX} cannot build the instruction tests' runner:\n{said}")
        work += [lambda f=f, files=files: list(stack.instructions(runner, f, files)) for f, files in families.items()]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        done = [case for cases in pool.map(lambda job: job(), work) for case in cases]
    return [case for case in done if fits(case.suite, case.name)]


def run(options):
    with tempfile.TemporaryDirectory() as folder:
        cases = all_cases(Stack(options, folder), options.only or ["*"], options.jobs)
    if not cases:
        sys.exit("port: no test fits --only")
    title = options.name or options.compiler
    junit.write(options.out, title, {"compiler": options.compiler, "run": options.run}, cases)
    count = {status: sum(case.status == status for case in cases) for status in ("passed", "failed", "error", "skipped")}
    for case in cases:
        if case.status in ("failed", "error"):
            print(f"{case.status}: {case.suite}/{case.name}: {(re.sub(chr(10) + '.*', '', case.text.strip(), flags=re.S))[:160]}")
    print(f"{title}: {count['passed']} passed, {count['failed']} failed, {count['error']} did not build, {count['skipped']} skipped")
    return 1 if count["failed"] or count["error"] else 0


def main():
    parser = argparse.ArgumentParser(prog="tests/port/run.sh", description="Runs Qiao's API and instruction tests on any CUDA-like stack.")
    parser.add_argument("--compiler", help="what builds a .cu file: nvcc, 'qiao cc', a command with nvcc's -O, -std, -rdc and -o")
    parser.add_argument("--run", default="", help="what programs are run with: 'qiao run --', nothing for a device that is there")
    parser.add_argument("--out", help="where the report (JUnit), or the page of --compare, goes")
    parser.add_argument("--name", help="what the report calls the stack (default: the compiler)")
    parser.add_argument("--only", action="append", help="tests to take: a pattern of SUITE/NAME (api/*, ptx.float/*); repeat")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="tests side by side")
    parser.add_argument("--timeout", type=int, default=300, help="seconds for one build or run")
    parser.add_argument("--compare", nargs="+", metavar="REPORT", help="reports to set side by side")
    options = parser.parse_args()
    if options.compare:
        page = compare.page(options.compare)
        pathlib.Path(options.out).write_text(page) if options.out else print(page, end="")
        return 0
    if not options.compiler or not options.out:
        parser.error("--compiler and --out are needed, or --compare")
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
