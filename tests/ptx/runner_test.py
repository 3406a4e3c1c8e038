#!/usr/bin/env python3
"""Tests ptx_test itself: what must fail does, and says where.   runner_test.py QIAO PTX_TEST"""
import os
import subprocess
import sys
import tempfile
import unittest

QIAO, PTX_TEST = sys.argv[1:3]

HEAD = """\
// form: add.addint d, a, b
.version 8.0
.target sm_80
.address_size 64
"""
ADD = """\
.visible .entry add(.param .u64 in, .param .u64 out) {
  .reg .b32 %i, %n, %t;
  .reg .b64 %in, %out, %a, %b;
  mov.u32 %i, %ctaid.x;
  mov.u32 %n, %ntid.x;
  mov.u32 %t, %tid.x;
  mad.lo.u32 %i, %i, %n, %t;
  ld.param.u64 %in, [in];
  ld.param.u64 %out, [out];
  mad.wide.u32 %in, %i, 16, %in;
  mad.wide.u32 %out, %i, 8, %out;
  ld.global.b64 %a, [%in];
  ld.global.b64 %b, [%in+8];
  add.u64 %a, %a, %b;
  st.global.b64 [%out], %a;
  ret;
}
"""
RUN = "// run: add in=2 out=1\n"
KERNEL = ".visible .entry k(.param .u64 in, .param .u64 out) {\n  .reg .b64 %out;\n  ld.param.u64 %out, [out];\n  BODY\n  ret;\n}\n"


