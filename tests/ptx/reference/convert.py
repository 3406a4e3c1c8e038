"""cvt between integers and floats, between floats, and to packed halves (forms/move.inc; PTX ISA 9.7.9.21); the small
floats are in cvt_small.py."""
import re

from convert_results import from_integer, to_ieee, to_integer, to_tf32
from convert_values import borders_of_float, borders_of_integer, floats_for, integer, integers_for
from floats import FORMATS
from floats_forms import instructions, rows
from floats_kernels import HALVES, new_file
from ptx_file import is_signed, width_of

COMMENT = "Expected: exact rationals and MPFR, rounded once. PTX ISA 9.7.9.21."
# What some of a row's modifiers came later than the row with: (version, target).
LATER = {"cvt_f32_bf16": ("8.0", "sm_90"), "cvt_rna_tf32_f32": ("8.1", "sm_80"), "cvt_tf32_f32": ("8.6", "sm_100")}


def is_integer(t):
    return t[0] in "us"


def element(t):
    """The format of a result's parts."""
    return HALVES[t][0] if t in HALVES else t


def result_lines(text, first, dest, arguments):
    """The instruction, its results as whole columns from %d<first> on: (lines, types)."""
    if dest in HALVES:
        return [f"{text} %pair, {arguments}", f"mov.b32 {{%d{first}, %d{first + 1}}}, %pair"], ["b16", "b16"]
    if dest == "tf32":
        return [f"{text} %pair, {arguments}", f"and.b32 %d{first}, %pair, 0xffffe000"], ["b32"]
    return [f"{text} %d{first}, {arguments}"], [dest if width_of(dest) > 8 else "b16"]


def one_result(instruction, bits):
    """The expected column for one element."""
    dest, source = element(instruction.types[0]), instruction.types[1]
    if is_integer(dest):
        number = to_integer(instruction, bits)
        return number & 0xffff if width_of(dest) == 8 and is_signed(dest) else number
    if is_integer(source):
        return from_integer(instruction, integer(bits, source))
    if dest == "tf32":
        return to_tf32(instruction, bits)
    return to_ieee(instruction, dest, source, bits)


def samples_for(types, *seed):
    dest, source = element(types[0]), types[1]
    if is_integer(source):
        return integers_for(source, FORMATS[dest], *seed)
    borders = borders_of_integer(dest) if is_integer(dest) else borders_of_float(FORMATS[dest])
    return [(bits,) for bits in floats_for(source, borders, *seed)]


def add_entry(file, row, types, chosen):
    dest, source = types
    packs = dest in HALVES
    lines, results, operands = [], [], 2 if packs else 1
    for one in chosen:
        more, kinds = result_lines(one.text, len(results), dest, ", ".join(f"%a{i}" for i in range(operands)))
        lines, results = lines + more, results + kinds

    def reference(*values):  # of two operands the second is the lower half
        return tuple(one_result(one, value) for one in chosen for value in reversed(values))

    samples = samples_for(types, row.syntax)
    if packs:
        samples = [(row[0], samples[(i + 3) % len(samples)][0]) for i, row in enumerate(samples)]
    registers = ".reg .b32 %pair;\n" if packs or dest == "tf32" else ""
    file.value("_".join([row.file_name(), *types]), ";\n".join(lines), results, [source] * operands, reference, samples, registers)


def wanted(syntax):
    """Integers to integers, cvt.pack and the small floats are in other files."""
    return syntax.startswith("cvt") and not re.match(r"cvta|cvt\.pack|cvt\{\.sat\}\.int8\.int8|cvt\.rs|.*(f8|f6f4|e2m1|ue8m0)x2", syntax)


def files():
    found = []
    for row in rows("move", wanted):
        file = new_file(row, "move", COMMENT)
        file.version, file.target = LATER.get(row.file_name(), (file.version, file.target))
        for types, chosen in instructions(row).items():
            add_entry(file, row, types, chosen)
        found.append(file)
    return found
