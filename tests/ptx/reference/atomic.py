"""Atomics and reductions (PTX ISA 9.7.13.5, 9.7.13.6): each thread on memory of its own, where every result is known; and all
threads on one place, where the final value is. Sums of floats are exact, or rounded by small_floats."""
from functools import reduce

import small_floats
from ptx_file import PtxFile, from_bits, generator, to_bits, width_of
from samples import edges, integers

MEMORY = """\
.global .align 16 .b8 cells[2048];
.shared .align 16 .b8 shared_cells[2048];"""
# What the instruction says, and the steps that put the thread's cell's address into %p and its generic address into %g.
SPACES = {
    "global": (".global", "cells", "%i", "cvta.global.u64 %g, %p;"),
    "generic": ("", "cells", "%i", "cvta.global.u64 %g, %p;\nmov.b64 %p, %g;"),
    "shared": (".shared", "shared_cells", "%t", "cvta.shared.u64 %g, %p;"),
    "shared_cta": (".shared::cta", "shared_cells", "%t", "cvta.shared.u64 %g, %p;"),
    "generic_shared": ("", "shared_cells", "%t", "cvta.shared.u64 %g, %p;\nmov.b64 %p, %g;"),
    "shared_cluster": (".shared::cluster", "shared_cells", "%t", "cvta.shared.u64 %g, %p;"),
}
ORDERS = ("", ".relaxed", ".acquire", ".release", ".acq_rel")
SCOPES = ("", ".cta", ".gpu", ".sys")
PLACED = (("global", "_global"), ("generic", "_generic"), ("shared", "_shared"), ("shared_cta", "_shared_cta"),
          ("generic_shared", "_generic_shared"))


def row(opcode, rest, operands):
    """A table row: atom or red, with the parts that most have in common."""
    order, d = ("{.order}", "d, ") if opcode == "atom" else ("{.storder}", "")
    return f"{opcode}{order}{{.scope}}{{.atomspace}}{rest} {d}[a], {operands}"


def address(space, stride=16):
    _, name, index, convert = SPACES[space]
    return f"mov.b64 %p, {name};\nmad.wide.u32 %p, {index}, {stride}, %p;\n{convert}"


def inc(a, b):
    return 0 if a >= b else a + 1


def dec(a, b):
    return b if a == 0 or a > b else a - 1


OPERATIONS = {  # name: (types, function of the numbers)
    "and": (("b32", "b64"), lambda a, b: a & b), "or": (("b32", "b64"), lambda a, b: a | b),
    "xor": (("b32", "b64"), lambda a, b: a ^ b), "add": (("u32", "s32", "u64"), lambda a, b: a + b),
    "inc": (("u32",), inc), "dec": (("u32",), dec), "min": (("u32", "s32", "u64", "s64"), min),
    "max": (("u32", "s32", "u64", "s64"), max), "exch": (("b32", "b64"), lambda a, b: b),
}
HINT = "{.L2::cache_hint}"
ROWS = {
    "and": (f".bool{HINT}.bits3264", "b{, policy:B64}"), "add": (f".add{HINT}.addatom", "b{, policy:B64}"),
    "inc": (f".incdec{HINT}.u32", "b{, policy:B64}"), "min": (f".minmax{HINT}.int3264", "b{, policy:B64}"),
    "exch": (f".exch{HINT}.wordbits", "b{, policy:B64}"), "cas": (".cas.casbits", "b, c{, policy:B64}"),
    "half": (f".add.noftz{HINT}.halfs", "b{, policy:B64}"),
}
ROWS |= {"or": ROWS["and"], "xor": ROWS["and"], "dec": ROWS["inc"], "max": ROWS["min"]}


class Qualifiers:
    """The next order and scope at each call, so that all pairs turn up over the files."""

    def __init__(self):
        self.turn = 0

    def next(self, opcode):
        self.turn += 1
        order = ORDERS[self.turn % len(ORDERS)]
        if opcode == "red" and order in (".acquire", ".acq_rel"):
            order = ".release"
        return order + SCOPES[self.turn % len(SCOPES)]


