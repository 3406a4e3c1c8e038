"""Loads (PTX ISA 9.7.9.8 to 9.7.9.10) in all spaces, types and vectors: bytes of a record against Python's slices."""
from ptx_file import PtxFile, from_bits, generator, hexadecimal, to_bits, width_of
from spaces import BYTES, SHARED, SPACES

TYPES = ("b8", "u8", "s8", "b16", "u16", "s16", "b32", "u32", "s32", "f32", "b64", "u64", "s64", "f64")
VECTORS = [("v2", "b8"), ("v4", "u8"), ("v4", "s8"), ("v2", "u16"), ("v4", "b16"), ("v2", "s16"), ("v4", "s16"), ("v2", "b32"),
           ("v4", "u32"), ("v2", "s32"), ("v4", "f32"), ("v2", "f32"), ("v2", "b64"), ("v2", "u64"), ("v2", "s64"), ("v2", "f64")]
WIDE_VECTORS = [("v8", "b32"), ("v8", "f32"), ("v4", "b64"), ("v4", "f64"), ("v8", "u32"), ("v4", "s64")]
LD = "ld{.weak}{.ldspace}{.ldcache}{.evict1}{.evict2}{.L2::cache_hint}{.prefetch}{.vec}.memtype d:Vec, [a]{, policy:B64}"
LD_ORDER = "ld.ldorder.scope{.atomspace}{.evict1}{.evict2}{.L2::cache_hint}{.prefetch}{.vec}.memtype d:Vec, [a]{, policy:B64}"
LD_VOLATILE = "ld.volatile{.atomspace}{.prefetch}{.vec}.memtype d:Vec, [a]"
LD_MMIO = "ld.mmio.relaxed.sys{.global}.memtype d, [a]"
LD_NC = "ld.global{.nccache}.nc{.evict1}{.evict2}{.L2::cache_hint}{.prefetch}{.vec}.memtype d:Vec, [a]{, policy:B64}"
LDU = "ldu{.global}{.vec24}.memtype d:Vec, [a]"
ST = "st{.weak}{.stspace}{.stcache}{.evict1}{.evict2}{.L2::cache_hint}{.vec}.memtype [a], b:Vec{, policy:B64}"
CACHES = ("ca", "cg", "cs", "lu", "cv")
EVICTIONS = ("L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate")


def records(count, *seed):
    """Records of four slots with bytes of either sign everywhere."""
    rng = generator("memory", *seed)
    return [tuple(rng.getrandbits(64) | (0x8000000080008080 if i % 3 == 0 else 0) for _ in range(4)) for i in range(count)]


def in_bytes(record):
    return b"".join(to_bits(one, "b64").to_bytes(8, "little") for one in record)


def lanes_of(vector):
    return int(vector[1:]) if vector else 1


