"""Surfaces (PTX ISA 9.7.11): bytes and samples of arrays, by coordinates inside and outside. Expected values come from
lists of bytes that follow the manual's words. What one run stores, the next run of the file loads."""
import random
import struct

from images import Image
from ptx_file import PtxFile

LOAD = "suld.b@Units.surfgeom{.surfcache}{.vec24}.surftype.surfclamp d:Vec, [a]:Image"
STORE = "sust.b@Units.surfgeom{.stcache}{.vec24}.surftype.surfclamp [a]:Image, c:Vec"
FORMATTED = "sust.p.redgeom{.vec24}.b32.surfclamp [a]:Image, c:Vec"
QUERY = "suq.surfquery.b32 d, [a]:Image"
DIMENSIONS = {"1d": 1, "2d": 2, "3d": 3, "a1d": 1, "a2d": 2}
REGISTERS = ".reg .b32 %c<4>, %d<4>, %w;\n.reg .b64 %h, %x, %q<2>;\n.reg .b16 %s<4>;"


def new_file(name, forms, images, comment, version="8.0"):
    file = PtxFile(f"surface/{name}.ptx", forms, comment + " Expected values: bytes moved by hand.", version=version)
    for image in images:
        file.declare(image.declaration())
    return file


class Bytes:
    """A surface's memory, row by row."""

    def __init__(self, image):
        width, self.height, self.slices = image.extents(0)
        self.image, self.row = image, width * image.channels * image.bits // 8
        self.rows = {(z, y): bytearray(b"".join(self.channel(c) for texel in image.texels[0][z][y] for c in texel))
                     for z in range(self.slices) for y in range(self.height)}

    def channel(self, value):
        if self.image.format == "f32":
            return struct.pack("<f", float(value))
        if self.image.format == "f16":
            return struct.pack("<e", float(value))
        return (int(value) % 2 ** self.image.bits).to_bytes(self.image.bits // 8, "little")

    def find(self, place, size, mode, layer=None):
        """(row, offset) of an access of `size` bytes; None outside."""
        x, y, z = (list(place) + [0, 0])[:3]
        z = z if layer is None else layer
        if mode == "clamp":
            x, y, z = min(max(x, 0), self.row - size), min(max(y, 0), self.height - 1), min(max(z, 0), self.slices - 1)
        inside = 0 <= x <= self.row - size and 0 <= y < self.height and 0 <= z < self.slices
        return ((z, y), x) if inside else None

    def load(self, place, size, mode, layer=None):
        found = self.find(place, size, mode, layer)
        return bytes(self.rows[found[0]][found[1]:found[1] + size]) if found else bytes(size)

    def store(self, place, data, mode, layer=None):
        found = self.find(place, len(data), mode, layer)
        if found:
            self.rows[found[0]][found[1]:found[1] + len(data)] = data


def coordinates(image):
    """The coordinates' registers as the instruction writes them, their number, the loads."""
    layered = image.geometry[0] == "a"
    count = DIMENSIONS[image.geometry] + layered
    pads = {1: 1, 2: 2, 3: 4}[count]
    names = [f"%c{i}" for i in range(count)]
    loads = [f"ld.global.u64 %h, [{image.name}];"] + [f"ld.global.b32 {name}, [%in+{8 * i}];" for i, name in enumerate(names)]
    return "{" + ", ".join(names + [names[-1]] * (pads - count)) + "}", count, loads


def place_of(rng, image, memory, size, outside):
    """Layer or None, and coordinates in units of `size` bytes."""
    sizes = (memory.row // size, memory.height, memory.slices)
    far = 2 if outside else 0
    place = [rng.randrange(-far, sizes[d] + far) for d in range(DIMENSIONS[image.geometry])]
    place[0] *= size
    layer = rng.randrange(0, memory.slices + far) if image.geometry[0] == "a" else None
    return layer, place


def columns(layer, place):
    return ([] if layer is None else [f"{layer:x}"]) + [f"{c % 2 ** 32:x}" for c in place]


def elements(data, size):
    return [int.from_bytes(data[i:i + size], "little") for i in range(0, len(data), size)]


def registers_for(size):
    return {1: "%s", 2: "%s", 4: "%d", 8: "%q"}[size]


def loads():
    for geometry, extent in (("1d", [16]), ("2d", [8, 4]), ("3d", [4, 4, 3]), ("a1d", [8, 3]), ("a2d", [4, 3, 3])):
        rng = random.Random("suld " + geometry)
        image = Image("s", geometry, extent, "u32", 4, surface=True)
        memory = Bytes(image)
        file = new_file(f"suld_b_{geometry}", [LOAD], [image], f"suld.b.{geometry}.")
        for number, mode in enumerate(("trap", "clamp", "zero")):
            for size, count in ((1, 1), (2, 2), (4, 1), (4, 2), (4, 4), (8, 1), (8, 2), (1, 4)):
                tuple_, given, body = coordinates(image)
                bank = registers_for(size)
                d = "{" + ", ".join(f"{bank}{i}" for i in range(count)) + "}" if count > 1 else f"{bank}0"
                vec = f".v{count}" if count > 1 else ""
                cop = ("", ".ca", ".cg", ".cs", ".cv")[(size + count + number) % 5]
                body.append(f"suld.b.{geometry}{cop}{vec}.b{8 * size}.{mode} {d}, [%h, {tuple_}];")
                for i in range(count):
                    wide = {1: "u16", 2: "u16", 4: "u32"}.get(size)
                    value = f"%q{i}"
                    if wide:
                        body.append(f"cvt.u64.{wide} %x, {bank}{i};")
                        value = "%x"
                    body.append(f"st.global.u64 [%out+{8 * i}], {value};")
                rows = []
                for _ in range(16):
                    layer, place = place_of(rng, image, memory, size * count, mode != "trap")
                    data = memory.load(place, size * count, mode, layer)
                    rows.append((columns(layer, place), [f"{v:x}" for v in elements(data, size)]))
                file.entry(f"load_{mode}_{count}b{8 * size}", given, count, "\n".join(body), rows, REGISTERS)
        yield file


def check_entry(file, name, image, memory):
    """Loads every word of the surface."""
    tuple_, given, body = coordinates(image)
    body += [f"suld.b.{image.geometry}.b32.trap %d0, [%h, {tuple_}];", "cvt.u64.u32 %x, %d0; st.global.u64 [%out], %x;"]
    rows = []
    for (z, y), row in sorted(memory.rows.items()):
        for x in range(0, memory.row, 4):
            place = ([z] if image.geometry[0] == "a" else []) + [x] + ([y] if given > 1 and image.geometry != "a1d" else [])
            place += [z] if image.geometry == "3d" else []
            rows.append(([f"{c:x}" for c in place], [f"{elements(row[x:x + 4], 4)[0]:x}"]))
    file.entry(name, given, 1, "\n".join(body), rows, REGISTERS)


def stores():
    """Each store to a place of its own, then all of the surface."""
    for geometry, extent in (("1d", [64]), ("2d", [16, 4]), ("3d", [8, 4, 2]), ("a1d", [16, 4]), ("a2d", [8, 2, 3])):
        rng = random.Random("sust " + geometry)
        image = Image("s", geometry, extent, "u32", 1, surface=True)
        memory = Bytes(image)
        file = new_file(f"sust_b_{geometry}", [STORE], [image], f"sust.b.{geometry}.")
        for number, (mode, size, count) in enumerate((("trap", 4, 1), ("trap", 1, 1), ("clamp", 2, 2), ("zero", 4, 2),
                                                      ("zero", 8, 1), ("trap", 4, 4), ("clamp", 8, 2), ("zero", 1, 4))):
            tuple_, given, body = coordinates(image)
            bank, words = registers_for(size), []
            for i in range(count):
                at = 8 * (given + i)
                if size < 4:
                    body.append(f"ld.global.b32 %w, [%in+{at}]; cvt.u16.u32 %s{i}, %w;")
                else:
                    body.append(f"ld.global.b{8 * size} {bank}{i}, [%in+{at}];")
                words.append(f"{bank}{i}")
            c = "{" + ", ".join(words) + "}" if count > 1 else words[0]
            vec = f".v{count}" if count > 1 else ""
            cop = ("", ".wb", ".cg", ".cs", ".wt")[number % 5]
            body.append(f"sust.b.{geometry}{cop}{vec}.b{8 * size}.{mode} [%h, {tuple_}], {c};")
            body += ["mov.b64 %x, 1; st.global.u64 [%out], %x;"]
            rows, taken = [], set()
            for _ in range(12):
                layer, place = place_of(rng, image, memory, size * count, mode != "trap")
                found = memory.find(place, size * count, mode, layer)
                if found in taken:
                    continue
                taken.add(found)
                data = bytes(rng.randrange(256) for _ in range(size * count))
                memory.store(place, data, mode, layer)
                rows.append((columns(layer, place) + [f"{v:x}" for v in elements(data, size)], ["1"]))
            file.entry(f"store_{mode}_{count}b{8 * size}", given + count, 1, "\n".join(body), rows, REGISTERS)
        check_entry(file, "loaded", image, memory)
        yield file


def formatted():
    """sust.p: coordinates count samples; values become what the format holds."""
    file_images = [("u8", 4, "1d", [8]), ("s16", 2, "2d", [4, 2]), ("f16", 2, "2d", [4, 2]), ("f32", 1, "3d", [2, 2, 2]), ("u32", 2, "1d", [8])]
    images = [Image(f"s_{fmt}", geometry, extent, fmt, channels, surface=True) for fmt, channels, geometry, extent in file_images]
    file = new_file("sust_p", [FORMATTED], images, "sust.p.")
    for image in images:
        rng = random.Random("sust.p " + image.format)
        memory = Bytes(image)
        tuple_, given, body = coordinates(image)
        count = image.channels
        body += [f"ld.global.b32 %d{i}, [%in+{8 * (given + i)}];" for i in range(count)]
        c = "{" + ", ".join(f"%d{i}" for i in range(count)) + "}" if count > 1 else "%d0"
        vec = f".v{count}" if count > 1 else ""
        body += [f"sust.p.{image.geometry}{vec}.b32.zero [%h, {tuple_}], {c};", "mov.b64 %x, 1; st.global.u64 [%out], %x;"]
        rows, taken, size = [], set(), image.channels * image.bits // 8
        for _ in range(10):
            _, place = place_of(rng, image, memory, size, True)
            found = memory.find(place, size, "zero")
            if found in taken:
                continue
            taken.add(found)
            low = -2 ** (image.bits - 1) if image.format[0] == "s" else 0
            high = 2 ** (image.bits - 1) if image.format[0] == "s" else 2 ** image.bits
            numbers = [rng.randrange(-60, 60) / 8 if image.format[0] == "f" else rng.randrange(low, high) for _ in range(count)]
            memory.store(place, b"".join(memory.channel(n) for n in numbers), "zero")
            bits = [struct.unpack("<I", struct.pack("<f", n))[0] if image.format[0] == "f" else n % 2 ** 32 for n in numbers]
            rows.append((columns(None, [place[0] // size] + place[1:]) + [f"{b:x}" for b in bits], ["1"]))
        file.entry(f"store_{image.format}", given + count, 1, "\n".join(body), rows, REGISTERS)
        check_entry(file, f"loaded_{image.format}", image, memory)
    yield file


REDUCE = {"add": lambda a, b: a + b, "min": min, "max": max, "and": lambda a, b: a & b, "or": lambda a, b: a | b}


def reductions():
    """sured: all threads of a run reduce a few places, in no order."""
    bytewise = [("add", ("u32", "u64", "s32")), ("min", ("u32", "s32", "u64", "s64")), ("max", ("u32", "s32", "u64", "s64")),
                ("and", ("b32",)), ("or", ("b32",))]
    forms = ["sured.b@Units.add.redgeom.surfadd.surfclamp [a]:Image, c", "sured.b@Units.minmax.redgeom.int3264.surfclamp [a]:Image, c",
             "sured.b@Units.andor.redgeom.b32.surfclamp [a]:Image, c"]
    for geometry, extent in (("1d", [8]), ("2d", [4, 2]), ("3d", [4, 2, 2])):
        cases = [(op, kind) for op, kinds in bytewise for kind in kinds]
        yield from reduce_file(f"sured_b_{geometry}", forms, geometry, extent, "u32", cases, "b")
    forms = ["sured.p.surfop.redgeom.b32.surfclamp [a]:Image, c", "sured.p.minmax.redgeom.b64.surfclamp [a]:Image, c"]
    for fmt in ("u32", "s32"):
        cases = [(op, "b32") for op in REDUCE] + [("min", "b64"), ("max", "b64")]
        yield from reduce_file(f"sured_p_{fmt}", forms, "2d", [4, 2], fmt, cases, "p")


def reduce_file(name, forms, geometry, extent, fmt, cases, units):
    rng = random.Random(name)
    modes = ("trap", "clamp", "zero")
    images = [Image(f"s_{op}_{kind}", geometry, extent, fmt, 2 if kind[1:] == "64" else 1, surface=True) for op, kind in cases]
    file = new_file(name, forms, images, f"sured.{units}.{geometry}.", version="8.1")
    for number, (image, (op, kind)) in enumerate(zip(images, cases)):
        memory, size, mode = Bytes(image), int(kind[1:]) // 8, modes[number % 3]
        tuple_, given, body = coordinates(image)
        bank = registers_for(size)
        body += [f"ld.global.b{8 * size} {bank}0, [%in+{8 * given}];",
                 f"sured.{units}.{op}.{geometry}.{kind}.{mode} [%h, {tuple_}], {bank}0;", "mov.b64 %x, 1; st.global.u64 [%out], %x;"]
        signed = kind[0] == "s" if units == "b" else fmt[0] == "s"
        rows = []
        for _ in range(16):
            _, place = place_of(rng, image, memory, size, mode != "trap")
            value = rng.randrange(2 ** (8 * size))
            found = memory.find(place, size, mode)
            if found:
                old = memory.load(place, size, mode)
                a, b = int.from_bytes(old, "little", signed=signed), int.from_bytes(value.to_bytes(size, "little"), "little", signed=signed)
                memory.store(place, (REDUCE[op](a, b) % 2 ** (8 * size)).to_bytes(size, "little"), mode)
            scaled = [place[0] // (size if units == "p" else 1)] + place[1:]
            rows.append((columns(None, scaled) + [f"{value:x}"], ["1"]))
        file.entry(f"reduce_{op}_{kind}", given + 1, 1, "\n".join(body), rows, REGISTERS, shape=f"block={len(rows)}")
        check_entry(file, f"loaded_{op}_{kind}", image, memory)
    yield file


def queries():
    images = {Image("s_plane", "2d", [12, 5], "u8", 4, surface=True): (12, 5, None, 0x10da, 0x10b5, 0, 0),
              Image("s_volume", "3d", [4, 6, 8], "s32", 1, surface=True): (4, 6, 8, 0x10d9, 0x10b0, 0, 0),
              Image("s_layers", "a2d", [4, 6, 7], "f32", 2, surface=True): (4, 6, None, 0x10de, 0x10b2, 7, 0)}
    names = ("width", "height", "depth", "channel_data_type", "channel_order", "array_size", "memory_layout")
    file = new_file("suq", [QUERY], list(images), "Queries of surfaces. The numbers of channel types and orders are OpenCL's (5.3.3).")
    for image, values in images.items():
        for name, value in zip(names, values):
            if value is not None:
                body = f"ld.global.u64 %h, [{image.name}];\nsuq.{name}.b32 %d0, [%h];\ncvt.u64.u32 %x, %d0; st.global.u64 [%out], %x;"
                file.entry(f"{image.name[2:]}_{name}", 0, 1, body, [([], [f"{value:x}"])], REGISTERS)
    yield file


def faults():
    for name, instruction, comment in (("suld_trap", "suld.b.2d.b32.trap %d0, [%h, {%c0, %c1}];", "A load outside with .trap ends the launch."),
                                       ("sust_trap", "sust.b.2d.b32.trap [%h, {%c0, %c1}], %c0;", "A store outside with .trap ends the launch.")):
        image = Image("s", "2d", [4, 4], "u32", 1, surface=True)
        file = new_file(name, [LOAD if name == "suld_trap" else STORE], [image], comment)
        body = "ld.global.u64 %h, [s];\nmov.u32 %c0, 16;\nmov.u32 %c1, 0;\n" + instruction
        file.entry("outside", 0, 1, body, [], REGISTERS, checks=["// fails: CUDA_ERROR_LAUNCH_FAILED"])
        yield file


def files():
    for make in (loads, stores, formatted, reductions, queries, faults):
        yield from make()
