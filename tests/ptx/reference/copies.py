"""Copies, hints, elements left out and 16 bytes as one (PTX ISA 9.7.9.8 to 9.7.9.25): bytes put into a place by one kind
of access and read back by another, against Python's slicing of bytes."""
from ptx_file import PtxFile, from_bits, generator, hexadecimal, is_signed, register_type, width_of

SCOPES = ("cta", "cluster", "gpu", "sys")
PREFETCH = ("L2::64B", "L2::128B", "L2::256B")
SHARED = ".shared .align 32 .b8 staging[4096];"


def words(name, columns, count=6):
    """Rows of 64-bit columns, each byte different from its neighbours."""
    rng = generator("memory", name)
    return [[rng.getrandbits(64) for _ in range(columns)] for _ in range(count)]


def memory_of(row):
    return b"".join(word.to_bytes(8, "little") for word in row)


def name_of(text):
    return text.replace("::", "_").replace(".", "_")


def place(space, columns, fill):
    """PTX that makes a place of this space for one thread; where it is; fill: text that stores %f<n> in slot n."""
    if space in ("", ".global"):
        return "", "%in"
    if space == ".local":
        body = "\n".join(f"st.local.b64 [frame+{8 * n}], %f{n};" for n in range(columns)) if fill else ""
        return body, "frame"
    body = f"mov.u32 %q, staging;\nmad.lo.u32 %q, %t, {8 * columns}, %q;\n"
    return body + ("\n".join(f"st.shared.b64 [%q+{8 * n}], %f{n};" for n in range(columns)) if fill else ""), "%q"


def registers(columns, kind, count):
    text = f".reg .b64 {', '.join(f'%f{n}' for n in range(columns))}, %s, %policy;\n.reg .b32 %q;\n"
    text += f".reg .{kind} {', '.join(f'%d{n}' for n in range(count))};\n"
    return text + ".local .align 32 .b8 frame[64];"


def wide_register(ptx_type):
    """Loads of integers extend into a wider register (9.4.1); floats take their own width."""
    if ptx_type in ("f32", "f64"):
        return "b" + ptx_type[1:]
    return "b128" if ptx_type == "b128" else "b64"


def store_result(slot, register, kind):
    if kind == "b128":
        return f"mov.b128 {{%f0, %f1}}, {register};\nst.global.b64 [%out+{slot}], %f0;\nst.global.b64 [%out+{slot + 8}], %f1;"
    if kind == "b64":
        return f"st.global.b64 [%out+{slot}], {register};"
    return f"cvt.u64.u32 %s, {register};\nst.global.b64 [%out+{slot}], %s;"


def loaded(ptx_type, data):
    value = int.from_bytes(data, "little")
    if is_signed(ptx_type):
        return [hexadecimal(from_bits(value, ptx_type) & (2**64 - 1), 64)]
    if ptx_type == "b128":
        return [hexadecimal(value & (2**64 - 1), 64), hexadecimal(value >> 64, 64)]
    return [hexadecimal(value, 64)]


