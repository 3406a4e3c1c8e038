"""Logic and shift instructions (PTX ISA 9.7.8, prmt 9.7.9.7), bit by bit or in Python's unbounded integers."""
from ptx_file import PtxFile, to_bits, width_of
from samples import crossed, integers

BITS = ("b16", "b32", "b64")


def bitwise():
    for opcode, function in (("and", lambda a, b: a & b), ("or", lambda a, b: a | b), ("xor", lambda a, b: a ^ b)):
        file = PtxFile(f"logic/{opcode}.ptx", [f"{opcode}.bits_pred d, a, b"], "PTX ISA 9.7.8.1 to 9.7.8.3.")
        for t in BITS + ("pred",):
            samples = crossed([0, 1], [0, 1]) if t == "pred" else integers([t, t], 20, opcode)
            file.value(f"{opcode}_{t}", f"{opcode}.{t}", t, [t, t], function, samples)
        yield file
    for opcode, function, row in (("not", lambda a: ~a, "not.bits_pred d, a"), ("cnot", lambda a: a == 0, "cnot.bits d, a")):
        file = PtxFile(f"logic/{opcode}.ptx", [row], "PTX ISA 9.7.8.4, 9.7.8.5.")
        for t in BITS + (("pred",) if opcode == "not" else ()):
            samples = [(0,), (1,)] if t == "pred" else integers([t], 20, opcode, always=[(1 << (width_of(t) - 1),), (256,)])
            file.value(f"{opcode}_{t}", f"{opcode}.{t}", t, [t], function, samples)
        yield file


def looked_up(table, *operands):
    """Bit i of the result is the table's bit number abc, of the operands' bits i."""
    a, b, c = ([one >> i & 1 for i in range(32)] for one in operands)
    return sum((table >> (4 * a[i] + 2 * b[i] + c[i]) & 1) << i for i in range(32))


def lop3():
    file = PtxFile("logic/lop3.ptx", ["lop3.b32 d, a, b, c, immLut:Number"],
                   "PTX ISA 9.7.8.6: every table, 16 to an entry. The first row's operands give the table itself.")
    for first in range(0, 256, 16):
        tables = range(first, first + 16)
        text = ";\n".join(f"lop3.b32 %d{i}, %a0, %a1, %a2, {table:#x}" for i, table in enumerate(tables))
        samples = integers(["b32"] * 3, 8, "lop3", first, always=[(0xf0f0f0f0, 0xcccccccc, 0xaaaaaaaa)])
        file.value(f"lop3_{first:02x}", text, ["b32"] * 16, ["b32"] * 3,
                   lambda *x, tables=tables: tuple(looked_up(table, *x) for table in tables), samples)
    yield file
    file = PtxFile("logic/lop3_bool.ptx", ["lop3.andor.b32 d|p, a, b, c, immLut:Number, q"],
                   "PTX ISA 9.7.8.6: p = (d != 0) BoolOp q; columns are d, p, and p of the same with the sink for d.",
                   target="sm_80", version="8.2")
    for op, function in (("or", lambda x, q: x | q), ("and", lambda x, q: x & q)):
        for table in (0x00, 0x80, 0x96, 0x40, 0xff):
            def reference(a, b, c, q, table=table, function=function):
                d = looked_up(table, a, b, c)
                return d, function(int(d != 0), q), function(int(d != 0), q)

            text = (f"lop3.{op}.b32 %d0|%d1, %a0, %a1, %a2, {table:#x}, %a3;\n"
                    f"lop3.{op}.b32 _|%d2, %a0, %a1, %a2, {table:#x}, %a3")
            words = integers(["b32"] * 3, 9, "lop3", op, table, always=[(0, 0, 0), (5, 5, 2)])
            file.value(f"lop3_{op}_{table:02x}", text, ["b32", "pred", "pred"], ["b32"] * 3 + ["pred"], reference,
                       [row + (q,) for row in words for q in (0, 1)])
    yield file


