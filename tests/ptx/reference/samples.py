"""Integer operands for test files: the edges of a type and numbers of random length, the same every time."""
import itertools

from ptx_file import generator, width_of


def edges(width):
    """Bits around 0, around the largest and smallest signed and unsigned number, and around half the width."""
    top, ones, half = 1 << (width - 1), (1 << width) - 1, 1 << (width // 2)
    found = {0, 1, 2, ones, ones - 1, top, top - 1, top + 1, half, half - 1, ones ^ half}
    return sorted(value for value in found if value <= ones)


def integer(rng, width):
    """Bits of a number whose length is uniform, of either sign."""
    if rng.random() < 0.25:
        return rng.choice(edges(width))
    bits = rng.getrandbits(rng.randint(1, width))
    return bits if rng.random() < 0.6 else ~bits & ((1 << width) - 1)


def integers(types, count, *seed, always=()):
    """`count` tuples: `always` first, then pairs of edges, at most half, then random ones. For one operand all edges."""
    rng = generator("integers", *types, *seed)
    rows = list(always)
    crossed = list(itertools.product(*[edges(width_of(t)) for t in types]))
    rng.shuffle(crossed)
    rows += crossed if len(types) == 1 else crossed[:max(0, (count - len(rows)) // 2)]
    while len(rows) < count:
        rows.append(tuple(integer(rng, width_of(t)) for t in types))
    return rows


def crossed(*choices, count=None, seed=""):
    """All combinations of the operands' choices, or `count` of them."""
    rows = list(itertools.product(*choices))
    if count is not None and count < len(rows):
        rows = generator("crossed", seed).sample(rows, count)
    return rows
