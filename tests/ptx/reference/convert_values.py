"""Operands for conversions: the values at and around the borders of the destination, in the source's format."""
from gmpy2 import mpq

from floats import FORMATS
from floats_values import edges, number
from ptx_file import from_bits, generator, is_signed, width_of
from samples import integers


def nearest(fmt, value):
    """The bits of the source's number nearest to a rational."""
    code = fmt.round(value, "rn")
    return code | (fmt.sign if value < 0 else 0)


def around(fmt, value):
    """The number nearest to a value, and its neighbours."""
    bits = nearest(fmt, value)
    return [bits] + [bits + step for step in (-1, 1) if 0 <= (bits & fmt.magnitude) + step <= fmt.magnitude]


def borders_of_float(fmt):
    """Values where roundings to this format differ: its smallest numbers, one, its largest, and the midpoints above."""
    found = []
    for code in (0, 1, fmt.min_normal - 1, fmt.min_normal, fmt.bias << fmt.fraction, (fmt.bias << fmt.fraction) + 1, fmt.max_finite - 1):
        low, high = fmt.number(code), fmt.number(code + 1)
        found += [low, (low + high) / 2]
    largest = fmt.number(fmt.max_finite)
    return found + [largest, largest + (largest - fmt.number(fmt.max_finite - 1)) / 2, largest * 2]


def borders_of_integer(t):
    width, signed = width_of(t), is_signed(t)
    least = -(1 << width - 1) if signed else 0
    most = (1 << (width - 1 if signed else width)) - 1
    found = [mpq(n) + d for n in (0, 1, 2, least, most, most // 2) for d in (0, mpq(1, 2))]
    return found + [mpq(least) - mpq(1, 2), mpq(most) + 1, mpq(most) * 3, mpq(1, 1000)]


def floats_for(source, borders, *seed):
    """Bits of the source format: its edges, the borders and their neighbours with either sign, random ones."""
    fmt = FORMATS[source]
    rng = generator("convert", source, *seed)
    found = [bits | sign for bits in edges(fmt) for sign in {0, fmt.sign}]
    for border in borders:
        close = around(fmt, border)
        found += [close[0], close[0] ^ fmt.sign] + [rng.choice(close) ^ rng.choice([0, fmt.sign])]
    found = sorted(set(found))
    rng.shuffle(found)
    return found[:56] + [number(rng, fmt) for _ in range(8)]


def integers_for(source, fmt, *seed):
    """Integers whose last kept bit and the ones below it are of every kind."""
    width, rng = width_of(source), generator("convert", source, fmt.name, *seed)
    found = [row[0] for row in integers([source], 20, "convert", *seed)]
    for length in (fmt.fraction + 2, fmt.fraction + 3, width - 1, width):
        if length <= width:
            dropped = max(0, length - fmt.fraction - 1)
            for tail in (0, 1 << max(0, dropped - 1), (1 << max(0, dropped - 1)) - 1, (1 << max(0, dropped - 1)) + 1):
                kept = 1 << length - 1 | rng.getrandbits(fmt.fraction + 1) << dropped
                value = kept & -1 << dropped | tail & (1 << dropped) - 1
                found += [value & (1 << width) - 1, -value & (1 << width) - 1]
    return [(bits,) for bits in dict.fromkeys(found)][:56]


def integer(bits, t):
    return from_bits(bits, t)
