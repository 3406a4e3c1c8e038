"""Textures (PTX ISA 9.7.10). Expected values come from images.py: the programming guide's formulas in exact rational
arithmetic. Points lie where no rounding of coordinates can change the answer: on multiples of 1/1024 of an element off
the boundaries, so that they hold for hardware too; results of linear filtering may be off by what a sum of float weights
may lose."""
import random
import struct
from fractions import Fraction

from images import Image, float_bits
from ptx_file import PtxFile

DIMENSIONS = {"1d": 1, "2d": 2, "3d": 3, "a1d": 1, "a2d": 2, "cube": 3, "acube": 3, "linear": 1, "pitch": 2}
GEOMETRY = {"linear": "1d", "pitch": "2d"}
BASE = "tex{.base}.texgeom.v4.textype.texcoord d:Vec{|p}, [a]:Image{, e:Tuple}{, f:F32}"
LEVEL = "tex.level@Lod.texgeom.v4.textype.texcoord d:Vec{|p}, [a]:Image, lod:A{, e:Tuple}{, f:F32}"
GRAD = "tex.grad.texgeom.v4.textype.texcoord d:Vec{|p}, [a]:Image, dx:Tuple, dy:Tuple{, e:Tuple}{, f:F32}"
GATHER = "tld4.component.gathergeom.v4.gathertype.f32 d:Vec{|p}, [a]:Image{, e:Tuple}{, f:F32}"
QUERY = "txq.texquery.b32 d, [a]:Image"
QUERY_LEVEL = "txq.level@Lod.sizequery.b32 d, [a]:Image, lod:B32"


def in_pairs(form):
    return form.replace(".v4.textype", ".v2.f16x2")


def f32(value):
    return struct.unpack("<I", struct.pack("<f", float(value)))[0]


def ordered(bits):
    return bits if bits < 2 ** 31 else 2 ** 31 - bits


def around(value, slack):
    """f32 results within `slack` of a rational value, as an interval of bits."""
    value = Fraction(value)
    low, high = float_bits(value - slack), float_bits(value + slack)
    return f"{low:08x}..{high:08x}" if low != high else f"{low:08x}"


def expected(image, values, linear):
    """The four columns of a result."""
    if image.reads_integers():
        return [f"{bits:08x}" for bits in image.bits_of(values)]
    if not linear and not image.srgb:
        return [f"{bits:08x}" for bits in image.bits_of(values)]
    largest = {"f32": 128, "f16": 16}.get(image.format, 1)
    return [around(value, Fraction(largest, 2 ** (22 if not image.srgb else 14))) for value in values]


