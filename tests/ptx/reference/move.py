"""Integer conversion (PTX ISA 9.7.9.21, 9.7.9.22) and mov of values (9.7.9.3, 9.7.9.4) in Python's unbounded integers."""
import struct

from memory import LD, ST
from ptx_file import PtxFile, from_bits, is_signed, to_bits, width_of
from samples import integers

TYPES = ("u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64")
ROW = "cvt{.sat}.int8.int8 d, a:A"


def limits(t):
    width = width_of(t)
    return (-(1 << (width - 1)), (1 << (width - 1)) - 1) if is_signed(t) else (0, (1 << width) - 1)


def saturated(value, t):
    low, high = limits(t)
    return min(max(value, low), high)


def can_saturate(dest, source):
    """.sat is legal where the destination's range does not contain the source's."""
    low, high = limits(dest)
    return limits(source)[0] < low or limits(source)[1] > high


def register(t):
    """The type of the narrowest register that holds it, of the same sign."""
    return t if width_of(t) > 8 else t[0] + "16"


def cvt_files():
    plain = PtxFile("move/cvt_int.ptx", [ROW], "PTX ISA 9.7.9.21: columns are u8, u16, u32, u64, s8, s16, s32, s64 in turn;\n"
                    "u8 and s8 extended to the 16 bits of their register.")
    sat = PtxFile("move/cvt_sat_int.ptx", [ROW], "PTX ISA 9.7.9.21: .sat clamps to the destination's range.")
    wide = PtxFile("move/cvt_wide_registers.ptx", [ROW],
                   "PTX ISA 9.4.1: the source is cut off from a register of 64 bits, the result extended to one.")
    for source in TYPES:
        bits = f"b{width_of(source)}"
        samples = integers([bits], 26, "cvt", source)
        text = ";\n".join(f"cvt.{dest}.{source} %d{i}, %a0" for i, dest in enumerate(TYPES))
        plain.value(f"cvt_{source}", text, [register(t) for t in TYPES], [source],
                    lambda a: tuple(from_bits(a, dest) for dest in TYPES), samples)
        chosen = [dest for dest in TYPES if can_saturate(dest, source)]
        text = ";\n".join(f"cvt.sat.{dest}.{source} %d{i}, %a0" for i, dest in enumerate(chosen))
        near = {(to_bits(limit + by, source),) for dest in chosen for limit in limits(dest) for by in (-1, 0, 1)
                if limits(source)[0] <= limit + by <= limits(source)[1]}
        sat.value(f"cvt_sat_{source}", text, [register(t) for t in chosen], [source],
                  lambda a, chosen=chosen: tuple(saturated(a, dest) for dest in chosen), sorted(near) + samples[:12])
        text = ";\n".join(f"cvt.{dest}.{source} %d{i}, %a0" for i, dest in enumerate(TYPES))
        wide.value(f"cvt_wide_{source}", text, ["b64"] * len(TYPES), ["b64"],
                   lambda a, source=source: tuple(from_bits(from_bits(a, source), dest) for dest in TYPES),
                   integers(["b64"], 16, "wide", source) + [(0x8081828384858687,), (0x7f7e7d7c80007f80,)])
    return [plain, sat, wide]


def wide_floats():
    """Floats in registers of 64 bits: cut off as sources, extended with zeros as results (9.4.1)."""
    rows = ["cvt{.ftz}{.sat}.f32.f16 d, a:A", "cvt.irnd{.ftz}{.sat}.int8.f32 d, a:A", "cvt.rnd{.ftz}{.sat}.f32.int8 d, a:A",
            "cvt.rnd{.ftz}{.sat}.f16.f32 d, a:A"]
    file = PtxFile("move/cvt_wide_floats.ptx", rows, wide_floats.__doc__)
    noise = [a for (a,) in integers(["b64"], 10, "noise")]
    values = [0.0, 1.0, -1.0, 1.5, -2.75, 1024.0, -65504.0, 2.0**-14, 0.1259765625, 7.0]

    def bits(kind, value):
        return int.from_bytes(struct.pack("<" + kind, value), "little")

    def samples(kind, width):
        return [(above >> width << width | bits(kind, value),) for above, value in zip(noise, values)]

    def reference(a, kind, out):
        value = struct.unpack("<" + kind, (a & (1 << 8 * struct.calcsize(kind)) - 1).to_bytes(struct.calcsize(kind), "little"))[0]
        return bits(out, value)

    file.value("wide_f32_f16", "cvt.f32.f16 %d0, %a0", "b64", ["b64"], lambda a: reference(a, "e", "f"), samples("e", 16))
    file.value("wide_f16_f32", "cvt.rn.f16.f32 %d0, %a0", "b64", ["b64"], lambda a: reference(a, "f", "e"), samples("f", 32))
    file.value("wide_s32_f32", "cvt.rzi.s32.f32 %d0, %a0", "b64", ["b64"],
               lambda a: int(struct.unpack("<f", (a & 0xffffffff).to_bytes(4, "little"))[0]), samples("f", 32))
    file.value("wide_f32_s16", "cvt.rn.f32.s16 %d0, %a0", "b64", ["b64"],
               lambda a: bits("f", from_bits(a, "s16")), [(a,) for a in noise])
    return file


