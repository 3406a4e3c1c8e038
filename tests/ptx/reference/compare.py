"""Comparison and selection of integers and bits (PTX ISA 9.7.6). One entry compares in every way that its type knows."""
import operator

from ptx_file import PtxFile, width_of
from samples import crossed, edges, integers

EQUAL = {"eq": operator.eq, "ne": operator.ne}
SIGNED = EQUAL | {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}
UNSIGNED = SIGNED | {"lo": operator.lt, "ls": operator.le, "hi": operator.gt, "hs": operator.ge}
COMPARISONS = {"b": EQUAL, "u": UNSIGNED, "s": SIGNED}
BOOLEANS = {"and": operator.and_, "or": operator.or_, "xor": operator.xor}
TYPES = ("b16", "b32", "b64", "u16", "u32", "u64", "s16", "s32", "s64")
SELECTED = TYPES + ("f32", "f64")
TRUE = {"u32": 0xffffffff, "s32": 0xffffffff, "f32": 0x3f800000, "f16": 0x3c00, "bf16": 0x3f80}


def pairs(t, count, *seed):
    """Operands of which a third are equal."""
    rows = integers([t, t], count, "compare", *seed)
    return [(a, a) if i % 3 == 0 else (a, b) for i, (a, b) in enumerate(rows)]


def form(opcode, kind, boolean, rest):
    return f"{opcode}.{ {'b': 'eqne', 'u': 'ucmp', 's': 'scmp'}[kind]}{boolean}.{rest}"


def setp_files():
    sets = {"b": "bits", "u": "uint", "s": "sint"}
    file = PtxFile("compare/setp_int.ptx", [form("setp", k, "", f"{s} p{{|q}}, a, b") for k, s in sets.items()],
                   "PTX ISA 9.7.6.2: columns are p and q of each comparison in turn, as in the instructions.")
    combined = PtxFile("compare/setp_bool_int.ptx",
                       [form("setp", k, ".bool", f"{s} p{{|q}}, a, b, {{!}}c") for k, s in sets.items()],
                       "PTX ISA 9.7.6.2: p = (a cmp b) op c, q = !(a cmp b) op c; every second instruction takes !c.")
    for t in TYPES:
        comparisons = COMPARISONS[t[0]]
        text = ";\n".join(f"setp.{name}.{t} %d{2 * i}|%d{2 * i + 1}, %a0, %a1" for i, name in enumerate(comparisons))

        def reference(a, b, functions=tuple(comparisons.values())):
            return tuple(int(value) for f in functions for value in (f(a, b), not f(a, b)))

        file.value(f"setp_{t}", text, ["pred"] * 2 * len(comparisons), [t, t], reference, pairs(t, 30, "setp", t))
        for op, function in BOOLEANS.items():
            text = ";\n".join(f"setp.{name}.{op}.{t} %d{2 * i}|%d{2 * i + 1}, %a0, %a1, {'!' if i % 2 else ''}%a2"
                              for i, name in enumerate(comparisons))

            def with_bool(a, b, c, function=function, functions=tuple(comparisons.values())):
                return tuple(int(function(value, c ^ i % 2)) for i, f in enumerate(functions)
                             for value in (int(f(a, b)), int(not f(a, b))))

            combined.value(f"setp_{op}_{t}", text, ["pred"] * 2 * len(comparisons), [t, t, "pred"], with_bool,
                           [(*ab, c) for ab in pairs(t, 10, "setp", op, t) for c in (0, 1)])
    return [file, combined]


def setp_one_predicate():
    """p alone, and the sink in the place of either."""
    file = PtxFile("compare/setp_sink.ptx", ["setp.scmp.sint p{|q}, a, b", "setp.scmp.bool.sint p{|q}, a, b, {!}c"],
                   "PTX ISA 9.7.6.2: _ in the place of a predicate; columns: p alone, p of p|_, q of _|q, p with a boolean.")
    text = ("setp.lt.s32 %d0, %a0, %a1;\nsetp.lt.s32 %d1|_, %a0, %a1;\nsetp.lt.s32 _|%d2, %a0, %a1;\n"
            "setp.lt.xor.s32 %d3, %a0, %a1, %a2")
    file.value("setp_sink", text, ["pred"] * 4, ["s32", "s32", "pred"],
               lambda a, b, c: (int(a < b), int(a < b), int(a >= b), int((a < b) != c)),
               [(*ab, c) for ab in pairs("s32", 12, "sink") for c in (0, 1)])
    return file


def set_files():
    for dest in TRUE:
        row = {"u32": "int32", "s32": "int32", "f32": "f32"}.get(dest, "half1")
        sets = {"b": "bits", "u": "uint", "s": "sint"}
        forms = [form("set", k, "", f"{row}.{s} d, a:A, b:A") for k, s in sets.items()]
        forms += [form("set", k, ".bool", f"{row}.{s} d, a:A, b:A, {{!}}c") for k, s in sets.items()]
        target, version = ("sm_90", "7.8") if dest == "bf16" else ("sm_80", "8.0")
        file = PtxFile(f"compare/set_{dest}_int.ptx", forms,
                       "PTX ISA 9.7.6.1: all ones (integers) or 1.0, else 0; each comparison, then with .and, .or, .xor.",
                       target, version)
        for t in TYPES:
            comparisons = list(COMPARISONS[t[0]].items())
            lines = [f"set.{name}.{dest}.{t} %d{i}, %a0, %a1" for i, (name, _) in enumerate(comparisons)]
            chosen = [(comparisons[i % len(comparisons)], op, i % 2) for i, op in enumerate([*BOOLEANS] * 2)]
            lines += [f"set.{name}.{op}.{dest}.{t} %d{len(comparisons) + i}, %a0, %a1, {'!' if negated else ''}%a2"
                      for i, ((name, _), op, negated) in enumerate(chosen)]

            def reference(a, b, c, dest=dest, comparisons=comparisons, chosen=chosen):
                plain = [f(a, b) for _, f in comparisons]
                combined = [BOOLEANS[op](int(f(a, b)), c ^ negated) for (_, f), op, negated in chosen]
                return tuple(TRUE[dest] if one else 0 for one in plain + combined)

            file.value(f"set_{dest}_{t}", ";\n".join(lines), [dest] * len(lines), [t, t, "pred"], reference,
                       [(*ab, c) for ab in pairs(t, 9, "set", t) for c in (0, 1)])
        yield file


def selections():
    file = PtxFile("compare/selp.ptx", ["selp.seltype d, a, b, c:Pred"], "PTX ISA 9.7.6.3; floats are bits here.")
    for t in SELECTED:
        file.value(f"selp_{t}", f"selp.{t}", t, [t, t, "pred"], lambda a, b, c: a if c else b,
                   [(*ab, i % 2) for i, ab in enumerate(integers([f"b{width_of(t)}"] * 2, 20, "selp", t))])
    yield file
    file = PtxFile("compare/slct_s32.ptx", ["slct.seltype.s32 d, a, b, c:A"], "PTX ISA 9.7.6.4: a if c >= 0, else b.")
    for t in SELECTED:
        words = integers([f"b{width_of(t)}"] * 2, 22, "slct", t)
        signs = crossed(edges(32)) * 2
        file.value(f"slct_{t}", f"slct.{t}.s32", t, [t, t, "s32"], lambda a, b, c: a if c >= 0 else b,
                   [(*ab, *c) for ab, c in zip(words, signs)])
    yield file


def files():
    return [*setp_files(), setp_one_predicate(), *set_files(), *selections()]
