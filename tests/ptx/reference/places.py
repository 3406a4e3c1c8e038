"""Addresses and special registers (PTX ISA 9.7.9.3, 9.7.9.19, 9.7.9.20, 10): what can be said of an address without knowing it
is where it leads, its distance from another, and its window."""
from ptx_file import PtxFile
from samples import integers

MOV = "mov.movtype d:Pack, a:Pack"
MEMORY = """\
.global .align 8 .b64 placed[4] = {0, 0x1111, 0x2222, 0x3333};
.const .align 8 .b64 fixed[3] = {0x4444, 0x5555, 0x6666};
.shared .align 8 .b8 area[512];"""
LOCAL = ".local .align 8 .b8 mine[32];"


def cvta_file():
    file = PtxFile("move/cvta.ptx", ["cvta.anyspace.size d, a:Symbolic", "cvta.to.anyspace.size d, a:Symbolic"],
                   "PTX ISA 9.7.9.20: a value stored through one kind of address is read through the other; from a register, a\n"
                   "variable, a variable with an offset; there and back is where one was.", version="8.3")
    file.declare(MEMORY)
    text = """\
mul.wide.u32 %o, %t, 8;
mov.b64 %w, area;
add.u64 %w, %w, %o;
st.shared.b64 [%w], %a0;
cvta.shared.u64 %g, %w;
ld.b64 %d0, [%g];
cvta.to.shared.u64 %back, %g;
setp.eq.b64 %d1, %w, %back;
cvta.shared::cta.u64 %g, area;
add.u64 %g, %g, %o;
add.u64 %x, %a0, 1;
st.b64 [%g+256], %x;
ld.shared.b64 %d2, [%w+256];
cvta.shared.u64 %g, area+256;
add.u64 %g, %g, %o;
cvta.to.shared::cta.u64 %back, %g;
ld.shared.b64 %d3, [%back];
mov.b64 %w, mine;
st.local.b64 [%w+8], %a0;
cvta.local.u64 %g, %w;
ld.b64 %d4, [%g+8];
not.b64 %x, %a0;
st.b64 [%g+16], %x;
cvta.to.local.u64 %back, %g;
ld.local.b64 %d5, [%back+16];
cvta.local.u64 %g, mine+8;
ld.b64 %d6, [%g];"""
    file.value("cvta_windows", text, ["b64", "pred"] + ["b64"] * 5, ["b64"], lambda a: (a, 1, a + 1, a + 1, a, ~a, a),
               integers(["b64"], 64, "cvta"), f"{LOCAL}\n.reg .b64 %o, %w, %g, %back, %x;")
    text = """\
cvta.global.u64 %g, placed+8;
ld.b64 %d0, [%g];
mov.u64 %w, placed;
cvta.global.u64 %g, %w;
ld.b64 %d1, [%g+16];
cvta.to.global.u64 %w, %g;
ld.global.b64 %d2, [%w+24];
cvta.const.u64 %g, fixed;
ld.b64 %d3, [%g+8];
cvta.to.const.u64 %w, %g;
ld.const.b64 %d4, [%w+16];
mov.u64 %w, fixed;
cvta.const.u64 %g, %w;
ld.b64 %d5, [%g];
cvta.param.u64 %g, in;
ld.b64 %w, [%g];
ld.param.b64 %g, [in];
setp.eq.b64 %d6, %w, %g;
cvta.param::entry.u64 %g, out;
cvta.to.param::entry.u64 %w, %g;
ld.param::entry.b64 %w, [%w];
ld.param.b64 %g, [out];
setp.eq.b64 %d7, %w, %g;"""
    file.value("cvta_variables", text, ["b64"] * 6 + ["pred"] * 2, [],
               lambda: (0x1111, 0x2222, 0x3333, 0x5555, 0x6666, 0x4444, 1, 1), [()] * 8, ".reg .b64 %w, %g;")
    cluster = PtxFile("move/cvta_cluster.ptx", ["cvta.anyspace.size d, a:Symbolic", "cvta.to.anyspace.size d, a:Symbolic",
                                                "isspacep.anyspace p, a:Symbolic"],
                      "PTX ISA 9.7.9.19, 9.7.9.20: shared memory of a cluster, here of one block.", "sm_90")
    cluster.declare(MEMORY)
    text = """\
mul.wide.u32 %o, %t, 8;
mov.b64 %w, area;
add.u64 %w, %w, %o;
st.shared.b64 [%w], %a0;
cvta.shared::cluster.u64 %g, %w;
ld.b64 %d0, [%g];
cvta.to.shared::cluster.u64 %back, %g;
ld.shared::cluster.b64 %d1, [%back];
isspacep.shared::cluster %d2, %g;
isspacep.shared::cluster %d3, %in;
isspacep.shared::cta %d4, %g;"""
    cluster.value("cvta_cluster", text, ["b64", "b64"] + ["pred"] * 3, ["b64"], lambda a: (a, a, 1, 0, 1),
                  integers(["b64"], 32, "cluster"), ".reg .b64 %o, %w, %g, %back;")
    return [file, cluster]


