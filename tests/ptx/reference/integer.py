"""Integer arithmetic (PTX ISA 9.7.1) in Python's unbounded integers. Division by zero is unspecified there and not tested."""
from ptx_file import PtxFile, from_bits, to_bits, width_of
from samples import crossed, edges, integers

INTEGERS = ("u16", "u32", "u64", "s16", "s32", "s64")
HALVES = ("u16x2", "s16x2")
WIDE = {"u16": "u32", "s16": "s32", "u32": "u64", "s32": "s64"}
LOW, HIGH = -(1 << 31), (1 << 31) - 1


def clamp(value):
    return min(max(value, LOW), HIGH)


def lanes(function, lane_type):
    """`function` on the two halves of packed operands."""
    def packed(*operands):
        low, high = ([from_bits(one >> shift, lane_type) for one in operands] for shift in (0, 16))
        return to_bits(function(*low), lane_type) | to_bits(function(*high), lane_type) << 16
    return packed


def arithmetic(opcode, types, forms, function, count=24, operands=2, target="sm_80"):
    """opcode.TYPE d, a, b for each type; packed types lane by lane; .sat for s32 where the form has it."""
    file = PtxFile(f"integer/{opcode.replace('.', '_')}.ptx", forms, "PTX ISA 9.7.1.", target)
    for t in types:
        reference = lanes(function, t[:3]) if t in HALVES else function
        samples = integers([t] * operands, count, opcode)
        file.value(f"{opcode.replace('.', '_')}_{t}", f"{opcode}.{t}", t, [t] * operands, reference, samples)
    return file


def saturated(file, instruction, operands, function, always=()):
    name = instruction.replace(".", "_")
    file.value(name, instruction, "s32", ["s32"] * operands, lambda *x: clamp(function(*x)),
               integers(["s32"] * operands, 32, name, always=always))


def sums():
    edge = [0x7fffffff, 0x80000000, 0xffffffff, 1]
    for opcode, function in (("add", lambda a, b: a + b), ("sub", lambda a, b: a - b)):
        types = INTEGERS + (HALVES if opcode == "add" else ())
        file = arithmetic(opcode, types, [f"{opcode}.{opcode}int d, a, b", f"{opcode}{{.sat}}.s32 d, a, b"], function,
                          target="sm_90")
        saturated(file, f"{opcode}.sat.s32", 2, function, crossed(edge, edge))
        yield file


def products():
    yield arithmetic("mul.lo", INTEGERS, ["mul.lo.int d, a, b"], lambda a, b: a * b)
    yield arithmetic("mad.lo", INTEGERS, ["mad.lo.int d, a, b, c"], lambda a, b, c: a * b + c, operands=3)
    file = PtxFile("integer/mul_hi.ptx", ["mul.hi.int d, a, b"], "PTX ISA 9.7.1.3: the upper half of the product.")
    mad = PtxFile("integer/mad_hi.ptx", ["mad.hi.int d, a, b, c", "mad.hi.sat.s32 d, a, b, c"],
                  "PTX ISA 9.7.1.4: the upper half of the product, plus c; .sat clamps the sum.")
    for t in INTEGERS:
        width = width_of(t)
        file.value(f"mul_hi_{t}", f"mul.hi.{t}", t, [t, t], lambda a, b, width=width: (a * b) >> width,
                   integers([t, t], 28, "mul.hi"))
        mad.value(f"mad_hi_{t}", f"mad.hi.{t}", t, [t] * 3, lambda a, b, c, width=width: ((a * b) >> width) + c,
                  integers([t] * 3, 28, "mad.hi"))
    big = (0x80000000, 0x80000000), (0x80000000, 0x7fffffff), (0x7fffffff, 0x7fffffff)
    always = [(a, b, c) for a, b in big for c in (0x7fffffff, 0x80000000, 0x60000000, 0xa0000000)]
    saturated(mad, "mad.hi.sat.s32", 3, lambda a, b, c: ((a * b) >> 32) + c, always)
    yield file
    yield mad
    for opcode, operands, forms in (("mul.wide", 2, "mul.wide.wideint d:Wide, a, b"),
                                    ("mad.wide", 3, "mad.wide.wideint d:Wide, a, b, c:Wide")):
        file = PtxFile(f"integer/{opcode.replace('.', '_')}.ptx", [forms], "PTX ISA 9.7.1.3, 9.7.1.4: twice as wide as a, b.")
        for t, wide in WIDE.items():
            types = [t, t, wide][:operands]
            file.value(f"{opcode.replace('.', '_')}_{t}", f"{opcode}.{t}", wide, types,
                       lambda a, b, c=0: a * b + c, integers(types, 28, opcode))
        yield file


