"""Communication within a warp (PTX ISA 9.7.9.5, 9.7.9.6, 9.7.13.8 to 9.7.13.12): the manual's rules on lists of 32 lanes."""
from ptx_file import PtxFile, from_bits, generator, to_bits
from samples import integers

LANES = range(32)
ALL = 0xffffffff
MODES = ("up", "down", "bfly", "idx")


def words(count, *seed, t="b32"):
    return [row[0] for row in integers([t], 32 * count, *seed)[-32 * count:]]


def source_lane(mode, lane, b, c):
    """(j, p) of 9.7.9.6; b is a lane or an offset, c is the clamp in bits 0..4 and the segment mask in bits 8..12."""
    b, clamp, segment = b & 31, c & 31, c >> 8 & 31
    least, most = lane & segment, (lane & segment) | (clamp & ~segment & 31)
    j = {"up": lane - b, "down": lane + b, "bfly": lane ^ b, "idx": least | (b & ~segment & 31)}[mode]
    within = j >= most if mode == "up" else j <= most
    return (j if within else lane), int(within)


def shuffled(mode, lanes):
    """lanes: (a, b, c) of each."""
    result = []
    for lane in LANES:
        j, within = source_lane(mode, lane, *lanes[lane][1:3])
        result.append((lanes[j][0], within))
    return result


def shuffle_samples(mode):
    """Warps with one offset and one c each, as programs have them, and a warp where every lane has its own."""
    top = 0 if mode == "up" else 31
    controls = [(1, top), (4, top), (16, top), (31, top), (0, top), (2, 0x1800 | top), (3, 0x1c00 | (top and 7)),
                (5, 0x1000 | (top and 31)), (33, top), (6, 12), (1, 0x1e00 | top), (7, 0xffffe000 | top)]
    rows = []
    for i, (b, c) in enumerate(controls):
        rows += [(a, b, c) for a in words(1, "shfl", mode, i)]
    rng = generator("shfl", mode)
    for i in range(2):
        rows += [(a, rng.getrandbits(32), rng.choice([top, 0x1800 | top, 0x1f00 | rng.getrandbits(5), rng.getrandbits(13)]))
                 for a in words(1, "own", mode, i)]
    return rows


def shfl_files():
    row = "shfl.{}shflmode.b32 d{{|p}}, a, b:U32, c:U32{}"
    sync = PtxFile("parallel/shfl_sync.ptx", [row.format("sync.", ", m:B32")],
                   "PTX ISA 9.7.9.6: columns are d and p of d|p, then d alone; b and c are the same or each lane's own.")
    plain = PtxFile("parallel/shfl.ptx", [row.format("", "")],
                    "PTX ISA 9.7.9.5; in lane mode lanes do not meet at an instruction without a member mask.\n"
                    "Columns are d and p of d|p, then d alone.", target="sm_70", version="6.3", executors="interpreter warp")
    for mode in MODES:
        def reference(lanes, mode=mode):
            return [(d, p, d) for d, p in shuffled(mode, lanes)]

        for file, name, mask in ((sync, "shfl.sync", ", 0xffffffff"), (plain, "shfl", "")):
            text = f"{name}.{mode}.b32 %d0|%d1, %a0, %a1, %a2{mask};\n{name}.{mode}.b32 %d2, %a0, %a1, %a2{mask}"
            file.warps(f"shfl_{mode}", text, ["b32", "pred", "b32"], ["b32", "u32", "u32"], reference, shuffle_samples(mode))
    return [sync, plain, shfl_parts()]