def isspacep_file():
    """9.7.9.19: each kind of generic address against each window; parameters lie in the global window too."""
    file = PtxFile("move/isspacep.ptx", ["isspacep.anyspace p, a:Symbolic"], isspacep_file.__doc__ +
                   "\nColumns are the windows global, shared, shared::cta, local, const, param, param::entry.", version="8.3")
    file.declare(MEMORY)
    windows = ("global", "shared", "shared::cta", "local", "const", "param", "param::entry")
    where = {"global": (1, 0, 0, 0, 0, 0, 0), "shared": (0, 1, 1, 0, 0, 0, 0), "local": (0, 0, 0, 1, 0, 0, 0),
             "const": (0, 0, 0, 0, 1, 0, 0), "param": (1, 0, 0, 0, 0, 1, 1)}
    names = {"global": "placed", "shared": "area", "local": "mine", "const": "fixed", "param": "in"}
    questions = ";\n".join(f"isspacep.{window} %d{i}, %g" for i, window in enumerate(windows))
    for space, expected in where.items():
        use = "" if space != "local" else "mov.b64 %d, mine;\nst.local.b64 [%d], 0;\n"
        columns = list(expected)
        file.value(f"isspacep_{space}", f"{use}cvta.{space}.u64 %g, {names[space]};\n{questions}", ["pred"] * len(windows), [],
                   lambda columns=tuple(columns): columns, [()] * 8, f"{LOCAL}\n.reg .b64 %g, %d;" if space == "local" else ".reg .b64 %g;")
    text = """\
setp.lt.u32 %p, %a0, 10;
cvta.shared.u64 %g, area;
cvta.global.u64 %h, placed;
selp.b64 %g, %g, %h, %p;
isspacep.shared %d0, %g;
isspacep.global %d1, %g;
isspacep.shared %d2, %in;
isspacep.global %d3, %out;"""
    file.value("isspacep_divergent", text, ["pred"] * 4, ["u32"], lambda a: (int(a < 10), int(a >= 10), 0, 1),
               [(i % 20,) for i in range(64)], ".reg .b64 %g, %h;\n.reg .pred %p;")
    return file


def mov_addresses():
    file = PtxFile("move/mov_address.ptx", [MOV], "PTX ISA 9.7.9.3: the address of a variable, with an offset, in a window of 32 bits; of a function.")
    file.declare(MEMORY + "\n.func (.reg .b32 r) next(.reg .b32 a) { add.u32 r, a, 1; ret; }")
    text = """\
mov.u64 %p, placed;
ld.global.b64 %d0, [%p+8];
mov.u64 %q, placed+24;
ld.global.b64 %d1, [%q];
sub.u64 %d2, %q, %p;
mov.u64 %p, fixed+8;
ld.const.b64 %d3, [%p];
mov.u32 %w, area;
mad.lo.u32 %w, %t, 8, %w;
st.shared.b64 [%w], %a0;
mov.u64 %p, area;
mul.wide.u32 %q, %t, 8;
add.u64 %p, %p, %q;
ld.shared.b64 %d4, [%p];
mov.u32 %w, mine;
st.local.b64 [%w+8], %a0;
mov.u64 %p, mine+8;
ld.local.b64 %d5, [%p];
$proto: .callprototype (.reg .b32 _) _ (.reg .b32 _);
mov.u64 %p, next;
cvt.u32.u64 %w, %a0;
call (%d6), %p, (%w), $proto;"""
    file.value("mov_address", text, ["b64"] * 6 + ["b32"], ["b64"], lambda a: (0x1111, 0x3333, 24, 0x5555, a, a, a + 1),
               integers(["b64"], 32, "address"), f"{LOCAL}\n.reg .b64 %p, %q;\n.reg .b32 %w;")
    return file


