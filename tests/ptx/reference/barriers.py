"""Barriers of a block and of a warp, and fences (PTX ISA 9.7.13.1, 9.7.13.2, 9.7.13.4): threads hand values to each other
through shared memory, and what each must have seen follows from the barriers."""
from ptx_file import PtxFile, generator
from samples import integers

SHARED = ".shared .align 8 .b8 area[1024];"
ALL = 0xffffffff


def values(count, *seed):
    return [(row[0],) for row in integers(["b32"], count, "barriers", *seed)[:count]]


def sync(bar, aligned):
    """Every barrier in turn, its number in a register or not, with and without the count of threads."""
    text = f"""\
mov.b32 %base, area;
shl.b32 %k, %i, 2;
add.u32 %mine, %base, %k;
mad.lo.u32 %k, %i, 5, 33;
and.b32 %k, %k, 127;
shl.b32 %k, %k, 2;
add.u32 %other, %base, %k;
mov.b32 %d0, %a0;
mov.u32 %id, 0;
$again:
st.shared.b32 [%mine], %d0;
{bar}.sync{aligned} %id;
ld.shared.b32 %k, [%other];
{bar}.sync{aligned} 3, 128;
mad.lo.u32 %d0, %k, 3, %id;
st.shared.b32 [%mine], %d0;
{bar}.sync{aligned} %id, %count;
ld.shared.b32 %k, [%other];
{bar}.sync{aligned} 15;
xor.b32 %d0, %d0, %k;
add.u32 %id, %id, 1;
setp.lt.u32 %more, %id, 16;
@%more bra $again;"""

    def reference(threads):
        x = [one[0] for one in threads]
        other = [(5 * i + 33) % 128 for i in range(128)]
        for number in range(16):
            x = [(x[other[i]] * 3 + number) & ALL for i in range(128)]
            x = [x[i] ^ x[other[i]] for i in range(128)]
        return x

    return ("sync", text, ["b32"], ["b32"], reference, values(128, bar, aligned),
            {"registers": ".reg .b32 %base, %mine, %other, %id, %k, %count;\n.reg .pred %more;\nmov.u32 %count, 128;",
             "shape": "block=128"})


def counts(bar, aligned):
    """Two pairs of warps, each with a barrier and a pace of its own."""
    text = f"""\
mov.b32 %base, area;
shl.b32 %k, %i, 2;
add.u32 %mine, %base, %k;
xor.b32 %k, %k, 128;
add.u32 %other, %base, %k;
shr.u32 %pair, %i, 6;
add.u32 %id, %pair, 1;
mad.lo.u32 %turns, %pair, 5, 2;
mov.b32 %d0, %a0;
$again:
st.shared.b32 [%mine], %d0;
{bar}.sync{aligned} %id, 64;
ld.shared.b32 %k, [%other];
{bar}.sync{aligned} %id, 64;
mad.lo.u32 %d0, %k, 7, %turns;
sub.u32 %turns, %turns, 1;
setp.ne.u32 %more, %turns, 0;
@%more bra $again;
st.shared.b32 [%mine], %d0;
{bar}.sync{aligned} 0;
sub.u32 %k, 127, %i;
shl.b32 %k, %k, 2;
add.u32 %other, %base, %k;
ld.shared.b32 %d1, [%other];"""

    def reference(threads):
        x = [one[0] for one in threads]
        for pair in range(2):
            for turn in range(2 + 5 * pair, 0, -1):
                x[64 * pair:64 * pair + 64] = [(x[i ^ 32] * 7 + turn) & ALL for i in range(64 * pair, 64 * pair + 64)]
        return [(x[i], x[127 - i]) for i in range(128)]

    return ("counts", text, ["b32", "b32"], ["b32"], reference, values(128, "counts", bar),
            {"registers": ".reg .b32 %base, %mine, %other, %id, %k, %pair, %turns;\n.reg .pred %more;", "shape": "block=128"})


def arrive(bar, aligned):
    """9.7.13.1's producer and consumer: warp 0 writes and arrives at 1, warp 1 waits there, reads, and arrives at 2."""
    text = f"""\
mov.b32 %base, area;
and.b32 %k, %i, 31;
shl.b32 %k, %k, 2;
add.u32 %base, %base, %k;
mov.b32 %d0, %a0;
mov.u32 %turns, 4;
setp.ge.u32 %more, %i, 32;
@%more bra $consumer;
$produce:
st.shared.b32 [%base], %d0;
{bar}.arrive{aligned} 1, 64;
mad.lo.u32 %d0, %d0, 3, 1;
{bar}.sync{aligned} 2, 64;
sub.u32 %turns, %turns, 1;
setp.ne.u32 %more, %turns, 0;
@%more bra $produce;
bra $done;
$consumer:
{bar}.sync{aligned} 1, 64;
ld.shared.b32 %k, [%base];
{bar}.arrive{aligned} 2, %count;
mad.lo.u32 %d0, %d0, 5, %k;
sub.u32 %turns, %turns, 1;
setp.ne.u32 %more, %turns, 0;
@%more bra $consumer;
$done:"""

    def reference(threads):
        made, taken = [one[0] for one in threads[:32]], [one[0] for one in threads[32:]]
        for _ in range(4):
            taken = [(a * 5 + b) & ALL for a, b in zip(taken, made)]
            made = [(one * 3 + 1) & ALL for one in made]
        return made + taken

    return ("arrive", text, ["b32"], ["b32"], reference, values(64, "arrive", bar),
            {"registers": ".reg .b32 %base, %k, %turns, %count;\n.reg .pred %more;\nmov.u32 %count, 64;", "shape": "block=64"})