# 9.7.9.7's table: the source bytes of d.b3, d.b2, d.b1, d.b0 for selector 0, 1, 2, 3.
PRMT_MODES = {"f4e": ("3210", "4321", "5432", "6543"), "b4e": ("5670", "6701", "7012", "0123"),
              "rc8": ("0000", "1111", "2222", "3333"), "ecl": ("3210", "3211", "3222", "3333"),
              "ecr": ("0000", "1110", "2210", "3210"), "rc16": ("1010", "3232", "1010", "3232")}


def prmt():
    file = PtxFile("logic/prmt.ptx", ["prmt.b32{.prmode} d, a, b, c"],
                   "PTX ISA 9.7.9.7: selectors of 4 bits, of which the highest replicates the byte's sign; or a mode's table.")

    def byte(a, b, selector):
        value = (b << 32 | a) >> 8 * (selector & 7) & 255
        return (255 if value & 128 else 0) if selector & 8 else value

    def generic(a, b, c):
        return sum(byte(a, b, c >> 4 * i & 15) << 8 * i for i in range(4))

    controls = [0x3210, 0x7654, 0xfedc, 0xba98, 0x0123, 0x8f17, 0xffff3210, 0x1234c5d6]
    words = [(0x33221100, 0x77665544), (0x80ff7f01, 0x00fe817e), (0x8090a0b0, 0x10203040)]
    file.value("prmt_b32", "prmt.b32", "b32", ["b32"] * 3, generic, [(*ab, c) for ab in words for c in controls] +
               integers(["b32"] * 3, 12, "prmt"))
    for mode, table in PRMT_MODES.items():
        def by_mode(a, b, c, table=table):
            return sum(byte(a, b, int(table[c & 3][3 - i])) << 8 * i for i in range(4))

        file.value(f"prmt_b32_{mode}", f"prmt.b32.{mode}", "b32", ["b32"] * 3, by_mode,
                   crossed([0x33221100, 0x80ff7f01], [0x77665544, 0x90a0b0c0], [0, 1, 2, 3, 0xfffffffd, 0x76]))
    yield file


def shifts():
    amounts = [0, 1, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 0x80000000, 0xffffffff]
    for opcode, types, row in (("shl", BITS, "shl.bits d, a, b:U32"),
                               ("shr", BITS + ("u16", "u32", "u64", "s16", "s32", "s64"), "shr.shrtype d, a, b:U32")):
        file = PtxFile(f"logic/{opcode}.ptx", [row], "PTX ISA 9.7.8.8, 9.7.8.9: amounts of 32 bits, clamped to the width.")
        for t in types:
            width = width_of(t)

            def reference(a, n, width=width, left=opcode == "shl"):
                return a << min(n, width) if left else a >> min(n, width)

            numbers = [(1 << width) - 1, 1, 1 << (width - 1), 0x8123456789abcdef >> (64 - width), 0x76543210fedcba98 >> (64 - width)]
            file.value(f"{opcode}_{t}", f"{opcode}.{t}", t, [t, "u32"], reference,
                       crossed(numbers, amounts, count=40, seed=opcode + t))
        yield file
    for direction, form in (("l", "shf.l.bound.b32 d, a, b, c:U32"), ("r", "shf.r.bound.b32 d, a, b, c:U32")):
        file = PtxFile(f"logic/shf_{direction}.ptx", [form], "PTX ISA 9.7.8.7: the upper (l) or lower (r) word of b:a, shifted.")
        for mode, limit in (("clamp", lambda n: min(n, 32)), ("wrap", lambda n: n % 32)):
            def funnel(a, b, n, limit=limit, left=direction == "l"):
                both = b << 32 | a
                return to_bits(both << limit(n), "b64") >> 32 if left else both >> limit(n)

            file.value(f"shf_{direction}_{mode}", f"shf.{direction}.{mode}.b32", "b32", ["b32", "b32", "u32"], funnel,
                       crossed([0x80c3a5f1, 1], [0x76543210, 0xffffffff, 0x80000001], amounts, count=40, seed=direction + mode))
        yield file


def files():
    return [*bitwise(), *lop3(), *prmt(), *shifts()]
