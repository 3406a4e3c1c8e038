"""Video instructions (PTX ISA 9.7.18): the manual's pseudocode in Python's unbounded integers.  Every instruction of an
entry has its own selectors, chosen at random but the same every time."""
import itertools

from ptx_file import PtxFile, generator, is_signed
from samples import integers

INTS = ("u32", "s32")
PARTS = ("", "b0", "b1", "b2", "b3", "h0", "h1")
WORD = 0xffffffff
SCALAR = ".int32.int32.int32{.sat}"


def extended(bits, width, signed):
    bits &= (1 << width) - 1
    return bits - (1 << width) if signed and bits >> (width - 1) else bits


def part_of(sel):
    """Width and lowest bit."""
    if not sel:
        return 32, 0
    width = 8 if sel[0] == "b" else 16
    return width, width * int(sel[1])


def select_part(value, ptx_type, sel):
    width, low = part_of(sel)
    return extended((value & WORD) >> low, width, is_signed(ptx_type))


def clamp(value, width, signed):
    low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)
    return min(max(value, low), high)


def second_operation(op2, tmp, c):
    """Both are .s33 in the manual: what does not fit wraps."""
    tmp = extended(tmp, 33, True)
    return {"": tmp, "add": tmp + c, "min": min(tmp, c), "max": max(tmp, c)}[op2]


def merge(sel, tmp, c):
    if not sel:
        return tmp & WORD
    width, low = part_of(sel)
    mask = ((1 << width) - 1) << low
    return (tmp << low) & mask | c & WORD & ~mask


OPERATIONS = {
    "vadd": lambda a, b: a + b,
    "vsub": lambda a, b: a - b,
    "vabsdiff": lambda a, b: abs(a - b),
    "vmin": min,
    "vmax": max,
    "vavrg": lambda a, b: (a + b + 1) >> 1 if a + b >= 0 else (a + b) >> 1,
    "vshl.clamp": lambda a, b: a << min(b, 32),
    "vshl.wrap": lambda a, b: a << (b & 31),
    "vshr.clamp": lambda a, b: a >> min(b, 32),
    "vshr.wrap": lambda a, b: a >> (b & 31),
    "vset.eq": lambda a, b: int(a == b),
    "vset.ne": lambda a, b: int(a != b),
    "vset.lt": lambda a, b: int(a < b),
    "vset.le": lambda a, b: int(a <= b),
    "vset.gt": lambda a, b: int(a > b),
    "vset.ge": lambda a, b: int(a >= b),
}


class Scalar:
    """One instruction of 9.7.18.1 with its selectors."""

    def __init__(self, op, types, rng, sat=False, op2="", dsel="", third=True):
        self.op, self.types, self.sat, self.op2, self.dsel, self.third = op, types, sat, op2, dsel, third
        self.asel, self.bsel = rng.choice(PARTS), rng.choice(PARTS)

    def text(self, result):
        opcode, _, mode = self.op.partition(".")
        types = self.types[1:] if opcode == "vset" else self.types
        suffix = ("." + mode if opcode == "vset" else "") + (".sat" if self.sat else "")
        suffix += "." + mode if mode and opcode != "vset" else ""
        operands = [f"%d{result}{'.' + self.dsel if self.dsel else ''}", f"%a0{'.' + self.asel if self.asel else ''}",
                    f"%a1{'.' + self.bsel if self.bsel else ''}"] + (["%a2"] if self.third else [])
        return f"{opcode}.{'.'.join(types)}{suffix}{'.' + self.op2 if self.op2 else ''} {', '.join(operands)}"

    def value(self, a, b, c):
        dtype, atype, btype = self.types
        tmp = OPERATIONS[self.op](select_part(a, atype, self.asel), select_part(b, btype, self.bsel))
        if self.sat:
            tmp = clamp(tmp, part_of(self.dsel)[0], is_signed(dtype))
        c = extended(c, 32, is_signed(dtype))
        return merge(self.dsel, second_operation(self.op2, tmp, c), c)