def reductions(bar, aligned):
    """popc, and, or over the block; then warps 1 and 2 alone. Each block has another pattern."""
    text = f"""\
{bar}.red.popc{aligned}.u32 %d0, 0, %a0;
{bar}.red.popc{aligned}.u32 %d1, 4, 96, !%a0;
{bar}.red.and{aligned}.pred %d2, 0, %a0;
{bar}.red.or{aligned}.pred %d3, 0, %a0;
{bar}.red.and{aligned}.pred %d4, %id, !%a0;
{bar}.red.or{aligned}.pred %d5, %id, %count, !%a0;
mov.u32 %d6, 77;
setp.ne.u32 %d7, 0, 0;
setp.lt.u32 %out_of_it, %t, 32;
@%out_of_it bra $done;
{bar}.red.popc{aligned}.u32 %d6, 5, 64, %a0;
{bar}.red.and{aligned}.pred %d7, 5, 64, %a0;
$done:"""

    def reference(threads):
        result = []
        for block in range(0, len(threads), 96):
            p = [one[0] for one in threads[block:block + 96]]
            both = sum(p), 96 - sum(p), int(all(p)), int(any(p)), int(not any(p)), int(not all(p))
            result += [both + ((77, 0) if i < 32 else (sum(p[32:]), int(all(p[32:])))) for i in range(96)]
        return result

    rng = generator("red", bar)
    samples = []
    for pattern in ((0,), (1,), (0, 1), (1, 1, 1, 1, 1, 1, 1, 1, 0)):
        samples += [(rng.choice(pattern),) for _ in range(96)]
    samples += [(int(i >= 32),) for i in range(96)]
    return ("red", text, ["u32", "u32"] + ["pred"] * 4 + ["u32", "pred"], ["pred"], reference, samples,
            {"registers": ".reg .b32 %id, %count;\n.reg .pred %out_of_it;\nmov.u32 %id, 7;\nmov.u32 %count, 96;",
             "shape": f"block=96 grid={len(samples) // 96}"})


def apart():
    """9.7.13.1: without .aligned, a warp's lanes may come to one barrier from different instructions."""
    text = """\
mov.b32 %base, area;
shl.b32 %k, %i, 2;
add.u32 %mine, %base, %k;
xor.b32 %k, %k, 252;
add.u32 %other, %base, %k;
st.shared.b32 [%mine], %a0;
and.b32 %k, %i, 3;
setp.eq.u32 %odd, %k, 1;
@%odd bra $odd;
barrier.sync 6;
ld.shared.b32 %d0, [%other];
barrier.red.popc.u32 %d1, 7, %odd;
bra $met;
$odd:
barrier.sync 6;
ld.shared.b32 %d0, [%other];
not.b32 %d0, %d0;
barrier.red.popc.u32 %d1, 7, %odd;
$met:"""

    def reference(threads):
        x = [one[0] for one in threads]
        return [(x[63 - i] ^ (ALL if i % 4 == 1 else 0), 16) for i in range(64)]

    return ("apart", text, ["b32", "u32"], ["b32"], reference, values(64, "apart"),
            {"registers": ".reg .b32 %base, %mine, %other, %k;\n.reg .pred %odd;", "shape": "block=64"})


def block_files():
    for bar, aligned in (("bar", ""), ("bar.cta", ""), ("barrier", ""), ("barrier.cta", ""), ("barrier", ".aligned"),
                         ("barrier.cta", ".aligned")):
        opcode, optional = (bar.split(".")[0] + "{.cta}", "{.aligned}" if bar.startswith("barrier") else "")
        forms = [f"{opcode}.sync{optional} a:U32{{, b:U32}}", f"{opcode}.arrive{optional} a:U32, b:U32",
                 f"{opcode}.red.popc{optional}.u32 d, a:U32{{, b:U32}}, {{!}}c",
                 f"{opcode}.red.andor{optional}.pred p, a:U32{{, b:U32}}, {{!}}c"]
        name = (bar + aligned).replace(".", "_")
        file = PtxFile(f"parallel/{name}.ptx", forms, "PTX ISA 9.7.13.1: values go through shared memory between barriers.")
        file.declare(SHARED)
        kernels = [make(bar, aligned) for make in (sync, counts, arrive, reductions)]
        for kernel, text, results, operands, reference, samples, options in kernels + ([apart()] if name == "barrier" else []):
            file.threads(kernel, text, results, operands, reference, samples, **options)
        yield file