def products_of_24_bits():
    """Operands are numbers of 24 bits, in registers of 32 (9.7.1.5); what lies above them is ignored, says the hardware's
    history; the manual leaves it open, so that it is 0 here, or the sign."""
    narrow = {"u32": [0, 1, 2, 0xffffff, 0x800000, 0x7fffff, 0x123456, 0x10000, 0xffff, 0xabcdef],
              "s32": [0, 1, 0xffffffff, 0x7fffff, 0xff800000, 0xff800001, 0x123456, 0xffedcba9, 0x10000, 0xffff0000]}
    parts = {"hi": lambda a, b: (a * b) >> 16, "lo": lambda a, b: a * b}
    mul = PtxFile("integer/mul24.ptx", ["mul24.hi.int32 d, a, b", "mul24.lo.int32 d, a, b"],
                  "PTX ISA 9.7.1.5: bits 47..16, or 31..0, of the product of two 24-bit numbers.")
    mad = PtxFile("integer/mad24.ptx", ["mad24.hi.int32 d, a, b, c", "mad24.lo.int32 d, a, b, c", "mad24.hi.sat.s32 d, a, b, c"],
                  "PTX ISA 9.7.1.6: the same, plus c; .sat clamps the sum.")
    for t, values in narrow.items():
        addends = edges(32)
        for part, product in parts.items():
            mul.value(f"mul24_{part}_{t}", f"mul24.{part}.{t}", t, [t, t], product, crossed(values, values, count=32, seed=t))
            mad.value(f"mad24_{part}_{t}", f"mad24.{part}.{t}", t, [t] * 3, lambda a, b, c, f=product: f(a, b) + c,
                      crossed(values, values, addends, count=32, seed=t))
    extremes = [0x7fffff, 0xff800000, 0xff800001]
    samples = crossed(extremes, extremes, [0x7fffffff, 0x80000000, 0x40000000, 0xc0000000])
    mad.value("mad24_hi_sat_s32", "mad24.hi.sat.s32", "s32", ["s32"] * 3,
              lambda a, b, c: clamp(((a * b) >> 16) + c), samples)
    return [mul, mad]


def quotients():
    """Rounded towards zero; the sign of a remainder is the dividend's, as the hardware has it (9.7.1.9 leaves it open)."""
    def div(a, b):
        return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)

    for opcode, reference in (("div", div), ("rem", lambda a, b: a - b * div(a, b))):
        file = PtxFile(f"integer/{opcode}.ptx", [f"{opcode}.int d, a, b"], quotients.__doc__)
        for t in INTEGERS:
            least = 1 << (width_of(t) - 1)
            samples = [(a, b) for a, b in integers([t, t], 48, opcode)
                       if b != 0 and not (t[0] == "s" and a == least and from_bits(b, t) == -1)]
            file.value(f"{opcode}_{t}", f"{opcode}.{t}", t, [t, t], reference, samples[:36])
        yield file


def minima():
    for opcode, function in (("min", min), ("max", max)):
        forms = [f"{opcode}.minint d, a, b", f"{opcode}{{.relu}}.reluint d, a, b"]
        file = arithmetic(opcode, INTEGERS + HALVES, forms, function, target="sm_90")
        for t, kind in (("s32", "s32"), ("s16x2", "s16")):
            def clipped(*x, f=function):
                return max(f(*x), 0)
            file.value(f"{opcode}_relu_{t}", f"{opcode}.relu.{t}", t, [t, t], lanes(clipped, kind) if t in HALVES else clipped,
                       integers([t, t], 32, opcode, "relu"))
        yield file