class Simd:
    """One instruction of 9.7.18.2: 2 half-words or 4 bytes."""

    def __init__(self, op, count, types, rng, sat=False, add=False, plain=False):
        self.op, self.count, self.types, self.sat, self.add = op, count, types, sat, add
        letter = "h" if count == 2 else "b"
        if plain:
            self.mask, self.asel, self.bsel = "", "", ""
        else:
            chosen = sorted(rng.sample(range(count), rng.randint(1, count)), reverse=True)
            self.mask = letter + "".join(map(str, chosen))
            self.asel, self.bsel = (letter + "".join(str(rng.randrange(2 * count)) for _ in range(count)) for _ in "ab")

    def text(self, result):
        opcode, _, mode = self.op.partition(".")
        types = self.types[1:] if opcode == "vset" else self.types
        suffix = ("." + mode if mode else "") + (".sat" if self.sat else "") + (".add" if self.add else "")
        operands = [f"%{name}{'.' + sel if sel else ''}" for name, sel in
                    ((f"d{result}", self.mask), ("a0", self.asel), ("a1", self.bsel))]
        return f"{opcode}{self.count}.{'.'.join(types)}{suffix} {', '.join(operands)}, %a2"

    def elements(self, a, b, sel, ptx_type, default):
        width = 32 // self.count
        pair = (b & WORD) << 32 | a & WORD
        digits = (sel[1:] if sel else default)[::-1]
        return [extended(pair >> width * int(digit), width, is_signed(ptx_type)) for digit in digits]

    def value(self, a, b, c):
        dtype, atype, btype = self.types
        width = 32 // self.count
        va = self.elements(a, b, self.asel, atype, "10" if self.count == 2 else "3210")
        vb = self.elements(a, b, self.bsel, btype, "32" if self.count == 2 else "7654")
        mask = [not self.mask or str(i) in self.mask for i in range(self.count)]
        t = [OPERATIONS[self.op](x, y) for x, y in zip(va, vb)]
        if self.sat:
            t = [clamp(x, width, is_signed(dtype)) for x in t]
        if self.add:
            return c + sum(x for x, m in zip(t, mask) if m)
        ones = (1 << width) - 1
        return sum(((x if m else c >> width * i) & ones) << width * i for i, (x, m) in enumerate(zip(t, mask)))


class Vmad:
    def __init__(self, types, rng, negated="", sat=False, scale="", plus_one=False):
        self.types, self.negated, self.sat, self.scale, self.plus_one = types, negated, sat, scale, plus_one
        self.asel, self.bsel = rng.choice(PARTS), rng.choice(PARTS)

    def text(self, result):
        a, b, c = (f"{'-' if name in self.negated else ''}%a{i}{'.' + sel if sel else ''}" for i, (name, sel) in
                   enumerate((("a", self.asel), ("b", self.bsel), ("c", ""))))
        suffix = (".po" if self.plus_one else "") + (".sat" if self.sat else "") + ("." + self.scale if self.scale else "")
        return f"vmad.{'.'.join(self.types)}{suffix} %d{result}, {a}, {b}, {c}"

    def value(self, a, b, c):
        _, atype, btype = self.types
        product = select_part(a, atype, self.asel) * select_part(b, btype, self.bsel)
        negate_product = ("a" in self.negated) != ("b" in self.negated)
        signed = is_signed(atype) or is_signed(btype) or negate_product or "c" in self.negated
        lsb = 0
        if self.plus_one:
            lsb = 1
        elif negate_product:
            product, lsb = ~product, 1
        elif "c" in self.negated:
            c, lsb = ~c, 1
        tmp = product + extended(c, 32, signed) + lsb
        result = extended(tmp >> {"": 0, "shr7": 7, "shr15": 15}[self.scale], 64, signed)
        return clamp(result, 32, signed) if self.sat else result


def entry(file, name, instructions, samples):
    file.value(name, ";\n".join(one.text(i) for i, one in enumerate(instructions)), ["b32"] * len(instructions),
               ["b32"] * 3, lambda a, b, c: tuple(one.value(a, b, c) for one in instructions), samples)


def scalar_variants(op, types, rng):
    found = [Scalar(op, types, rng, third=False)]
    saturations = (False,) if op.startswith("vset") else (False, True)
    if len(saturations) == 2:
        found.append(Scalar(op, types, rng, sat=True, third=False))
    found += [Scalar(op, types, rng, sat=sat, op2=op2) for sat in saturations for op2 in ("add", "min", "max")]
    return found + [Scalar(op, types, rng, sat=sat, dsel=dsel) for sat in saturations for dsel in rng.sample(PARTS[1:], 3)]


def scalar_files():
    for op in ("vabsdiff", "vadd", "vmax", "vmin", "vsub"):
        file = PtxFile(f"video/{op}.ptx", [f"{op}{SCALAR} d{{.sel}}, a{{.sel}}:A, b{{.sel}}:B{{, c}}",
                                           f"{op}{SCALAR}.addminmax d, a{{.sel}}:A, b{{.sel}}:B, c"],
                       "PTX ISA 9.7.18.1.1.", target="sm_75")
        for types in itertools.product(INTS, repeat=3):
            rng = generator(op, *types)
            entry(file, f"{op}_{'_'.join(types)}", scalar_variants(op, types, rng), integers(["b32"] * 3, 20, op, *types))
        yield file


