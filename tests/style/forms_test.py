#!/usr/bin/env python3
"""Every row of the instruction table has a test file (tests/ptx, its `// form:` lines), and every such line is a row.
untested_forms.txt lists the rows that have none yet: it may only shrink. --write-untested writes it anew."""
import os
import re
import sys
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
UNTESTED = os.path.join(ROOT, "tests/style/untested_forms.txt")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def files_below(folder, suffix):
    for parent, _, names in os.walk(os.path.join(ROOT, folder)):
        yield from (os.path.join(parent, name) for name in sorted(names) if name.endswith(suffix))


def table():
    """The rows' syntax, spaces collapsed, but for refused ones."""
    found = set()
    for path in files_below("src/isa/forms", ".inc"):
        for syntax, kind in re.findall(r'^QIAO_FORM\(\s*"([^"]*)"\s*,\s*(\w+)', read(path), re.M):
            if kind != "Refused":
                found.add(" ".join(syntax.split()))
    return found


def tested():
    """Syntax -> the first file that names it."""
    found = {}
    for path in files_below("tests/ptx", ".ptx"):
        for syntax in re.findall(r"^// form: (.*)$", read(path), re.M):
            found.setdefault(" ".join(syntax.split()), os.path.relpath(path, ROOT))
    return found


def untested():
    return {line for line in read(UNTESTED).splitlines() if line and not line.startswith("# ")}


class Forms(unittest.TestCase):
    def check(self, left, what):
        self.assertFalse(left, what + ":\n" + "\n".join(sorted(left)))

    def test_the_table_was_read(self):
        self.assertGreater(len(table()), 300)

    def test_every_row_has_a_file(self):
        self.check(table() - set(tested()) - untested(), "rows that no file of tests/ptx names in a '// form:' line")

    def test_every_form_line_is_a_row(self):
        rows = table()
        self.check({f"{path}: {syntax}" for syntax, path in tested().items() if syntax not in rows}, "not in the table")

    def test_the_list_of_untested_rows_only_shrinks(self):
        self.check(untested() & set(tested()), "tested by now: remove from tests/style/untested_forms.txt")
        self.check(untested() - table(), "not in the table (any more): remove from tests/style/untested_forms.txt")


def write_untested():
    with open(UNTESTED, "w", encoding="ascii") as file:
        file.write("# Rows of the instruction table that have no test file in tests/ptx yet. This list may only shrink.\n")
        file.writelines(row + "\n" for row in sorted(table() - set(tested())))


if __name__ == "__main__":
    if "--write-untested" in sys.argv:
        write_untested()
    else:
        unittest.main()