def apart(file, opcode, text, suffix, space, t, function, samples, qualifiers, operands=2):
    """One instruction on the thread's own cell; columns: what it gave (atom), and the memory after it."""
    where = SPACES[space][0]
    width, arguments = width_of(t), ", ".join(f"%a{i}" for i in range(1, operands))
    destination = "%d1, " if opcode == "atom" else ""
    body = f"""\
{address(space)}
st.b64 [%g], 0x5555555555555555;
st.b{width} [%g], %a0;
{opcode}{qualifiers.next(opcode)}{where}.{text} {destination}[%p], {arguments};
ld.b{width} %d0, [%g];
ld.b16 %h, [%g+{min(width // 8, 6)}];"""
    # Behind a narrow cell the memory is as it was.
    untouched = 0x5555 if width < 64 else None
    results, registers = [t] + ([t] if opcode == "atom" else []), ".reg .b64 %p, %g;\n.reg .b16 %h;"
    if untouched:
        results.append("b16")
        body += f"\nmov.b16 %d{len(results) - 1}, %h;"

    def reference(*numbers):
        return (function(*numbers),) + ((numbers[0],) if opcode == "atom" else ()) + ((untouched,) if untouched else ())

    file.value(f"{opcode}_{suffix}_{t}_{space}", body, results, [t] * operands, reference, samples, registers)


def integer_files(opcode, qualifiers):
    for operation, (types, function) in OPERATIONS.items():
        if opcode == "red" and operation == "exch":
            continue
        file = PtxFile(f"atomic/{opcode}_{operation}.ptx", [row(opcode, *ROWS[operation])],
                       "PTX ISA 9.7.13.5, 9.7.13.6: columns are the memory afterwards, what atom gave, what lies behind.")
        file.declare(MEMORY)
        for t in types:
            samples = integers([t, t], 24, "atomic", operation, always=[(0, 0), (5, 5), (5, 4), (4, 5), (0, 7)])
            for space, _ in PLACED:
                apart(file, opcode, f"{operation}.{t}", operation, space, t, function, samples, qualifiers)
            if operation not in ("exch",):
                together(file, opcode, operation, t, function, qualifiers)
        yield file


def together(file, opcode, operation, t, function, qualifiers):
    """Two warps on one cell; every thread reads what it holds when all are done. inc and dec: as many steps."""
    same = operation in ("inc", "dec")
    width = width_of(t)
    for space in ("global", "shared", "generic_shared", "generic"):
        rng = generator("together", operation, t, space)
        start = rng.choice(edges(width)) if not same else 3
        values = [13 if same else rng.getrandbits(width) for _ in range(64)]
        if operation == "and":  # some bits are cleared by one thread, some by none
            start, values = (1 << width) - 1, [~(1 << i * 3 % width) if i % 3 else -1 for i in range(64)]
        if operation == "or":
            start, values = 0, [1 << i * 5 % width if i % 3 else 0 for i in range(64)]
        body = f"""\
mov.u32 %n, 0;
{address(space).replace('%i', '%n').replace('%t', '%n')}
setp.eq.u32 %first, %i, 0;
@%first st.b{width} [%g], {start:#x};
bar.sync 0;
{opcode}{qualifiers.next(opcode)}{SPACES[space][0]}.{operation}.{t} {'%old, ' if opcode == 'atom' else ''}[%p], %a0;
bar.sync 0;
ld.b{width} %d0, [%g];"""

        def fold(threads, start=start):
            final = from_bits(start, t)
            for (value,) in threads:
                final = from_bits(to_bits(function(final, value), t), t)
            return [final] * len(threads)

        file.threads(f"{opcode}_{operation}_{t}_{space}_together", body, [t], [t], fold, [(one,) for one in values],
                     f".reg .b64 %p, %g;\n.reg .b{width} %old;\n.reg .pred %first;", "block=64")