def coordinate(rng, image, dimension, linear):
    """A point up to one and a half periods outside, on a multiple of 1/1024 (1/1024 of an element, off its ends)."""
    size = image.extents(0)[dimension]
    element = rng.randrange(-size - size // 2 - 1, 2 * size + size // 2 + 1)
    place = element + Fraction(rng.choice([1, 3, 77, 200, 400, 511, 513, 700, 900, 1021]), 1024)
    if linear:  # off the ties of the rounding to 256ths
        place = element + Fraction(4 * rng.randrange(256) + rng.choice([0, 1, 3]), 1024)
    if not image.normalized:
        return place
    return place / size if size & (size - 1) == 0 else Fraction(round(place * 1024 / size), 1024) + Fraction(1, 8192)


def direction(rng):
    axes = [Fraction(rng.randrange(-60, 61), 64) + Fraction(1, 256) for _ in range(3)]
    axes[rng.randrange(3)] = Fraction(rng.choice([-1, 1]))
    return axes


def points(rng, image, count):
    """(layer, coordinates)"""
    found = []
    for _ in range(count):
        if image.geometry in ("cube", "acube"):
            place = direction(rng)
        else:
            place = [coordinate(rng, image, d, image.filter == "linear") for d in range(DIMENSIONS[image.geometry])]
        slices = image.extents(0)[2] // (6 if image.geometry == "acube" else 1)
        found.append((rng.randrange(slices + 2) if image.geometry.startswith("a") else None, place))
    return found


def operands(image, first=0):
    """The texture's coordinates as registers, how many there are, and the loads of their columns."""
    layered = image.geometry.startswith("a")
    count = DIMENSIONS[image.geometry] + layered
    names = [f"%c{i}" for i in range(count)]
    pads = {2: 2, 3: 4, 1: 1, 4: 4}[count]
    if image.geometry == "a1d":
        pads = 2
    tuple_ = ", ".join(names + [names[-1]] * (pads - count))
    loads = [f"ld.global.b32 {name}, [%in+{8 * (first + i)}];" for i, name in enumerate(names)]
    return "{" + tuple_ + "}", count, loads


STORES = [f"cvt.u64.u32 %x, %d{i}; st.global.u64 [%out+{8 * i}], %x;" for i in range(4)]
REGISTERS = ".reg .b32 %c<4>, %d<4>, %l, %g<8>, %o<4>;\n.reg .b64 %h, %x;\n.reg .b16 %s<4>;\n.reg .pred %p;"


def handle(image):
    return [f"ld.global.u64 %h, [{image.name}];"]


def fetch_entry(file, name, image, rng, count=24, result="f32", modifier="", offset=None, base=None):
    """tex at float coordinates, at the base level."""
    tuple_, columns, loads = operands(image)
    geometry = GEOMETRY.get(image.geometry, image.geometry)
    e = "" if offset is None else ", {" + ", ".join(map(str, offset)) + "}"
    body = handle(image) + loads + [
        f"tex{modifier}.{geometry}.v4.{result}.f32 {{%d0, %d1, %d2, %d3}}, [%h, {tuple_}]{e};"] + STORES
    rows = []
    for layer, place in points(rng, image, count):
        values = image.sample(place, layer or 0, offset=(list(offset or []) + [0, 0, 0])[:3])
        inputs = ([] if layer is None else [f"{layer:08x}"]) + [f"{f32(c):08x}" for c in place]
        rows.append((inputs, expected(image, values, image.filter == "linear")))
    file.entry(name, columns, 4, "\n".join(body), rows, REGISTERS)


def new_file(name, forms, images, comment):
    file = PtxFile(f"texture/{name}.ptx", forms, comment + " Expected values: the programming guide's formulas, exact.")
    for image in images:
        file.declare(image.declaration())
    return file


def addressing():
    """Every geometry, filter and address mode on floats."""
    for geometry, size in (("1d", [8]), ("2d", [8, 4]), ("3d", [4, 8, 2]), ("a1d", [8, 3]), ("a2d", [4, 8, 3])):
        rng = random.Random("texture " + geometry)
        images = [Image(f"t_{filter}_{address}{'_n' if normalized else ''}", geometry, size, "f32", filter=filter,
                        address=address, normalized=normalized, border=(3, 0, 0, 1) if address == "border" else (0, 0, 0, 0))
                  for filter in ("point", "linear") for address in ("wrap", "clamp", "mirror", "border")
                  for normalized in (False, True) if normalized or address in ("clamp", "border")]
        file = new_file(f"tex_{geometry}", [BASE], images, f"tex.{geometry}: filters and address modes.")
        for image in images:
            fetch_entry(file, f"tex_{image.name[2:]}", image, rng)
        yield file
    for geometry, size in (("cube", [4, 4, 6]), ("acube", [4, 4, 12])):
        rng = random.Random("texture " + geometry)
        images = [Image(f"t_{filter}", geometry, size, "f32", filter=filter, normalized=True) for filter in ("point", "linear")]
        file = new_file(f"tex_{geometry}", [BASE], images, f"tex.{geometry}: faces and filters, not seamless.")
        for image in images:
            fetch_entry(file, f"tex_{image.name[2:]}", image, rng, count=32)
        yield file


def formats():
    """Every format: as integers, as floats, filtered."""
    for fmt in ("u8", "s8", "u16", "s16", "u32", "s32", "f16", "f32"):
        rng = random.Random("texture " + fmt)
        images = [Image(f"t_x{channels}", "2d", [4, 4], fmt, channels, address="border") for channels in (1, 2, 4)]
        if fmt in ("u8", "s8", "u16", "s16"):
            images += [Image(f"t_{filter}_x{channels}", "2d", [4, 4], fmt, channels, filter=filter, as_float=True)
                       for channels in (1, 4) for filter in ("point", "linear")]
        if fmt == "u8":
            images.append(Image("t_srgb", "2d", [4, 4], fmt, 4, as_float=True, srgb=True))
        if fmt[0] == "f":
            images += [Image(f"t_linear_x{channels}", "2d", [4, 4], fmt, channels, filter="linear") for channels in (1, 2, 4)]
        file = new_file(f"tex_format_{fmt}", [BASE], images, f"Textures of {fmt}.")
        for image in images:
            kind = "f32" if not image.reads_integers() else "s32" if fmt[0] == "s" else "u32"
            fetch_entry(file, f"tex_{image.name[2:]}", image, rng, 16, kind)
        yield file


def integer_coordinates():
    """Elements by number: of linear memory, where those outside are zero, of pitched memory and arrays."""
    rng = random.Random("texture integers")
    images = [Image("t_linear_f32", "linear", [37], "f32", 1), Image("t_linear_s8", "linear", [37], "s8", 4),
              Image("t_linear_f16", "linear", [19], "f16", 2), Image("t_pitch", "pitch", [11, 5], "u16", 2),
              Image("t_border", "2d", [6, 5], "f32", 2, address="border"), Image("t_layers", "a2d", [4, 3, 2], "s32", 1)]
    file = new_file("tex_integer_coordinates", [BASE], images, "tex with .s32 coordinates.")
    for image in images:
        tuple_, columns, loads = operands(image)
        kind = "f32" if not image.reads_integers() else "s32"
        body = handle(image) + loads + [
            f"tex.{GEOMETRY.get(image.geometry, image.geometry)}.v4.{kind}.s32 {{%d0, %d1, %d2, %d3}}, [%h, {tuple_}];"] + STORES
        rows = []
        for _ in range(16):
            sizes = image.extents(0)
            place = [rng.randrange(-2, sizes[d] + 3) for d in range(DIMENSIONS[image.geometry])]
            layer = rng.randrange(3) if image.geometry == "a2d" else None
            if image.geometry == "linear":
                inside = 0 <= place[0] < sizes[0]
                values = image.color(image.texels[0][0][0][place[0]]) if inside else [0, 0, 0, 0]
            else:
                at = [image.address_of(place[d], sizes[d]) for d in range(2)]
                slice_ = min(layer or 0, sizes[2] - 1)
                values = [0, 0, 0, 0] if None in at else image.color(image.texels[0][slice_][at[1]][at[0]])
            inputs = ([] if layer is None else [f"{layer:08x}"]) + [f"{c % 2 ** 32:08x}" for c in place]
            rows.append((inputs, [f"{b:08x}" for b in image.bits_of(values)]))
        file.entry(f"tex_{image.name[2:]}", columns, 4, "\n".join(body), rows, REGISTERS)
    yield file


def levels():
    """Mipmaps: levels given, biased, clamped, blended; and from gradients that are powers of two."""
    rng = random.Random("texture levels")
    shared = dict(levels=4, normalized=True, most=9)
    images = [Image("t_point", "2d", [16, 8], "f32", **shared), Image("t_linear", "2d", [16, 8], "f32", filter="linear", **shared),
              Image("t_blend", "2d", [16, 8], "f32", mipfilter="linear", **shared),
              Image("t_trilinear", "2d", [16, 8], "u8", 4, as_float=True, filter="linear", mipfilter="linear", **shared),
              Image("t_bias", "1d", [16], "f32", mipfilter="linear", levels=5, bias=0.75, least=0.5, most=2.5, normalized=True),
              Image("t_layers", "a2d", [8, 8, 3], "f32", mipfilter="linear", **shared),
              Image("t_volume", "3d", [8, 8, 8], "f32", filter="linear", mipfilter="linear", **shared),
              Image("t_cube", "cube", [8, 8, 6], "f32", mipfilter="linear", **shared)]
    file = new_file("tex_level", [LEVEL], images, "tex.level: mipmaps.")
    for image in images:
        tuple_, columns, loads = operands(image, 1)
        body = handle(image) + ["ld.global.b32 %l, [%in];"] + loads + [
            f"tex.level.{image.geometry}.v4.f32.f32 {{%d0, %d1, %d2, %d3}}, [%h, {tuple_}], %l;"] + STORES
        rows = []
        for layer, place in points(rng, image, 24):
            lod = Fraction(rng.randrange(-64, 320), 64) + Fraction(1, 1024)
            values = image.sample(place, layer or 0, lod)
            inputs = [f"{f32(lod):08x}"] + ([] if layer is None else [f"{layer:08x}"]) + [f"{f32(c):08x}" for c in place]
            rows.append((inputs, expected(image, values, True)))
        file.entry(f"level_{image.name[2:]}", columns + 1, 4, "\n".join(body), rows, REGISTERS)
    yield file
    image = Image("t_grad", "2d", [16, 8], "f32", mipfilter="linear", **shared)
    volume = Image("t_grad_volume", "3d", [8, 8, 8], "f32", **shared)
    line = Image("t_grad_line", "1d", [16], "f32", **shared)
    file = new_file("tex_grad", [GRAD], [image, volume, line], "tex.grad: levels that are whole numbers.")
    for image in (image, volume, line):
        tuple_, columns, loads = operands(image, 2)
        count = DIMENSIONS[image.geometry]
        dx = ", ".join(["%g0", "%g2", "%g2", "%g2"][:4 if count == 3 else count])
        dy = ", ".join(["%g2", "%g1", "%g2", "%g2"][:4 if count == 3 else count])
        if count == 1:
            dy = "%g1"
        body = handle(image) + ["ld.global.b32 %g0, [%in];", "ld.global.b32 %g1, [%in+8];", "mov.b32 %g2, 0f00000000;"] + loads + [
            f"tex.grad.{image.geometry}.v4.f32.f32 {{%d0, %d1, %d2, %d3}}, [%h, {tuple_}], {{{dx}}}, {{{dy}}};"] + STORES
        rows = []
        for _, place in points(rng, image, 16):
            sizes = image.extents(0)
            one, two = rng.randrange(-1, 4), rng.randrange(-1, 4)
            gradients = [Fraction(2) ** one / sizes[0], Fraction(2) ** two / sizes[1 if count > 1 else 0]]
            values = image.sample(place, 0, max(one, two))
            rows.append(([f"{f32(c):08x}" for c in gradients + place], expected(image, values, True)))
        file.entry(f"grad_{image.name[7:] or 'plane'}", columns + 2, 4, "\n".join(body), rows, REGISTERS)
    yield file


def offsets_and_predicates():
    rng = random.Random("texture offsets")
    images = [Image("t_offset", "2d", [8, 4], "f32", filter="linear", address="wrap", normalized=True),
              Image("t_line", "1d", [8], "f32", address="clamp"), Image("t_volume", "3d", [4, 4, 4], "u8", 4, as_float=True)]
    file = PtxFile("texture/tex_offset.ptx", [BASE], "Offsets of coordinates; whether data is resident, which it always is. "
                   "Expected values: the programming guide's formulas, exact.", version="7.1")
    for image in images:
        file.declare(image.declaration())
    fetch_entry(file, "offset_2d", images[0], rng, offset=(-3, 7))
    fetch_entry(file, "offset_1d", images[1], rng, offset=(2,), modifier=".base")
    fetch_entry(file, "offset_3d", images[2], rng, offset=(-8, 1, 3, 0))
    rows = [([f"{f32(Fraction(i) + Fraction(1, 4)):08x}"], [f"{float_bits(images[1].texels[0][0][0][i][0]):08x}", "1"])
            for i in range(8)]
    body = handle(images[1]) + ["ld.global.b32 %c0, [%in];", "tex.1d.v4.f32.f32 {%d0, _, _, _}|%p, [%h, {%c0}];",
                                "selp.b32 %d1, 1, 0, %p;"] + STORES[:2]
    file.entry("resident", 1, 2, "\n".join(body), rows, REGISTERS)
    yield file


def half_of(value):
    return struct.unpack("<H", struct.pack("<e", float(value)))[0]


def halves():
    """Results as halves, one to a register or in pairs; values that halves hold."""
    rng = random.Random("texture halves")
    image = Image("t_half", "2d", [8, 4], "f16", 4)
    for name, form, text, columns in (
            ("f16", [BASE], ["tex.2d.v4.f16.f32 {%s0, %s1, %s2, %s3}, [%h, {%c0, %c1}];"] +
             [f"cvt.u32.u16 %d{i}, %s{i};" for i in range(4)], 4),
            ("f16x2", [in_pairs(BASE)], ["tex.2d.v2.f16x2.f32 {%d0, %d1}, [%h, {%c0, %c1}];"], 2)):
        file = new_file(f"tex_{name}", form, [image], f"tex to {name}.")
        rows = []
        for _, place in points(rng, image, 16):
            bits = [half_of(v) for v in image.sample(place)]
            words = bits if columns == 4 else [bits[0] | bits[1] << 16, bits[2] | bits[3] << 16]
            rows.append(([f"{f32(c):08x}" for c in place], [f"{w:x}" for w in words]))
        _, count, loads = operands(image)
        file.entry(f"tex_{name}", count, columns, "\n".join(handle(image) + loads + text + STORES[:columns]), rows, REGISTERS)
        yield file
    mips = Image("t_mips", "2d", [8, 4], "f16", 4, levels=3, normalized=True, most=9)
    for name, form, what in (("level", LEVEL, ", %l"), ("grad", GRAD, ", {%l, %g0}, {%g0, %g0}")):
        file = new_file(f"tex_{name}_f16x2", [in_pairs(form)], [mips], f"tex.{name} to f16x2.")
        rows = []
        for _, place in points(rng, mips, 16):
            lod = rng.randrange(0, 3)
            bits = [half_of(v) for v in mips.sample(place, 0, lod)]
            given = f32(lod) if name == "level" else f32(Fraction(2) ** lod / 8)
            rows.append(([f"{given:08x}"] + [f"{f32(c):08x}" for c in place],
                         [f"{bits[0] | bits[1] << 16:x}", f"{bits[2] | bits[3] << 16:x}"]))
        _, count, loads = operands(mips, 1)
        text = ["ld.global.b32 %l, [%in];", "mov.b32 %g0, 0f00000000;",
                f"tex.{name}.2d.v2.f16x2.f32 {{%d0, %d1}}, [%h, {{%c0, %c1}}]{what};"]
        file.entry(f"{name}_pairs", count + 1, 2, "\n".join(handle(mips) + loads + text + STORES[:2]), rows, REGISTERS)
        yield file


def gathers():
    """tld4: lower left, lower right, upper right, upper left, rows going down."""
    rng = random.Random("texture gathers")
    images = [Image("t_plane", "2d", [8, 4], "f32", 4, address="clamp"), Image("t_bytes", "2d", [8, 4], "u8", 4, address="wrap", normalized=True),
              Image("t_layers", "a2d", [4, 4, 3], "f32", 4)]
    file = new_file("tld4", [GATHER], images, "tld4: every component.")
    for image in images:
        for component in "rgba":
            tuple_, columns, loads = operands(image)
            kind = "u32" if image.reads_integers() else "f32"
            body = handle(image) + loads + [
                f"tld4.{component}.{image.geometry}.v4.{kind}.f32 {{%d0, %d1, %d2, %d3}}, [%h, {tuple_}];"] + STORES
            rows = []
            for layer, place in points(rng, image, 12):
                slice_ = min(layer or 0, image.extents(0)[2] - 1)
                width, height, _ = image.extents(0)
                (left, _), (right, _) = image.two(place[0], width)
                (top, _), (bottom, _) = image.two(place[1], height)
                values = [image.color(image.texels[0][slice_][y][x])["rgba".index(component)]
                          for x, y in ((left, bottom), (right, bottom), (right, top), (left, top))]
                inputs = ([] if layer is None else [f"{layer:08x}"]) + [f"{f32(c):08x}" for c in place]
                rows.append((inputs, [f"{b:08x}" for b in image.bits_of(values)]))
            file.entry(f"gather_{image.name[2:]}_{component}", columns, 4, "\n".join(body), rows, REGISTERS)
    yield file


def queries():
    """txq. The numbers of channel types and orders are OpenCL's (PTX ISA 5.3.3)."""
    plane = Image("t_plane", "2d", [12, 5], "u8", 4, levels=3, most=9, filter="linear", address="mirror", normalized=True, as_float=True)
    volume = Image("t_volume", "3d", [4, 6, 8], "s32", 1, address="border")
    layers = Image("t_layers", "a2d", [4, 6, 7], "f16", 2, address="wrap")
    wanted = {plane: (12, 5, None, 0x10d2, 0x10b5, 1, 0, 3, 0, 1, 1, 1, 1), volume: (4, 6, 8, 0x10d9, 0x10b0, 0, 0, 0, 0, 0, 4, 4, 4),
              layers: (4, 6, None, 0x10dd, 0x10b2, 0, 7, 0, 0, 0, 0, 0, 0)}
    names = ("width", "height", "depth", "channel_data_type", "channel_order", "normalized_coords", "array_size",
             "num_mipmap_levels", "num_samples", "filter_mode", "addr_mode_0", "addr_mode_1", "addr_mode_2")
    file = new_file("txq", [QUERY], list(wanted), "Queries of textures.")
    for image, values in wanted.items():
        for name, value in zip(names, values):
            if value is None:
                continue
            body = handle(image) + [f"txq.{name}.b32 %d0, [%h];"] + STORES[:1]
            file.entry(f"{image.name[2:]}_{name}", 0, 1, "\n".join(body), [([], [f"{value:x}"])], REGISTERS)
    yield file
    file = new_file("txq_level", [QUERY_LEVEL], [plane], "Queries of a level.")
    body = handle(plane) + ["ld.global.b32 %l, [%in];", "txq.level.width.b32 %d0, [%h], %l;", "txq.level.height.b32 %d1, [%h], %l;"]
    file.entry("sizes", 1, 2, "\n".join(body + STORES[:2]), [([f"{l:x}"], [f"{12 >> l:x}", f"{max(1, 5 >> l):x}"]) for l in range(3)], REGISTERS)
    yield file


def files():
    for make in (addressing, formats, integer_coordinates, levels, offsets_and_predicates, halves, gathers, queries):
        yield from make()
