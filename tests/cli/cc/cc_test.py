"""qiao cc: what it builds, what it puts in, and what it says when it cannot. usage: cc_test.py QIAO; 77 = no Clang."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
QIAO = pathlib.Path(sys.argv.pop(1)).resolve()
KERNEL = "__global__ void kernel(float* a) { a[threadIdx.x] = sqrtf(a[threadIdx.x]) + expf(a[0]); }\n"


def cc(*arguments, cwd, qiao=QIAO):
    done = subprocess.run([qiao, "cc", *map(str, arguments)], cwd=cwd, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


class Cc(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def build(self, *arguments, **more):
        code, _, errors = cc(*arguments, cwd=self.folder, **more)
        self.assertEqual((code, errors), (0, ""))

    def refuse(self, *arguments):
        code, _, errors = cc(*arguments, cwd=self.folder)
        self.assertNotEqual(code, 0)
        return errors

    def test_every_header_feature_compiles_and_links(self):
        self.build(HERE / "features.cu", "-o", "features", "-lcuda")
        self.assertTrue((self.folder / "features").exists())

    def test_exact_math_becomes_instructions_and_nothing_stays_unresolved(self):
        self.build("-ptx", "-arch=sm_75", self.write("a.cu", KERNEL))
        ptx = (self.folder / "a.ptx").read_text()
        self.assertIn(".target sm_75", ptx)
        self.assertIn("sqrt.rn.f32", ptx)
        self.assertNotIn("__nv_", ptx)

    def test_half_precision(self):
        self.build(HERE / "half.cu", "-o", "half")
        self.assertEqual(subprocess.run([self.folder / "half"]).returncode, 0)
        self.build("-ptx", HERE / "half.cu")
        self.assertIn("fma.rn.f16", (self.folder / "half.ptx").read_text())

    def test_fast_math_takes_the_approximate_instructions(self):
        source = self.write("a.cu", "__global__ void k(float* a) { a[0] = sqrtf(a[1]) / a[2] + logf(a[3]) + a[4]; }\n")
        self.build("-ptx", "--use_fast_math", source)
        ptx = (self.folder / "a.ptx").read_text()
        for instruction in ("div.approx.ftz.f32", "lg2.approx.f32", "add.ftz.f32"):
            self.assertIn(instruction, ptx)

    def test_contraction_can_be_turned_off(self):
        source = self.write("a.cu", "__global__ void k(float* a) { a[0] = a[1] * a[2] + a[3]; }\n")
        self.build("-ptx", source)
        self.assertIn("fma.rn.f32", (self.folder / "a.ptx").read_text())
        self.build("-ptx", "-fmad=false", source)
        self.assertNotIn("fma.rn.f32", (self.folder / "a.ptx").read_text())

    def test_objects_and_plain_sources_link_together(self):
        self.write("a.cu", KERNEL + "void launch() { kernel<<<1, 32>>>(nullptr); }\n")
        self.write("b.cpp", "#include <cuda_runtime.h>\nvoid launch();\nint main() { launch(); return VALUE; }\n")
        self.build("-c", "a.cu")
        self.build("-c", "-DVALUE=0", "b.cpp", "-o", "other.o")
        self.build("a.o", "other.o", "-o", "program")
        self.build("a.cu", "b.cpp", "-D", "VALUE=0", "-O1", "-std=c++20", "-g", "-I.", "-L.", "-lm", "-o", "program")

    def test_the_program_finds_our_runtime_by_itself(self):
        self.build(self.write("a.cu", KERNEL + "int main() { kernel<<<1, 32>>>(nullptr); }\n"), "-o", "program")
        loaded = subprocess.run(["ldd", self.folder / "program"], capture_output=True, text=True).stdout
        self.assertIn(str(QIAO.parent.parent / "lib" / "libcudart.so.13"), loaded)

    def test_ptx_of_several_architectures_is_embedded(self):
        source = self.write("a.cu", KERNEL)
        code, _, commands = cc("--dryrun", "-c", "-gencode", "arch=compute_75,code=sm_75",
                               "-gencode=arch=compute_90,code=compute_90", source, cwd=self.folder)
        self.assertEqual(code, 0)
        self.assertEqual(re.findall(r"--cuda-gpu-arch=(\w+)", commands), ["sm_75", "sm_90"])
        self.assertFalse((self.folder / "a.o").exists())

    def test_a_moved_tree_still_builds(self):
        moved = self.folder / "moved tree"
        for part in ("bin/qiao", "lib/libcudart.so.13"):
            (moved / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(QIAO.parent.parent / part, moved / part)
        shutil.copytree(QIAO.parent.parent / "share/qiao/cuda", moved / "share/qiao/cuda")
        self.build(self.write("a.cu", KERNEL), "-c", qiao=moved / "bin/qiao")
        _, _, commands = cc("--dryrun", "a.cu", cwd=self.folder, qiao=moved / "bin/qiao")
        self.assertNotIn(str(QIAO.parent.parent / "share"), commands)

    def test_what_it_cannot_do_is_said_in_one_line(self):
        self.write("a.cu", KERNEL)
        self.assertIn("no input file", self.refuse())
        self.assertIn("missing.cu: no such file", self.refuse("missing.cu"))
        self.assertIn("unknown option --nonsense", self.refuse("--nonsense", "a.cu"))
        self.assertIn("unknown architecture 'pascal'", self.refuse("-arch=pascal", "a.cu"))
        self.assertIn("needs a value", self.refuse("a.cu", "-o"))
        self.assertIn("unimplemented", self.refuse("-rdc=true", "a.cu"))

    def test_an_error_in_the_source_is_clangs_to_tell(self):
        errors = self.refuse("-c", self.write("bad.cu", "__global__ int kernel() { return 0; }\n"))
        self.assertRegex(errors, r"bad\.cu:1:\d+: error")
        self.assertFalse((self.folder / "bad.o").exists())

    def test_managed_variables_are_refused(self):
        errors = self.refuse("-c", self.write("managed.cu", "__managed__ int counter;\n"))
        self.assertIn("unsupported: __managed__ variables", errors)

    def test_help_names_every_option_once(self):
        code, text, _ = cc("--help", cwd=self.folder)
        self.assertEqual(code, 0)
        for option in ("-o FILE", "-c ", "-arch", "-O0", "-I DIR", "-D NAME", "-L DIR", "-l NAME", "-std", "-g "):
            self.assertIn(option, text)


if __name__ == "__main__":
    if "built without" in cc("x.cu", cwd=".")[2] or "found none" in cc("x.cu", cwd=".")[2]:
        sys.exit(77)
    unittest.main(verbosity=1)
