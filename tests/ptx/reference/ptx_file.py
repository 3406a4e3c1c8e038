"""Writes one test file (its format: tests/ptx/ptx_test.cpp): entries with their scaffolding, and the rows they must give.

A value instruction takes one call: value() writes an entry that loads the operands of one record, runs the instruction
and stores its results, and rows whose expected values come from a Python function.  Types are PTX spellings ("s32",
"f16x2", "pred"); a value is the integer of its bits, for signed types a signed one."""
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
PTX = os.path.dirname(HERE)

WIDTHS = {"pred": 1, "b8": 8, "u8": 8, "s8": 8, "f16x2": 32, "bf16x2": 32, "bf16": 16, "tf32": 32, "u16x2": 32, "s16x2": 32,
          "f32x2": 64, "e4m3x2": 16, "e5m2x2": 16, "b128": 128}


def width_of(ptx_type):
    return WIDTHS[ptx_type] if ptx_type in WIDTHS else int(ptx_type[1:])


def is_signed(ptx_type):
    return ptx_type in ("s8", "s16", "s32", "s64")


def to_bits(value, ptx_type):
    return value & ((1 << width_of(ptx_type)) - 1)


def from_bits(bits, ptx_type):
    """What a reference function is given: the number, signed for signed integer types."""
    bits = to_bits(bits, ptx_type)
    return bits - (1 << width_of(ptx_type)) if is_signed(ptx_type) and bits >> (width_of(ptx_type) - 1) else bits


def hexadecimal(bits, width):
    return format(bits, f"0{max(1, (width + 3) // 4)}x")


def register_type(ptx_type):
    return "pred" if ptx_type == "pred" else f"b{max(16, width_of(ptx_type))}"


def declare_registers(named):
    """One .reg line per type for (name, PTX type) pairs."""
    by_type = {}
    for name, ptx_type in named:
        by_type.setdefault(register_type(ptx_type), []).append(name)
    return "\n".join(f".reg .{kind} {', '.join(names)};" for kind, names in by_type.items())


# The thread's number into %i: in one dimension, and in three.
FLAT = ["mov.u32 %i, %ctaid.x;", "mov.u32 %n, %ntid.x;", "mov.u32 %t, %tid.x;", "mad.lo.u32 %i, %i, %n, %t;"]
FLAT_3D = ["mov.u32 %i, %ctaid.z;"]
for number, place in (("%nctaid.y", "%ctaid.y"), ("%nctaid.x", "%ctaid.x"), ("%ntid.z", "%tid.z"), ("%ntid.y", "%tid.y"),
                      ("%ntid.x", "%tid.x")):
    FLAT_3D += [f"mov.u32 %n, {number};", f"mov.u32 %t, {place};", "mad.lo.u32 %i, %i, %n, %t;"]