def shift_files():
    for op in ("vshl", "vshr"):
        file = PtxFile(f"video/{op}.ptx", [f"{op}.int32.int32.u32{{.sat}}.bound d{{.sel}}, a{{.sel}}:A, b{{.sel}}:B{{, c}}",
                                           f"{op}.int32.int32.u32{{.sat}}.bound.addminmax d, a{{.sel}}:A, b{{.sel}}:B, c"],
                       "PTX ISA 9.7.18.1.2; the amounts are in every byte of b.", target="sm_75")
        for mode, dtype, atype in itertools.product(("clamp", "wrap"), INTS, INTS):
            types = (dtype, atype, "u32")
            rng = generator(op, mode, *types)
            samples = [(a, (n if n < 33 else n * 0x01010101) & WORD, c) for (a, c), n in
                       zip(integers(["b32"] * 2, 24, op, mode, *types),
                           [0, 1, 2, 7, 8, 15, 16, 17, 30, 31, 32, 33, 34, 63, 64, 65, 128, 255, 3, 4, 5, 24, 40, 100])]
            entry(file, f"{op}_{mode}_{dtype}_{atype}", scalar_variants(f"{op}.{mode}", types, rng), samples)
        yield file


def set_file():
    file = PtxFile("video/vset.ptx", ["vset.int32.int32.scmp d{.sel}, a{.sel}, b{.sel}:A{, c}",
                                      "vset.int32.int32.scmp.addminmax d, a{.sel}, b{.sel}:A, c"],
                   "PTX ISA 9.7.18.1.4.", target="sm_75")
    for compare, atype, btype in itertools.product(("eq", "ne", "lt", "le", "gt", "ge"), INTS, INTS):
        rng = generator("vset", compare, atype, btype)
        samples = integers(["b32"] * 3, 16, "vset", compare, atype, btype)
        samples += [(a, a, c) for a, _, c in samples[:5]]
        entry(file, f"vset_{compare}_{atype}_{btype}", scalar_variants(f"vset.{compare}", ("u32", atype, btype), rng), samples)
    return file


def mad_file():
    file = PtxFile("video/vmad.ptx", ["vmad.int32.int32.int32{.sat}{.scale} d, {-}a{.sel}:A, {-}b{.sel}:B, {-}c",
                                      "vmad.int32.int32.int32.po{.sat}{.scale} d, a{.sel}:A, b{.sel}:B, c"],
                   "PTX ISA 9.7.18.1.3.", target="sm_75")
    for types in itertools.product(INTS, repeat=3):
        rng = generator("vmad", *types)
        for negated, plus_one in (("", False), ("a", False), ("b", False), ("ab", False), ("c", False), ("", True)):
            variants = [Vmad(types, rng, negated, sat, scale, plus_one) for sat in (False, True)
                        for scale in ("", "shr7", "shr15")]
            name = "po" if plus_one else f"neg_{negated}" if negated else "plain"
            entry(file, f"vmad_{'_'.join(types)}_{name}", variants, integers(["b32"] * 3, 16, "vmad", *types, name))
    return file


def simd_files():
    for count, op in itertools.product((2, 4), ("vabsdiff", "vadd", "vavrg", "vmax", "vmin", "vsub")):
        row = f"{op}{count}.int32.int32.int32"
        operands = f" d{{.mask{count}}}, a{{.asel{count}}}:A, b{{.bsel{count}}}:B, c"
        file = PtxFile(f"video/{op}{count}.ptx", [f"{row}{{.sat}}{operands}", f"{row}.add{operands}"], "PTX ISA 9.7.18.2.",
                       target="sm_75")
        for types in itertools.product(INTS, repeat=3):
            rng = generator(op, count, *types)
            variants = [Simd(op, count, types, rng, sat, add, plain) for plain in (True, False)
                        for sat, add in ((False, False), (True, False), (False, True))]
            variants += [Simd(op, count, types, rng, sat=True), Simd(op, count, types, rng, add=True)]
            entry(file, f"{op}{count}_{'_'.join(types)}", variants, integers(["b32"] * 3, 20, op, count, *types))
        yield file


def simd_set_files():
    for count in (2, 4):
        file = PtxFile(f"video/vset{count}.ptx",
                       [f"vset{count}.int32.int32.scmp{{.add}} d{{.mask{count}}}, a{{.asel{count}}}, b{{.bsel{count}}}:A, c"],
                       "PTX ISA 9.7.18.2.2, 9.7.18.2.4; positions that the mask leaves out come from c, as in the semantics.",
                       target="sm_75")
        for compare, atype, btype in itertools.product(("eq", "ne", "lt", "le", "gt", "ge"), INTS, INTS):
            rng = generator("vset", count, compare, atype, btype)
            variants = [Simd(f"vset.{compare}", count, ("u32", atype, btype), rng, False, add, plain)
                        for plain in (True, False) for add in (False, True)]
            samples = integers(["b32"] * 3, 16, "vset", count, compare, atype, btype)
            samples += [(a, a ^ flip, c) for (a, _, c), flip in zip(samples, (0, 0xff, 0xff0000, 0x80000080))]
            entry(file, f"vset{count}_{compare}_{atype}_{btype}", variants, samples)
        yield file


def files():
    return [*scalar_files(), *shift_files(), set_file(), mad_file(), *simd_files(), *simd_set_files()]
