"""Comparison and selection of floats (forms/compare.inc; PTX ISA 9.7.6, 9.7.7, 9.3.1.2)."""
from floats import FORMATS
from floats_arithmetic import TRUTHS, combine, compare
from floats_forms import instructions, rows
from floats_kernels import HALVES, new_file, scalar_type, split
from floats_values import edges, operands, pairs
from ptx_file import generator
from samples import integers

COMMENT = "Expected: the order of exact numbers, -0 = +0, unordered with NaN. PTX ISA 9.7.6.1, 9.7.6.2, 9.7.7, 9.3.1.2."


def samples_for(ptx_type, with_predicate, *seed):
    """Pairs of which some are equal, some differ in the sign alone or by one unit."""
    fmt = FORMATS[scalar_type(ptx_type)]
    rng = generator("compare", ptx_type, *seed)
    found = operands([fmt.name] * 2, 16, "compare", *seed)
    found += [(a, a) for a, _ in found[:6]] + [(a, a ^ fmt.sign) for a, _ in found[6:9]] + [(a, a ^ 1) for a, _ in found[9:12]]
    found += [(0, fmt.sign), (fmt.sign | 1, fmt.sign), (rng.choice(edges(fmt)[-3:]), rng.choice(edges(fmt)))]
    if ptx_type in HALVES:
        found = pairs(found, HALVES[ptx_type][1])
    return [(*one, i % 2) for i, one in enumerate(found)] if with_predicate else found


def truths(instruction, source, values, c):
    """For each half: the comparison and its combination with c, and the same of its negation."""
    fmt = FORMATS[scalar_type(source)]
    both = zip(split(values[0], source), split(values[1], source))
    return [(combine(instruction, t, c), combine(instruction, not t, c)) for t in (compare(instruction, fmt, a, b) for a, b in both)]


def set_columns(instruction, values, negated):
    dest, source = instruction.types
    results = [t for t, _ in truths(instruction, source, values, bool(values[2]) != negated if len(values) > 2 else False)]
    if dest in ("u32", "s32") and len(results) == 2:
        return sum(0xffff << 16 * h for h, t in enumerate(results) if t)
    one = TRUTHS[scalar_type(dest)]
    return sum(one << 16 * h for h, t in enumerate(results) if t)


def set_file(row):
    file = new_file(row, "compare", COMMENT)
    combines = "bool" in row.file_name()
    for types, chosen in instructions(row).items():
        dest, source = types
        lines = [f"{one.text} %d{i}, %a0, %a1" + (f", {'!' if i % 2 else ''}%a2" if combines else "") for i, one in enumerate(chosen)]
        file.value("_".join([row.file_name(), *types]), ";\n".join(lines), [dest] * len(chosen),
                   [source] * 2 + ["pred"] * combines,
                   lambda *values, chosen=chosen: tuple(set_columns(one, values, i % 2 == 1) for i, one in enumerate(chosen)),
                   samples_for(source, combines, row.syntax))
    return file


def setp_columns(instruction, values, negated, has_second):
    c = bool(values[2]) != negated if len(values) > 2 else False
    found = truths(instruction, instruction.types[0], values, c)
    if len(found) == 2:
        return int(found[0][0]), int(found[1][0])
    return (int(found[0][0]), int(found[0][1])) if has_second else (int(found[0][0]),)


def setp_file(row):
    file = new_file(row, "compare", COMMENT + "\nColumns: p, and q where there is one, of each instruction in turn.")
    combines, has_second = "bool" in row.file_name(), "q" in row.operands
    for types, chosen in instructions(row).items():
        lines = []
        for i, one in enumerate(chosen):
            results = f"%d{2 * i}|%d{2 * i + 1}" if has_second else f"%d{i}"
            lines.append(f"{one.text} {results}, %a0, %a1" + (f", {'!' if i % 2 else ''}%a2" if combines else ""))

        def reference(*values, chosen=chosen):
            return tuple(v for i, one in enumerate(chosen) for v in setp_columns(one, values, i % 2 == 1, has_second))

        file.value("_".join([row.file_name(), *types]), ";\n".join(lines), ["pred"] * (1 + has_second) * len(chosen),
                   [types[0]] * 2 + ["pred"] * combines, reference, samples_for(types[0], combines, row.syntax))
    return file


def slct_file(row):
    """Plain, then with .ftz: a where c >= 0 (-0 too), b where it is not, or is NaN."""
    file = new_file(row, "compare", "Expected: c >= 0 of exact numbers, false with NaN. PTX ISA 9.7.6.4.")
    fmt = FORMATS["f32"]
    selectors = [bits | sign for bits in edges(fmt) for sign in (0, fmt.sign)]
    for types, chosen in instructions(row).items():

        def reference(a, b, c, chosen=chosen):
            subnormal = fmt.is_subnormal(c)
            return tuple(a if not fmt.is_nan(c) and (fmt.real(c) >= 0 or subnormal and one.has("ftz")) else b for one in chosen)

        values = integers([types[0], types[0]], len(selectors), "slct")
        file.value(f"slct_{types[0]}_f32", ";\n".join(f"{one.text} %d{i}, %a0, %a1, %a2" for i, one in enumerate(chosen)),
                   [types[0]] * len(chosen), [types[0], types[0], "f32"], reference,
                   [(a, b, c) for (a, b), c in zip(values, selectors)])
    return file


def files():
    makers = {"set": set_file, "setp": setp_file, "slct": slct_file}
    found = rows("compare", lambda syntax: "fcmp" in syntax or syntax.startswith("slct{.ftz}"))
    return [makers[row.opcode](row) for row in found]
