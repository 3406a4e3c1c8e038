"""Floating-point formats and correctly rounded operations on bit patterns, for expected values of tests/ptx.

Arithmetic is MPFR's (gmpy2), in a context with the format's precision and exponent range; conversions round exact
rationals. Nothing here knows how src/isa computes.
"""
import gmpy2
from gmpy2 import mpfr, mpq

ROUNDINGS = {"rn": gmpy2.RoundToNearest, "rz": gmpy2.RoundToZero, "rm": gmpy2.RoundDown, "rp": gmpy2.RoundUp}
EXACT = gmpy2.context(precision=4000, emin=-100000, emax=100000)  # holds every number of every format


class Format:
    """An IEEE format: sign, exponent, fraction."""

    def __init__(self, name, width, exponent, fraction):
        self.name, self.width, self.fraction = name, width, fraction
        self.bias = (1 << (exponent - 1)) - 1
        self.sign = 1 << (width - 1)
        self.magnitude = self.sign - 1
        self.infinity = ((1 << exponent) - 1) << fraction
        self.least = 1 - self.bias - fraction  # exponent of the smallest subnormal
        self.min_normal = 1 << fraction
        self.max_finite = self.infinity - 1
        # the context's emin is that of the smallest subnormal, written 0.1b * 2^emin
        self.context = {name: gmpy2.context(precision=fraction + 1, emin=self.least + 1, emax=self.bias + 1,
                                            subnormalize=True, round=mode) for name, mode in ROUNDINGS.items()}

    def is_nan(self, bits):
        return bits & self.magnitude > self.infinity

    def is_infinite(self, bits):
        return bits & self.magnitude == self.infinity

    def is_subnormal(self, bits):
        return 0 < bits & self.magnitude < self.min_normal

    def is_negative(self, bits):
        return bits & self.sign != 0

    def number(self, bits):
        """The exact value of a finite number, as a rational."""
        exponent = (bits & self.magnitude) >> self.fraction
        significand = bits & ((1 << self.fraction) - 1)
        if exponent:
            significand |= 1 << self.fraction
        value = mpq(significand) * mpq(2) ** (max(exponent, 1) - 1 + self.least)
        return -value if self.is_negative(bits) else value

    def real(self, bits):
        """The value as an exact mpfr, special values and the sign of zero included."""
        if self.is_nan(bits):
            return gmpy2.nan()
        negative = self.is_negative(bits)
        if self.is_infinite(bits):
            return gmpy2.inf(-1 if negative else 1)
        value = self.number(bits)
        if value == 0:
            return gmpy2.zero(-1 if negative else 1)
        with gmpy2.local_context(EXACT):
            return mpfr(value)

    def bits(self, value):
        """The bits of an mpfr that the format holds exactly; None for NaN."""
        if gmpy2.is_nan(value):
            return None
        sign = self.sign if gmpy2.is_signed(value) else 0
        if gmpy2.is_infinite(value):
            return sign | self.infinity
        if gmpy2.is_zero(value):
            return sign
        numerator, denominator = abs(value).as_integer_ratio()
        return sign | self.magnitude_of(mpq(numerator, denominator))

    def magnitude_of(self, value):
        """The code of an exact positive rational of this format."""
        scaled = value / mpq(2) ** self.least
        assert scaled.denominator == 1, (self.name, value)
        significand, exponent = int(scaled.numerator), 0
        while significand >> (self.fraction + 1):
            assert significand & 1 == 0, (self.name, value)
            significand, exponent = significand >> 1, exponent + 1
        return significand + (exponent << self.fraction)

    def round(self, value, rounding):
        """A rational, rounded by integers: rn, rz, rm, rp, rna; the code of its magnitude, without the sign."""
        negative, value = value < 0, abs(value)
        unit = mpq(2) ** self.least
        while value / unit >= 2 << self.fraction:
            unit *= 2
        below = int(value / unit)
        rest = value / unit - below
        up = {"rn": rest > mpq(1, 2) or (rest == mpq(1, 2) and below & 1), "rna": rest >= mpq(1, 2), "rz": False,
              "rm": negative and rest > 0, "rp": not negative and rest > 0}[rounding]
        rounded = (below + (1 if up else 0)) * unit
        if rounded > self.number(self.max_finite):
            to_zero = rounding == "rz" or rounding == ("rp" if negative else "rm")
            return self.max_finite if to_zero else self.infinity
        return self.magnitude_of(rounded)


FORMATS = {
    "f16": Format("f16", 16, 5, 10),
    "bf16": Format("bf16", 16, 8, 7),
    "f32": Format("f32", 32, 8, 23),
    "f64": Format("f64", 64, 11, 52),
    "tf32": Format("tf32", 19, 8, 10),
}


def flush(fmt, bits):
    """.ftz: a subnormal becomes the zero of its sign."""
    return bits & fmt.sign if fmt.is_subnormal(bits) else bits


def operate(fmt, rounding, operation, operands):
    """add, sub, mul, div, fma, sqrt or plus (the operand itself) on mpfr operands, rounded once to the format."""
    return in_context(fmt.context[rounding], operation, operands)


def in_context(context, operation, operands):
    """Through the current context: gmpy2's context.div does not round to its own precision."""
    with gmpy2.local_context(context) as current:
        return current.plus(*operands) if operation == "plus" else getattr(gmpy2, operation)(*operands)


def is_tiny_but_rounds_up(fmt, operation, operands, result):
    """The exact value is below the smallest normal number and the result is that number. The manual does not say
    whether .ftz flushes this."""
    if result is None or result & fmt.magnitude != fmt.min_normal:
        return False
    with gmpy2.local_context(EXACT, round=gmpy2.RoundToZero) as towards_zero:
        return abs(in_context(towards_zero, operation, operands)) < mpfr(fmt.number(fmt.min_normal))


def show(width, value):
    return f"{value:0{width // 4}x}"


def any_nan(fmt):
    return {"f16": "nan16", "bf16": "nanbf16", "f32": "nan", "f64": "nan64"}[fmt.name]


def either_zero(width):
    """-0 or +0: where the manual clamps to zero, or takes the minimum, and does not say which."""
    return show(width, 1 << (width - 1)) + ".." + show(width, 0)