class PtxFile:
    def __init__(self, path, forms, comment, target="sm_80", version="8.0", executors=None):
        self.path, self.forms, self.comment = path, forms, comment
        self.target, self.version, self.executors = target, version, executors
        self.parts, self.names = [], set()

    def declare(self, text):
        """Module-level PTX: variables, functions."""
        self.parts.append(text.rstrip() + "\n")

    def entry(self, name, columns_in, columns_out, body, rows, registers="", shape="", checks=None):
        """An entry whose body finds its record at [%in] and [%out] and its number in %i.
        rows: (inputs, expected) of hex strings. shape: what `// run:` says besides the columns, "block=64 shared=256".
        checks: lines that stand for rows, "// refused: ..."."""
        assert name not in self.names, name
        self.names.add(name)
        lines = [f".visible .entry {name}(.param .u64 in, .param .u64 out) {{",
                 "  .reg .b32 %i, %n, %t;", "  .reg .b64 %in, %out;"]
        lines += ["  " + line for line in registers.split("\n") if line]
        lines += ["  " + line for line in (FLAT_3D if "," in shape else FLAT)]
        lines += ["  ld.param.u64 %in, [in];", "  ld.param.u64 %out, [out];"]
        lines += [f"  mad.wide.u32 %{side}, %i, {8 * columns}, %{side};" for side, columns in
                  (("in", columns_in), ("out", columns_out)) if columns]
        lines += [line if line.endswith(":") else "  " + line for line in body.split("\n") if line] + ["  ret;", "}"]
        lines.append(f"// run: {name} in={columns_in} out={columns_out}{' ' + shape if shape else ''}")
        lines += checks or []
        for inputs, expected in rows:
            lines.append("//   " + " ".join([*inputs, "->", *expected]))
        self.parts.append("\n".join(lines) + "\n")

    def value(self, name, instruction, results, operands, reference, samples, registers="", **options):
        """instruction: its text with %d0, %d1... for results and %a0, %a1... for operands; without any "%" the operands
        are appended in order. results, operands: types. samples: tuples of the operands' bits. reference(*numbers) gives
        one result, or a tuple: numbers (taken modulo 2**width), or strings, which stand as they are ("nan", "3f..3f").
        registers: declarations of others that the instruction names. shape: as entry()'s."""
        self.threads(name, instruction, results, operands, lambda all_: [reference(*one) for one in all_], samples,
                     registers, **options)

    def warps(self, name, instruction, results, operands, reference, samples, **options):
        """As value(), but reference is given the numbers of a warp's 32 threads and gives their results."""
        assert len(samples) % 32 == 0, name
        self.threads(name, instruction, results, operands,
                     lambda all_: [one for i in range(0, len(all_), 32) for one in reference(all_[i:i + 32])], samples, **options)

    def threads(self, name, instruction, results, operands, reference, samples, registers="", shape=""):
        """As value(), but reference is given the numbers of all threads and gives all results."""
        results = [results] if isinstance(results, str) else results
        if "%" not in instruction:
            instruction += " " + ", ".join([f"%d{i}" for i in range(len(results))] + [f"%a{i}" for i in range(len(operands))])
        if not instruction.endswith(("\n}", ";", ":")):
            instruction += ";"
        declared = declare_registers([(f"%a{i}", t) for i, t in enumerate(operands)] +
                                     [(f"%d{i}", t) for i, t in enumerate(results)] + [("%s", "b64")])
        body = "\n".join([load(i, t) for i, t in enumerate(operands)] + [instruction] +
                         [store(i, t) for i, t in enumerate(results)])
        numbers = [tuple(from_bits(bits, t) for bits, t in zip(sample, operands)) for sample in samples]
        rows = []
        for sample, wanted in zip(samples, reference(numbers)):
            wanted = wanted if isinstance(wanted, tuple) else (wanted,)
            assert len(wanted) == len(results), name
            rows.append(([hexadecimal(to_bits(bits, t), width_of(t)) for bits, t in zip(sample, operands)],
                         [one if isinstance(one, str) else hexadecimal(to_bits(int(one), t), width_of(t))
                          for one, t in zip(wanted, results)]))
        self.entry(name, len(operands), len(results), body, rows, f"{registers}\n{declared}", shape)

    def text(self, maker):
        lines = [f"// form: {form}" for form in self.forms] + [f"// made by tests/ptx/reference/{maker}"]
        lines += [f"// {line}" for line in self.comment.strip().split("\n")]
        if self.executors:
            lines.append(f"// executors: {self.executors}")
        lines += [f".version {self.version}", f".target {self.target}", ".address_size 64", ""]
        return "\n".join(lines) + "\n" + "\n".join(self.parts)


def load(i, ptx_type):
    """The operand in slot i of the record at %in, into %a<i>."""
    if ptx_type == "pred":
        return f"ld.global.b64 %s, [%in+{8 * i}];\nsetp.ne.b64 %a{i}, %s, 0;"
    return f"ld.global.b{max(8, width_of(ptx_type))} %a{i}, [%in+{8 * i}];"


def store(i, ptx_type):
    """%d<i> as the whole slot i of the record at %out."""
    width = width_of(ptx_type)
    if ptx_type == "pred":
        return f"selp.b64 %s, 1, 0, %d{i};\nst.global.b64 [%out+{8 * i}], %s;"
    if width == 64:
        return f"st.global.b64 [%out+{8 * i}], %d{i};"
    return f"cvt.u64.u{width} %s, %d{i};\nst.global.b64 [%out+{8 * i}], %s;"


def generator(*seed):
    """Random numbers that depend on nothing but `seed`."""
    return random.Random("/".join(str(part) for part in seed))