def tickets():
    """512 threads of 8 blocks take a number each and write into the record of that number: each record is written once."""
    forms = [row("atom", *ROWS["add"]), row("atom", *ROWS["inc"]), row("atom", *ROWS["cas"]), row("atom", *ROWS["exch"])]
    file = PtxFile("atomic/tickets.ptx", forms, tickets.__doc__ + "\nThe last entry takes the number in a loop around cas.")
    file.declare(".global .align 8 .b64 counter[4];")
    loop = """\
ld.global.b32 %old, [counter+16];
$again:
mov.b32 %seen, %old;
add.u32 %d0, %seen, 1;
atom.global.cas.b32 %old, [counter+16], %seen, %d0;
setp.ne.u32 %more, %old, %seen;
@%more bra $again;
cvt.u64.u32 %ticket, %old;"""
    takes = {"add_u32": "atom.global.add.u32 %old, [counter], 1;\ncvt.u64.u32 %ticket, %old;",
             "add_u64": "atom.global.acq_rel.gpu.add.u64 %ticket, [counter+8], 1;",
             "inc": "atom.global.inc.u32 %old, [counter+24], 511;\ncvt.u64.u32 %ticket, %old;", "cas": loop}
    for name, text in takes.items():
        rows = [([], ["00000001"])] * 512
        body = (f"{text}\nld.param.u64 %out, [out];\nmad.lo.u64 %out, %ticket, 8, %out;\nst.global.b64 [%out], 1;")
        file.entry(f"tickets_{name}", 0, 1, body, rows, ".reg .b32 %old, %seen, %d0;\n.reg .b64 %ticket;\n.reg .pred %more;",
                   "block=64 grid=8")
    return file


def cas_file(qualifiers):
    file = PtxFile("atomic/atom_cas.ptx", [row("atom", *ROWS["cas"])],
                   "PTX ISA 9.7.13.5: columns are the memory afterwards, what atom gave, what lies behind. Then sums in a loop\n"
                   "around cas, by all threads on one cell; and a lock that threads take in turn.")
    file.declare(MEMORY + "\n.global .align 4 .b32 lock[2];")
    for t in ("b16", "b32", "b64"):
        triples = integers([t] * 3, 24, "cas")
        samples = [(a, a if i % 2 else b, c) for i, (a, b, c) in enumerate(triples)]
        for space, _ in PLACED:
            apart(file, "atom", f"cas.{t}", "cas", space, t, lambda a, b, c: c if a == b else a, samples, qualifiers, 3)
        for space in ("global", "shared"):
            width = width_of(t)
            body = f"""\
mov.u32 %n, 0;
{address(space).replace('%i', '%n').replace('%t', '%n')}
setp.eq.u32 %first, %i, 0;
@%first st.b{width} [%g], 77;
bar.sync 0;
ld.b{width} %old, [%g];
$again:
mov.b{width} %seen, %old;
add.u{width} %new, %seen, %a0;
atom{SPACES[space][0]}.cas.b{width} %old, [%p], %seen, %new;
setp.ne.u{width} %first, %old, %seen;
@%first bra $again;
bar.sync 0;
ld.b{width} %d0, [%g];"""
            file.threads(f"cas_sum_{t}_{space}", body, [t], [t], lambda all_: [77 + sum(one[0] for one in all_)] * 64,
                         integers([t], 64, "sum", t)[:64],
                         f".reg .b64 %p, %g;\n.reg .b{width} %old, %seen, %new;\n.reg .pred %first;", "block=64")
    text = """\
mov.u64 %p, lock;
$try:
atom.global.acquire.gpu.cas.b32 %old, [%p], 0, 1;
setp.ne.b32 %busy, %old, 0;
@%busy bra $try;
ld.volatile.global.b32 %old, [%p+4];
add.u32 %old, %old, %a0;
st.volatile.global.b32 [%p+4], %old;
atom.global.release.gpu.exch.b32 %old, [%p], 0;
bar.sync 0;
ld.volatile.global.b32 %d0, [%p+4];"""
    file.threads("cas_lock", text, ["b32"], ["b32"], lambda all_: [sum(one[0] for one in all_)] * 64,
                 integers(["b32"], 64, "lock")[:64], ".reg .b64 %p;\n.reg .b32 %old;\n.reg .pred %busy;", "block=64")
    return file


