"""cvt to and from fp8, fp6, fp4 and ue8m0, stochastic rounding, and cvt.pack of fewer than 8 bits (PTX ISA 9.7.9.21,
9.7.9.22): exact fractions, and the formats' numbers by enumeration."""
from fractions import Fraction

from ptx_file import PtxFile, generator, to_bits
from samples import integers

F16_NAN, BF16_NAN = "nan16", "nanbf16"


class Format:
    """A float format as a list of its magnitudes by code; codes above `largest` are infinity or NaN."""

    def __init__(self, exponent_bits, fraction_bits, largest, infinity=None, nan=None):
        self.exponent_bits, self.fraction_bits, self.largest = exponent_bits, fraction_bits, largest
        self.infinity, self.nan, self.sign = infinity, nan, 1 << (exponent_bits + fraction_bits)
        self.bias = (1 << (exponent_bits - 1)) - 1

    def magnitude(self, code):
        exponent, fraction = code >> self.fraction_bits, code & ((1 << self.fraction_bits) - 1)
        implicit = (1 << self.fraction_bits) if exponent else 0
        return Fraction(implicit + fraction) * Fraction(2) ** (max(exponent, 1) - self.bias - self.fraction_bits)

    def below(self, magnitude):
        """The code of the largest number up to `magnitude`, with exponents beyond the format's where it needs them."""
        code, step = 0, 1 << (self.exponent_bits + self.fraction_bits + 4)
        while step:
            if self.magnitude(code + step) <= magnitude:
                code += step
            step >>= 1
        return code


E4M3, E5M2 = Format(4, 3, 0x7e, nan=0x7f), Format(5, 2, 0x7b, infinity=0x7c, nan=0x7f)
E2M3, E3M2, E2M1 = Format(2, 3, 0x1f), Format(3, 2, 0x1f), Format(2, 1, 7)
F16, BF16 = Format(5, 10, 0x7bff, 0x7c00, 0x7fff), Format(8, 7, 0x7f7f, 0x7f80, 0x7fff)
F32 = Format(8, 23, 0x7f7fffff, 0x7f800000, 0x7fffffff)
SMALL = {"e4m3": E4M3, "e5m2": E5M2, "e2m3": E2M3, "e3m2": E3M2, "e2m1": E2M1}


def split(bits, form):
    """Sign, and the magnitude: a number, "inf" or "nan"."""
    code = bits & (form.sign - 1)
    if code > form.largest:
        return bits // form.sign, "inf" if code == form.infinity else "nan"
    return bits // form.sign, form.magnitude(code)


def nearest_even(form, magnitude):
    code = form.below(magnitude)
    middle = (form.magnitude(code) + form.magnitude(code + 1)) / 2
    return code + (magnitude > middle or (magnitude == middle and code % 2 == 1))


def finish(form, sign, code, satfinite, relu):
    if code > form.largest:
        code = form.largest if satfinite else form.infinity
    return 0 if sign and relu else code | sign * form.sign


def narrow(form, source, bits, relu=False, satfinite=True, rounding=nearest_even):
    """None where the result is a NaN."""
    sign, magnitude = split(bits, source)
    if magnitude == "nan":
        return None if form.nan else form.largest
    code = form.largest + 1 if magnitude == "inf" else rounding(form, magnitude)
    return finish(form, sign, code, satfinite, relu)


def widen(code, form, relu):
    """To f16, which holds every small number."""
    sign, magnitude = split(code, form)
    if magnitude == "nan":
        return F16_NAN
    half = F16.infinity if magnitude == "inf" else F16.below(magnitude)
    return 0 if sign and relu else half | sign << 15


def f32_of(value):
    """Bits of a magnitude that f32 holds."""
    return F32.below(value)


