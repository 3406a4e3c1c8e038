"""Atomics on 16 bytes (PTX ISA 9.7.13.5): each thread on a place of its own, against Python's integers."""
from ptx_file import PtxFile, generator, hexadecimal, to_bits, width_of
from samples import edges, integer

SCOPES = ("cta", "cluster", "gpu", "sys")
SHARED = ".shared .align 16 .b8 staging[4096];"


def place(space, columns):
    """Copies %m0... into a place of the space; gives text, address and how to read it back."""
    if space in ("", ".global"):
        return [f"st.global.b64 [%cells+{8 * n}], %m{n};" for n in range(columns)], "%cells", "ld.global"
    text = [f"mov.u32 %q, staging;\nmad.lo.u32 %q, %t, {8 * columns}, %q;"]
    return text + [f"st.shared.b64 [%q+{8 * n}], %m{n};" for n in range(columns)], "%q", "ld.shared"


def add_entry(file, opcode, modifiers, t, samples, update, vec=1, space=".global", generic_shared=False, with_c=False):
    """opcode: "atom.acquire.gpu.global.add"; modifiers stand between it and the type. samples: tuples of bits of the place,
    b and c, of one element; update: from them to the new bits, or a name of a NaN."""
    width, reduces = width_of(t), opcode.startswith("red")
    halves = 2 if width == 128 else 1
    memory = max(1, vec * width // 64)
    operands = vec * halves * (2 if with_c else 1)
    kind = "b16" if width == 16 else f"b{width}"
    names = [f"%b{n}" for n in range(vec * (2 if with_c else 1))]
    results = [f"%d{n}" for n in range(vec)]
    registers = (f".reg .b64 {', '.join(f'%m{n}' for n in range(max(memory, 2)))}, %cells, %s, %policy;\n.reg .b32 %q;\n"
                 f".reg .{kind} {', '.join(names + results)};")
    lines = [f"ld.global.b64 %m{n}, [%in+{8 * n}];" for n in range(memory)]
    for n, name in enumerate(names):
        at = 8 * (memory + n * halves)
        lines.append(f"ld.global.{kind} {name}, [%in+{at}];" if halves == 1 else
                     f"ld.global.b64 %s, [%in+{at}];\nld.global.b64 %policy, [%in+{at + 8}];\nmov.b128 {name}, {{%s, %policy}};")
    outs = 0 if reduces else vec * halves
    lines.append("createpolicy.fractional.L2::evict_last.b64 %policy, 1.0;" if "cache_hint" in modifiers else "")
    lines.append(f"add.u64 %cells, %out, {8 * outs};")
    text, where, read = place(".shared" if generic_shared else space.replace("::cta", "").replace("::cluster", ""), memory)
    lines += text
    if generic_shared:
        lines.append("cvt.u64.u32 %s, %q;\ncvta.shared.u64 %s, %s;")
        where = "%s"
    joined = [", ".join(part) if vec == 1 else "{" + ", ".join(part) + "}"
              for part in ([names[:vec], names[vec:]] if with_c else [names])]
    target = results[0] if vec == 1 else "{" + ", ".join(results) + "}"
    vector = f".v{vec}" if vec > 1 else ""
    ends = ", %policy" if "cache_hint" in modifiers else ""
    lines.append(f"{opcode}{modifiers}{vector}.{t} {'' if reduces else target + ', '}[{where}], {', '.join(joined)}{ends};")
    for n in range(vec if not reduces else 0):
        slot = 8 * n * halves
        if halves == 2:
            lines.append(f"mov.b128 {{%m0, %m1}}, %d{n};\nst.global.b64 [%out+{slot}], %m0;\nst.global.b64 [%out+{slot + 8}], %m1;")
        elif width == 64:
            lines.append(f"st.global.b64 [%out+{slot}], %d{n};")
        else:
            lines.append(f"cvt.u64.u{width} %s, %d{n};\nst.global.b64 [%out+{slot}], %s;")
    if read == "ld.shared":
        lines += [f"ld.shared.b64 %m0, [%q+{8 * n}];\nst.global.b64 [%cells+{8 * n}], %m0;" for n in range(memory)]
    rows, groups = [], [samples[n:n + vec] for n in range(0, len(samples) - vec + 1, vec)]
    for group in groups:
        inputs = slots_of([row[0] for row in group], width, memory)
        for part in range(1, 3 if with_c else 2):
            inputs += sum([[row[part] & (2**64 - 1), row[part] >> 64][:halves] for row in group], [])
        new = [update(*row) for row in group]
        if any(isinstance(one, str) for one in new):
            if vec * width not in (16, 32, 64) or vec > 1:
                continue
            after = [new[0]]
        else:
            after = [hexadecimal(x, 64) for x in slots_of([to_bits(x, t) for x in new], width, memory)]
        old = [] if reduces else sum([[hexadecimal(row[0] & (2**64 - 1), 64), hexadecimal(row[0] >> 64, 64)][:halves]
                                      for row in group], [])
        rows.append(([hexadecimal(x, 64) for x in inputs], old + after))
    name = (opcode + modifiers + vector + "." + t).replace("::", "_").replace(".", "_") + ("_in_shared" if generic_shared else "")
    file.entry(name, memory + operands, outs + memory, "\n".join(line for line in lines if line), rows, registers)


def slots_of(values, width, count):
    whole = sum(value << (width * n) for n, value in enumerate(values))
    return [whole >> (64 * n) & (2**64 - 1) for n in range(count)]


def integer_samples(t, count, *seed):
    rng = generator("atomic", t, *seed)
    width = width_of(t)
    some = edges(width)
    rows = [(rng.choice(some), rng.choice(some)) for _ in range(count // 2)]
    return rows + [(integer(rng, width), integer(rng, width)) for _ in range(count - len(rows))]


def every_order(opcode):
    orders = ("", ".relaxed", ".acquire", ".release", ".acq_rel") if opcode == "atom" else ("", ".relaxed", ".release")
    return [order + scope for order in orders for scope in ("", *("." + s for s in SCOPES)) if scope or not order]


def files():
    file = PtxFile("atomic/atom_b128.ptx", [
        "atom{.order}{.scope}{.atomspace}.exch{.L2::cache_hint}.wordbits d, [a], b{, policy:B64}",
        "atom{.order}{.scope}{.atomspace}.cas.casbits d, [a], b, c{, policy:B64}"],
        "PTX ISA 9.7.13.5: exch: the place becomes b. cas: it becomes c if it was b, all 16 bytes of it. Columns: the place, b, c\n"
        "-> what was there, the place.", target="sm_90", version="8.4")
    file.declare(SHARED)

    def swap(a, b, c):
        return c if a == b else a

    for space in ("", ".global", ".shared", ".shared::cta", ".shared::cluster"):
        for order in every_order("atom") if space in (".global", ".shared") else ("", ".acq_rel.gpu"):
            rows = integer_samples("b128", 6, space, order)
            add_entry(file, f"atom{order}{space}.exch", "", "b128", rows, lambda a, b: b, space=space)
            halves = [(a, a ^ (1 << bit), b) for bit, (a, b) in zip((0, 63, 64, 127), rows)]
            rows = [(a, a, b) for a, b in rows] + halves
            add_entry(file, f"atom{order}{space}.cas", "", "b128", rows, swap, space=space, with_c=True)
    add_entry(file, "atom.global.exch", ".L2::cache_hint", "b128", integer_samples("b128", 4), lambda a, b: b)
    return [file]