def exch_chain(file):
    """The values that exch gave and the one left are those stored and the first: their sums are equal."""
    text = """\
setp.eq.u32 %first, %i, 0;
@%first st.global.b64 [cells], 1000;
@%first st.global.b64 [cells+8], 0;
bar.sync 0;
atom.global.exch.b64 %old, [cells], %a0;
red.global.add.u64 [cells+8], %old;
bar.sync 0;
ld.global.b64 %d0, [cells];
ld.global.b64 %old, [cells+8];
add.u64 %d0, %d0, %old;"""
    file.threads("exch_chain", text, ["b64"], ["b64"], lambda all_: [1000 + sum(one[0] for one in all_)] * 64,
                 integers(["b64"], 64, "chain")[:64], ".reg .b64 %old;\n.reg .pred %first;", "block=64")
    return file


def wide_file():
    file = PtxFile("atomic/atom_b128_apart.ptx", [row("atom", *ROWS["exch"]), row("atom", *ROWS["cas"])],
                   "PTX ISA 9.7.13.5: 128 bits, low half first. Columns are the memory afterwards and what atom gave.", "sm_90", "8.4")
    file.declare(MEMORY)
    rng = generator("b128")
    for space in ("global", "shared", "generic"):
        for operation, operands in (("exch", 2), ("cas", 3)):
            arguments = ", ".join(f"%x{i}" for i in range(1, operands))
            packs = "\n".join(f"mov.b128 %x{i}, {{%a{2 * i}, %a{2 * i + 1}}};" for i in range(operands))
            body = f"""\
{{
.reg .b128 %x<3>, %old, %new;
{address(space)}
{packs}
st.b128 [%g], %x0;
atom{'.acq_rel.sys' if operation == 'cas' else ''}{SPACES[space][0]}.{operation}.b128 %old, [%p], {arguments};
ld.b128 %new, [%g];
mov.b128 {{%d0, %d1}}, %new;
mov.b128 {{%d2, %d3}}, %old;
}}"""

            def reference(*x, operation=operation):
                equal = x[0:2] == x[2:4]
                after = x[2:4] if operation == "exch" else x[4:6] if equal else x[0:2]
                return tuple(after) + tuple(x[0:2])

            samples = []
            for i in range(24):
                one = [rng.getrandbits(64) for _ in range(2 * operands)]
                if i % 3 == 0:
                    one[2:4] = one[0:2]
                if i % 3 == 1:
                    one[2 + i % 2] = one[i % 2]  # one half equal
                samples.append(tuple(one))
            file.value(f"{operation}_b128_{space}", body, ["b64"] * 4, ["b64"] * 2 * operands, reference, samples,
                       ".reg .b64 %p, %g;")
    return file


