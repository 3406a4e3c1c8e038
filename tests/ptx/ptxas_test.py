#!/usr/bin/env python3
"""Every test file is valid PTX for its .target: ptxas accepts it.   ptxas_test.py PTXAS FILE..."""
import re
import subprocess
import sys


def main():
    ptxas, *files = sys.argv[1:]
    wrong = 0
    for name in files:
        with open(name, encoding="ascii") as file:
            text = file.read()
        target = re.search(r"^\.target (\w+)", text, re.M).group(1)
        if int(re.sub(r"\D", "", target)) < 75:  # the oldest that today's ptxas knows
            target = "sm_75"
        command = [ptxas, "-arch", target, "-O0", "-o", "/dev/null", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            wrong += 1
            print(f"{name}: {(done.stdout + done.stderr).strip()}")
    print(f"{len(files)} files, ptxas rejects {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
