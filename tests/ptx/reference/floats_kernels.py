"""Test files from form rows: one file per row, one entry per choice of types, a column for each choice of modifiers.
Packed results are split into a column per half."""
from floats import FORMATS
from ptx_file import PtxFile

HALVES = {"f16x2": ("f16", 16), "bf16x2": ("bf16", 16), "f32x2": ("f32", 32)}


def scalar_type(ptx_type):
    return HALVES[ptx_type][0] if ptx_type in HALVES else ptx_type


def split(value, ptx_type):
    """Low half first; a scalar stands for both halves."""
    if ptx_type not in HALVES:
        return [value]
    width = HALVES[ptx_type][1]
    return [value & ((1 << width) - 1), value >> width]


def new_file(row, folder, comment):
    target, version = max(80, row.target), max(80, row.version)
    return PtxFile(f"{folder}/{row.file_name()}.ptx", [" ".join(row.syntax.split())], comment, f"sm_{target}",
                   f"{version // 10}.{version % 10}")


def result_text(instruction, first, result, operands):
    """The instruction, its result in %d<first> (and the next, for halves)."""
    if result not in HALVES:
        return f"{instruction.text} %d{first}, {operands}", 1
    width = HALVES[result][1]
    return f"{instruction.text} %pair, {operands};\nmov.b{2 * width} {{%d{first}, %d{first + 1}}}, %pair", 2


def add_entry(file, name, instructions, operand_types, reference, samples):
    """One entry for instructions of the same types. reference(instruction, values): its columns, each a text."""
    lines, results, arguments = [], [], ", ".join(f"%a{i}" for i in range(len(operand_types)))
    for instruction in instructions:
        result = instruction.types[0]
        text, count = result_text(instruction, len(results), result, arguments)
        lines.append(text)
        results += [scalar_type(result)] * count

    def columns(*values):
        return tuple(column for instruction in instructions for column in reference(instruction, values))

    packed = instructions[0].types[0]
    registers = f".reg .b{2 * HALVES[packed][1]} %pair;\n" if packed in HALVES else ""
    file.value(name, ";\n".join(lines), results, operand_types, columns, samples, registers)


def halves_reference(scalar_reference):
    """Applies a scalar reference to the halves of packed operands."""

    def reference(instruction, values):
        packed = instruction.types[0] in HALVES
        kind = instruction.types[0]
        parts = [split(value, kind) if packed else [value] for value in values]
        return [scalar_reference(instruction, [part[h] for part in parts]) for h in range(len(parts[0]))]

    return reference


def formats_of(types):
    return [FORMATS[scalar_type(t)] for t in types]