def float_numbers(t, rng, count):
    """Finite numbers, among them subnormals, zeros, opposite pairs and sums that round, or overflow."""
    fraction, exponent = small_floats.FORMATS[t]
    top = ((1 << exponent) - 1 << fraction) - 1
    sign = 1 << (fraction + exponent)
    special = [0, sign, 1, 1 << fraction, (1 << fraction) - 1, top, sign | top, sign | 1, (1 << exponent - 1) - 1 << fraction]
    pairs = [(a, b) for a in special for b in special[:6]]
    rng.shuffle(pairs)
    pairs = pairs[:count // 2]
    while len(pairs) < count:
        a = rng.getrandbits(1 + exponent + fraction) % (top + 1) | rng.choice([0, sign])
        near = max(0, min((1 << exponent) - 2, (a >> fraction & (1 << exponent) - 1) + rng.randint(-2, 2)))
        b = near << fraction | rng.getrandbits(fraction) | rng.choice([0, sign])
        pairs.append((a, a ^ sign if rng.random() < 0.1 else b))
    return pairs


def float_files(opcode, qualifiers):
    """9.7.13.5: rounded to nearest even. f32 in global memory flushes subnormals, in shared memory it does not."""
    file = PtxFile(f"atomic/{opcode}_add_float.ptx", [row(opcode, *ROWS["add"])], float_files.__doc__)
    file.declare(MEMORY)
    for t in ("f32", "f64"):
        samples = float_numbers(t, generator("atomic add", t), 30)
        for space, _ in PLACED:
            flush = t == "f32" and "shared" not in space

            def reference(a, b, t=t, flush=flush):
                return small_floats.add(a, b, t, flush)

            apart(file, opcode, f"add.{t}", "add", space, t, reference, samples, qualifiers)
        whole = [[small_floats.encode(one, t)] for one in (generator("whole", t).sample(range(-4000, 4000), 64))]
        together_float(file, opcode, t, whole, qualifiers)
    yield file
    for types, target in ((("f16", "f16x2"), "sm_80"), (("bf16", "bf16x2"), "sm_90")):
        file = PtxFile(f"atomic/{opcode}_add_{types[0]}.ptx", [row(opcode, *ROWS["half"])],
                       "PTX ISA 9.7.13.5: .noftz keeps subnormals; rounded to nearest even, halves on their own.", target)
        file.declare(MEMORY)
        for t in types:
            element = types[0]
            numbers = float_numbers(element, generator("atomic add", t), 30)

            def add_halves(a, b, element=element, packed=t != types[0]):
                low = small_floats.add(a & 0xffff, b & 0xffff, element)
                return low | small_floats.add(a >> 16, b >> 16, element) << 16 if packed else low

            pairs = numbers if t == element else [(a | c << 16, b | d << 16) for (a, b), (c, d) in zip(numbers, numbers[::-1])]
            for space, _ in PLACED:
                apart(file, opcode, f"add.noftz.{t}", "add_noftz", space, t, add_halves, pairs, qualifiers)
        yield file


def together_float(file, opcode, t, values, qualifiers):
    """Small whole numbers: every order gives the same sum."""
    total = reduce(lambda a, b: small_floats.add(a, b[0], t), values, 0)
    for space in ("global", "shared"):
        body = f"""\
mov.u32 %n, 0;
{address(space).replace('%i', '%n').replace('%t', '%n')}
setp.eq.u32 %first, %i, 0;
@%first st.b{width_of(t)} [%g], 0;
bar.sync 0;
{opcode}{qualifiers.next(opcode)}{SPACES[space][0]}.add.{t} {'%old, ' if opcode == 'atom' else ''}[%p], %a0;
bar.sync 0;
ld.b{width_of(t)} %d0, [%g];"""
        file.threads(f"{opcode}_add_{t}_{space}_together", body, [t], [t], lambda all_: [total] * 64,
                     [tuple(one) for one in values],
                     f".reg .b64 %p, %g;\n.reg .{t} %old;\n.reg .pred %first;", "block=64")


def vector_files(opcode):
    """9.7.13.5: each element on its own, global memory only."""
    order, d = ("{.order}", "d:Vec, ") if opcode == "atom" else ("{.storder}", "")
    head = f"{opcode}{order}{{.scope}}{{.global}}"
    tail = f" {d}[a], b:Vec{{, policy:B64}}"
    forms = [f"{head}.add{HINT}.vec24.f32{tail}", f"{head}.addminmax.noftz{HINT}.vec.half1{tail}",
             f"{head}.addminmax.noftz{HINT}.vec24.half2{tail}"]
    file = PtxFile(f"atomic/{opcode}_vector.ptx", forms, "PTX ISA 9.7.13.5: each element on its own. Columns are the elements\n"
                   "afterwards, then what atom gave.", "sm_90", "8.1")
    file.declare(MEMORY)
    functions = {"add": small_floats.add, "min": small_floats.least, "max": small_floats.greatest}
    cases = [("add", "f32", count) for count in (2, 4)]
    cases += [(op, t, count) for op in functions for t in ("f16", "bf16") for count in (2, 4, 8)]
    cases += [(op, t, count) for op in functions for t in ("f16x2", "bf16x2") for count in (2, 4)]
    for turn, (operation, t, count) in enumerate(cases):
        element, packed, noftz = t.replace("x2", ""), t.endswith("x2"), "" if t == "f32" else ".noftz"
        width = width_of(t)
        space, scope = ("", ".global")[turn % 2], ("", ".relaxed.gpu", ".release.sys", ".relaxed.cta")[turn % 4]
        given, olds = (", ".join(f"%{name}{i}" for i in range(*span)) for name, span in
                       (("a", (count, 2 * count)), ("d", (count, 2 * count))))
        destination = f"{{{olds}}}, " if opcode == "atom" else ""
        stores = "\n".join(f"st.b{width} [%g+{i * width // 8}], %a{i};" for i in range(count))
        loads = "\n".join(f"ld.b{width} %d{i}, [%g+{i * width // 8}];" for i in range(count))
        body = (f"{address('global')}\n{stores}\n{opcode}{scope}{space}.{operation}{noftz}.v{count}.{t} {destination}[%p], "
                f"{{{given}}};\n{loads}")

        def one(a, b, f=functions[operation], element=element, packed=packed):
            if not packed:
                return f(a, b, element)
            return f(a & 0xffff, b & 0xffff, element) | f(a >> 16, b >> 16, element) << 16

        def reference(*x, count=count, one=one):
            return tuple(one(a, b) for a, b in zip(x[:count], x[count:])) + (tuple(x[:count]) if opcode == "atom" else ())

        rng = generator("vector", operation, t, count)
        samples = []
        for _ in range(10):
            parts = [distinct(element, rng) for _ in range(count * (2 if packed else 1))]
            if packed:
                parts = [(a | c << 16, b | d << 16) for (a, b), (c, d) in zip(parts[::2], parts[1::2])]
            samples.append(tuple(a for a, _ in parts) + tuple(b for _, b in parts))
        file.value(f"{opcode}_{operation}_{t}_v{count}", body, [t] * count * (2 if opcode == "atom" else 1), [t] * 2 * count,
                   reference, samples, ".reg .b64 %p, %g;")
    return file


def distinct(t, rng):
    """Two normal numbers that are not zeros of opposite sign; f32's subnormals depend on the memory and stay out."""
    fraction, exponent = small_floats.FORMATS[t]
    place = rng.randint(fraction + 3, (1 << exponent) - 4)
    pair = [max(1, place + rng.randint(-2, 2)) << fraction | rng.getrandbits(fraction) | rng.getrandbits(1) << fraction + exponent
            for _ in range(2)]
    return pair if small_floats.decode(pair[0], t) != -small_floats.decode(pair[1], t) else (pair[0], pair[0])


def cluster_files():
    for opcode in ("atom", "red"):
        file = PtxFile(f"atomic/{opcode}_cluster.ptx", [row(opcode, *ROWS[one]) for one in ("and", "add", "inc", "min")] +
                       ([row(opcode, *ROWS["exch"])] if opcode == "atom" else []),
                       "PTX ISA 9.7.13.5: the scope and the space of a cluster, here of one block.", "sm_90")
        file.declare(MEMORY)
        qualifiers = Qualifiers()
        qualifiers.next = lambda opcode, turns=iter(range(99)): (".relaxed", ".release", "")[next(turns) % 3] + ".cluster"
        for operation, t in (("and", "b64"), ("add", "u32"), ("dec", "u32"), ("max", "s64"), ("exch", "b32")):
            if operation == "exch" and opcode == "red":
                continue
            for space in ("global", "shared_cluster"):
                apart(file, opcode, f"{operation}.{t}", operation, space, t, OPERATIONS[operation][1],
                      integers([t, t], 12, "cluster", operation), qualifiers)
        yield file


def files():
    found = []
    for opcode in ("atom", "red"):
        qualifiers = Qualifiers()
        found += [*integer_files(opcode, qualifiers), *float_files(opcode, qualifiers), vector_files(opcode)]
    for file in found:
        if file.path == "atomic/atom_exch.ptx":
            exch_chain(file)
    return found + [cas_file(Qualifiers()), wide_file(), tickets(), *cluster_files()]