def f32_samples(form, count, *seed):
    """Numbers of the format, the middles between them and what is just beside those, the format's ends, the largest f32."""
    codes = range(0, form.largest + 1)
    near = set()
    for code in codes:
        low = f32_of(form.magnitude(code))
        middle = f32_of((form.magnitude(code) + form.magnitude(code + 1)) / 2)
        near |= {low, middle - 1, middle, middle + 1}
    rng = generator("cvt_small", *seed)
    always = [0, 1, 0x007fffff, f32_of(form.magnitude(form.largest)), f32_of(form.magnitude(form.largest + 1)),
              f32_of(form.magnitude(form.largest + 2)), 0x7f7fffff, 0x7f800000, f32_of(form.magnitude(1) / 2),
              f32_of(form.magnitude(1) / 2) + 1, f32_of(form.magnitude(1) / 2) - 1, f32_of(form.magnitude(1) * 3 / 2)]
    always += [bits | 1 << 31 for bits in always]
    rest = sorted(near)
    rng.shuffle(rest)
    found = always + [bits | rng.getrandbits(1) << 31 for bits in rest]
    return found[:count]


def pairs(values):
    return [(a, b) for a, b in zip(values, values[len(values) // 2:] + values[:len(values) // 2])]


def packed(elements, width):
    """The first element highest."""
    total = 0
    for element in elements:
        total = total << width | element
    return total


def byte_register(text, result="", operand=""):
    """e2m1x2 lives in registers of 8 bits."""
    before = f"cvt.u8.u16 %e, {operand};\n" if operand else ""
    after = f";\ncvt.u16.u8 {result}, %e" if result else ""
    return f"{{\n.reg .b8 %e;\n{before}{text}{after};\n}}"


def element_width(name):
    return 4 if name == "e2m1" else 8


def to_small(file, name, source, relu, values):
    """Two f32, or the halves of one f16x2."""
    form, t = SMALL[name], f"{name}x2"
    instruction = f"cvt.rn.satfinite{'.relu' if relu else ''}.{t}.{source}"
    operands = ["b32", "b32"] if source == "f32" else ["b32"]
    registers = ", ".join(f"%a{i}" for i in range(len(operands)))
    text = byte_register(f"{instruction} %e, {registers}", result="%d0") if name == "e2m1" else f"{instruction} %d0, {registers}"

    def reference(*given):
        upper, lower = given if source == "f32" else (given[0] >> 16, given[0] & 0xffff)
        halves = [narrow(form, F32 if source == "f32" else F16, bits, relu) for bits in (upper, lower)]
        return packed(halves, element_width(name))

    numbers = [bits for bits in values if form.nan is None or split(bits, F32 if source == "f32" else F16)[1] != "nan"]
    samples = pairs(numbers) if source == "f32" else [(a << 16 | b,) for a, b in pairs(numbers)]
    file.value(f"{name}_{source}{'_relu' if relu else ''}", text, "b16", operands, reference, samples)


def nan_entry(file, name):
    """A NaN in the upper half stays one; which of the format's NaNs, the manual leaves open: seen as f16."""
    text = (f"{{\n.reg .b16 %e;\n.reg .b32 %w;\ncvt.rn.satfinite.{name}x2.f32 %e, %a0, %a1;\n"
            f"cvt.rn.f16x2.{name}x2 %w, %e;\nmov.b32 {{%d1, %d0}}, %w;\n}}")
    file.value(f"{name}_nan", text, ["b16", "b16"], ["b32", "b32"],
               lambda a, b: (F16_NAN, widen(narrow(SMALL[name], F32, b), SMALL[name], False)),
               [(0x7fffffff, 0x3f800000), (0xffc00000, 0xbf800000), (0x7f800001, 0), (0xff800001, 0x7f800000)])


def from_small(file, name, relu):
    form, t, width = SMALL[name], f"{name}x2", element_width(name)
    instruction = f"cvt.rn{'.relu' if relu else ''}.f16x2.{t} %w, "
    inner = byte_register(instruction + "%e", operand="%a0")[2:-2] if name == "e2m1" else instruction + "%a0;"
    text = f"{{\n.reg .b32 %w;\n{inner}\nmov.b32 {{%d1, %d0}}, %w;\n}}"
    codes = list(range(2 * form.sign))
    samples = [(packed(pair, width),) for pair in zip(codes, codes[::-1])]
    ones = (1 << width) - 1
    file.value(f"{name}{'_relu' if relu else ''}_f16x2", text, ["b16", "b16"], ["b16"],
               lambda a: tuple(widen(code & (2 * form.sign - 1), form, relu) for code in (a >> width & ones, a & ones)), samples)


def pair_files():
    rng = generator("cvt_small", "halves")
    for family, names, target, version in (("f8", ("e4m3", "e5m2"), "sm_89", "8.1"),
                                           ("f6f4", ("e2m3", "e3m2", "e2m1"), "sm_100a", "8.6")):
        into = PtxFile(f"move/cvt_{family}x2_f32.ptx", [f"cvt.rn.satfinite{{.relu}}.{family}x2.f32 d, a:A, b:A"],
                       "PTX ISA 9.7.9.21: a above b; beyond the range and infinity: the largest number.", target, version)
        half_row = f"{family}x2" if family == "f8" else "e2m1x2"
        halves = PtxFile(f"move/cvt_{half_row}_f16x2.ptx", [f"cvt.rn.satfinite{{.relu}}.{half_row}.f16x2 d, a:A"],
                         "PTX ISA 9.7.9.21.", target, version)
        back = PtxFile(f"move/cvt_f16x2_{family}x2.ptx", [f"cvt.rn{{.relu}}.f16x2.{family}x2 d, a:A"],
                       "PTX ISA 9.7.9.21: all codes; exact.", target, version)
        for name in names:
            for relu in (False, True):
                to_small(into, name, "f32", relu, f32_samples(SMALL[name], 120, name, relu))
                from_small(back, name, relu)
                if half_row[:4] == name or family == "f8":
                    edges = [0, 1, 0x8000, 0x3ff, 0x400, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x3c00, 0xbc00]
                    to_small(halves, name, "f16x2", relu, edges + [rng.getrandbits(16) for _ in range(45)])
            if SMALL[name].nan:
                nan_entry(into, name)
        yield from (into, halves, back)


def ue8m0(bits, up, satfinite):
    """The power of two below |a| or from it on, at least 2**-127; code 255 is NaN."""
    magnitude = split(bits, F32)[1]
    if magnitude == "nan":
        return 255
    code = 255
    if magnitude != "inf":
        code = 0
        while code < 255 and (Fraction(2) ** (code - 127) < magnitude if up else Fraction(2) ** (code - 126) <= magnitude):
            code += 1
    return min(code, 254) if satfinite else code


def ue8m0_files():
    samples = [0, 1, 0x3fffff, 0x400000, 0x400001, 0x7fffff, 0x800000, 0x800001, 0xffffff, 0x1000000, 0x3f800000, 0x3f800001,
               0x3fffffff, 0x40000000, 0x7effffff, 0x7f000000, 0x7f000001, 0x7f7fffff, 0x7f800000, 0x7fffffff]
    samples += [bits | 1 << 31 for bits in samples[8:19]] + [bits for bits, in integers(["b32"], 14, "ue8m0")]
    from_f32 = PtxFile("move/cvt_ue8m0x2_f32.ptx", ["cvt.frnd3{.satfinite}.ue8m0x2.f32 d, a:A, b:A"],
                       "PTX ISA 9.7.9.21: the sign does not count.", "sm_100a", "8.6")
    from_bf16 = PtxFile("move/cvt_ue8m0x2_bf16x2.ptx", ["cvt.frnd3{.satfinite}.ue8m0x2.bf16x2 d, a:A"],
                        "PTX ISA 9.7.9.21: the sign does not count.", "sm_100a", "8.6")
    for rounding in ("rz", "rp"):
        for sat in (False, True):
            text, name = f"cvt.{rounding}{'.satfinite' if sat else ''}.ue8m0x2", f"{rounding}{'_satfinite' if sat else ''}"

            def reference(a, b, up=rounding == "rp", sat=sat):
                return packed((ue8m0(a, up, sat), ue8m0(b, up, sat)), 8)

            from_f32.value(f"ue8m0_{name}", f"{text}.f32", "b16", ["b32", "b32"], reference, pairs(samples))
            halves = [(a >> 16 << 16 | b >> 16,) for a, b in pairs(samples)]
            from_bf16.value(f"ue8m0_bf16_{name}", f"{text}.bf16x2", "b16", ["b32"],
                            lambda a, reference=reference: reference(a >> 16 << 16, (a & 0xffff) << 16), halves)
    back = PtxFile("move/cvt_bf16x2_ue8m0x2.ptx", ["cvt.rn.bf16x2.ue8m0x2 d, a:A"], "PTX ISA 9.7.9.21: all codes.", "sm_100a",
                   "8.6")

    def to_bf16(code):
        return BF16_NAN if code == 255 else BF16.below(Fraction(2) ** (code - 127))

    back.value("ue8m0_bf16x2", "{\n.reg .b32 %w;\ncvt.rn.bf16x2.ue8m0x2 %w, %a0;\nmov.b32 {%d1, %d0}, %w;\n}", ["b16", "b16"],
               ["b16"], lambda a: (to_bf16(a >> 8), to_bf16(a & 255)), [(code << 8 | 255 - code,) for code in range(256)])
    return [from_f32, from_bf16, back]


def stochastic(random, bits):
    """Away from zero when the random bits carry out of their sum with the discarded ones, of which there are `bits`."""
    def rounding(form, magnitude):
        code = form.below(magnitude)
        step = form.magnitude(code + 1) - form.magnitude(code)
        discarded = (magnitude - form.magnitude(code)) / step * (1 << bits)
        return code + (int(discarded) + random >> bits)
    return rounding


def stochastic_pair_files():
    """Results that are normal numbers of f16 discard 13 bits, all of bf16 16: then the manual says it all."""
    rng = generator("cvt_small", "stochastic")
    for name, form, bits, low, high, title in (
            ("bf16x2", BF16, 16, 0, 0xff7fffff, "every result"),
            ("f16x2", F16, 13, 0x38800000, 0x477fffff, "normal results; subnormal ones are within their neighbours")):
        file = PtxFile(f"move/cvt_rs_{name}.ptx", [f"cvt.rs{{.relu}}{{.satfinite}}.{name}.f32 d, a:A, b:A, rbits:B32"],
                       f"PTX ISA 9.7.9.21: {title}.", "sm_100a", "8.7")
        for mods in ("", ".relu", ".satfinite", ".relu.satfinite"):
            def reference(a, b, r, mods=mods, form=form, bits=bits):
                ones = (1 << bits) - 1
                return packed([narrow(form, F32, one, "relu" in mods, "satfinite" in mods, stochastic(random & ones, bits))
                               for one, random in ((a, r >> 16), (b, r))], 16)

            values = [0, 0x80000000, 0x7f800000, 0xff800000, 0x3f800000, 0x3f801fff, 0x3f801000, 0xbf80ffff, 0x3f808000, low | 1]
            values += [rng.randint(low, min(high, 0x7f7fffff)) | rng.getrandbits(1) << 31 for _ in range(22)]
            randoms = [0, 0xffffffff, 0x1fff1fff, 0xe000e000, 0x80008000, 0x00010001] + [rng.getrandbits(32) for _ in range(26)]
            file.value(f"rs_{name}{mods.replace('.', '_')}", f"cvt.rs{mods}.{name}.f32", "b32", ["b32", "b32", "b32"], reference,
                       [(a, b, r) for (a, b), r in zip(pairs(values), randoms)])
        if name == "f16x2":
            def bounds(a, b, r):
                del r
                return tuple(interval(F16, bits, F16) for bits in (a, b))

            tiny = [rng.randint(0x32000000, 0x387fffff) | rng.getrandbits(1) << 31 for _ in range(16)] + [0x33800000, 0x38000000]
            file.value("rs_f16x2_subnormal", "{\n.reg .b32 %w;\ncvt.rs.f16x2.f32 %w, %a0, %a1, %a2;\nmov.b32 {%d1, %d0}, %w;\n}",
                       ["b16", "b16"], ["b32", "b32", "b32"], bounds,
                       [(a, b, rng.getrandbits(32)) for a, b in pairs(tiny)])
        yield file


def interval(form, bits, shown):
    """The two neighbours of a number, or itself when it is one of the format, as bits of the format `shown`."""
    sign, magnitude = split(bits, F32)
    code = form.largest if magnitude == "inf" else min(form.below(magnitude), form.largest)
    top = code if magnitude == "inf" or form.magnitude(code) == magnitude else min(code + 1, form.largest)
    ends = [shown.below(form.magnitude(one)) | sign << 15 for one in (code, top)]
    return "..".join(format(end, "04x") for end in (ends[::-1] if sign else ends))


def stochastic_four_files():
    file = PtxFile("move/cvt_rs_x4.ptx", ["cvt.rs{.relu}.satfinite.smallx4.f32 d, abef:Four, rbits:B32"],
                   "PTX ISA 9.7.9.21, seen as f16: numbers of the format stay, others become a neighbour; without random bits the\n"
                   "one nearer to zero.", "sm_100a", "8.7")
    for name, form in SMALL.items():
        rng = generator("cvt_small", "four", name)
        numbers = f32_samples(form, 60, name, "four") + [rng.getrandbits(31) for _ in range(36)]
        numbers = [bits for bits in numbers if split(bits, F32)[1] != "nan"]
        samples = [tuple(numbers[(5 * i + 29 * k) % len(numbers)] for k in range(4)) for i in range(24)]
        halves = ("{\n.reg .b8 %x, %y;\n.reg .b16 %e;\n" if name == "e2m1" else "{\n.reg .b16 %x, %y;\n.reg .b32 %e;\n")
        halves += ".reg .b32 %u, %v;\n{}mov.b" + ("16" if name == "e2m1" else "32") + " {{%y, %x}}, %e;\n"
        halves += f"cvt.rn.f16x2.{name}x2 %u, %x;\ncvt.rn.f16x2.{name}x2 %v, %y;\n"
        halves += "mov.b32 {{%d1, %d0}}, %u;\nmov.b32 {{%d3, %d2}}, %v;\n}}"
        for relu in (False, True):
            instruction = f"cvt.rs{'.relu' if relu else ''}.satfinite.{name}x4.f32 %e, {{%a0, %a1, %a2, %a3}}, %a4;\n"
            text = halves.replace("{\n", "{{\n", 1).format(instruction)

            def towards_zero(*given, form=form, relu=relu):
                return tuple(widen(narrow(form, F32, bits, relu, True, Format.below), form, relu) for bits in given[:4])

            def bounds(*given, form=form, relu=relu):
                return tuple("0000..0000" if relu and bits >> 31 else interval(form, bits, F16) for bits in given[:4])

            mods = "_relu" if relu else ""
            file.value(f"rs_{name}x4{mods}_0", text, ["b16"] * 4, ["b32"] * 5, towards_zero, [(*row, 0) for row in samples])
            file.value(f"rs_{name}x4{mods}", text, ["b16"] * 4, ["b32"] * 5, bounds,
                       [(*row, rng.getrandbits(32)) for row in samples])
    return [file]


def pack_bits_file():
    file = PtxFile("move/cvt_pack_bits.ptx", ["cvt.pack.sat.packbits.s32.b32 d:B32, a:A, b:A, c:B32"],
                   "PTX ISA 9.7.9.22: a above b, each clamped; the rest comes from the low bits of c.")
    values = [to_bits(v, "s32") for v in (0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 100, 0x7fffffff)]
    values += [to_bits(~v, "s32") for v in values]
    for t, bits in (("u2", 2), ("s2", 2), ("u4", 4), ("s4", 4)):
        low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if t[0] == "s" else (0, (1 << bits) - 1)

        def reference(a, b, c, bits=bits, low=low, high=high):
            upper, lower = (min(max(one, low), high) & ((1 << bits) - 1) for one in (a, b))
            return lower | upper << bits | c << 2 * bits

        file.value(f"cvt_pack_{t}", f"cvt.pack.sat.{t}.s32.b32", "b32", ["s32", "s32", "b32"], reference,
                   [(values[i], values[(7 * i + 3) % len(values)], c) for i, (c,) in
                    enumerate(integers(["b32"], len(values), "pack", t))][:len(values)])
    return [file]


def files():
    return [*pair_files(), *ue8m0_files(), *stochastic_pair_files(), *stochastic_four_files(), *pack_bits_file()]
