"""Operations of a warp on both ways of a branch: the lanes of each way wait for those of the other and do it together
(PTX ISA 9.7.9.6, 9.7.13.2, 9.7.13.9 to 9.7.13.12, 9.7.13.14)."""
from parallel import ALL, LANES, words
from ptx_file import PtxFile, generator

# The operation, and its result for a lane, given every lane's operand.
OPERATIONS = {
    "shfl": (["shfl.sync.shflmode.b32 d{|p}, a, b:U32, c:U32, m:B32"], "shfl.sync.bfly.b32 %r, %x, 5, 31, -1;",
             lambda x, i: x[i ^ 5]),
    "vote": (["vote.sync.ballot.b32 d, {!}a, m:B32"], "vote.sync.ballot.b32 %r, %low, -1;",
             lambda x, i: sum((x[k] & 1) << k for k in LANES)),
    "match": (["match.any.sync.bits3264 d:B32, a, b:B32"], "match.any.sync.b32 %r, %few, 0xffffffff;",
              lambda x, i: sum(1 << k for k in LANES if x[k] & 3 == x[i] & 3)),
    "redux": (["redux.sync.addminmax.int32 d, a, b:B32"], "redux.sync.add.u32 %r, %x, -1;", lambda x, i: sum(x) & ALL),
    "elect": (["elect.sync d:B32|p, a:B32"], "elect.sync %r|%leads, -1;\n@%leads add.u32 %r, %r, 1000;",
              lambda x, i: 0 if i else 1000),
    "bar_warp": (["bar.warp.sync a:B32"], "st.shared.b32 [%mine], %x;\nbar.warp.sync -1;\n"
                 "ld.shared.b32 %r, [%other];\nbar.warp.sync %all;",
                 lambda x, i: x[i ^ 5]),
}

SHAPES = {
    "arms": "@!%p bra $else;\n{yes}\nbra $end;\n$else:\n{no}\n$end:",
    "behind": "@!%p bra $skip;\n{yes}\n$skip:\n@%p bra $end;\n{no}\n$end:",
    "behind_other": "@!%p bra $skip;\n{yes}\n$skip:\n@!%q bra $end;\n{no}\n$end:",
    "far": "@!%p bra $skip;\n{yes}\n$skip:\nadd.u32 %far, %far, 1;\nsetp.gt.u32 %some, %far, 3;\n@%some bra $more;\n"
           "add.u32 %far, %far, 5;\n$more:\n@%p bra $end;\n{no}\n$end:",
    "loop": "mov.u32 %k, 0;\n$again:\n@!%p bra $else;\n{yes}\nbra $end;\n$else:\n{no}\n$end:\n"
            "xor.b32 %a0, %a0, %d0;\nshr.u32 %a1, %a1, 1;\nand.b32 %far, %a1, 1;\nsetp.eq.u32 %p, %far, 1;\n"
            "add.u32 %k, %k, 1;\nsetp.lt.u32 %some, %k, 4;\n@%some bra $again;",
}

REGISTERS = (".reg .b32 %x, %r, %k, %far, %lane, %mine, %other, %bit, %few, %all;\n"
             ".reg .pred %p, %q, %some, %low, %leads;")
BEFORE = """\
mov.u32 %lane, %laneid;
mov.u32 %mine, area;
mov.u32 %all, -1;
xor.b32 %k, %lane, 5;
mad.lo.u32 %other, %k, 4, %mine;
mad.lo.u32 %mine, %lane, 4, %mine;
and.b32 %k, %a1, 1;
and.b32 %far, %lane, 7;
setp.eq.u32 %p, %k, 1;
setp.ne.u32 %q, %k, 1;"""
OPERAND = "and.b32 %bit, %x, 1;\nsetp.eq.u32 %low, %bit, 1;\nand.b32 %few, %x, 3;\n"


def reference(result, turns):
    def of_warp(lanes):
        a, way = [lane[0] for lane in lanes], [lane[1] for lane in lanes]
        for _ in range(turns):
            x = [(a[i] if way[i] & 1 else a[i] ^ ALL) for i in LANES]
            d = [(result(x, i) + (1 if way[i] & 1 else 2)) & ALL for i in LANES]
            a, way = [(a[i] ^ d[i]) & ALL for i in LANES], [one >> 1 for one in way]
        return d
    return of_warp


def meet_file(operation):
    forms, text, result = OPERATIONS[operation]
    file = PtxFile(f"parallel/meet_{operation}.ptx", forms,
                   "A thread waits for every thread of the member mask, from whatever place it comes to such an operation:\n"
                   "two ways of a branch, two branches one behind the other, and in a loop.", target="sm_90")
    file.declare(".shared .align 4 .b8 area[128];")
    yes = f"mov.b32 %x, %a0;\n{OPERAND}{text}\nadd.u32 %d0, %r, 1;"
    no = f"not.b32 %x, %a0;\n{OPERAND}{text}\nadd.u32 %d0, %r, 2;"
    rng = generator("meet", operation)
    patterns = [0x0000ffff, 0xaaaaaaaa, 1, ALL ^ 1 << 31, 0, rng.getrandbits(32)]
    for shape, frame in SHAPES.items():
        samples = []
        for pattern in patterns:
            samples += [(a, (pattern >> lane & 1) | rng.getrandbits(3) << 1)
                        for lane, a in zip(LANES, words(1, "meet", operation, shape, pattern))]
        file.warps(f"meet_{operation}_{shape}", f"{BEFORE}\n{frame.format(yes=yes, no=no)}", ["b32"], ["b32", "b32"],
                   reference(result, 4 if shape == "loop" else 1), samples, registers=REGISTERS)
    return file


def files():
    return [meet_file(operation) for operation in OPERATIONS]