def shfl_parts():
    """Two groups of a warp shuffle on different paths, a third with a guard; lanes read only from their own group."""
    file = PtxFile("parallel/shfl_sync_parts.ptx", ["shfl.sync.shflmode.b32 d{|p}, a, b:U32, c:U32, m:B32"],
                   "PTX ISA 9.7.9.6: lanes 0..19 by index on one path, the others crosswise on another; then lanes\n"
                   "8..15 alone, guarded; the mask in a register; last, the other way round in a loop.", target="sm_80")
    text = """\
mov.u32 %lane, %laneid;
setp.lt.u32 %first, %lane, 20;
@!%first bra others;
shfl.sync.idx.b32 %d0, %a0, %a1, 31, 0x000fffff;
bra.uni done;
others:
shfl.sync.bfly.b32 %d0, %a0, 1, 31, 0xfff00000;
done:
and.b32 %k, %lane, 24;
setp.eq.u32 %some, %k, 8;
mov.b32 %d1, 7;
mov.b32 %m, 0xff00;
@%some shfl.sync.down.b32 %d1|%in_range, %a0, 3, 0x180f, %m;
mov.b32 %d2, %a0;
mov.u32 %k, 0;
again:
shfl.sync.up.b32 %d2|%in_range, %d2, 1, 0, -1;
@!%in_range add.u32 %d2, %d2, 1;
add.u32 %k, %k, 1;
setp.lt.u32 %in_range, %k, 5;
@%in_range bra again;"""

    def reference(lanes):
        first = [lanes[lanes[i][1]][0] if i < 20 else lanes[i ^ 1][0] for i in LANES]
        second = [lanes[i + 3 if i + 3 <= 15 else i][0] if 8 <= i < 16 else 7 for i in LANES]
        third = [lane[0] for lane in lanes]
        for _ in range(5):
            third = [third[0] + 1] + third[:-1]
        return list(zip(first, second, third))

    rng = generator("parts")
    samples = [(a, rng.randrange(20)) for a in words(4, "parts")]
    file.warps("shfl_parts", text.replace("others", "$others").replace("done", "$done").replace("again", "$again"),
               ["b32"] * 3, ["b32", "u32"], reference, samples,
               registers=".reg .b32 %lane, %k, %m;\n.reg .pred %first, %some, %in_range;")
    return file


def predicates(count, seed):
    """Warps with no, all, one, one missing, and random predicates."""
    rng = generator("votes", seed)
    patterns = [0, ALL, 1, 1 << 31, ALL ^ 1 << 7, 0x0000ffff, 0xaaaaaaaa] + [rng.getrandbits(32) for _ in range(count)]
    return [(pattern >> lane & 1,) for pattern in patterns for lane in LANES]


def votes(lanes, group):
    """all, any, uni and ballot of the predicates in the group."""
    inside = [lanes[i] for i in LANES if group >> i & 1]
    ballot = sum(lanes[i] << i for i in LANES if group >> i & 1)
    return int(all(inside)), int(any(inside)), int(len(set(inside)) < 2), ballot


def vote_files():
    rows = "vote.{0}votemode.pred d, {{!}}a{1}", "vote.{0}ballot.b32 d, {{!}}a{1}"
    for name, action, mask, options in (
            ("vote_sync", "sync.", ", m:B32", {}),
            ("vote", "", "", {"target": "sm_60", "version": "6.3", "executors": "interpreter warp"})):
        prose = "PTX ISA 9.7.13.9: columns are all, any, uni, ballot of a, then of !a."
        if name == "vote":
            prose = ("PTX ISA 9.7.13.8; in lane mode lanes do not meet at an instruction without a member mask.\n"
                     "Columns are all, any, uni, ballot of a, then of !a.")
        file = PtxFile(f"parallel/{name}.ptx", [row.format(action, mask) for row in rows], prose, **options)
        member = ", 0xffffffff" if action else ""
        lines = [f"vote.{action}{mode}.{t} %d{4 * i + k}, {'!' if i else ''}%a0{member}" for i in range(2)
                 for k, (mode, t) in enumerate((("all", "pred"), ("any", "pred"), ("uni", "pred"), ("ballot", "b32")))]

        def reference(lanes):
            plain = votes([one[0] for one in lanes], ALL)
            negated = votes([1 - one[0] for one in lanes], ALL)
            return [plain + negated] * 32

        file.warps(name, ";\n".join(lines), (["pred"] * 3 + ["b32"]) * 2, ["pred"], reference, predicates(3, name))
        yield file


