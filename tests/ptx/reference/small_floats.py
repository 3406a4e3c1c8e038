"""Sums, minima and maxima of finite floats, exact and rounded to nearest even, without any float arithmetic of the host."""
from fractions import Fraction

# type: (bits of the fraction, bits of the exponent)
FORMATS = {"f16": (10, 5), "bf16": (7, 8), "f32": (23, 8), "f64": (52, 11)}


def decode(bits, t):
    fraction_bits, exponent_bits = FORMATS[t]
    sign = -1 if bits >> (fraction_bits + exponent_bits) else 1
    exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1)
    fraction = bits & ((1 << fraction_bits) - 1)
    least = 2 - (1 << (exponent_bits - 1)) - fraction_bits  # the weight of the last bit of subnormals
    if exponent == 0:
        return sign * fraction * Fraction(2) ** least
    return sign * (fraction | 1 << fraction_bits) * Fraction(2) ** (least + exponent - 1)


def encode(value, t, negative_zero=False):
    fraction_bits, exponent_bits = FORMATS[t]
    sign = 1 << (fraction_bits + exponent_bits) if value < 0 or negative_zero else 0
    value = Fraction(abs(value))
    weight = 2 - (1 << (exponent_bits - 1)) - fraction_bits
    # From just below the weight of the last of fraction_bits + 1 bits, up to it.
    weight = max(weight, value.numerator.bit_length() - value.denominator.bit_length() - fraction_bits - 1)
    while value / Fraction(2) ** weight >= 1 << (fraction_bits + 1):
        weight += 1
    scaled = round(value / Fraction(2) ** weight)  # to even
    if scaled == 1 << (fraction_bits + 1):
        scaled, weight = scaled >> 1, weight + 1
    if scaled >> fraction_bits == 0:
        return sign | scaled
    exponent = weight - (2 - (1 << (exponent_bits - 1)) - fraction_bits) + 1
    if exponent >= (1 << exponent_bits) - 1:
        return sign | ((1 << exponent_bits) - 1) << fraction_bits
    return sign | exponent << fraction_bits | (scaled & ((1 << fraction_bits) - 1))


def flushed(bits, t):
    fraction_bits, exponent_bits = FORMATS[t]
    if bits >> fraction_bits & ((1 << exponent_bits) - 1) == 0:
        return bits >> (fraction_bits + exponent_bits) << (fraction_bits + exponent_bits)
    return bits


def add(a, b, t, flush=False):
    """The sum of two finite numbers; of opposite ones +0, of two -0 -0."""
    if flush:
        a, b = flushed(a, t), flushed(b, t)
    sign = 1 << sum(FORMATS[t])
    both_negative_zero = a == sign and b == sign
    result = encode(decode(a, t) + decode(b, t), t, both_negative_zero)
    return flushed(result, t) if flush else result


def least(a, b, t):
    return min(a, b, key=lambda one: decode(one, t))


def greatest(a, b, t):
    return max(a, b, key=lambda one: decode(one, t))
