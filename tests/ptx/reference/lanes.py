"""Communication among some of a warp's lanes (PTX ISA 9.7.9.6, 9.7.13): those that are named members and are there."""
import struct

from ptx_file import PtxFile, generator, hexadecimal
from samples import integer

MASKS = (0xffffffff, 0x0000ffff, 0xaaaaaaaa, 0x80000001, 0x00fff000)


def hex64(*values):
    return [hexadecimal(value & (2**64 - 1), 64) for value in values]


def lanes_of(mask):
    return [lane for lane in range(32) if mask >> lane & 1]


def words(*seed, width=32):
    rng = generator("parallel", *seed)
    return [integer(rng, width) for _ in range(32)]


def predicates(*seed):
    rng = generator("parallel", "predicates", *seed)
    share = rng.choice((0.1, 0.5, 0.9))
    return [int(rng.random() < share) for _ in range(32)]


REGISTERS = (".reg .b32 %a, %b, %c, %d, %m, %lane;\n.reg .b64 %s, %w;\n.reg .pred %p, %q, %here;")


def only(mask):
    """PTX around an instruction that these lanes alone execute: what the others hold stays."""
    if mask == 0xffffffff:
        return "", ""
    begin = f"mov.u32 %lane, %laneid;\nmov.b32 %m, 1;\nshl.b32 %m, %m, %lane;\nand.b32 %m, %m, {mask};\nsetp.ne.u32 %here, %m, 0;\n@!%here bra after;\n"
    return begin, "after:\n"


def shuffle(mode, a, b, c, mask):
    """9.7.9.6, Semantics: (value, in range) for each lane of the mask."""
    results = {}
    for lane in lanes_of(mask):
        segment, clamp, bval = c[lane] >> 8 & 31, c[lane] & 31, b[lane] & 31
        most = (lane & segment) | (clamp & ~segment & 31)
        least = lane & segment
        j, inside = {"up": (lane - bval, lane - bval >= most), "down": (lane + bval, lane + bval <= most),
                     "bfly": (lane ^ bval, (lane ^ bval) <= most),
                     "idx": (least | (bval & ~segment & 31), (least | (bval & ~segment & 31)) <= most)}[mode]
        j = j if inside else lane
        results[lane] = (a[j] if mask >> j & 1 else None, inside)
    return results


def shuffle_file():
    form = "shfl.sync.shflmode.b32 d{|p}, a, b:U32, c:U32, m:B32"
    file = PtxFile("parallel/shfl_sync_members.ptx", [form],
                   "PTX ISA 9.7.9.5, 9.7.9.6: a, b, c -> d, p. Reading a lane that is not there is undefined: anything, but the\n"
                   "predicate is defined.")
    for mode in ("up", "down", "bfly", "idx"):
        for mask in MASKS:
            for kind in ("register", "segments"):
                rng = generator("parallel", mode, mask, kind)
                b = [rng.choice((0, 1, 2, 5, 16, 31, 32, 33, 255, rng.getrandbits(32))) for _ in range(32)]
                clamp = 0 if mode == "up" else 31
                c = [clamp if kind == "register" else rng.choice((0, 16, 24, 28, 30)) << 8 | rng.choice((0, 7, 15, 31, clamp))
                     for _ in range(32)]
                a = words(mode, mask, kind)
                results = shuffle(mode, a, b, c, mask)
                begin, end = only(mask)
                body = ("ld.global.b32 %a, [%in];\nld.global.b32 %b, [%in+8];\nld.global.b32 %c, [%in+16];\nmov.b32 %d, 7;\nsetp.ne.u32 %p, 0, 0;\n" + begin +
                        f"shfl.sync.{mode}.b32 %d|%p, %a, %b, %c, {mask};\n" + end +
                        "cvt.u64.u32 %s, %d;\nst.global.b64 [%out], %s;\nselp.b64 %s, 1, 0, %p;\nst.global.b64 [%out+8], %s;")
                rows = []
                for lane in range(32):
                    value, inside = results.get(lane, (7, 0))
                    rows.append((hex64(a[lane], b[lane], c[lane]), ["*" if value is None else hex64(value)[0], *hex64(inside)]))
                file.entry(f"{mode}_{mask:x}_{kind}", 3, 2, body, rows, REGISTERS)
        for amount in (1, 16, 31):
            a, clamp = words(mode, amount), 0 if mode == "up" else 31
            results = shuffle(mode, a, [amount] * 32, [clamp] * 32, 0xffffffff)
            body = ("ld.global.b32 %a, [%in];\n"
                    f"shfl.sync.{mode}.b32 %d, %a, {amount}, {clamp}, -1;\n"
                    "cvt.u64.u32 %s, %d;\nst.global.b64 [%out], %s;")
            file.entry(f"{mode}_by_{amount}", 1, 1, body,
                       [(hex64(a[lane]), hex64(results[lane][0])) for lane in range(32)], REGISTERS)
    return file