def vote_parts():
    file = PtxFile("parallel/vote_sync_parts.ptx",
                   ["vote.sync.votemode.pred d, {!}a, m:B32", "vote.sync.ballot.b32 d, {!}a, m:B32"],
                   "PTX ISA 9.7.13.9: odd and even lanes vote on paths of their own; then lanes 4..31 with a mask in a\n"
                   "register after the others have left the kernel's voting.")
    text = """\
mov.u32 %lane, %laneid;
and.b32 %k, %lane, 1;
setp.eq.u32 %odd, %k, 1;
@%odd bra $odd;
vote.sync.all.pred %d0, %a0, 0x55555555;
vote.sync.any.pred %d1, %a0, 0x55555555;
vote.sync.uni.pred %d2, %a0, 0x55555555;
vote.sync.ballot.b32 %d3, %a0, 0x55555555;
bra $both;
$odd:
mov.b32 %m, 0xaaaaaaaa;
vote.sync.all.pred %d0, %a0, %m;
vote.sync.any.pred %d1, %a0, %m;
vote.sync.uni.pred %d2, %a0, %m;
vote.sync.ballot.b32 %d3, %a0, %m;
$both:
mov.b32 %d4, 9;
setp.lt.u32 %odd, %lane, 4;
@!%odd vote.sync.ballot.b32 %d4, !%a0, 0xfffffff0;"""

    def reference(lanes):
        predicate = [one[0] for one in lanes]
        late = votes([1 - one for one in predicate], 0xfffffff0)[3]
        return [votes(predicate, 0x55555555 << (i & 1)) + ((late,) if i >= 4 else (9,)) for i in LANES]

    file.warps("vote_parts", text, ["pred"] * 3 + ["b32"] * 2, ["pred"], reference, predicates(3, "parts"),
               registers=".reg .b32 %lane, %k, %m;\n.reg .pred %odd;")
    return file


def match_files():
    file = PtxFile("parallel/match_sync.ptx",
                   ["match.any.sync.bits3264 d:B32, a, b:B32", "match.all.sync.bits3264 d:B32{|p}, a, b:B32"],
                   "PTX ISA 9.7.13.10: columns are any, all and its predicate, all without one; then any and all of the\n"
                   "lanes below 24, which a branch separates from the others.")
    for t, width in (("b32", 32), ("b64", 64)):
        text = f"""\
match.any.sync.{t} %d0, %a0, 0xffffffff;
match.all.sync.{t} %d1|%d2, %a0, 0xffffffff;
match.all.sync.{t} %d3, %a0, -1;
mov.u32 %lane, %laneid;
setp.lt.u32 %below, %lane, 24;
mov.b32 %d4, 5;
mov.b32 %d5, 5;
@!%below bra $done;
match.any.sync.{t} %d4, %a0, 0xffffff;
match.all.sync.{t} %d5|%d6, %a0, 0xffffff;
$done:
@!%below setp.ne.u32 %d6, 0, 0;"""

        def group(lanes, value, members):
            return sum(1 << i for i in LANES if members >> i & 1 and lanes[i][0] == value)

        def reference(lanes):
            result = []
            for i, (value,) in enumerate(lanes):
                same, below = group(lanes, value, ALL), group(lanes, value, 0xffffff)
                whole, part = (same == ALL), (below == 0xffffff)
                first = (same, ALL if whole else 0, int(whole), ALL if whole else 0)
                result.append(first + ((below, 0xffffff if part else 0, int(part)) if i < 24 else (5, 5, 0)))
            return result

        ones = (1 << width) - 1
        high = 1 << (width - 1)
        rng = generator("match", t)
        choices = [[7], [0, 1], [high, 0, ones], [high | i for i in range(5)], [rng.getrandbits(width) for _ in range(32)]]
        samples = [(rng.choice(values),) for values in choices for _ in LANES]
        samples += [(ones if i < 24 else i,) for i in LANES]
        file.warps(f"match_{t}", text, ["b32", "b32", "pred", "b32", "b32", "b32", "pred"], [t], reference, samples,
                   registers=".reg .b32 %lane;\n.reg .pred %below;")
    return file


