"""Stores (PTX ISA 9.7.9.11) in all spaces, types and vectors: a thread's 32 bytes afterwards, against a Python bytearray. What
no store touched still has the bytes it was filled with."""
from memory import LD, ST, TYPES, VECTORS, WIDE_VECTORS, in_bytes, lanes_of, records, spread
from ptx_file import PtxFile, to_bits, width_of
from spaces import BYTES, SHARED, SPACES

ST_ORDER = "st.storder.scope{.atomspace}{.evict1}{.evict2}{.L2::cache_hint}{.vec}.memtype [a], b:Vec{, policy:B64}"
ST_VOLATILE = "st.volatile{.atomspace}{.vec}.memtype [a], b:Vec"
ST_MMIO = "st.mmio.relaxed.sys{.global}.memtype [a], b"
CACHES = ("wb", "cg", "cs", "wt")
EVICTIONS = ("L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate")


class Stores:
    """A list of stores from registers of 64 bits, which are cut off; floats of 32 bits have registers of their own. The
    operands are %a0 to %a3, the record's slots; a narrower value is one's low bytes."""

    def __init__(self):
        self.lines, self.writes, self.at = [], [], 0

    def add(self, text, t, vector="", offset=None):
        size, count = width_of(t) // 8, lanes_of(vector)
        if offset is None:
            offset = -(-self.at // (size * count)) * size * count
        self.at = offset + size * count
        sources = [(len(self.writes) + i) % 4 for i in range(count)]
        self.writes += [(offset + i * size, size, source) for i, source in enumerate(sources)]
        names = [f"%f{one}" if t == "f32" else f"%a{one}" for one in sources]
        operand = "{" + ", ".join(names) + "}" if vector else names[0]
        self.lines.append(f"{text}{'.' + vector if vector else ''}.{t} [%p{f'+{offset}' if offset else ''}], {operand};")
        return self.at < BYTES

    def add_128(self, text, offset):
        self.writes += [(offset, 8, 2), (offset + 8, 8, 1)]
        self.lines.append(f"{{\n.reg .b128 %x;\nmov.b128 %x, {{%a2, %a1}};\n{text}.b128 [%p+{offset}], %x;\n}}")

    def memory(self, record, size=BYTES):
        data, given = bytearray(b"\xee" * size), in_bytes(record)
        for offset, length, source in self.writes:
            data[offset:offset + length] = given[8 * source:8 * source + length]
        return data

    def write(self, file, name, space, samples):
        """The kernel's own `out` record is the memory for global addresses; other spaces are copied there at the end."""
        floats = "\n".join(f"cvt.u32.u64 %f{i}, %a{i};" for i in range(4))
        operands = "\n".join(f"ld.global.b64 %a{i}, [%in+{8 * i}];" for i in range(4))
        body = "\n".join([operands, floats, space.clear().replace("BASE", "%out"), *self.lines, space.copy_out()])
        rows = []
        for record in samples:
            data = self.memory(record)
            rows.append(([f"{to_bits(one, 'b64'):016x}" for one in record],
                         [f"{int.from_bytes(data[i:i + 8], 'little'):016x}" for i in range(0, BYTES, 8)]))
        registers = ".reg .b64 %s, %a<4>;\n.reg .b32 %f<4>;\n" + space.registers
        file.entry(name, 4, 4, body, rows, registers)


def st_spaces():
    for target in ("sm_80", "sm_90"):
        name = "st" if target == "sm_80" else "st_cluster"
        file = PtxFile(f"memory/{name}.ptx", [ST], "PTX ISA 9.7.9.11, 9.4.1: every type and vector in every space, from registers\n"
                       "of 64 bits, of which the low bytes are stored; ee is what was there before.", target, "8.3")
        file.declare(SHARED)
        for space in (one for one in SPACES if one.target == target):
            number, stores = 0, Stores()
            left = [(t, "", offset) for t, offset in zip(TYPES, (1, 3, 6, 8, 12, 14, 16, 20, 24, 28, 0, 16, 24, 8))]
            left = [left[:3] + left[4:5] + left[7:8], left[3:4] + left[6:7] + left[11:12], left[5:6] + left[8:10],
                    left[10:11] + left[12:13], left[13:]]
            left += [[(t, vector, None) for vector, t in VECTORS[start:end]]
                     for start, end in ((0, 3), (3, 6), (6, 8), (8, 9), (9, 11), (11, 13), (13, 14), (14, 15), (15, 16))]
            for group in left:
                stores = Stores()
                for t, vector, offset in group:
                    stores.add(f"st{space.suffix}", t, vector, offset)
                stores.write(file, f"st_{space.name}_{number}", space, records(6, "st", space.name, number))
                number += 1
            stores = Stores()
            stores.add_128(f"st{space.suffix}", 16)
            stores.write(file, f"st_{space.name}_b128", space, records(6, "st128", space.name))
        yield file


def st_qualified():
    """Orders and hints: the stored value is the same under each, with the next of the types and vectors."""
    choices = [("", "b32"), ("v2", "u16"), ("", "u64"), ("", "s8"), ("v4", "b8"), ("v2", "f32"), ("", "b16"), ("", "f64"),
               ("v2", "b32"), ("", "u8"), ("", "f32"), ("v4", "u16"), ("", "s64"), ("", "u32")]
    orders = [f".{order}.{scope}" for order in ("relaxed", "release") for scope in ("cta", "gpu", "sys")]
    cluster = [".relaxed.cluster", ".release.cluster"]
    places = {"global": ("", ".global"), "shared": (".shared", ".shared::cta"), "generic_shared": ("",)}
    hints = [f".global.{one}" for one in CACHES + EVICTIONS] + [f".{one}" for one in CACHES + EVICTIONS]
    groups = [("st_order", [ST_ORDER], "sm_80", orders, places), ("st_order_cluster", [ST_ORDER], "sm_90", cluster, places),
              ("st_volatile", [ST_VOLATILE], "sm_80", [".volatile"] * 5, places),
              ("st_weak", [ST], "sm_80", [".weak"] * 4, places | {"local": (".local",)}),
              ("st_mmio", [ST_MMIO], "sm_80", [".mmio.relaxed.sys"] * 7, {"global": ("", ".global")}),
              ("st_hints", [ST, ST_ORDER], "sm_80",
               hints + [".weak.global.wt", ".relaxed.gpu.global.L1::no_allocate", ".release.sys.L1::evict_last"], {"global": ("",)})]
    for name, forms, target, qualifiers, where in groups:
        file = PtxFile(f"memory/{name}.ptx", forms, "PTX ISA 9.7.9.1, 9.7.9.2, 9.7.9.11: the bytes are the same under each.", target,
                       "8.3")
        file.declare(SHARED)
        for space in (one for one in SPACES if one.name in where):
            texts = [f"st{one}{suffix}" for suffix in where[space.name] for one in qualifiers]
            usable = [one for one in choices if not one[0]] if name == "st_mmio" else choices
            number, stores, full = 0, Stores(), False
            for text, (vector, t) in spread(usable[len(name) % 3:] + usable, texts):
                if stores.at + lanes_of(vector) * width_of(t) // 8 + 7 > BYTES:
                    stores.write(file, f"{name}_{space.name}_{number}", space, records(6, name, space.name, number))
                    number, stores = number + 1, Stores()
                stores.add(text, t, vector)
            stores.write(file, f"{name}_{space.name}_{number}", space, records(6, name, space.name, number))
        yield file


def st_wide():
    file = PtxFile("memory/st_wide.ptx", [ST, ST_VOLATILE, ST_ORDER],
                   "PTX ISA 9.7.9.11: 256 bits at once, and the priorities that only these have.", "sm_100", "8.8")
    texts = ["st.global", "st", "st.weak.global.L2::evict_last", "st.global.L1::evict_last.L2::evict_first", "st.volatile.global",
             "st.relaxed.gpu.global", "st.release.cta.global.L2::evict_normal"]
    for i, (text, (vector, t)) in enumerate(spread(WIDE_VECTORS + WIDE_VECTORS, texts)):
        stores = Stores()
        stores.add(text, t, vector)
        stores.write(file, f"st_wide_{i}", SPACES[0], records(6, "wide", i))
    return file


def addresses():
    """How an address is written (PTX ISA 6.4.1): a register or a variable with an offset, also a negative one."""
    file = PtxFile("memory/addresses.ptx", [ST, LD],
                   "PTX ISA 6.4: registers and variables with offsets, and a register of 32 bits for a window.")
    file.declare(SHARED + "\n.global .align 8 .b64 table[4] = {1, 0x22, 0x333, 0x4444};\n"
                 ".global .align 4 .b32 grid[2][3] = {{10, 11, 12}, {13, 14, 15}};")
    text = """\
ld.global.b64 %d0, [table+16];
ld.global.b64 %d1, [table];
add.u64 %p, %in, 24;
ld.global.b64 %d2, [%p+-16];
ld.global.b32 %d3, [grid+20];
mov.u64 %p, table;
ld.global.u64 %d4, [%p+8];
mov.u32 %w, shared_bytes;
shl.b32 %k, %t, 5;
add.u32 %w, %w, %k;
st.shared.b64 [%w+8], %a1;
ld.shared.b32 %d5, [%w+12];
add.u32 %w, %w, 32;
ld.shared.b32 %d6, [%w+-24];
mov.u64 %p, table+24;
ld.global.b64 %d7, [%p];"""
    file.value("addresses", text, ["b64"] * 3 + ["b32", "b64", "b32", "b32", "b64"], ["b64"] * 4,
               lambda a, b, c, d: (0x333, 1, b, 15, 0x22, b >> 32, b, 0x4444), records(12, "addresses"),
               registers=".reg .b64 %p;\n.reg .b32 %w, %k;")
    return file


def files():
    return [*st_spaces(), *st_qualified(), st_wide(), addresses()]