class Runner(unittest.TestCase):
    def run_text(self, text, executor="interpreter", qiao=True):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "case.ptx")
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            before = [QIAO, "run", "--executor", executor, "--"] if qiao else []
            done = subprocess.run(before + [PTX_TEST, path], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def expect(self, code, text, said, **options):
        got, output = self.run_text(text, **options)
        self.assertEqual(got, code, output)
        self.assertIn(said, output)

    def expect_rows(self, code, rows, said, run=RUN):
        self.expect(code, HEAD + ADD + run + "".join(f"//   {row}\n" for row in rows), said)

    def test_right_values_pass(self):
        self.expect_rows(0, ["1 2 -> 3", "ffffffffffffffff 1 -> 0"], "1 passed")

    def test_more_rows_than_a_block(self):
        self.expect_rows(0, [f"{i:x} {2 * i:x} -> {3 * i:x}" for i in range(70)], "1 passed")
        rows = [f"{i:x} {2 * i:x} -> {3 * i:x}" for i in range(69)] + ["1 1 -> 3"]
        self.expect_rows(1, rows, "add row 69 column 0: expected 3, got 0000000000000002 (in: 1 1)")

    def test_a_wrong_value_names_its_place(self):
        self.expect_rows(1, ["1 2 -> 3", "1 2 -> 4"], "case.ptx:24: add row 1 column 0: expected 4, got 0000000000000003")

    def test_many_wrong_values_are_counted(self):
        self.expect_rows(1, ["1 2 -> 4"] * 20, "add: 20 values are wrong")

    def test_intervals(self):
        self.expect_rows(0, ["3f800000 0 -> 3f7fffff..3f800001", "bf800000 0 -> bf800001..3f800000"], "1 passed")
        self.expect_rows(0, ["80000000 0 -> 80000000..00000000", "8001 0 -> 8001..0000"], "1 passed")
        for row in ["3f800002 0 -> 3f7fffff..3f800001", "7fc00000 0 -> ff800000..7f800000", "80000000 0 -> 00000000..3f800000",
                    "13f800000 0 -> 3f7fffff..3f800001"]:
            self.expect_rows(1, [row], "row 0 column 0: expected")

    def test_nans(self):
        self.expect_rows(0, ["7fc00000 0 -> nan", "ff800001 0 -> nan", "7c01 0 -> nan16", "fff0000000000001 0 -> nan64",
                             "7f81 0 -> nanbf16"], "1 passed")
        for row in ["7f800000 0 -> nan", "7c00 0 -> nan16", "7ff0000000000000 0 -> nan64", "17fc00000 0 -> nan",
                    "7f80 0 -> nanbf16"]:
            self.expect_rows(1, [row], "row 0 column 0: expected nan")

    def test_a_narrow_store_fails(self):
        kernel = KERNEL.replace("BODY", "st.global.u32 [%out], 5;")
        self.expect(1, HEAD + kernel + "// run: k out=1 block=1\n//   -> 5\n", "got eeeeeeee00000005")

    def test_a_store_behind_the_records_fails(self):
        kernel = KERNEL.replace("BODY", "st.global.u64 [%out], 5;\n  st.global.u64 [%out+8], 5;")
        self.expect(1, HEAD + kernel + "// run: k out=1 block=1\n//   -> 5\n", "wrote behind the last thread's record")

    def test_refusals(self):
        kernel = KERNEL.replace("BODY", "wgmma.fence.sync.aligned;").replace(".reg .b64", ".reg .b64")
        text = HEAD + kernel + "// run: k\n// refused: "
        self.expect(0, text + "wgmma.fence\n", "1 passed")
        self.expect(1, text + "something else\n", "expected 'something else' in the log, got")
        self.expect(1, HEAD + ADD + RUN + "// refused: add\n//   1 2 -> 3\n", "expected to be refused")

    def test_failures(self):
        kernel = KERNEL.replace("BODY", "trap;")
        text = HEAD + kernel + "// run: k\n// fails: "
        self.expect(1, text + "CUDA_ERROR_INVALID_VALUE\n", "expected to fail with CUDA_ERROR_INVALID_VALUE, got CUDA_ERROR_")
        self.expect(1, HEAD + ADD + RUN + "// fails: CUDA_ERROR_UNKNOWN\n//   1 2 -> 3\n", "got success")

    def test_executors(self):
        text = HEAD + "// executors: warp lane\n" + ADD + RUN + "//   1 2 -> 3\n"
        self.expect(77, text, "skipped: not for the executor interpreter")
        self.expect(0, text, "1 passed", executor="lane")

    def test_an_unknown_entry_or_bad_ptx_fails(self):
        self.expect_rows(1, ["1 2 -> 3"], "sub: cannot run: CUDA_ERROR_NOT_FOUND", run="// run: sub in=2 out=1\n")
        self.expect(1, HEAD + ADD.replace("add.u64", "add.u65") + RUN + "//   1 2 -> 3\n", "cannot run: CUDA_ERROR_INVALID_PTX")

    def test_bad_comments(self):
        for rows, said in [(["1 -> 3"], "a row of other columns than its run"), (["1 2 -> x"], "'x' is no expected value"),
                           (["1 g -> 3"], "'g' is no hexadecimal number"), ([], "add has no rows"),
                           (["1 2 -> *"], "no row expects anything of column 0"),
                           (["1 2 -> 3f80..3f800000"], "is no expected value"),
                           (["1 2 -> 3f800001..3f800000"], "is no expected value")]:
            self.expect_rows(2, rows, said)
        for run, said in [("// run: add in=2 out=1 bock=4\n", "'bock=4' is none of"),
                          ("// run: add in=2 out=1 block=2\n", "add has 1 rows for 2 threads"),
                          ("// run: add in=2 out=1 block=0\n", "is no shape"), ("// run: add in=2 out=1x\n", "is none of"),
                          ("", "belongs below a '// run:' line")]:
            self.expect_rows(2, ["1 2 -> 3"], said, run=run)
        self.expect(2, HEAD.replace("// form", "// from") + ADD + RUN + "//   1 2 -> 3\n", "no '// form:' line")
        self.expect(2, HEAD + ADD + RUN + "//  1 2 -> 3\n", "a row begins with '//' and three spaces")
        self.expect(2, HEAD + ADD, "no '// run:' line")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
