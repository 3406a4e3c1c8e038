"""Special registers as vectors, and those of clusters and of the launch (PTX ISA 10)."""
from ptx_file import PtxFile, hexadecimal

SCALAR, VECTOR = "mov.movtype d:Pack, a:Pack", "mov.vec24.movword d:Vec, a:Vec"
FLAT = """ld.param.u64 %out, [out];
mov.u32 %a, %ctaid.z;
mov.u32 %b, %nctaid.y;
mov.u32 %c, %ctaid.y;
mad.lo.u32 %a, %a, %b, %c;
mov.u32 %b, %nctaid.x;
mov.u32 %c, %ctaid.x;
mad.lo.u32 %a, %a, %b, %c;
mov.u32 %b, %ntid.z;
mov.u32 %c, %tid.z;
mad.lo.u32 %a, %a, %b, %c;
mov.u32 %b, %ntid.y;
mov.u32 %c, %tid.y;
mad.lo.u32 %a, %a, %b, %c;
mov.u32 %b, %ntid.x;
mov.u32 %c, %tid.x;
mad.lo.u32 %a, %a, %b, %c;
"""
REGISTERS = ".reg .b16 %h;\n.reg .b32 %a, %b, %c, %d, %e;\n.reg .b64 %s, %w, %x;\n.reg .pred %p, %q;\n.reg .v4 .u32 %v;"


def hex64(*values):
    return [hexadecimal(int(value), 64) for value in values]


def store(slot, register="%d"):
    return f"cvt.u64.u32 %s, {register};\nst.global.b64 [%out+{8 * slot}], %s;\n"


def flag(slot, predicate="%p"):
    return f"selp.b64 %s, 1, 0, {predicate};\nst.global.b64 [%out+{8 * slot}], %s;\n"


def threads(grid, block):
    return [((x, y, z), (bx, by, bz)) for bz in range(grid[2]) for by in range(grid[1]) for bx in range(grid[0])
            for z in range(block[2]) for y in range(block[1]) for x in range(block[0])]


def position_file():
    file = PtxFile("move/special_vectors.ptx", [VECTOR, "mov.v2.movlong d:Vec, a:Vec"], "PTX ISA 10.1, 10.2, 10.6, 10.7: a register of four parts as a whole; the fourth is 0.")
    for number, (grid, block) in enumerate((((2, 3, 2), (4, 3, 2)), ((1, 2, 1), (33, 2, 1)))):
        shape = "block=" + ",".join(map(str, block)) + " grid=" + ",".join(map(str, grid))
        for name, value in (("tid", lambda t, b: t), ("ctaid", lambda t, b: b), ("ntid", lambda t, b, n=block: n),
                            ("nctaid", lambda t, b, n=grid: n)):
            for kind in ("vector", "elements"):
                target, parts = ("%v", [f"%v.{c}" for c in "xyzw"]) if kind == "vector" else ("{%b, %c, %d, %e}", ["%b", "%c", "%d", "%e"])
                body = FLAT + f"mad.wide.u32 %out, %a, 32, %out;\nmov.v4.u32 {target}, %{name};\n"
                body += "".join(store(slot, part) for slot, part in enumerate(parts))
                rows = [(["0"], hex64(*value(t, b), 0)) for t, b in threads(grid, block)]
                file.entry(f"{name}_{kind}_{number}", 1, 4, body.rstrip(), rows, REGISTERS, shape)
    body = ("ld.global.b32 %a, [%in];\nld.global.b32 %b, [%in+8];\nmov.v2.b32 {%a, %b}, {%b, %a};\n" + store(0, "%a") + store(1, "%b"))
    rows = [(hex64(n * 77, n ^ 5), hex64(n ^ 5, n * 77)) for n in range(20)]
    file.entry("swap", 2, 2, body.rstrip(), rows, REGISTERS)
    body = "ld.global.b64 %s, [%in];\nld.global.b64 %w, [%in+8];\nmov.v2.u64 {%s, %w}, {%w, %s};\nst.global.b64 [%out], %s;\nst.global.b64 [%out+8], %w;"
    rows = [(hex64(n * 77, n << 60 ^ 5), hex64(n << 60 ^ 5, n * 77)) for n in range(16)]
    file.entry("swap_long", 2, 2, body, rows, REGISTERS)
    return file


def launch_file():
    file = PtxFile("move/special_launch.ptx", [SCALAR, VECTOR],
                   "PTX ISA 10.11 to 10.17, 10.27, 10.29 to 10.33: a launch without clusters is one of clusters of one block; no graph. Sizes of\n"
                   "shared memory count in 128 bytes. What the driver keeps for itself differs: only what must hold is asked.",
                   "sm_90", "8.1")
    file.declare(".shared .align 16 .b8 cells[256];")
    grid, block = (2, 2, 3), (8, 4, 1)
    shape = "block=8,4,1 grid=2,2,3"
    for name, value in (("clusterid", lambda b: b), ("nclusterid", lambda b: grid), ("cluster_ctaid", lambda b: (0, 0, 0)),
                        ("cluster_nctaid", lambda b: (1, 1, 1))):
        body = FLAT + "mad.wide.u32 %out, %a, 64, %out;\n" + "".join(f"mov.u32 %d, %{name}.{'xyzw'[n]};\n" + store(n) for n in range(4))
        body += f"mov.v4.u32 %v, %{name};\n" + "".join(store(4 + n, f"%v.{'xyzw'[n]}") for n in range(4))
        file.entry(name, 1, 8, body.rstrip(), [(["0"], hex64(*value(b), 0, *value(b), 0)) for t, b in threads(grid, block)], REGISTERS, shape)
    body = ("mov.u32 %d, %cluster_ctarank;\n" + store(0) + "mov.u32 %d, %cluster_nctarank;\n" + store(1) +
            "mov.pred %p, %is_explicit_cluster;\n" + flag(2) + "mov.u64 %s, %current_graph_exec;\nst.global.b64 [%out+24], %s;\n")
    file.entry("cluster_and_graph", 1, 4, body.rstrip(), [(["0"], hex64(0, 1, 0, 0))] * 32, REGISTERS)
    body = ("mov.u32 %a, cells;\nst.shared.b32 [%a], %t;\nmov.u32 %d, %dynamic_smem_size;\n" + store(0) + "mov.u32 %d, %total_smem_size;\n" + store(1) +
            "mov.u32 %a, %aggr_smem_size;\nsetp.ge.u32 %p, %a, %d;\n" + flag(2) +
            "mov.b32 %a, %reserved_smem_offset_begin;\nmov.b32 %b, %reserved_smem_offset_end;\nsetp.le.u32 %p, %a, %b;\n" + flag(3))
    for dynamic, total in ((0, 256), (100, 384), (128, 384), (129, 512)):
        file.entry(f"shared_{dynamic}", 1, 4, body.rstrip(), [(["0"], hex64(dynamic, total, 1, 1))] * 32, REGISTERS,
                   f"block=32 shared={dynamic}")
    body = "mov.b32 %d, 0;\n" + "".join(f"mov.b32 %a, %envreg{n};\nmov.b32 %b, %envreg{n};\nsetp.eq.u32 %p, %a, %b;\n@%p add.u32 %d, %d, 1;\n"
                                        for n in range(32)) + store(0)
    file.entry("environment", 1, 1, body.rstrip(), [(["0"], hex64(32))] * 32, REGISTERS)
    return file


def files():
    return [position_file(), launch_file()]
