"""cvt between integers and floats, between floats, and to and from packed pairs (forms/move.inc; PTX ISA 9.7.9.21)."""
import re

from convert_results import from_integer, from_small, to_ieee, to_integer, to_scale, to_small, to_tf32
from convert_values import borders_of_float, borders_of_integer, floats_for, integer, integers_for
from floats import FORMATS, show
from floats_forms import instructions, rows
from floats_kernels import HALVES, new_file
from floats_values import pairs
from ptx_file import generator, is_signed, width_of

COMMENT = "Expected: exact rationals and MPFR, rounded once. PTX ISA 9.7.9.21."
SMALL = {name + "x2": name for name in ("e4m3", "e5m2", "e2m3", "e3m2", "e2m1", "ue8m0")}
# What some of a row's modifiers came later than the row with: (version, target).
LATER = {"cvt_f32_bf16": ("8.0", "sm_90"), "cvt_rna_tf32_f32": ("8.1", "sm_80"), "cvt_tf32_f32": ("8.6", "sm_100"),
         "cvt_f16x2_f8x2": ("8.1", "sm_89"), "cvt_satfinite_f8x2_f16x2": ("8.1", "sm_89"), "cvt_satfinite_f8x2_f32": ("8.1", "sm_89")}
NEWEST = ("e2m1x2", "e2m3x2", "e3m2x2", "ue8m0x2")  # architecture-specific


def is_integer(t):
    return t[0] in "us" and t not in SMALL


def element(t):
    """The format of an operand's or result's parts."""
    return SMALL[t] if t in SMALL else HALVES[t][0] if t in HALVES else t


def result_lines(text, first, dest, arguments):
    """The instruction, its results as whole columns from %d<first> on: (lines, types)."""
    if dest in HALVES:
        return [f"{text} %pair, {arguments}", f"mov.b32 {{%d{first}, %d{first + 1}}}, %pair"], ["b16", "b16"]
    if dest == "tf32":
        return [f"{text} %pair, {arguments}", f"and.b32 %d{first}, %pair, 0xffffe000"], ["b32"]
    if dest == "e5m2x2":  # the upper byte of an f16
        return [f"{text} %small, {arguments}", f"shl.b16 %d{first}, %small, 8", f"and.b16 %d{first + 1}, %small, 0xff00"], ["b16", "b16"]
    if dest == "e2m1x2":
        return [f"{text} %byte, {arguments}", "mov.b16 %small, {%byte, %zero}", f"and.b16 %d{first}, %small, 15",
                f"shr.u16 %d{first + 1}, %small, 4"], ["b16", "b16"]
    if dest in SMALL:
        return [f"{text} %small, {arguments}", f"and.b16 %d{first}, %small, 255", f"shr.u16 %d{first + 1}, %small, 8"], ["b16", "b16"]
    return [f"{text} %d{first}, {arguments}"], [dest if width_of(dest) > 8 else "b16"]


def one_result(instruction, bits):
    """The expected column for one element."""
    dest, source = (element(t) for t in instruction.types)
    if is_integer(dest) and dest != "ue8m0":
        number = to_integer(instruction, bits)
        return number & 0xffff if width_of(dest) == 8 and is_signed(dest) else number
    if is_integer(source) and source != "ue8m0":
        return from_integer(instruction, integer(bits, source))
    if source in SMALL.values():
        return from_small(instruction, dest, source, bits)
    if dest == "tf32":
        return to_tf32(instruction, bits)
    if dest == "ue8m0":
        return to_scale(instruction, source, bits)
    if dest in SMALL.values():
        return to_small(instruction, dest, source, bits)
    return to_ieee(instruction, dest, source, bits)


def elements(t, bits):
    """The parts of a packed operand, low first."""
    width = 4 if t == "e2m1x2" else 8 if t in SMALL else 16
    return [bits & (1 << width) - 1, bits >> width]


def samples_for(types, *seed):
    dest, source = (element(t) for t in types)
    if is_integer(source) and source != "ue8m0":
        return integers_for(source, FORMATS[dest], *seed)
    if source in SMALL.values():
        width = FORMATS[source].width
        codes = list(range(1 << width))
        generator("small", source).shuffle(codes)
        return [(code,) for code in codes]
    borders = borders_of_integer(dest) if is_integer(dest) and dest != "ue8m0" else borders_of_float(FORMATS[dest])
    return [(bits,) for bits in floats_for(source, borders, *seed)]


def packed_samples(types, operands, scalars):
    """Two operands of one element, or one operand of two."""
    if operands == 2:
        return [(row[0], scalars[(i + 3) % len(scalars)][0]) for i, row in enumerate(scalars)]
    if types[1] in HALVES:
        return pairs(scalars, 16)
    width = 4 if types[1] == "e2m1x2" else 8
    return pairs(scalars, width)[::2]


def add_entry(file, row, types, chosen, operand_count):
    dest, source = types
    packs = dest in HALVES or dest in SMALL
    lines, results = [], []
    for one in chosen:
        more, kinds = result_lines(one.text, len(results), dest, ", ".join(f"%a{i}" for i in range(operand_count)))
        lines, results = lines + more, results + kinds

    def reference(*values):
        columns = []
        for one in chosen:
            if not packs:
                columns.append(one_result(one, values[0]))
            else:  # operand a is the upper half
                parts = [values[1], values[0]] if operand_count == 2 else elements(source, values[0])
                columns += [one_result(one, part) for part in parts]
        return tuple(columns)

    scalars = samples_for(types, row.syntax)
    samples = packed_samples(types, operand_count, scalars) if packs else scalars
    operand = "b16" if source in SMALL and source != "e2m1x2" else "b8" if source == "e2m1x2" else source
    registers = "".join(declaration for name, declaration in
                        (("%pair", ".reg .b32 %pair;\n"), ("%small", ".reg .b16 %small;\n"), ("%byte", ".reg .b8 %byte, %zero;\n"))
                        if any(name in line for line in lines))
    if "%byte" in registers:
        lines.insert(0, "mov.b8 %zero, 0")
    file.value("_".join([row.file_name(), *types]), ";\n".join(lines), results, [operand] * operand_count, reference, samples, registers)


def wanted(syntax):
    """Integers to integers and cvt.pack are in other files; four results and random bits are not for this one."""
    return syntax.startswith("cvt") and not re.match(r"cvta|cvt\.pack|cvt\{\.sat\}\.int8\.int8|cvt\.rs|.*f8x2", syntax)


def files():
    found = []
    for row in rows("move", wanted):
        groups = instructions(row)
        newest = any(t in NEWEST for types in groups for t in types)
        file = new_file(row, "move", COMMENT, "a" if newest else "")
        file.version, file.target = LATER.get(row.file_name(), (file.version, file.target))
        for types, chosen in groups.items():
            add_entry(file, row, types, chosen, 2 if "b:" in row.operands else 1)
        found.append(file)
    return found