def one_operand():
    for opcode, function in (("abs", abs), ("neg", lambda a: -a)):
        yield arithmetic(opcode, ("s16", "s32", "s64"), [f"{opcode}.sint d, a"], function, operands=1)
    file = arithmetic("sad", INTEGERS, ["sad.int d, a, b, c"], lambda a, b, c: c + abs(a - b), operands=3)
    yield file
    counts = {"popc": lambda a, width: bin(a).count("1"), "clz": lambda a, width: width - a.bit_length(),
              "brev": lambda a, width: int(format(a, f"0{width}b")[::-1], 2)}
    for opcode, function in counts.items():
        result = ":U32" if opcode != "brev" else ""
        file = PtxFile(f"integer/{opcode}.ptx", [f"{opcode}.bits3264 d{result}, a"], "PTX ISA 9.7.1.14, 9.7.1.15, 9.7.1.18.")
        for t in ("b32", "b64"):
            samples = integers([t], 36, opcode, always=[(1 << i,) for i in range(0, width_of(t), 7)])
            file.value(f"{opcode}_{t}", f"{opcode}.{t}", t if opcode == "brev" else "u32", [t],
                       lambda a, f=function, width=width_of(t): f(a, width), samples)
        yield file


def bfind_file():
    file = PtxFile("integer/bfind.ptx", ["bfind.int3264 d:U32, a", "bfind.shiftamt.int3264 d:U32, a"],
                   "PTX ISA 9.7.1.16: the highest bit that differs from the sign, or how far it is from the top; -1: none.")
    for t in ("u32", "s32", "u64", "s64"):
        width = width_of(t)
        samples = integers([t], 36, "bfind", always=[(1 << i,) for i in range(0, width, 9)])

        def position(a):
            return (a if a >= 0 else ~a).bit_length() - 1

        def distance(a, width=width):
            return width - 1 - position(a) if position(a) >= 0 else -1

        file.value(f"bfind_{t}", f"bfind.{t}", "u32", [t], position, samples)
        file.value(f"bfind_shiftamt_{t}", f"bfind.shiftamt.{t}", "u32", [t], distance, samples)
    return file


def field(a, width, signed, position, length):
    """bfe: the low `length` bits of the number, sign-extended or not, shifted right by `position`."""
    if length == 0:
        return 0
    number = (from_bits(a, f"s{width}") if signed else to_bits(a, f"u{width}")) >> position
    bits = number & ((1 << length) - 1)
    if signed and bits >> (length - 1):
        bits -= 1 << length
    return bits


def inserted(a, b, width, position, length):
    mask = ((1 << length) - 1) << position
    return (b & ~mask) | ((a << position) & mask)


def bit_fields():
    places = [0, 1, 5, 8, 31, 32, 33, 40, 63, 64, 200, 255]
    bfe = PtxFile("integer/bfe.ptx", ["bfe.int3264 d, a, b:U32, c:U32"],
                  "PTX ISA 9.7.1.19: position and length are 8 bits, bits above them are ignored.")
    bfi = PtxFile("integer/bfi.ptx", ["bfi.bits3264 d, a, b, c:U32, e:U32"],
                  "PTX ISA 9.7.1.20: position and length are 8 bits, bits above them are ignored.")
    for t in ("u32", "s32", "u64", "s64"):
        width = width_of(t)
        numbers = [0, (1 << width) - 1, 0x80c3a5f1, 0x7654321089abcdef & ((1 << width) - 1), 0xfedcba9876543210 >> (64 - width)]
        samples = crossed(numbers, places, places, count=38, seed=t) + [(numbers[2], 0x100, 0xffffff08), (numbers[4], 0x105, 0x120)]
        bfe.value(f"bfe_{t}", f"bfe.{t}", t, [t, "u32", "u32"],
                  lambda a, b, c, width=width, signed=t[0] == "s": field(a, width, signed, b & 255, c & 255), samples)
        if t[0] == "u":
            samples = [(a, numbers[i % 5] ^ 0x5a5a, b, c) for i, (a, b, c) in enumerate(samples)]
            bfi.value(f"bfi_b{width}", f"bfi.b{width}", f"b{width}", [f"b{width}"] * 2 + ["u32", "u32"],
                      lambda a, b, c, d, width=width: inserted(a, b, width, c & 255, d & 255), samples)
    return [bfe, bfi]