def wide_float_accesses():
    """ld.f32 extends into a register of 64 bits, st.f32 stores the low half of one (9.4.1)."""
    file = PtxFile("memory/f32_wide_registers.ptx", [LD, ST], wide_float_accesses.__doc__)
    file.value("f32_wide_registers", "mov.b64 %d1, -1;\nst.global.f32 [%out], %a0;\nld.global.f32 %d0, [%out];\n"
               "ld.global.f32 %d1, [%in+4]", ["b64", "b64"], ["b64"], lambda a: (a & 0xffffffff, a >> 32),
               integers(["b64"], 16, "f32 wide"))
    return file


def cvt_pack_files():
    """9.7.9.22: a above b, each clamped; below 16 bits the rest comes from the low bits of c."""
    halves = PtxFile("move/cvt_pack.ptx", ["cvt.pack.sat.half16.s32 d:B32, a:A, b:A"], cvt_pack_files.__doc__)
    rest = PtxFile("move/cvt_pack_c.ptx", ["cvt.pack.sat.packint.s32.b32 d:B32, a:A, b:A, c:B32"], cvt_pack_files.__doc__)
    ends = [0, 1, 2, 3, 7, 8, 15, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7fffffff]
    values = ends + [to_bits(~end, "s32") for end in ends]
    for t, bits in (("u16", 16), ("s16", 16), ("u8", 8), ("s8", 8)):
        low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if t[0] == "s" else (0, (1 << bits) - 1)

        def reference(a, b, c=0, bits=bits, low=low, high=high):
            ones = (1 << bits) - 1
            upper, lower = (min(max(one, low), high) & ones for one in (a, b))
            return lower | upper << bits | c << 2 * bits

        pairs = [(values[i], values[(7 * i + 3) % len(values)]) for i in range(len(values))]
        if bits == 16:
            halves.value(f"cvt_pack_{t}", f"cvt.pack.sat.{t}.s32", "b32", ["s32", "s32"], reference, pairs)
        else:
            rest.value(f"cvt_pack_{t}", f"cvt.pack.sat.{t}.s32.b32", "b32", ["s32", "s32", "b32"], reference,
                       [(*pair, c) for pair, (c,) in zip(pairs, integers(["b32"], len(pairs), "pack", t))])
    return [halves, rest]


def mov_values():
    file = PtxFile("move/mov.ptx", ["mov.movtype d:Pack, a:Pack"],
                   "PTX ISA 9.7.9.3: registers and immediates of every type; columns: the register, then the immediate.",
                   version="8.3")
    immediates = {"pred": "1", "b16": "0xfedc", "b32": "0xfedcba98", "b64": "0xfedcba9876543210", "u16": "65535",
                  "u32": "4294967295", "u64": "18446744073709551615", "s16": "-32768", "s32": "-2147483648",
                  "s64": "-9223372036854775808", "f32": "0f3FC00001", "f64": "0dBFF0000000000001"}
    for t, text in immediates.items():
        bits = int(text[2:], 16) if text[:2] in ("0f", "0d") else int(text, 0)
        samples = [(0,), (1,)] if t == "pred" else integers([f"b{width_of(t)}"], 12, "mov", t)
        file.value(f"mov_{t}", f"mov.{t} %d0, %a0;\nmov.{t} %d1, {text}", [t, t], [t], lambda a, bits=bits: (a, bits), samples)
    return file


