"""What the `// image:` lines of test files hold (tests/ptx/images.h), and what texture units make of it by the CUDA C++
Programming Guide's appendix on texture fetching, in exact rational arithmetic: addresses by its formulas, weights of
linear filtering with 8 fraction bits, one rounding at the end."""
import math
import struct
from fractions import Fraction


def float_bits(value):
    """The f32 nearest to a rational number."""
    value = Fraction(value)
    if value == 0:
        return 0
    exponent = -149
    while abs(value) >= Fraction(2) ** (exponent + 24):
        exponent += 1
    scaled = value / Fraction(2) ** exponent
    whole = math.floor(scaled)
    rest = scaled - whole
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2):
        whole += 1
    return struct.unpack("<I", struct.pack("<f", float(whole * Fraction(2) ** exponent)))[0]


def float_of(bits):
    return Fraction(struct.unpack("<f", struct.pack("<I", bits))[0])


class Image:
    def __init__(self, name, geometry, size, fmt, channels=1, levels=0, filter="point", mipfilter="point",
                 address="clamp", normalized=False, as_float=False, srgb=False, border=(0, 0, 0, 0), bias=0, least=0, most=0,
                 surface=False, zero=False):
        self.name, self.geometry, self.size, self.format, self.channels = name, geometry, size, fmt, channels
        self.levels, self.filter, self.mipfilter, self.address = levels, filter, mipfilter, address
        self.normalized, self.as_float, self.srgb, self.border = normalized, as_float, srgb, border
        self.bias, self.least, self.most, self.surface, self.zero = bias, least, most, surface, zero
        self.bits = int(fmt[1:])
        self.make()

    def line(self):
        text = f"// image: {self.name} geometry={self.geometry} size={'x'.join(map(str, self.size))}"
        text += f" format={self.format}x{self.channels}"
        if self.levels:
            text += f" levels={self.levels} mipfilter={self.mipfilter} bias={self.bias} least={self.least} most={self.most}"
        if self.surface:
            return text + " surface" + (" zero" if self.zero else "")
        text += f" filter={self.filter} address={self.address}"
        for word, given in (("normalized", self.normalized), ("float", self.as_float), ("srgb", self.srgb)):
            text += f" {word}" if given else ""
        if any(self.border):
            text += " border=" + ",".join(str(float(c)) for c in self.border)
        return text

    def declaration(self):
        return self.line() + f"\n.global .u64 {self.name};\n"

    def extents(self, level):
        """Width, height, slices of a level."""
        layered = self.geometry in ("a1d", "a2d", "cube", "acube")
        width, height, depth = (list(self.size) + [1, 1])[:3]
        if self.geometry == "a1d":
            height, depth = 1, height
        smaller = [max(1, e >> level) for e in (width, height, depth)]
        return smaller[0], smaller[1], depth if layered else smaller[2]

    def make(self):
        """texels[level][z][y][x] = channels as stored."""
        count, self.texels = 0, []
        for level in range(max(1, self.levels)):
            width, height, slices = self.extents(level)
            volume = []
            for _ in range(slices):
                plane = []
                for _ in range(height):
                    row = []
                    for _ in range(width):
                        texel = []
                        for _ in range(self.channels):
                            count += 1
                            texel.append(0 if self.zero else self.stored(count * 2654435761 % 2 ** 32))
                        row.append(texel)
                    plane.append(row)
                volume.append(plane)
            self.texels.append(volume)

    def stored(self, word):
        """A channel as a number: an integer, or a float's value."""
        if self.format == "f32":
            return Fraction(word >> 20) / 16 - 128
        if self.format == "f16":
            return Fraction(word >> 24) / 8 - 16
        value = word >> (32 - self.bits)
        return value - 2 ** self.bits if self.format[0] == "s" and value >> (self.bits - 1) else value

    def reads_integers(self):
        return self.format[0] != "f" and (not self.as_float or self.bits == 32)

    def color(self, texel):
        """A texel as it is read: four rationals, or four integers."""
        values = []
        for i, value in enumerate(texel):
            if not self.reads_integers() and self.format[0] == "u":
                value = Fraction(value, 2 ** self.bits - 1)
                if self.srgb and i < 3:
                    value = value / Fraction("12.92") if value <= Fraction("0.04045") else Fraction(
                        math.pow((float(value) + 0.055) / 1.055, 2.4))
            elif not self.reads_integers() and self.format[0] == "s":
                value = max(Fraction(value, 2 ** (self.bits - 1) - 1), Fraction(-1))
            values.append(value)
        return values + [0, 0, 0, 1][len(values):]

    def address_of(self, index, size):
        """An element outside by the address mode; None: the border. (Wrap and mirror repeat along whole elements.)"""
        mode = self.address if self.normalized or self.address == "border" else "clamp"
        if 0 <= index < size:
            return index
        if mode == "wrap":
            return index % size
        if mode == "mirror":
            return index % size if index // size % 2 == 0 else size - 1 - index % size
        return min(max(index, 0), size - 1) if mode == "clamp" else None

    def nearest(self, x, size):
        """x: in [0, 1) or in elements."""
        if self.normalized and self.address in ("wrap", "mirror"):
            whole = math.floor(x)
            fraction = x - whole
            if self.address == "mirror" and whole % 2:
                fraction = 1 - fraction
            return min(math.floor(fraction * size), size - 1)
        return self.address_of(math.floor(x * size if self.normalized else x), size)

    def two(self, x, size, offset=0):
        """[(element, weight)] of linear filtering in one dimension."""
        place = (x * size if self.normalized else x) + offset - Fraction(1, 2)
        steps = math.floor(place * 256 + Fraction(1, 2))
        share = Fraction(steps % 256, 256)
        i = steps // 256
        return [(self.address_of(i, size), 1 - share), (self.address_of(i + 1, size), share)]

    def texel(self, level, slice_, x, y, z):
        if x is None or y is None or z is None:
            return [Fraction(c) for c in self.border]
        return self.color(self.texels[level][slice_ + z][y][x])

    def fetch(self, level, slice_, coordinates, linear, offset=(0, 0, 0)):
        """A filtered point of one level: four rationals (or integers)."""
        width, height, depth = self.extents(level)
        sizes = (width, height, depth)
        spans = []
        for d in range(3):
            if d >= len(coordinates):
                spans.append([(0, Fraction(1))])
            elif linear:
                spans.append(self.two(coordinates[d], sizes[d], offset[d]))
            else:
                moved = coordinates[d] + Fraction(offset[d], sizes[d] if self.normalized else 1)
                spans.append([(self.nearest(moved, sizes[d]), Fraction(1))])
        total = [Fraction(0)] * 4
        for x, wx in spans[0]:
            for y, wy in spans[1]:
                for z, wz in spans[2]:
                    texel = self.texel(level, slice_, x, y, z)
                    for c in range(4):
                        total[c] += wx * wy * wz * texel[c]
        return total

    def sample(self, coordinates, layer=0, lod=None, offset=(0, 0, 0)):
        """tex with float coordinates (rationals); lod: None at the base."""
        coordinates, slice_ = self.locate(coordinates, layer)
        linear = self.filter == "linear"
        if lod is None:
            lod = Fraction(0)
        else:
            lod = Fraction(lod) + Fraction(self.bias)
        if self.levels:
            lod = max(min(lod, Fraction(self.most)), Fraction(self.least))
        lod = min(max(lod, Fraction(0)), max(0, self.levels - 1))
        steps = math.floor(lod * 256 + Fraction(1, 2))
        if self.mipfilter == "linear" and steps % 256:
            share = Fraction(steps % 256, 256)
            one = self.fetch(steps // 256, slice_, coordinates, linear, offset)
            two = self.fetch(steps // 256 + 1, slice_, coordinates, linear, offset)
            return [(1 - share) * a + share * b for a, b in zip(one, two)]
        return self.fetch((steps + 128) // 256, slice_, coordinates, linear, offset)

    def locate(self, coordinates, layer):
        slices = self.extents(0)[2]
        if self.geometry in ("cube", "acube"):
            face, coordinates = self.face_of(coordinates)
            return coordinates, min(layer, slices // 6 - 1) * 6 + face
        return coordinates, min(layer, slices - 1) if self.geometry in ("a1d", "a2d") else 0

    @staticmethod
    def face_of(direction):
        """The guide's table: the coordinate of the largest magnitude and its sign."""
        x, y, z = direction
        largest = max((abs(x), 0), (abs(y), 1), (abs(z), 2))[1]
        m = abs(direction[largest])
        face, s, t = {(0, True): (0, -z, -y), (0, False): (1, z, -y), (1, True): (2, x, z), (1, False): (3, x, -z),
                      (2, True): (4, x, -y), (2, False): (5, -x, -y)}[largest, direction[largest] >= 0]
        return face, [(s / m + 1) / 2, (t / m + 1) / 2]

    def bits_of(self, values):
        """Four words as tex writes them."""
        if self.reads_integers():
            return [int(v) % 2 ** 32 for v in values]
        return [float_bits(v) for v in values]