def redux_file():
    file = PtxFile("parallel/redux_sync.ptx",
                   ["redux.sync.addminmax.int32 d, a, b:B32", "redux.sync.bool.b32 d, a, b:B32"],
                   "PTX ISA 9.7.13.12: columns are add, min, max of u32 and of s32, and, or, xor; then add, min of s32\n"
                   "and xor of the lanes that a branch lets through.")
    text = "\n".join([f"redux.sync.{op}.u32 %d{i}, %a0, 0xffffffff;" for i, op in enumerate(("add", "min", "max"))] +
                     [f"redux.sync.{op}.s32 %d{3 + i}, %a0, 0xffffffff;" for i, op in enumerate(("add", "min", "max"))] +
                     [f"redux.sync.{op}.b32 %d{6 + i}, %a0, -1;" for i, op in enumerate(("and", "or", "xor"))]) + """
mov.b32 %d9, 3;
mov.b32 %d10, 3;
mov.b32 %d11, 3;
mov.u32 %lane, %laneid;
shr.u32 %lane, 0x00ffc1a5, %lane;
and.b32 %lane, %lane, 1;
setp.eq.u32 %some, %lane, 0;
@%some bra $done;
redux.sync.add.s32 %d9, %a0, 0x00ffc1a5;
redux.sync.min.s32 %d10, %a0, 0x00ffc1a5;
redux.sync.xor.b32 %d11, %a0, 0x00ffc1a5;
$done:"""

    def both(values):
        signed = [from_bits(one, "s32") for one in values]
        bits = [ALL, 0, 0]
        for one in values:
            bits = [bits[0] & one, bits[1] | one, bits[2] ^ one]
        return [sum(values), min(values), max(values), sum(signed), min(signed), max(signed), *bits]

    def reference(lanes):
        values = [one[0] for one in lanes]
        whole = both(values)
        part = both([values[i] for i in LANES if 0x00ffc1a5 >> i & 1])
        return [tuple(to_bits(one, "b32") for one in whole + ([part[3], part[4], part[8]] if 0x00ffc1a5 >> i & 1 else [3] * 3))
                for i in LANES]

    samples = [(i + 1,) for i in LANES] + [(ALL,)] * 32 + [(0x80000000 | i * i,) for i in LANES]
    samples += [(one,) for one in words(4, "redux")]
    file.warps("redux", text, ["b32"] * 12, ["b32"], reference, samples, registers=".reg .b32 %lane;\n.reg .pred %some;")
    return file


def activemask_file():
    file = PtxFile("parallel/activemask.ptx", ["activemask.b32 d"],
                   "PTX ISA 9.7.13.11: who runs at this instant depends on lockstep, which lane mode has not.\n"
                   "Columns: the whole warp; the lanes on one side of a branch; after the sides have met.",
                   executors="interpreter warp")
    text = """\
activemask.b32 %d0;
setp.lt.u32 %small, %a0, 100;
@%small bra $small;
activemask.b32 %d1;
bra $met;
$small:
activemask.b32 %d1;
$met:
bar.warp.sync 0xffffffff;
activemask.b32 %d2;"""

    def reference(lanes):
        small = sum(1 << i for i in LANES if lanes[i][0] < 100)
        return [(ALL, small if lanes[i][0] < 100 else ALL ^ small, ALL) for i in LANES]

    rng = generator("activemask")
    samples = [(7,)] * 32 + [(i * 10,) for i in LANES] + [(rng.choice([99, 100]),) for _ in range(64)]
    file.warps("activemask", text, ["b32"] * 3, ["u32"], reference, samples, registers=".reg .pred %small;")
    return file


def files():
    return [*shfl_files(), *vote_files(), vote_parts(), match_files(), redux_file(), activemask_file()]