def add_load(file, opcode, space, ptx_type, vec=1, policy=False, offset=0, unified=False, sink=()):
    """One entry: `opcode` says all modifiers but the vector and the type."""
    size = width_of(ptx_type) // 8
    columns = max(1, (offset + size * vec + 7) // 8)
    kind = wide_register(ptx_type)
    fill, where = place(space, columns, True)
    targets = [f"%d{n}" if n not in sink else "_" for n in range(vec)]
    vector = f".v{vec}" if vec > 1 else ""
    target = targets[0] if vec == 1 else "{" + ", ".join(targets) + "}"
    mark = ".unified" if unified else ""
    lines = [f"ld.global.b64 %f{n}, [%in+{8 * n}];" for n in range(columns)] + [fill]
    lines.append("createpolicy.fractional.L2::evict_last.b64 %policy, 1.0;" if policy else "")
    lines.append(f"{opcode}{vector}.{ptx_type} {target}, [{where}+{offset}]{mark}{', %policy' if policy else ''};")
    slots, rows = 0, []
    for n in range(vec):
        if n not in sink:
            lines.append(store_result(8 * slots, f"%d{n}", kind))
            slots += 2 if kind == "b128" else 1
    name = name_of(f"{opcode}{vector}.{ptx_type}") + (f"_at_{offset}" if offset else "") + ("_sink" if sink else "")
    name += "_unified" if unified else ""
    for row in words(name, columns):
        data = memory_of(row)[offset:]
        rows.append(([hexadecimal(word, 64) for word in row],
                     sum([loaded(ptx_type, data[size * n:size * (n + 1)]) for n in range(vec) if n not in sink], [])))
    file.entry(name, columns, slots, "\n".join(line for line in lines if line), rows, registers(max(columns, 2), kind, vec))


PATTERN = 0x1122334455667788


def add_store(file, opcode, space, ptx_type, vec=1, policy=False, offset=0, sink=()):
    """Stores columns of the input over a pattern and reads the place back."""
    size = width_of(ptx_type) // 8
    kind = "b128" if ptx_type == "b128" else register_type(ptx_type)
    halves = 2 if kind == "b128" else 1
    columns = max(1, (offset + size * vec + 7) // 8)
    _, where = place(space, columns, False)
    where = "%out" if where == "%in" else where
    lines = [f"ld.global.b64 %s, [%in+{8 * n}];\n" + {
        "b16": f"cvt.u16.u64 %d{n}, %s;", "b32": f"cvt.u32.u64 %d{n}, %s;", "b64": f"mov.b64 %d{n}, %s;",
        "b128": f"ld.global.b64 %policy, [%in+8];\nmov.b128 %d0, {{%s, %policy}};"}[kind] for n in range(vec)]
    if space not in ("", ".global", ".local"):
        lines.append(f"mov.u32 %q, staging;\nmad.lo.u32 %q, %t, {8 * columns}, %q;")
    plain = "st.global" if where == "%out" else "st" + space.replace("::cta", "")
    lines += [f"mov.b64 %s, {PATTERN};"] + [f"{plain}.b64 [{where}+{8 * n}], %s;" for n in range(columns)]
    lines.append("createpolicy.fractional.L2::evict_first.b64 %policy, 0.5;" if policy else "")
    sources = [f"%d{n}" if n not in sink else "_" for n in range(vec)]
    source = sources[0] if vec == 1 else "{" + ", ".join(sources) + "}"
    vector = f".v{vec}" if vec > 1 else ""
    lines.append(f"{opcode}{vector}.{ptx_type} [{where}+{offset}], {source}{', %policy' if policy else ''};")
    if where != "%out":
        read = "ld" + plain[2:]
        lines += [f"{read}.b64 %s, [{where}+{8 * n}];\nst.global.b64 [%out+{8 * n}], %s;" for n in range(columns)]
    name = name_of(f"{opcode}{vector}.{ptx_type}") + (f"_at_{offset}" if offset else "") + ("_sink" if sink else "")
    rows = []
    for row in words(name, vec * halves):
        data = bytearray(PATTERN.to_bytes(8, "little") * columns)
        for n in range(vec):
            if n not in sink:
                start = offset + n * size
                data[start:start + size] = memory_of(row[n * halves:(n + 1) * halves])[:size]
        rows.append(([hexadecimal(word, 64) for word in row],
                     [hexadecimal(int.from_bytes(data[8 * n:8 * n + 8], "little"), 64) for n in range(columns)]))
    file.entry(name, vec * halves, columns, "\n".join(line for line in lines if line), rows, registers(2, kind, vec))


def bulk_file():
    file = PtxFile("memory/st_bulk.ptx", ["st.bulk{.weak}{.shared::cta} [a], size:B64, b:Number"],
                   "PTX ISA 9.7.9.13: zeroes so many bytes of a row of four words that were all ones; the input is the size.",
                   target="sm_100", version="8.6")
    file.declare(SHARED)
    for name, opcode, address in (("shared", "st.bulk.weak.shared::cta", "%f0"), ("cta", "st.bulk.shared::cta", "%f0"),
                                  ("generic", "st.bulk", "%f1")):
        body = ("ld.global.b64 %s, [%in];\nmov.u32 %q, staging;\nmad.lo.u32 %q, %t, 32, %q;\ncvt.u64.u32 %f0, %q;\n"
                "cvta.shared.u64 %f1, %f0;\nmov.b64 %policy, -1;\n")
        body += "".join(f"st.shared.b64 [%q+{8 * n}], %policy;\n" for n in range(4))
        body += f"{opcode} [{address}], %s, 0;\n"
        body += "\n".join(f"ld.shared.b64 %s, [%q+{8 * n}];\nst.global.b64 [%out+{8 * n}], %s;" for n in range(4))
        rows = [([hexadecimal(size, 64)], [hexadecimal(0 if 8 * n < size else 2**64 - 1, 64) for n in range(4)])
                for size in (0, 8, 16, 24, 32)]
        file.entry(f"st_bulk_{name}", 1, 4, body, rows, registers(2, "b32", 1))
    return file


def copy_file():
    file = PtxFile("memory/cp_async.ptx", [
        "cp.async.cpcache.cpspace.global@Source{.L2::cache_hint}{.prefetch} [d], [a], size:Number{, n:Any}{, policy:B64}",
        "cp.async.commit_group", "cp.async.wait_all", "cp.async.wait_group n:Number"],
        "PTX ISA 9.7.9.25.3: n bytes are copied and the rest is zero; with a predicate that holds, all is zero. What lies\n"
        "behind the copy stays all ones. An ignored source, or one of no bytes, need not exist.")
    file.declare(SHARED)
    sizes = [("ca", 4), ("ca", 8), ("ca", 16), ("cg", 16)]

    def add(name, opcode, size, given, wait, rows, source="%in+16"):
        body = ("ld.global.b64 %s, [%in];\ncvt.u32.u64 %d0, %s;\nsetp.ne.b64 %p, %s, 0;\nmov.u32 %q, staging;\n"
                "mad.lo.u32 %q, %t, 32, %q;\nmov.b64 %policy, -1;\n"
                + "".join(f"st.shared.b64 [%q+{8 * n}], %policy;\n" for n in range(3)) +
                "createpolicy.fractional.L2::evict_last.b64 %policy, 1.0;\nmov.b64 %f1, 16;\n"
                f"{opcode} [%q], [{source}], {size}{given};\n{wait}\n" +
                "\n".join(f"ld.shared.b64 %s, [%q+{8 * n}];\nst.global.b64 [%out+{8 * n}], %s;" for n in range(3)))
        file.entry(name, 4, 3, body, rows, registers(2, "b32", 1) + "\n.reg .pred %p;")

    def rows_of(size, numbers, copied):
        rows = []
        for number, row in zip(numbers, words(f"copy{size}", 2, len(numbers))):
            data = bytearray(b"\xff" * 24)
            n = copied(number)
            data[:size] = memory_of(row)[:n] + bytes(size - n)
            rows.append(([hexadecimal(number, 64), "0"] + [hexadecimal(word, 64) for word in row],
                         [hexadecimal(int.from_bytes(data[8 * k:8 * k + 8], "little"), 64) for k in range(3)]))
        return rows

    waits = ["cp.async.wait_all;", "cp.async.commit_group;\ncp.async.wait_group 0;"]
    for number, (cache, size) in enumerate(sizes):
        for space in (".shared", ".shared::cta"):
            base = f"cp.async.{cache}{space}.global"
            name = name_of(base) + f"_{size}"
            wait = waits[number % 2]
            add(name, base, size, "", wait, rows_of(size, [0, 1, 2], lambda n: size))
            add(name + "_size", base, size, ", %d0", wait, rows_of(size, list(range(size + 1)), lambda n: n))
            add(name + "_ignore", base, size, ", %p", wait, rows_of(size, [0, 1, 0, 1], lambda n: 0 if n else size))
            for prefetch in PREFETCH:
                add(name + "_" + name_of(prefetch), f"{base}.{prefetch}", size, "", wait, rows_of(size, [0, 3], lambda n: size))
            add(name + "_hint", f"{base}.L2::cache_hint.L2::64B", size, ", %policy", wait, rows_of(size, [0, 3], lambda n: size))
            add(name + "_size_hint", f"{base}.L2::cache_hint", size, ", %d0, %policy", wait,
                rows_of(size, [0, 3, size], lambda n: n))
            add(name + "_nowhere", base, size, ", 0", wait, rows_of(size, [0, 1], lambda n: 0), "%f1")
    return file


def hint_file():
    file = PtxFile("memory/hints.ptx", [
        "applypriority{.global}.L2::evict_normal [a], size:Number", "discard{.global}.L2 [a], size:Number",
        "prefetch{.prefspace}.L1 [a]", "prefetch{.prefspace}.L2 [a]", "prefetch.global.prefevict [a]", "prefetchu.L1 [a]",
        "createpolicy.range{.global}.policyevict{.restevict}.b64 d, [a], b:U32, c:U32",
        "createpolicy.fractional.policyevict{.restevict}.b64 d{, b:F32}", "createpolicy.cvt.L2.b64 d, a"],
        "PTX ISA 9.7.9.15 to 9.7.9.18: hints change no result (what discard leaves is written again before it is read). A policy\n"
        "is opaque: it is used, not looked at.")
    file.declare(SHARED + "\n.global .align 128 .b8 line[4096];")
    hints = ["applypriority.global.L2::evict_normal [%f0], 128;", "applypriority.L2::evict_normal [%f0], 128;",
             "discard.global.L2 [%f0], 128;", "discard.L2 [%f0], 128;", "prefetch.global.L1 [%in];", "prefetch.L1 [%in];",
             "prefetch.local.L1 [frame];", "prefetch.global.L2 [%in];", "prefetch.L2 [%in];", "prefetch.local.L2 [frame];",
             "prefetch.global.L2::evict_last [%in];", "prefetch.global.L2::evict_normal [%in];", "prefetchu.L1 [%in];"]
    policies = []
    for first in ("evict_last", "evict_normal", "evict_first", "evict_unchanged"):
        for rest in ("", ".L2::evict_first", ".L2::evict_unchanged"):
            policies.append(f"createpolicy.fractional.L2::{first}{rest}.b64 %policy;")
            policies.append(f"createpolicy.fractional.L2::{first}{rest}.b64 %policy, 0.25;")
            policies.append(f"createpolicy.range.L2::{first}{rest}.b64 %policy, [%in], 16, 64;")
            policies.append(f"createpolicy.range.global.L2::{first}{rest}.b64 %policy, [%in], %q, 4096;")
    policies.append("mov.b64 %f1, 0;\ncreatepolicy.cvt.L2.b64 %policy, %f1;")
    for n, hint in enumerate(hints):
        body = (f"mov.u64 %f0, line;\nmad.wide.u32 %f0, %t, 128, %f0;\nld.global.b64 %s, [%in];\nst.local.b64 [frame], %s;\n{hint}\n"
                "st.global.b64 [%f0], %s;\nld.local.b64 %f1, [frame];\nld.global.b64 %s, [%f0];\nst.global.b64 [%out], %s;\n"
                "st.global.b64 [%out+8], %f1;")
        rows = [([hexadecimal(w[0], 64)], [hexadecimal(w[0], 64)] * 2) for w in words(hint, 1, 4)]
        file.entry(f"hint_{n}", 1, 2, body, rows, registers(2, "b32", 1))
    for n, policy in enumerate(policies):
        body = (f"mov.u32 %q, 8;\n{policy}\nld.global.L2::cache_hint.b64 %s, [%in], %policy;\n"
                "st.global.L2::cache_hint.b64 [%out], %s, %policy;")
        rows = [([hexadecimal(w[0], 64)], [hexadecimal(w[0], 64)]) for w in words(policy, 1, 3)]
        file.entry(f"policy_{n}", 1, 1, body, rows, registers(2, "b32", 1))
    return file


LOAD = "ld{.weak}{.ldspace}{.ldcache}{.evict1}{.evict2}{.L2::cache_hint}{.prefetch}{.vec}.memtype d:Vec, [a]{, policy:B64}"
STORE = "st{.weak}{.stspace}{.stcache}{.evict1}{.evict2}{.L2::cache_hint}{.vec}.memtype [a], b:Vec{, policy:B64}"


def sink_file():
    file = PtxFile("memory/sinks.ptx", [LOAD, STORE], "PTX ISA 9.7.9.8, 9.7.9.11: `_` among 32 bytes is not read, and not written; .unified.",
                   target="sm_100", version="8.8")
    for base in ("ld.global", "ld", "ld.global.nc"):
        space = "" if base == "ld" else ".global"
        add_load(file, base, space, "f32", 8, sink=(1, 6))
        add_load(file, base + ".L2::evict_first", space, "u64", 4, sink=(0,))
    add_load(file, "ld.global", ".global", "s16", unified=True)
    add_load(file, "ld", "", "b64", unified=True)
    for space in ("", ".global"):
        add_store(file, "st" + space, space, "f32", 8, sink=(1, 7))
        add_store(file, "st" + space, space, "b32", 8, sink=(0, 2, 3, 6))
        add_store(file, "st" + space + ".L2::evict_last", space, "b64", 4, sink=(2,))
    return file


def whole_file():
    file = PtxFile("memory/b128_ordered.ptx", [
        LOAD, STORE, "ld.volatile{.atomspace}{.prefetch}{.vec}.memtype d:Vec, [a]", "st.volatile{.atomspace}{.vec}.memtype [a], b:Vec",
        "ld.ldorder.scope{.atomspace}{.evict1}{.evict2}{.L2::cache_hint}{.prefetch}{.vec}.memtype d:Vec, [a]{, policy:B64}",
        "st.storder.scope{.atomspace}{.evict1}{.evict2}{.L2::cache_hint}{.vec}.memtype [a], b:Vec{, policy:B64}"],
        "PTX ISA 9.7.9.8, 9.7.9.11: 16 bytes as one scalar, of every order and scope.", target="sm_90", version="8.4")
    file.declare(SHARED)
    for space in ("", ".global", ".shared", ".shared::cta"):
        orders = ["", ".volatile"] + [f".{order}.{scope}" for order in ("relaxed", "acquire") for scope in SCOPES]
        for order in orders:
            add_load(file, "ld" + order + space, space.replace("::cta", ""), "b128")
            add_store(file, "st" + order.replace("acquire", "release") + space, space, "b128")
    return file


def files():
    return [sink_file(), whole_file(), bulk_file(), copy_file(), hint_file()]