def warp_file():
    file = PtxFile("parallel/bar_warp_sync.ptx", ["bar.warp.sync a:B32"],
                   "PTX ISA 9.7.13.2: lanes hand values on through shared memory: all, then 0..15 and 16..31 on paths of\n"
                   "their own, the mask in a register.")
    file.declare(SHARED)
    text = """\
mov.b32 %base, area;
shl.b32 %k, %t, 2;
add.u32 %mine, %base, %k;
xor.b32 %k, %k, 20;
add.u32 %other, %base, %k;
st.shared.b32 [%mine], %a0;
bar.warp.sync 0xffffffff;
ld.shared.b32 %d0, [%other];
bar.warp.sync -1;
setp.lt.u32 %low, %t, 16;
@%low bra $low;
mov.b32 %mask, 0xffff0000;
st.shared.b32 [%mine], %d0;
bar.warp.sync %mask;
ld.shared.b32 %k, [%other];
sub.u32 %d1, %k, %d0;
bra $met;
$low:
st.shared.b32 [%mine], %d0;
bar.warp.sync 0xffff;
ld.shared.b32 %k, [%other];
add.u32 %d1, %k, %d0;
$met:"""

    def reference(lanes):
        x = [lane[0] for lane in lanes]
        first = [x[i ^ 5] for i in range(32)]
        return [(one, one + first[i ^ 5] if i < 16 else first[i ^ 5] - one) for i, one in enumerate(first)]

    file.warps("warp_sync", text, ["b32", "b32"], ["b32"], reference, values(64, "warp"),
               registers=".reg .b32 %base, %mine, %other, %k, %mask;\n.reg .pred %low;")
    return file


def message_file(path, forms, fences, prose, **options):
    """Warp 0 writes data, fences, and sets a flag; warp 1 waits for the flag, fences, and must read the data. Each fence
    has a flag and data of its own; a lane of warp 1 waits for the lane of warp 0 with its number."""
    file = PtxFile(path, forms, prose, **options)
    file.declare(f".global .align 8 .b32 data[{64 * 2 * len(fences)}];")
    lines = ["mov.u64 %base, data;", "and.b32 %k, %i, 31;", "mul.wide.u32 %mine, %k, 8;", "add.u64 %base, %base, %mine;",
             "mov.b32 %d0, 1;", "setp.ge.u32 %reader, %i, 32;", "@%reader bra $read;"]
    for i, fence in enumerate(fences):
        lines += [f"add.u32 %k, %a0, {i};", f"st.global.b32 [%base+{512 * i}], %k;", f"{fence};",
                  f"st.volatile.global.b32 [%base+{512 * i + 4}], 1;"]
    lines += ["bra $done;", "$read:"]
    for i, fence in enumerate(fences):
        lines += [f"$wait{i}:", f"ld.volatile.global.b32 %k, [%base+{512 * i + 4}];", "setp.eq.u32 %reader, %k, 0;",
                  f"@%reader bra $wait{i};", f"{fence};", f"ld.global.b32 %k, [%base+{512 * i}];",
                  "mad.lo.u32 %d0, %d0, 31, %k;"]
    lines.append("$done:")

    def reference(threads):
        result = []
        for (value,) in threads[:32]:
            seen = 1
            for i in range(len(fences)):
                seen = (seen * 31 + value + i) & ALL
            result.append(seen)
        return [1] * 32 + result

    file.threads("message", "\n".join(lines), ["b32"], ["b32"], reference, values(64, path),
                 registers=".reg .b32 %k;\n.reg .b64 %base, %mine;\n.reg .pred %reader;", shape="block=64")
    return file


def fence_files():
    scopes, prose = ("cta", "gpu", "sys"), "PTX ISA 9.7.13.4: who has seen the flag sees the data written before it."
    plain = [f"fence{order}.{scope}" for order in ("", ".sc", ".acq_rel") for scope in scopes]
    yield message_file("parallel/fence.ptx", ["fence{.fenceorder}.scope"], plain, prose)
    newer = [f"fence{order}.cluster" for order in ("", ".sc", ".acq_rel")]
    yield message_file("parallel/fence_cluster.ptx", ["fence{.fenceorder}.scope"], newer, prose, target="sm_90")
    yield message_file("parallel/membar.ptx", ["membar.level"], ["membar.cta", "membar.gl", "membar.sys"], prose)
    proxies = ["fence.proxy.async", "fence.proxy.async.global", "fence.proxy.async.shared::cta",
               "fence.proxy.async.shared::cluster"]
    yield message_file("parallel/fence_proxy.ptx",
                       ["fence.proxy.alias", "membar.proxy.alias", "fence.proxy.async{.proxyspace}"],
                       [f"{proxy};\nfence.acq_rel.gpu" for proxy in ["fence.proxy.alias", "membar.proxy.alias"] + proxies],
                       prose + "\nA proxy fence orders other kinds of access; here it must do no harm.", target="sm_90")


def files():
    return [*block_files(), warp_file(), *fence_files()]
