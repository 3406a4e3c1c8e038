"""Floating-point operands: the edges of a format, and random ones that meet roundings, cancellation, over- and underflow."""
from floats import FORMATS
from ptx_file import generator


def edges(fmt):
    """Positive: zero, subnormals, around the smallest normal number, 1/2, 1, 1.5, 2, the largest, infinity, NaNs."""
    one = fmt.bias << fmt.fraction
    half_unit = one - (fmt.fraction + 1 << fmt.fraction)
    found = [0, 1, 2, fmt.min_normal - 1, fmt.min_normal, fmt.min_normal + 1, one - (1 << fmt.fraction), one - 1, one,
             one + 1, one + (1 << fmt.fraction - 1), one + (1 << fmt.fraction), half_unit, half_unit + 1, fmt.max_finite]
    return found + [fmt.infinity, fmt.infinity + 1, fmt.infinity | 1 << fmt.fraction - 1, fmt.magnitude]


def number(rng, fmt, exponent=None):
    """A finite number, by default of an exponent near 1 or of any; fractions often short, so that ties occur."""
    if exponent is None:
        near = fmt.bias + rng.randint(-fmt.fraction - 3, fmt.fraction + 3)
        exponent = rng.choice([near, near, rng.randint(0, (fmt.max_finite >> fmt.fraction))])
    exponent = max(0, min(exponent, fmt.max_finite >> fmt.fraction))
    fraction = rng.getrandbits(fmt.fraction)
    if rng.random() < 0.4:
        fraction &= -1 << rng.randrange(fmt.fraction)
    if rng.random() < 0.1:
        fraction = (1 << fmt.fraction) - 1
    return min(exponent << fmt.fraction | fraction, fmt.max_finite) | (fmt.sign if rng.random() < 0.5 else 0)


def exponent_of(fmt, bits):
    return (bits & fmt.magnitude) >> fmt.fraction


def related(rng, fmt, first):
    """An operand for which something happens with `first`: in a sum, in a product, in a quotient."""
    exponent, target = exponent_of(fmt, first), rng.choice([1, 1 - fmt.fraction, 2 * fmt.bias, fmt.bias])
    kind = rng.randrange(5)
    if kind == 0:  # cancels but for some last bits
        return (first ^ fmt.sign) ^ rng.choice([0, 1, 2, 3])
    if kind == 1:  # half a unit of the first
        return number(rng, fmt, exponent - fmt.fraction - rng.randrange(3))
    if kind == 2:  # a product near the ends of the exponents
        return number(rng, fmt, target + fmt.bias - exponent + rng.randint(-1, 1))
    if kind == 3:  # a quotient there
        return number(rng, fmt, exponent - target + fmt.bias + rng.randint(-1, 1))
    return number(rng, fmt, exponent)


def third(rng, fmt, a, b):
    """An addend for the product of a and b: near it, far below it, or anything."""
    exponent = exponent_of(fmt, a) + exponent_of(fmt, b) - fmt.bias
    return number(rng, fmt, exponent + rng.choice([0, 0, 1, -fmt.fraction - 1, -fmt.fraction, fmt.fraction, rng.randint(-9, 9)]))


def operands(types, count, *seed):
    """`count` tuples of bits for operands of these scalar formats: edges first (all of them for one operand)."""
    rng = generator("floats", *types, *seed)
    formats = [FORMATS[t] for t in types]

    def edge(fmt):
        return rng.choice(edges(fmt)) | (rng.choice([0, fmt.sign]))

    if len(types) == 1:
        fmt = formats[0]
        found = [(bits | sign,) for bits in edges(fmt) for sign in sorted({0, fmt.sign})]
        return found + [(number(rng, fmt),) for _ in range(max(4, count - len(found)))]
    found = [tuple(edge(fmt) for fmt in formats) for _ in range(count // 2)]
    while len(found) < count:
        a = number(rng, formats[0])
        row = [a, related(rng, formats[1], a) if formats[1] is formats[0] else number(rng, formats[1])]
        if len(types) == 3:
            same = formats[2] is formats[0]
            row.append(third(rng, formats[2], row[0], row[1]) if same else number(rng, formats[2]))
        found.append(tuple(row))
    return found


def pairs(scalars, width):
    """Packed operands from scalar ones: each tuple in the low half, the next but two in the high half."""
    return [tuple(low | scalars[(i + 3) % len(scalars)][k] << width for k, low in enumerate(row))
            for i, row in enumerate(scalars)]
