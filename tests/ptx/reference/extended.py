"""Extended-precision integer arithmetic (PTX ISA 9.7.2): chains that pass CC.CF on, against Python's unbounded integers."""
from ptx_file import PtxFile, width_of
from samples import integers

TYPES = ("u32", "s32", "u64", "s64")


def carry_file(opcode, forms, value):
    """opcode.cc sets the flag; opcode + "c" takes it and, with .cc, sets it. The carry out is read by an addc."""
    file = PtxFile(f"extended/{opcode}.ptx", forms, "PTX ISA 9.7.2: columns are both words of the result, then the flag.")
    for t in TYPES:
        width = width_of(t)
        ones = (1 << width) - 1
        flag = f"addc.u{width}" if opcode == "add" else f"subc.u{width}"

        def reference(a0, a1, b0, b1):
            a, b = (a0 & ones) | (a1 & ones) << width, (b0 & ones) | (b1 & ones) << width
            total = value(a, b)
            return total & ones, total >> width & ones, (total >> 2 * width) & ones

        text = (f"{opcode}.cc.{t} %d0, %a0, %a2;\n{opcode}c.cc.{t} %d1, %a1, %a3;\n{flag} %d2, 0, 0")
        file.value(f"{opcode}_{t}", text, [t, t, t], [t] * 4, reference, integers([t] * 4, 28, opcode))
    return file


def mad_file():
    file = PtxFile("extended/mad.ptx", ["mad.hilo.cc.int3264 d, a, b, c", "madc.hilo{.cc}.int3264 d, a, b, c"],
                   "PTX ISA 9.7.2.5, 9.7.2.6: a * b + c in two words and the flag behind them, of which the upper word's own\n"
                   "carry is one.")
    for t in TYPES:
        width, ones = width_of(t), (1 << width_of(t)) - 1

        def two_words(a, b, c0, c1):
            low = (a * b & ones) + (c0 & ones)
            high = (a * b >> width & ones) + (c1 & ones) + (low >> width)
            return low & ones, high & ones, high >> width

        def swapped(a, b, c0, c1):
            first = (a * b >> width & ones) + (c0 & ones)
            second = (a * b & ones) + (c1 & ones) + (first >> width)
            return first & ones, second & ones, second >> width

        for name, reference, parts in (("low_high", two_words, ("lo", "hi")), ("high_low", swapped, ("hi", "lo"))):
            text = (f"mad.{parts[0]}.cc.{t} %d0, %a0, %a1, %a2;\nmadc.{parts[1]}.cc.{t} %d1, %a0, %a1, %a3;\n"
                    f"addc.u{width} %d2, 0, 0")
            file.value(f"mad_{name}_{t}", text, [t, t, t], [t] * 4, reference, integers([t] * 4, 28, name))

            text = f"mad.{parts[0]}.cc.{t} %d0, %a0, %a1, %a2;\nmadc.{parts[1]}.{t} %d1, %a0, %a1, %a3"
            file.value(f"mad_{name}_end_{t}", text, [t, t], [t] * 4, lambda *x, f=reference: f(*x)[:2],
                       integers([t] * 4, 20, name, "end"))
    return file


def keep_file():
    """An instruction without .cc leaves the flag alone, and so does what is no extended arithmetic (9.7.2)."""
    file = PtxFile("extended/kept_flag.ptx", ["addc{.cc}.int3264 d, a, b", "subc{.cc}.int3264 d, a, b"],
                   "PTX ISA 9.7.2: CC.CF stays what the last .cc made it; addc adds it, subc takes it away as a borrow.")
    for t in TYPES:
        width = width_of(t)

        def added(a, b, ones=(1 << width) - 1, width=width):
            carry = ((a & ones) + (b & ones)) >> width
            return a + carry, b + carry

        def taken(a, b, ones=(1 << width) - 1):
            borrow = int((a & ones) < (b & ones))
            return a - borrow, b - borrow

        for op, reference in (("add", added), ("sub", taken)):
            text = (f"{op}.cc.{t} %d0, %a0, %a1;\n{op}c.{t} %d0, %a0, 0;\nadd.{t} %d1, %a0, %a1;\n{op}c.{t} %d1, %a1, 0")
            file.value(f"{op}_{t}", text, [t, t], [t, t], reference, integers([t, t], 24, op))
    return file


def files():
    return [carry_file("add", ["add.cc.int3264 d, a, b", "addc{.cc}.int3264 d, a, b"], lambda a, b: a + b),
            carry_file("sub", ["sub.cc.int3264 d, a, b", "subc{.cc}.int3264 d, a, b"], lambda a, b: a - b),
            mad_file(), keep_file()]