class Loads:
    """A list of loads with a register for each element: 64 bits wide, so that extension shows; floats have their own width."""

    def __init__(self):
        self.lines, self.types, self.parts = [], [], []

    def add(self, text, t, vector="", offset=0, base="%p", after="", narrow=False):
        """text: the instruction before vector and type, "ld.global"."""
        width, count = width_of(t), lanes_of(vector)
        names = [f"%d{len(self.types) + i}" for i in range(count)]
        register = t if t in ("f32", "f64") else "b64" if not narrow else f"b{max(16, width)}"
        self.types += [register] * count
        self.parts += [(offset + i * width // 8, t) for i in range(count)]
        operand = "{" + ", ".join(names) + "}" if vector else names[0]
        place = f"{base}+{offset}" if offset else base
        self.lines.append(f"{text}{'.' + vector if vector else ''}.{t} {operand}, [{place}]{after};")

    def add_128(self, text, offset=0, after=""):
        low = len(self.types)
        self.types += ["b64", "b64"]
        self.parts += [(offset, "b64"), (offset + 8, "b64")]
        self.lines.append(f"{{\n.reg .b128 %x;\n{text}.b128 %x, [%p+{offset}]{after};\nmov.b128 {{%d{low}, %d{low + 1}}}, %x;\n}}")

    def values(self, data):
        found = []
        for (offset, t), register in zip(self.parts, self.types):
            value = from_bits(int.from_bytes(data[offset:offset + width_of(t) // 8], "little"), t)
            found.append(to_bits(value, register))
        return tuple(found)

    def write(self, file, name, setup, registers, samples, rows=None):
        """rows: the bytes each thread loads, if not its own record's."""
        def reference(threads):
            return [self.values(rows[i] if rows else in_bytes(one)) for i, one in enumerate(threads)]

        file.threads(name, setup + "\n" + "\n".join(self.lines), self.types, ["b64"] * len(samples[0]), reference, samples,
                     registers)


def spread(choices, texts):
    """Each text with the next choice."""
    return [(text, choices[i % len(choices)]) for i, text in enumerate(texts)]


def add_all(loads, text, scalars=TYPES, vectors=VECTORS, base="%p"):
    for i, t in enumerate(scalars):
        size = width_of(t) // 8
        loads.add(text, t, offset=(5 * i * size) % BYTES, base=base)
    for i, (vector, t) in enumerate(vectors):
        size = lanes_of(vector) * width_of(t) // 8
        loads.add(text, t, vector, offset=(3 * i * size) % BYTES, base=base)


def ld_spaces():
    for target in ("sm_80", "sm_90"):
        name = "ld" if target == "sm_80" else "ld_cluster"
        file = PtxFile(f"memory/{name}.ptx", [LD], "PTX ISA 9.7.9.8, 9.4.1: every type and vector in every space, into registers\n"
                       "of 64 bits: signed types are sign-extended, others zero-extended.", target=target, version="8.3")
        file.declare(SHARED)
        for space in (one for one in SPACES if one.target == target):
            setup = space.fill().replace("BASE", "%in")
            for part, scalars, vectors in (("scalars", TYPES, []), ("vectors", [], VECTORS)):
                loads = Loads()
                add_all(loads, f"ld{space.suffix}", scalars, vectors)
                if part == "scalars":
                    for t in ("b8", "u8", "s8", "b16", "s16", "b32"):
                        loads.add(f"ld{space.suffix}", t, offset=24, narrow=True)
                else:
                    loads.add_128(f"ld{space.suffix}", offset=16)
                loads.write(file, f"ld_{space.name}_{part}", setup, space.registers, records(20, space.name, part))
        yield file


def ld_const():
    table = [in_bytes(one) for one in records(8, "const")]
    file = PtxFile("memory/ld_const.ptx", [LD], "PTX ISA 9.7.9.8: a table in .const, by name, by a register, through a generic\n"
                   "address; each thread reads the record whose number its input is.", version="8.3")
    numbers = ", ".join(str(byte) for record in table for byte in record)
    file.declare(f".const .align 16 .b8 table[{len(table) * BYTES}] = {{{numbers}}};")
    file.declare(".const .align 4 .u32 words[3] = {0x12345678, 4294967295, 7};\n.const .f64 number = 0d3ff0000000000001;")
    index = "mov.b64 %p, table;\nmad.lo.u64 %p, %a0, 32, %p;"
    samples = [((7 * i) % 8,) for i in range(16)]
    rows = [table[one[0]] for one in samples]
    for part, scalars, vectors in (("scalars", TYPES, []), ("vectors", [], VECTORS)):
        loads, generic = Loads(), Loads()
        add_all(loads, "ld.const", scalars, vectors)
        loads.write(file, f"ld_const_{part}", index, ".reg .b64 %p;", samples, rows)
        add_all(generic, "ld", scalars[::2], vectors[::2])
        generic.write(file, f"ld_generic_const_{part}", index + "\ncvta.const.u64 %p, %p;", ".reg .b64 %p;", samples, rows)
    text = ("ld.const.u32 %d0, [words];\nld.const.u32 %d1, [words+4];\nld.const.v2.u16 {%d2, %d3}, [words+4];\n"
            "ld.const.f64 %d4, [number];\nld.const.s8 %d5, [words+3];\nld.const.u32 %d6, [words+8]")
    file.value("ld_const_names", text, ["b32", "b32", "b16", "b16", "f64", "b32", "b32"], ["b32"],
               lambda a: (0x12345678, 0xffffffff, 0xffff, 0xffff, 0x3ff0000000000001, 0x12, 7), [(0,)] * 2)
    return file


def ld_param():
    """Inside a function on its aggregate parameter, and in the kernel on its own parameters."""
    file = PtxFile("memory/ld_param.ptx", [LD, ST], "PTX ISA 9.7.9.8, 7.1: a function gets the record by value and loads parts of\n"
                   "it; then pieces of the kernel's parameter against the whole.", version="8.3")
    for part, space, scalars, vectors in (("scalars", ".param", TYPES, []), ("vectors", ".param", [], VECTORS),
                                          ("func", ".param::func", TYPES[1::3], VECTORS[1::3])):
        loads = Loads()
        add_all(loads, f"ld{space}", scalars, vectors, base="bytes")
        body = "\n".join(loads.lines)
        registers = "\n".join(f".reg .{'b32' if t == 'f32' else 'b64'} %d{i};" for i, t in enumerate(loads.types))
        stores = "\n".join(f"cvt.u64.u32 %s, %d{i};\nst.global.b64 [%to+{8 * i}], %s;" if t == "f32" else
                           f"st.global.b64 [%to+{8 * i}], %d{i};" for i, t in enumerate(loads.types))
        file.declare(f".func look_{part}(.param .align 16 .b8 bytes[{BYTES}], .param .b64 to)\n{{\n.reg .b64 %s, %to;\n{registers}\n"
                     f"ld.param.b64 %to, [to];\n{body}\n{stores}\nret;\n}}")
        call = "{\n.param .align 16 .b8 given[32];\n.param .b64 place;\n"
        call += "".join(f"ld.global.b64 %s, [%in+{8 * i}];\nst{space}.b64 [given+{8 * i}], %s;\n" for i in range(4))
        call += f"st.param.b64 [place], %out;\ncall look_{part}, (given, place);\n}}"
        rows = []
        for record in records(16, "param", part):
            rows.append(([hexadecimal(one, 64) for one in record],
                         [hexadecimal(one, width_of(t)) for one, t in zip(loads.values(in_bytes(record)), loads.types)]))
        file.entry(f"ld_param_{part}", 4, len(loads.types), call, rows, ".reg .b64 %s;")
    text = """\
ld.param.b64 %whole, [out];
ld.param.v2.u32 {%low, %high}, [out];
mov.b64 %other, {%low, %high};
setp.eq.b64 %d0, %whole, %other;
ld.param.u32 %high, [out+4];
mov.b64 %other, {%low, %high};
setp.eq.b64 %d1, %whole, %other;
ld.param.u8 %high, [out+1];
bfe.u32 %low, %low, 8, 8;
setp.eq.b32 %d2, %low, %high;
ld.param::entry.s16 %high, [in+2];
ld.param.u64 %whole, [in];
cvt.u32.u64 %low, %whole;
bfe.s32 %low, %low, 16, 16;
setp.eq.b32 %d3, %low, %high;"""
    file.value("ld_param_entry", text, ["pred"] * 4, [], lambda: (1, 1, 1, 1), [()] * 4,
               registers=".reg .b64 %whole, %other;\n.reg .b32 %low, %high;")
    return file


def ld_orders():
    """Qualifiers that must not change a value, each with the next of the types and vectors."""
    choices = [("", t) for t in TYPES[::2]] + VECTORS[::3] + [("", t) for t in TYPES[1::2]] + VECTORS[1::3]
    places = {"global": ("", ".global"), "shared": (".shared", ".shared::cta"), "generic_shared": ("",)}
    groups = [
        ("ld_order", [LD_ORDER], "sm_80", "8.3",
         [f".{order}.{scope}" for order in ("relaxed", "acquire") for scope in ("cta", "gpu", "sys")], places),
        ("ld_order_cluster", [LD_ORDER], "sm_90", "8.3", [".relaxed.cluster", ".acquire.cluster"], places),
        ("ld_volatile", [LD_VOLATILE], "sm_80", "8.3", [".volatile"] * 6, places),
        ("ld_weak", [LD], "sm_80", "8.3", [".weak"] * 4, places | {"local": (".local",)}),
    ]
    for name, forms, target, version, orders, where in groups:
        file = PtxFile(f"memory/{name}.ptx", forms, "PTX ISA 9.7.9.8: the value loaded is the same under each qualifier.", target,
                       version)
        file.declare(SHARED)
        for space in (one for one in SPACES if one.name in where):
            loads = Loads()
            texts = [f"ld{order}{suffix}" for suffix in where[space.name] for order in orders]
            for i, (text, (vector, t)) in enumerate(spread(choices[len(name) % 5:] + choices, texts)):
                size = lanes_of(vector) * width_of(t) // 8
                loads.add(text, t, vector, offset=(i * size) % BYTES)
            loads.write(file, f"{name}_{space.name}", space.fill().replace("BASE", "%in"), space.registers,
                        records(16, name, space.name))
        yield file


def ld_hints():
    """Cache operators, eviction priorities, prefetch sizes: hints, and the value is the same."""
    choices = [("", t) for t in TYPES[::2]] + VECTORS[::3] + [("", t) for t in TYPES[1::2]] + VECTORS[1::3]
    prefetch = ("L2::64B", "L2::128B", "L2::256B")
    normal = [f"ld.global.{one}" for one in CACHES + EVICTIONS + prefetch] + [f"ld.{one}" for one in CACHES + EVICTIONS]
    normal += ["ld.weak.global.cg.L2::128B", "ld.global.L1::evict_last.L2::256B", "ld.volatile.global.L2::64B",
               "ld.relaxed.gpu.global.L1::no_allocate.L2::128B", "ld.acquire.sys.L1::evict_first"]
    coherent = [f"ld.global{cop}.nc" for cop in ("", ".ca", ".cg", ".cs")]
    coherent += [f"ld.global.nc.{one}" for one in EVICTIONS + prefetch] + ["ld.global.ca.nc.L2::128B",
                                                                         "ld.global.nc.L1::no_allocate.L2::256B"] * 3
    for name, forms, texts in (("ld_hints", [LD, LD_VOLATILE, LD_ORDER], normal), ("ld_nc", [LD_NC], coherent)):
        file = PtxFile(f"memory/{name}.ptx", forms, "PTX ISA 9.7.9.1, 9.7.9.2, 9.7.9.8, 9.7.9.9: the value is the same under each.")
        for start in range(0, len(texts), 12):
            loads = Loads()
            for i, (text, (vector, t)) in enumerate(spread(choices[start % 7:] + choices, texts[start:start + 12])):
                size = lanes_of(vector) * width_of(t) // 8
                loads.add(text, t, vector, offset=(i * size) % BYTES)
            loads.write(file, f"{name}_{start}", "mov.b64 %p, %in;", ".reg .b64 %p;", records(12, name, start))
        yield file
    file = PtxFile("memory/ld_mmio.ptx", [LD_MMIO], "PTX ISA 9.7.9.8: every type, with and without the space.", version="8.3")
    loads = Loads()
    for i, t in enumerate(TYPES):
        loads.add("ld.mmio.relaxed.sys" + (".global" if i % 2 else ""), t, offset=(3 * i * width_of(t) // 8) % BYTES)
        loads.add("ld.mmio.relaxed.sys" + ("" if i % 2 else ".global"), t, offset=(5 * i * width_of(t) // 8) % BYTES)
    loads.write(file, "ld_mmio", "mov.b64 %p, %in;", ".reg .b64 %p;", records(12, "mmio"))
    yield file
    file = PtxFile("memory/ld_wide.ptx", [LD, LD_VOLATILE, LD_ORDER, LD_NC],
                   "PTX ISA 9.7.9.8: 256 bits at once, sinks in the place of elements, and the priorities that only these have.",
                   "sm_100", "8.8")
    for start, texts in enumerate((["ld.global", "ld", "ld.weak.global.L2::evict_last", "ld.global.L1::evict_last.L2::evict_first"],
                                   ["ld.volatile.global", "ld.relaxed.gpu.global", "ld.acquire.cta.global.L2::evict_normal"],
                                   ["ld.global.nc", "ld.global.nc.L2::evict_first", "ld.global.nc.L1::no_allocate.L2::evict_last"])):
        loads = Loads()
        for text, (vector, t) in spread(WIDE_VECTORS[2 * start:] + WIDE_VECTORS, texts):
            loads.add(text, t, vector)
        loads.write(file, f"ld_wide_{start}", "mov.b64 %p, %in;", ".reg .b64 %p;", records(12, "wide", start))
    text = ("ld.global.v8.b32 {_, %d0, _, _, %d1, _, _, %d2}, [%in];\nld.global.v4.f64 {%d3, _, _, %d4}, [%in];\n"
            "ld.global.nc.v4.u64 {_, _, %d5, _}, [%in];")
    file.value("ld_wide_sink", text, ["b32"] * 3 + ["b64"] * 3, ["b64"] * 4,
               lambda a, b, c, d: (a >> 32, c, d >> 32, a, d, c), records(12, "sink"))
    yield file


def ldu_file():
    file = PtxFile("memory/ldu.ptx", [LDU], "PTX ISA 9.7.9.10: the same address for all threads of a warp, here the first\n"
                   "thread's record.", version="8.3")
    for name, text in (("global", "ldu.global"), ("generic", "ldu")):
        for part, scalars, vectors in (("scalars", TYPES, []), ("vectors", [], VECTORS)):
            loads = Loads()
            add_all(loads, text, scalars, vectors)
            if part == "vectors":
                loads.add_128(text, offset=16)
            samples = records(8, "ldu", name, part)
            loads.write(file, f"ldu_{name}_{part}", "ld.param.b64 %p, [in];", ".reg .b64 %p;", samples,
                        [in_bytes(samples[0])] * len(samples))
    return file


def files():
    return [*ld_spaces(), ld_const(), ld_param(), *ld_orders(), *ld_hints(), ldu_file()]
