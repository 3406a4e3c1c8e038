"""Constants (PTX ISA 4.5): literals in all notations and constant expressions, as operands and as initial values; and constants
in the places of an instruction's operands."""
from ptx_file import PtxFile, from_bits, to_bits
from samples import integers

# What 4.5.5's rules make of an expression: 64 bits.
EXPRESSIONS = [
    ("0", 0), ("42", 42), ("0x1F", 31), ("0XaBcD", 0xabcd), ("017", 15), ("0b1011", 11), ("0B1", 1), ("42U", 42), ("-1", -1),
    ("-1U", -1), ("+7", 7), ("18446744073709551615", -1), ("0x8000000000000000", 1 << 63), ("-9223372036854775808", 1 << 63),
    ("WARP_SZ", 32), ("(3+4)*2", 14), ("3+4*2", 11), ("10-3-4", 3), ("100/7", 14), ("-100/7", -14), ("-100/7U", (2**64 - 100) // 7),
    ("100 % 7", 2), ("-1 % 10", 5), ("1<<40", 1 << 40), ("-16>>2", -4), ("0xfffffffffffffff0>>2", 0x3ffffffffffffffc),
    ("~0", -1), ("~5", -6), ("!0", 1), ("!7", 0), ("0xf0&0x3c", 0x30), ("0xf0|0x0f", 0xff), ("0xff^0x0f", 0xf0),
    ("1|2^3&5", 1 | 2 ^ 3 & 5), ("3<4", 1), ("-1<1", 1), ("-1<1U", 0), ("4<=4", 1), ("5>=6", 0), ("2>1", 1), ("7==7", 1),
    ("7!=7", 0), ("1&&0", 0), ("2&&3", 1), ("0||4", 1), ("0||0", 0), ("1?10:20", 10), ("0?10:20", 20), ("3>2?1<<4:~0", 16),
    ("-(-42)", 42), ("1+2<<3", 24), ("(.u64)-1>>60", 15), ("(.s64)0xffffffffffffff00>>4", -16), ("2*-3", -6), ("WARP_SZ*2-1", 63),
    ("(1?-1:1)>>60", -1), ("1?2:0?3:4", 2), ("!0+!5", 1), ("~0>>63", 1), ("(3>2)-2>>1", -1), ("-7/2U", (2**64 - 7) // 2),
    ("-7 % 4", 1), ("0xffffffffffffffff+1", 0), ("5-7>0", 0), ("5-7U>0", 1), ("(-16|0)>>2", -4), ("(-16|0U)>>2", (2**64 - 16) >> 2),
    ("-16U>>2", (2**64 - 16) >> 2), ("(~0)/2", 2**63 - 1), ("-1==18446744073709551615U", 1), ("(.s64)~0>>63", -1), ("-1<0U", 0),
]
FLOATS = [("1.5", 0x3ff8000000000000), ("-0.0", 1 << 63), ("1e3", 0x408f400000000000), ("2.5E-1", 0x3fd0000000000000),
          ("0d7ff8000000000001", 0x7ff8000000000001), ("0D3ff0000000000000", 0x3ff0000000000000), (".5", 0x3fe0000000000000),
          ("3.", 0x4008000000000000), ("1.0+2.0*3.0", 0x401c000000000000), ("-(0.5)", 0xbfe0000000000000),
          ("1.0/3.0", 0x3fd5555555555555), ("0.1", 0x3fb999999999999a)]
SINGLES = [("1.5", 0x3fc00000), ("0f3F800001", 0x3f800001), ("0F80000000", 0x80000000), ("-2.0", 0xc0000000),
           ("0.1", 0x3dcccccd), ("16777217.0", 0x4b800000), ("1e-45", 1)]


def literals():
    file = PtxFile("move/constants.ptx", ["mov.movtype d:Pack, a:Pack"], "PTX ISA 4.5: literals and constant expressions, each as an operand, then as an initial value.")
    for name, t, constants in (("integers", "b64", EXPRESSIONS), ("doubles", "f64", FLOATS), ("singles", "f32", SINGLES)):
        file.declare(f".global .align 8 .{t} table_{name}[{len(constants)}] = {{{', '.join(text for text, _ in constants)}}};")
        size = 4 if t == "f32" else 8
        for start in range(0, len(constants), 14):
            part = constants[start:start + 14]
            lines = [f"mov.{t} %d{i}, {text}" for i, (text, _) in enumerate(part)]
            lines += [f"ld.global.{t} %d{len(part) + i}, [table_{name}+{size * (start + i)}]" for i in range(len(part))]
            values = tuple(to_bits(value, t) for _, value in part)
            file.value(f"{name}_{start}", ";\n".join(lines), [t] * 2 * len(part), [], lambda values=values: values + values, [()] * 2)
    return file


def operands():
    """A constant as each operand: of the instruction's type, cut off to it (4.5.1, 9.1), on either side."""
    rows = ["add{.sat}.s32 d, a, b", "add.addint d, a, b", "sub{.sat}.s32 d, a, b", "mul.wide.wideint d:Wide, a, b",
            "mad.lo.int d, a, b, c", "shl.bits d, a, b:U32", "and.bits_pred d, a, b", "selp.seltype d, a, b, c:Pred",
            "setp.scmp.sint p{|q}, a, b", "setp.ucmp.uint p{|q}, a, b", "bfe.int3264 d, a, b:U32, c:U32", "min.minint d, a, b",
            "cvt{.sat}.int8.int8 d, a:A", "prmt.b32{.prmode} d, a, b, c", "or.bits_pred d, a, b", "div.int d, a, b"]
    file = PtxFile("integer/constant_operands.ptx", rows, operands.__doc__)
    text = """\
add.s32 %d0, %a0, -5;
add.u16 %d1, %a1, 65535;
add.s16 %d2, %a1, -32768;
sub.s32 %d3, 7, %a0;
mul.wide.s32 %d4, %a0, -3;
mul.wide.u32 %d5, %a0, 0xfffffffd;
mad.lo.s64 %d6, %a2, -1, 1;
shl.b64 %d7, 1, %a3;
shl.b32 %d8, %a0, 35;
and.b64 %d9, %a2, 0xffffffff00000000;
or.b64 %d10, %a2, -256;
setp.lt.s32 %p, %a0, -1;
selp.b32 %d11, 0x80000000, -2, %p;
setp.gt.u64 %p, 0x8000000000000000, %a2;
selp.s64 %d12, -1, 1, %p;
bfe.u32 %d13, %a0, 8, 12;
min.s16 %d14, %a1, -3;
max.u32 %d15, %a0, 0x7fffffff;
prmt.b32 %d16, %a0, 0x11223344, 0x4152;
setp.eq.b16 %p, %a1, 0x8000;
selp.u32 %d17, 1, 0, %p;
div.s32 %d18, %a0, -7;
add.u64 %d19, %a2, 4294967296;"""

    def divided(a, b):
        return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)

    def reference(a, b, c, n):
        signed, half = from_bits(a, "s32"), from_bits(b, "s16")
        picked = (a >> 8 * 2 & 0xff, 0x11223344 >> 8 * 1 & 0xff, a >> 8 & 0xff, 0x44)  # selectors 2, 5, 1, 4
        return (signed - 5, b + 65535, half - 32768, 7 - a, -3 * signed, a * 0xfffffffd, 1 - c, 1 << min(n, 64), 0,
                c & 0xffffffff00000000, c | -256, 0x80000000 if signed < -1 else -2, -1 if c < 1 << 63 else 1, a >> 8 & 0xfff,
                min(half, -3), max(a, 0x7fffffff), picked[0] | picked[1] << 8 | picked[2] << 16 | picked[3] << 24,
                int(b == 0x8000), divided(signed, -7), c + (1 << 32))

    samples = [row + (i % 70,) for i, row in enumerate(integers(["b32", "b16", "b64"], 36, "constants", always=[(5, 0x8000, 1 << 63)]))]
    file.value("constants", text, ["b32", "b16", "b16", "b32"] + ["b64"] * 4 + ["b32"] + ["b64"] * 2 + ["b32", "b64", "b32", "b16"] +
               ["b32"] * 4 + ["b64"], ["b32", "b16", "b64", "u32"], reference, samples, ".reg .pred %p;")
    return file


def files():
    return [literals(), operands()]