def pack_files():
    """9.7.9.4: the first element is the lowest."""
    file = PtxFile("move/mov_pack.ptx", ["mov.movtype d:Pack, a:Pack"], "PTX ISA 9.7.9.4: the first element is the lowest.",
                   version="8.3")
    for whole, element, count in (("b32", "b16", 2), ("b64", "b32", 2), ("b64", "b16", 4)):
        width = width_of(element)

        def pack(*parts, width=width):
            return sum(part << width * i for i, part in enumerate(parts))

        def unpack(a, width=width, count=count):
            return tuple(a >> width * i for i in range(count))

        name = f"{whole}_{count}_{element}"
        inside = ", ".join(f"%a{i}" for i in range(count))
        file.value(f"pack_{name}", f"mov.{whole} %d0, {{{inside}}}", whole, [element] * count, pack,
                   integers([element] * count, 16, "pack", name))
        inside = ", ".join(f"%d{i}" for i in range(count))
        file.value(f"unpack_{name}", f"mov.{whole} {{{inside}}}, %a0", [element] * count, [whole], unpack,
                   integers([whole], 20, "unpack", name))
    file.value("unpack_sink", "mov.b64 {_, %d0}, %a0;\nmov.b64 {%d1, _}, %a0;\nmov.b64 {_, %d2, _, %d3}, %a0",
               ["b32", "b32", "b16", "b16"], ["b64"], lambda a: (a >> 32, a, a >> 16, a >> 48), integers(["b64"], 20, "sink"))
    file.value("pack_immediate", "mov.b64 %d0, {%a0, 7};\nmov.b32 %d1, {0xabcd, %a1}", ["b64", "b32"], ["b32", "b16"],
               lambda a, b: (a | 7 << 32, 0xabcd | b << 16), integers(["b32", "b16"], 16, "immediate"))
    return file


def pack_bytes():
    """Elements of 8 bits, in registers of 16: what lies above them is cut off, and unpacking extends with zeros."""
    file = PtxFile("move/mov_pack_bytes.ptx", ["mov.movtype d:Pack, a:Pack"],
                   "PTX ISA 9.7.9.4: the first element is the lowest; registers of type .b8 hold the elements.")
    for whole, count in (("b16", 2), ("b32", 4)):
        names = [f"%e{i}" for i in range(count)]
        declare = f"{{\n.reg .b8 {', '.join(names)};\n"
        pack = "".join(f"cvt.u8.u16 {name}, %a{i};\n" for i, name in enumerate(names))
        file.value(f"pack_bytes_{whole}", declare + pack + f"mov.{whole} %d0, {{{', '.join(names)}}};\n}}\n//", whole,
                   ["u16"] * count, lambda *parts: sum((part & 255) << 8 * i for i, part in enumerate(parts)),
                   integers(["u16"] * count, 16, "bytes", whole))
    return file


def mov_128():
    file = PtxFile("move/mov_b128.ptx", ["mov.movtype d:Pack, a:Pack"],
                   "PTX ISA 9.7.9.4: 128 bits from two and four elements, moved, and back again.", version="8.3")
    text = ("{\n.reg .b128 %x, %y;\n.reg .b32 %p, %q;\nmov.b128 %x, {%a0, %a1};\nmov.b128 %y, %x;\nmov.b128 {%d0, %d1}, %y;\n"
            "mov.b128 {%d2, %p, %q, %d3}, %y;\nmov.b128 %y, {%q, %d3, %p, %d2};\nmov.b128 {%d4, %d5}, %y;\n}")
    ones = 0xffffffff

    def reference(a, b):
        w = [a & ones, a >> 32, b & ones, b >> 32]
        return a, b, w[0], w[3], w[2] | w[3] << 32, w[1] | w[0] << 32

    file.value("mov_b128", text, ["b64", "b64", "b32", "b32", "b64", "b64"], ["b64", "b64"], reference,
               integers(["b64", "b64"], 24, "b128"))
    return file


def files():
    return [*cvt_files(), wide_floats(), wide_float_accesses(), *cvt_pack_files(), mov_values(), pack_files(), pack_bytes(), mov_128()]
