"""Floating point of f32 and f64 (forms/float.inc) and of f16, bf16, pairs and mixed precision (forms/half.inc)."""
import re

from gmpy2 import mpq

import floats_approx
from floats import FORMATS
from floats_arithmetic import scalar, test_property
from floats_forms import instructions, rows
from floats_kernels import HALVES, add_entry, halves_reference, new_file, scalar_type
from floats_values import operands, pairs

COMMENT = "Expected: MPFR, rounded once; NaNs of any payload where the manual leaves them open. PTX ISA 9.7.3 to 9.7.5."
APPROXIMATE = "Expected: MPFR and the manual's error bound; special values by its tables. PTX ISA 9.7.3, 9.7.4."


def operand_types(row, types, count):
    """The type of each operand: the first of the instruction, or the second where the row says :A."""
    listed = [name for name in re.split(r"[ ,{}]+", row.operands) if name][1:]
    return [types[1] if name.endswith(":A") else types[0] for name in listed[:count]]


def operand_count(row):
    return [n for n in (row.operands.count(","), row.operands.replace("{, c}", "").count(",")) if n]


def entry_name(row, types, suffix=""):
    return "_".join([row.file_name().replace("half1", "").replace("bhalf", "").replace("half", "").strip("_"), *types]) + suffix


def telling(opcode, fmt):
    """Operands where an approximation leaves the normal numbers, passes a zero, or changes its way."""
    if opcode == "ex2":
        normal, largest = 1 - fmt.bias, fmt.bias + 1
        values = [normal - 1, normal - mpq(1, 2), normal, normal + mpq(1, 2), fmt.least - 1, fmt.least, largest - mpq(1, 2), largest]
    elif opcode == "tanh":
        values = [mpq(1, 4), mpq(1, 2), mpq(5, 8), 3, 5, 9, 10]
    elif opcode in ("sin", "cos"):
        values = [mpq(n * 355, 226) for n in (1, 2, 3, 4, 50, 199, 200, 201)]
    elif opcode == "lg2":
        values = [mpq(n, 16) for n in (7, 8, 9, 15, 17, 31, 32, 33)]
    else:
        values = []
    codes = [fmt.round(mpq(value), "rn") | (fmt.sign if value < 0 else 0) for value in values]
    return [(code ^ flip,) for code in codes for flip in (0, 1, fmt.sign if opcode in ("sin", "cos", "tanh") else 2)]


def samples_for(opcode, types, count, *seed):
    scalars = operands([scalar_type(t) for t in types], count, *seed) + telling(opcode, FORMATS[scalar_type(types[0])])
    return pairs(scalars, HALVES[types[0]][1]) if types[0] in HALVES else scalars


def value_file(row, folder):
    approx = ".approx" in row.syntax or ".full" in row.syntax
    file = new_file(row, folder, APPROXIMATE if approx else COMMENT)
    for types, chosen in instructions(row).items():
        for count in sorted(set(operand_count(row))):
            sources = operand_types(row, types, count)
            formats = [FORMATS[scalar_type(t)] for t in sources]

            def reference(instruction, values, formats=formats, opcode=row.opcode):
                scalarized = Scalar(instruction)
                return halves_reference(lambda _, one: scalar(scalarized, opcode, formats, one))(instruction, values)

            suffix = f"_{count}" if len(set(operand_count(row))) > 1 else ""
            samples = samples_for(row.opcode, sources, 24, row.syntax, count)
            add_entry(file, entry_name(row, types, suffix), chosen, sources, reference, samples)
    if "{, c}" in row.syntax:  # three operands came later
        file.version, file.target = "8.8", "sm_100"
    return file


class Scalar:
    """An instruction on packed types as the one on their halves."""

    def __init__(self, instruction):
        self.text, self.modifiers = instruction.text, instruction.modifiers
        self.types = [scalar_type(t) for t in instruction.types]
        self.has, self.one_of, self.rounding = instruction.has, instruction.one_of, instruction.rounding


def test_file(row):
    file = new_file(row, "float", "Expected: the classes of IEEE 754; zeros are normal. PTX ISA 9.7.3.1.")
    for types, chosen in instructions(row).items():
        text = ";\n".join(f"{one.text} %d{i}, %a0" for i, one in enumerate(chosen))
        file.value(f"testp_{types[0]}", text, ["pred"] * len(chosen), [types[0]],
                   lambda a, chosen=chosen: tuple(int(test_property(one, a)) for one in chosen), operands([types[0]], 30, "testp"))
    return file


def upper_word_file(row):
    """rcp.approx.ftz.f64, and .ftz of rsqrt.approx.f64."""
    file = new_file(row, "float", APPROXIMATE + "\nWith .ftz: two units of the 20 bits that count, low word zero.")
    name, opcode = row.file_name(), row.opcode
    samples = operands(["f64"], 48, row.syntax)
    file.value(name + "_ftz", f"{opcode}.approx.ftz.f64 %d0, %a0;\nmov.b64 {{%d1, _}}, %d0", ["f64", "b32"], ["f64"],
               lambda a: floats_approx.upper_word(opcode, a), samples)
    if opcode == "rsqrt":
        file.value(name, "rsqrt.approx.f64", ["f64"], ["f64"], floats_approx.rsqrt_f64, samples)
    return file


def files():
    found = []
    for family in ("float", "half"):
        for row in rows(family, lambda syntax: True):
            if row.opcode == "testp":
                found.append(test_file(row))
            elif re.match(r"r(cp|sqrt)\.approx(\.ftz|\{\.ftz\})\.f64", row.name):
                found.append(upper_word_file(row))
            else:
                found.append(value_file(row, family))
    return found