def special_registers():
    """10: the place in block and grid in three dimensions, what depends on the lane, sizes, and clocks that go forward."""
    file = PtxFile("move/special_registers.ptx", [MOV], special_registers.__doc__ +
                   "\nColumns: tid, ntid, ctaid, nctaid (x, y, z each), laneid, lanemask eq, le, lt, ge, gt, dynamic shared bytes.",
                   version="8.1")
    names = [f"%{name}.{axis}" for name in ("tid", "ntid", "ctaid", "nctaid") for axis in "xyz"]
    names += ["%laneid"] + [f"%lanemask_{one}" for one in ("eq", "le", "lt", "ge", "gt")] + ["%dynamic_smem_size"]
    text = ";\n".join(f"mov.u32 %d{i}, {name}" for i, name in enumerate(names))
    for block, grid, shared in (((32, 1, 1), (3, 1, 1), 0), ((5, 3, 2), (2, 2, 2), 100), ((16, 4, 1), (1, 3, 1), 64)):
        threads = [(x, y, z, bx, by, bz) for bz in range(grid[2]) for by in range(grid[1]) for bx in range(grid[0])
                   for z in range(block[2]) for y in range(block[1]) for x in range(block[0])]

        def reference(_, threads=threads, block=block, grid=grid, shared=shared):
            result = []
            for x, y, z, bx, by, bz in threads:
                lane = ((z * block[1] + y) * block[0] + x) % 32
                eq = 1 << lane
                masks = eq, 2 * eq - 1, eq - 1, -eq, -2 * eq
                result.append((x, y, z, *block, bx, by, bz, *grid, lane, *masks, shared))
            return result

        shape = f"block={block[0]},{block[1]},{block[2]} grid={grid[0]},{grid[1]},{grid[2]} shared={shared}"
        file.threads(f"place_{block[0]}_{block[1]}_{block[2]}", text, ["u32"] * len(names), [], reference, [()] * len(threads),
                     shape=shape)
    text = """\
mov.u64 %x, %clock64;
mov.u64 %y, %clock64;
setp.lt.u64 %d0, %x, %y;
mov.u64 %x, %globaltimer;
nanosleep.u32 3000;
mov.u64 %y, %globaltimer;
setp.le.u64 %d1, %x, %y;
mov.u32 %k, %smid;
mov.u32 %m, %nsmid;
setp.lt.u32 %d2, %k, %m;
mov.u32 %k, %warpid;
mov.u32 %m, %nwarpid;
setp.lt.u32 %d3, %k, %m;
mov.u32 %k, %globaltimer_hi;
cvt.u64.u32 %x, %k;
shl.b64 %x, %x, 32;
mov.u32 %k, %globaltimer_lo;
cvt.u64.u32 %y, %k;
or.b64 %x, %x, %y;
mov.u64 %y, %globaltimer;
setp.le.u64 %d4, %x, %y;
mov.u32 %k, %clock_hi;
mov.u64 %x, %clock64;
shr.u64 %x, %x, 32;
cvt.u32.u64 %m, %x;
setp.le.u32 %d5, %k, %m;
mov.u32 %d6, WARP_SZ;
mov.u64 %x, %gridid;
mov.u32 %k, %tid.y;
mov.u32 %d7, %tid.x;
add.u32 %d7, %d7, %k;
mov.u32 %k, %clock;
mov.u32 %m, %clock;
sub.u32 %k, %m, %k;
setp.lt.u32 %d8, %k, 0x40000000;
mov.u32 %k, %total_smem_size;
setp.ge.u32 %d9, %k, 256;"""
    file.declare(".shared .align 8 .b8 some[256];")
    results = ["pred"] * 6 + ["u32", "u32", "pred", "pred"]
    file.threads("clocks", "mov.u32 %k, some;\nst.shared.b32 [%k], 1;\n" + text, results, [],
                 lambda all_: [(1, 1, 1, 1, 1, 1, 32, i, 1, 1) for i in range(32)], [()] * 32, ".reg .b64 %x, %y;\n.reg .b32 %k, %m;")
    return file


def files():
    return [*cvta_file(), isspacep_file(), mov_addresses(), special_registers()]