VOTES = {"all": lambda p, mask: all(p[n] for n in lanes_of(mask)), "any": lambda p, mask: any(p[n] for n in lanes_of(mask)),
         "uni": lambda p, mask: len({p[n] for n in lanes_of(mask)}) == 1,
         "ballot": lambda p, mask: sum(p[n] << n for n in lanes_of(mask))}


def vote_file():
    forms = ["vote.sync.votemode.pred d, {!}a, m:B32", "vote.sync.ballot.b32 d, {!}a, m:B32"]
    file = PtxFile("parallel/vote_sync_members.ptx", forms, "PTX ISA 9.7.13.9")
    for mode, combine in VOTES.items():
        for mask in MASKS:
            for sign in ("", "!"):
                for kind in ("some", "none", "every"):
                    p = {"some": predicates(mode, mask, sign), "none": [0] * 32, "every": [1] * 32}[kind]
                    voted = [x ^ (sign == "!") for x in p]
                    begin, end = only(mask)
                    target = "%d" if mode == "ballot" else "%q"
                    body = ("ld.global.b32 %a, [%in];\nsetp.ne.u32 %p, %a, 0;\nmov.b32 %d, 5;\nsetp.ne.u32 %q, 0, 0;\n" + begin +
                            f"vote.sync.{mode}.{'b32' if mode == 'ballot' else 'pred'} {target}, {sign}%p, {mask};\n" + end +
                            ("cvt.u64.u32 %s, %d;\n" if mode == "ballot" else "selp.b64 %s, 1, 0, %q;\n") + "st.global.b64 [%out], %s;")
                    result, absent = int(combine(voted, mask)), 5 if mode == "ballot" else 0
                    rows = [(hex64(p[n]), hex64(result if mask >> n & 1 else absent)) for n in range(32)]
                    file.entry(f"{mode}_{'not_' if sign else ''}{mask:x}_{kind}", 1, 1, body, rows, REGISTERS)
        p = [n % 3 == 0 for n in range(32)]
        groups = [0x0000ffff, 0xffff0000]  # lanes of one warp that vote in two groups at once
        target = "%d" if mode == "ballot" else "%q"
        body = ("ld.global.b32 %a, [%in];\nsetp.ne.u32 %p, %a, 0;\nmov.u32 %lane, %laneid;\nsetp.lt.u32 %here, %lane, 16;\n"
                "selp.b32 %m, 0x0000ffff, 0xffff0000, %here;\n"
                f"vote.sync.{mode}.{'b32' if mode == 'ballot' else 'pred'} {target}, %p, %m;\n" +
                ("cvt.u64.u32 %s, %d;\n" if mode == "ballot" else "selp.b64 %s, 1, 0, %q;\n") + "st.global.b64 [%out], %s;")
        file.entry(f"{mode}_in_two_groups", 1, 1, body,
                   [(hex64(int(p[n])), hex64(int(combine([int(x) for x in p], groups[n // 16])))) for n in range(32)], REGISTERS)
    return file


def match_file():
    file = PtxFile("parallel/match_sync_members.ptx", ["match.any.sync.bits3264 d:B32, a, b:B32", "match.all.sync.bits3264 d:B32{|p}, a, b:B32"],
                   "PTX ISA 9.7.13.10: who has the same value; for .all nobody unless all have.")
    for width in (32, 64):
        for mask in MASKS:
            for kind in ("few", "same", "distinct"):
                rng = generator("match", width, mask, kind)
                pool = {"few": [rng.getrandbits(width) for _ in range(3)], "same": [1 << (width - 1)],
                        "distinct": [n << (width - 6) for n in range(32)]}[kind]
                a = [rng.choice(pool) if kind != "distinct" else pool[n] for n in range(32)]
                begin, end = only(mask)
                load = f"ld.global.b{width} {'%a' if width == 32 else '%w'}, [%in];\n"
                source = "%a" if width == 32 else "%w"
                any_body = load + "mov.b32 %d, 9;\n" + begin + f"match.any.sync.b{width} %d, {source}, {mask};\n" + end
                any_body += "cvt.u64.u32 %s, %d;\nst.global.b64 [%out], %s;"
                rows = [(hex64(a[n]), hex64(sum(1 << k for k in lanes_of(mask) if a[k] == a[n]) if mask >> n & 1 else 9))
                        for n in range(32)]
                file.entry(f"any_b{width}_{mask:x}_{kind}", 1, 1, any_body, rows, REGISTERS)
                same = len({a[n] for n in lanes_of(mask)}) == 1
                all_body = load + "mov.b32 %d, 9;\nsetp.ne.u32 %p, 0, 0;\n" + begin + f"match.all.sync.b{width} %d|%p, {source}, {mask};\n" + end
                all_body += "cvt.u64.u32 %s, %d;\nst.global.b64 [%out], %s;\nselp.b64 %s, 1, 0, %p;\nst.global.b64 [%out+8], %s;"
                rows = [(hex64(a[n]), hex64(mask * same, same) if mask >> n & 1 else hex64(9, 0)) for n in range(32)]
                file.entry(f"all_b{width}_{mask:x}_{kind}", 1, 2, all_body, rows, REGISTERS)
        body = f"match.all.sync.b{width} %d, 5, -1;\nmatch.any.sync.b{width} %a, 5, -1;\nand.b32 %d, %d, %a;\ncvt.u64.u32 %s, %d;\nst.global.b64 [%out], %s;"
        file.entry(f"constant_b{width}", 1, 1, body, [(["0"], hex64(0xffffffff))] * 32, REGISTERS)
    return file


def signed(value):
    return value - (1 << 32) if value >> 31 else value


REDUX = {"add": sum, "min": min, "max": max}


def number(bits):
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def float_redux(op, values, absolute, nan):
    """9.7.13.12: +0.0 > -0.0; NaN counts only with .NaN, or if there is nothing else."""
    values = [value & 0x7fffffff for value in values] if absolute else values
    numbers = [value for value in values if number(value) == number(value)]
    if (nan and len(numbers) < len(values)) or not numbers:
        return 0x7fffffff
    return REDUX[op](numbers, key=lambda bits: (number(bits), -(bits >> 31)))


def redux_file():
    file = PtxFile("parallel/redux_sync_members.ptx", ["redux.sync.addminmax.int32 d, a, b:B32", "redux.sync.bool.b32 d, a, b:B32"],
                   "PTX ISA 9.7.13.12")
    kinds = [(op, t) for op in REDUX for t in ("u32", "s32")] + [(op, "b32") for op in ("and", "or", "xor")]
    for op, t in kinds:
        for mask in MASKS:
            a = words("redux", op, t, mask)
            chosen = [signed(a[n]) if t == "s32" else a[n] for n in lanes_of(mask)]
            if t == "b32":
                result = chosen[0]
                for value in chosen[1:]:
                    result = {"and": result & value, "or": result | value, "xor": result ^ value}[op]
            else:
                result = REDUX[op](chosen)
            begin, end = only(mask)
            body = ("ld.global.b32 %a, [%in];\nmov.b32 %d, 9;\n" + begin + f"redux.sync.{op}.{t} %d, %a, {mask};\n" + end +
                    "cvt.u64.u32 %s, %d;\nst.global.b64 [%out], %s;")
            file.entry(f"{op}_{t}_{mask:x}", 1, 1, body,
                       [(hex64(a[n]), hex64((result if mask >> n & 1 else 9) & 0xffffffff)) for n in range(32)], REGISTERS)
    return file


def float_redux_file():
    file = PtxFile("parallel/redux_sync_f32.ptx", ["redux.sync.minmax{.abs}{.NaN}.f32 d, a, b:B32"],
                   "PTX ISA 9.7.13.12: +0.0 > -0.0; NaN counts only with .NaN, or if there is nothing else.", "sm_100a", "8.6")
    special = [0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x7f800001, 1, 0x80000001, 0x3f800000, 0xbf800000]
    for op in ("min", "max"):
        for absolute in (False, True):
            for nan in (False, True):
                for kind in ("numbers", "zeroes", "nans", "one_nan", "mixed"):
                    for mask in MASKS[:3]:
                        rng = generator("redux", op, absolute, nan, kind, mask)
                        pool = {"numbers": [x for x in special if number(x) == number(x)] + [rng.getrandbits(31) % 0x7f800000 for _ in range(20)],
                                "zeroes": [0, 0x80000000], "nans": special[4:7], "one_nan": [0x40000000, 0xc0400000],
                                "mixed": special}[kind]
                        a = [rng.choice(pool) for _ in range(32)]
                        if kind == "one_nan":
                            a[lanes_of(mask)[3]] = 0xffc12345
                        begin, end = only(mask)
                        flags = (".abs" if absolute else "") + (".NaN" if nan else "")
                        body = ("ld.global.b32 %a, [%in];\nmov.b32 %d, 9;\n" + begin + f"redux.sync.{op}{flags}.f32 %d, %a, {mask};\n" + end +
                                "cvt.u64.u32 %s, %d;\nst.global.b64 [%out], %s;")
                        result = float_redux(op, [a[n] for n in lanes_of(mask)], absolute, nan)
                        rows = [(hex64(a[n]), hex64(result if mask >> n & 1 else 9)) for n in range(32)]
                        file.entry(f"{op}{flags.replace('.', '_')}_{kind}_{mask:x}", 1, 1, body, rows, REGISTERS)
    return file


def elect_file():
    file = PtxFile("parallel/elect_sync.ptx", ["elect.sync d:B32|p, a:B32"],
                   "PTX ISA 9.7.13.14: one leader, the same every time. Which one the manual leaves open; hardware takes the lowest\n"
                   "member, and so do we.", "sm_90", "8.0")
    for mask in MASKS:
        leader = lanes_of(mask)[0]
        begin, end = only(mask)
        for name, target, asked in (("immediate", "%d", str(mask)), ("register", "%d", "%c"), ("sink", "_", str(mask))):
            body = (f"mov.b32 %d, 99;\nmov.b32 %c, {mask};\nsetp.ne.u32 %p, 0, 0;\n" + begin + f"elect.sync {target}|%p, {asked};\n" + end +
                    "cvt.u64.u32 %s, %d;\nst.global.b64 [%out], %s;\nselp.b64 %s, 1, 0, %p;\nst.global.b64 [%out+8], %s;")
            rows = [(["0"], hex64(99 if name == "sink" or not mask >> n & 1 else leader, n == leader)) for n in range(32)]
            file.entry(f"elect_{mask:x}_{name}", 1, 2, body, rows, REGISTERS)
    return file


def fence_file():
    forms = ["fence{.fenceorder}.scope", "fence.proxy.alias", "fence.proxy.async{.proxyspace}",
             "fence.acquire.sync_restrict::shared::cluster.cluster", "fence.release.sync_restrict::shared::cta.cluster",
             "fence.mbarrier_init.release.cluster", "fence.proxy.tensormap::generic.release.scope",
             "fence.proxy.tensormap::generic.acquire.scope [a], size:Number",
             "fence.proxy.async::generic.acquire.sync_restrict::shared::cluster.cluster",
             "fence.proxy.async::generic.release.sync_restrict::shared::cta.cluster", "membar.level", "membar.proxy.alias"]
    file = PtxFile("parallel/fence_passes_value.ptx", forms, "PTX ISA 9.7.13.4: a value and its flag through memory, from each lane of one warp to the lane of\n"
                   "the other that waits for it.", "sm_90", "8.6")
    file.declare(".shared .align 8 .b64 values[32];\n.shared .align 4 .b32 flags[32];")
    fences = [f"fence{order}.{scope}" for order in ("", ".sc", ".acq_rel", ".acquire", ".release") for scope in ("cta", "cluster", "gpu", "sys")]
    fences += ["fence.proxy.alias", "fence.proxy.async", "fence.proxy.async.global", "fence.proxy.async.shared::cta",
               "fence.proxy.async.shared::cluster", "fence.acquire.sync_restrict::shared::cluster.cluster",
               "fence.release.sync_restrict::shared::cta.cluster", "fence.mbarrier_init.release.cluster",
               "fence.proxy.async::generic.acquire.sync_restrict::shared::cluster.cluster",
               "fence.proxy.async::generic.release.sync_restrict::shared::cta.cluster", "membar.proxy.alias"]
    fences += [f"fence.proxy.tensormap::generic.release.{scope}" for scope in ("cta", "gpu", "sys")]
    fences += [f"fence.proxy.tensormap::generic.acquire.{scope} [%out], 128" for scope in ("cta", "gpu", "sys")]
    fences += ["membar.cta", "membar.gl", "membar.sys"]
    for n, fence in enumerate(fences):
        # The proxy and restricted fences order less than the passing of a value needs: they stand beside a plain one.
        plain = "" if fence.split(".")[1] in ("cta", "cluster", "gpu", "sys", "sc", "acq_rel", "gl") and "restrict" not in fence else "fence.acq_rel.cta;\n"
        body = ("ld.global.b64 %s, [%in];\nand.b32 %a, %t, 31;\nmov.u32 %b, values;\nmad.lo.u32 %b, %a, 8, %b;\nmov.u32 %c, flags;\n"
                "mad.lo.u32 %c, %a, 4, %c;\nsetp.lt.u32 %here, %t, 32;\nmov.b32 %d, 0;\n@%here st.shared.b32 [%c], %d;\nbar.sync 0;\n"
                f"@!%here bra consume;\nst.shared.b64 [%b], %s;\n{plain}{fence};\nmov.b32 %d, 1;\nst.relaxed.cta.shared.b32 [%c], %d;\nbra done;\n"
                "consume:\nld.relaxed.cta.shared.b32 %d, [%c];\nsetp.eq.u32 %p, %d, 0;\n@%p bra consume;\n"
                f"{plain}{fence};\nld.shared.b64 %s, [%b];\ndone:\nst.global.b64 [%out], %s;")
        a = words(fence, width=64) * 2
        a = [value ^ n for n, value in enumerate(a)]
        rows = [(hex64(a[k]), hex64(a[k % 32])) for k in range(64)]
        file.entry(f"fence_{n}", 1, 1, body, rows, REGISTERS, "block=64")
    return file


def files():
    return [shuffle_file(), vote_file(), match_file(), redux_file(), float_redux_file(), elect_file(), fence_file()]