def masks():
    places = [0, 1, 7, 16, 31, 32, 33, 63, 64, 0x80000000, 0xffffffff]
    bmsk = PtxFile("integer/bmsk.ptx", ["bmsk.bound.b32 d, a, b"], "PTX ISA 9.7.1.22: b ones from bit a upwards.")
    for mode, limit in (("clamp", lambda x: min(x, 32)), ("wrap", lambda x: x % 32)):
        bmsk.value(f"bmsk_{mode}", f"bmsk.{mode}.b32", "b32", ["b32", "b32"],
                   lambda a, b, limit=limit: sum(1 << i for i in range(32) if limit(a) <= i < limit(a) + limit(b)),
                   crossed(places, places, count=40, seed=mode))
    szext = PtxFile("integer/szext.ptx", ["szext.bound.int32 d, a, b:U32"], "PTX ISA 9.7.1.21: a as a number of b bits.")
    numbers = [0, 0xffffffff, 0x80c3a5f1, 0x7654b210, 0x55555555]
    for mode, limit in (("clamp", lambda x: min(x, 32)), ("wrap", lambda x: x % 32)):
        for t in ("u32", "s32"):
            szext.value(f"szext_{mode}_{t}", f"szext.{mode}.{t}", t, [t, "u32"],
                        lambda a, b, limit=limit, t=t: field(a, 32, t[0] == "s", 0, limit(b)),
                        crossed(numbers, places, count=40, seed=mode + t))
    return [bmsk, szext]


def nth_set_bit(mask, base, offset):
    if offset == 0:
        return base if mask >> base & 1 else -1
    ascending = [i for i in range(base, 32) if mask >> i & 1]
    descending = [i for i in range(base, -1, -1) if mask >> i & 1]
    found = ascending if offset > 0 else descending
    return found[abs(offset) - 1] if abs(offset) <= len(found) else -1


def fns_file():
    file = PtxFile("integer/fns.ptx", ["fns.b32 d, a, b, c:S32"],
                   "PTX ISA 9.7.1.17: the |c|-th set bit of a from bit b, upwards or downwards; its examples first.")
    examples = [(0xaaaaaaaa, 3, 1), (0xaaaaaaaa, 3, -1), (0xaaaaaaaa, 2, 1), (0xaaaaaaaa, 2, -1)]
    masks_ = [0, 0xffffffff, 0x80000001, 0x13579bdf, 0xaaaaaaaa]
    offsets = [0, 1, 2, 3, 9, 32, 33, 0x7fffffff, -1, -2, -4, -16, -32, -33, -0x80000000]
    file.value("fns_b32", "fns.b32", "b32", ["b32", "b32", "s32"], nth_set_bit,
               examples + crossed(masks_, [0, 1, 12, 30, 31], offsets, count=36, seed="fns"))
    return file


def dot_products():
    def parts(a, width, signed):
        return [from_bits(a >> shift, f"{'s' if signed else 'u'}{width}") for shift in range(0, 32, width)]

    four = PtxFile("integer/dp4a.ptx", ["dp4a.int32.int32 d:S32, a:B32, b:B32, c:S32"], "PTX ISA 9.7.1.23.")
    two = PtxFile("integer/dp2a.ptx", ["dp2a.hilo.int32.int32 d:S32, a:B32, b:B32, c:S32"], "PTX ISA 9.7.1.24.")
    packed = [0, 0xffffffff, 0x80808080, 0x7f7f7f7f, 0x80007fff, 0x01020304, 0xfe01807f]
    for a_type in ("u32", "s32"):
        for b_type in ("u32", "s32"):
            types = ["b32", "b32", "u32" if (a_type, b_type) == ("u32", "u32") else "s32"]
            signs = a_type[0] == "s", b_type[0] == "s"
            samples = crossed(packed, packed, [0, 1, 0x7fffffff, 0x80000000, 0xfffffff0], count=36, seed=a_type + b_type)

            def dot4(a, b, c, signs=signs):
                return c + sum(x * y for x, y in zip(parts(a, 8, signs[0]), parts(b, 8, signs[1])))

            four.value(f"dp4a_{a_type}_{b_type}", f"dp4a.{a_type}.{b_type}", types[2], types, dot4, samples)
            for mode, first in (("lo", 0), ("hi", 2)):
                def dot2(a, b, c, signs=signs, first=first):
                    return c + sum(x * y for x, y in zip(parts(a, 16, signs[0]), parts(b, 8, signs[1])[first:first + 2]))

                two.value(f"dp2a_{mode}_{a_type}_{b_type}", f"dp2a.{mode}.{a_type}.{b_type}", types[2], types, dot2, samples)
    return [four, two]


def files():
    return [*sums(), *products(), *products_of_24_bits(), *quotients(), *minima(), *one_operand(), bfind_file(), *bit_fields(),
            *masks(), fns_file(), *dot_products()]
