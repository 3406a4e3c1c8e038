#!/usr/bin/env python3
"""The instruction table against ptxas: what both must make of instructions that cases.py makes from its rows. A
difference needs an entry in ptxas_differences.txt, and an entry that no difference needs fails the test.

ptxas_test.py PTXAS QIAO VERDICTS [--long] [--opcode OPCODE]"""
import argparse
import collections
import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile

import cases

HERE = os.path.dirname(os.path.abspath(__file__))
Case = collections.namedtuple("Case", "place what row text")


def all_cases(rows, long):
    vocabulary = {"types": [], "modifiers": []}
    for row in rows:
        for item in row["tokens"]:
            known = vocabulary["types" if item["type"] else "modifiers"]
            known.extend(token for token in item["tokens"] if token not in known)
    made = []
    for row in rows:
        here, older = cases.places(row)
        if row["opcode"] in cases.STATEMENTS:
            made += [Case(place, "row", row, text) for text in cases.STATEMENTS[row["opcode"]] for place in (here, cases.NEWEST)]
            continue
        found = cases.choices(row, 100 if long else 6)
        made += [Case(place, "row", row, choice.text()) for choice in found for place in (here, cases.NEWEST)]
        made += [Case(place, "older", row, found[0].text()) for place in older]
        for choice in found if long else [found[0], cases.pick(found, row["syntax"])]:
            texts = cases.mutations(choice, vocabulary, 4 if long else 2)
            made += [Case(place, what, row, text) for what, text in texts for place in (here, cases.NEWEST)]
    made.sort(key=lambda case: case.what == "row")  # whichever comes last counts
    return list({(case.place, case.text): case for case in made}.values())


def our_verdicts(verdicts, made):
    text = "".join(cases.module(case.place, case.text) + "////\n" for case in made)
    done = subprocess.run([verdicts], input=text, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(made), "a verdict each"
    return answers


def ask_ptxas(ptxas, place, texts, path):
    """What it says of each instruction, "" if nothing. It names every wrong line but stops at a syntax error, which is
    therefore taken out before it is asked again, and crashes at some, which are looked for by halving."""
    said = [""] * len(texts)
    sm = str(place[1])
    arch = "compute_" + (sm if not sm.isdigit() or int(sm) >= 75 else "75")
    while True:
        body = "\n".join("" if "syntax error" in answer else text for text, answer in zip(texts, said))
        with open(path, "w", encoding="ascii") as file:
            file.write(cases.module(place, body))
        done = subprocess.run([ptxas, "-arch", arch, "-o", "/dev/null", path], capture_output=True, text=True, check=False)
        if done.returncode < 0:
            half = len(texts) // 2
            return ["it crashes"] if half == 0 else (ask_ptxas(ptxas, place, texts[:half], path) +
                                                     ask_ptxas(ptxas, place, texts[half:], path))
        again = False
        for line in (done.stdout + done.stderr).splitlines():
            found = re.match(r"ptxas .*?, line (\d+); (error|fatal) *: (.*)", line)
            if not found:
                assert "warning" in line or "info" in line or "aborted due to errors" in line, line
                continue
            at = int(found[1]) - cases.FIRST_LINE
            assert 0 <= at < len(texts), f"{place}: {line}"
            again |= "syntax error" in found[3] and "syntax error" not in said[at]
            said[at] = found[3] if again else said[at] or found[3]
        if not again:
            return said


def ptxas_verdicts(ptxas, made):
    answers = [""] * len(made)
    by_place = collections.defaultdict(list)
    for number, case in enumerate(made):
        by_place[case.place].append(number)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "module.ptx")
        for place, numbers in sorted(by_place.items(), key=str):
            for number, answer in zip(numbers, ask_ptxas(ptxas, place, [made[n].text for n in numbers], path)):
                answers[number] = answer
    return answers


Entry = collections.namedtuple("Entry", "who pattern reason long")


def read_differences():
    found = []
    with open(os.path.join(HERE, "ptxas_differences.txt"), encoding="ascii") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                who, pattern, reason = (part.strip() for part in line.split("|", 2))
                found.append(Entry(who.removesuffix(", long"), pattern, reason, who.endswith(", long")))
    return found


def compare(made, ours, theirs, entries):
    """What is wrong, the entries that explained something, and the rows of which both accept an instruction."""
    wrong, used, accepted = [], set(), set()
    for case, our, their in zip(made, ours, theirs):
        if our == "accepted" and not their and case.what == "row":
            accepted.add(case.row["syntax"])
        if (our == "accepted") == (not their):
            continue
        who = "qiao accepts" if their else "ptxas accepts"
        entry = next((one for one in entries if one.who == who and fnmatch.fnmatchcase(case.text, one.pattern)), None)
        if entry:
            used.add(entry)
            continue
        ptx, sm = case.place
        wrong.append(f"{who} | {case.text} | {case.what}, PTX {ptx / 10} sm_{sm} | {their or our}")
    return wrong, used, accepted


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ptxas")
    parser.add_argument("qiao")
    parser.add_argument("verdicts")
    parser.add_argument("--long", action="store_true", help="many more combinations")
    parser.add_argument("--opcode", default="", help="only this opcode")
    options = parser.parse_args()
    if not os.access(options.ptxas, os.X_OK):
        print("skipped: there is no ptxas here")
        return 77
    rows = json.loads(subprocess.run([options.qiao, "isa", "--json"], capture_output=True, text=True, check=True).stdout)
    rows = [row for row in rows if row["kind"] != "Refused" and options.opcode in ("", row["opcode"])]
    made = all_cases(rows, options.long)
    ours, theirs = our_verdicts(options.verdicts, made), ptxas_verdicts(options.ptxas, made)
    entries = read_differences()
    wrong, used, accepted = compare(made, ours, theirs, entries)
    wrong += [f"no instruction of this row is accepted by both | {row['syntax']}" for row in rows
              if row["syntax"] not in accepted]
    wrong += [f"no longer needed: remove | {entry.who} | {entry.pattern}" for entry in entries
              if entry not in used and not options.opcode and (options.long or not entry.long)]
    print("\n".join([*wrong, f"{len(rows)} rows, {len(made)} instructions, {len(wrong)} unexplained differences"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
