"""What cvt gives (PTX ISA 9.7.9.21), for one scalar: exact rationals and MPFR. A result is a column's text or a number."""
import gmpy2
from gmpy2 import mpq

from floats import FORMATS, any_nan, either_zero, flush, is_tiny_but_rounds_up, operate, show
from floats_arithmetic import CANONICAL
from ptx_file import is_signed, width_of

INTEGER_ROUNDINGS = {"rni": gmpy2.rint_round, "rzi": gmpy2.rint_trunc, "rmi": gmpy2.rint_floor, "rpi": gmpy2.rint_ceil}


def limits(t):
    width = width_of(t)
    return (-(1 << width - 1), (1 << width - 1) - 1) if is_signed(t) else (0, (1 << width) - 1)


def integral(rounding, value):
    """A rational to an integer; .rni takes the even one of two."""
    floor = value.numerator // value.denominator
    rest = value - floor
    if rounding == "rni":
        return floor + (1 if rest > mpq(1, 2) or rest == mpq(1, 2) and floor % 2 else 0)
    return {"rmi": floor, "rpi": floor + (rest > 0), "rzi": floor + (rest > 0 and value < 0)}[rounding]


def to_integer(instruction, bits):
    """Clamps always; NaN gives 0, or the highest bit when .f64 or a 64-bit integer takes part."""
    dest, source = instruction.types
    fmt = FORMATS[source]
    if instruction.has("ftz"):
        bits = flush(fmt, bits)
    low, high = limits(dest)
    if fmt.is_nan(bits):
        highest = 1 << width_of(dest) - 1
        return (-highest if is_signed(dest) else highest) if source == "f64" or width_of(dest) == 64 else 0
    if fmt.is_infinite(bits):
        return low if fmt.is_negative(bits) else high
    return max(low, min(high, int(integral(instruction.one_of(INTEGER_ROUNDINGS), fmt.number(bits)))))


def from_integer(instruction, value):
    dest = instruction.types[0]
    fmt = FORMATS[dest]
    if instruction.has("sat"):
        value = max(0, min(1, value))
    sign = fmt.sign if value < 0 else 0
    return sign | fmt.round(mpq(value), instruction.rounding())


def clamped_nan(instruction, fmt):
    """A NaN as the modifiers leave it."""
    if instruction.has("sat"):
        return show(fmt.width, 0)
    return show(fmt.width, CANONICAL[fmt.name]) if instruction.has("relu") else any_nan(fmt)


def clamp(instruction, fmt, bits):
    if instruction.has("satfinite") and fmt.is_infinite(bits):
        bits = bits & fmt.sign | fmt.max_finite
    one = fmt.bias << fmt.fraction
    if instruction.has("sat") and not fmt.is_negative(bits) and bits > one:
        return show(fmt.width, one)
    if (instruction.has("sat") or instruction.has("relu")) and fmt.is_negative(bits):
        return either_zero(fmt.width) if bits == fmt.sign else show(fmt.width, 0)
    return show(fmt.width, bits)


def to_ieee(instruction, dest, source, bits):
    """To f16, bf16, f32, f64; the integer roundings stay in the format."""
    fmt, source_fmt = FORMATS[dest], FORMATS[source]
    ftz = instruction.has("ftz")
    if ftz and source == "f32":
        bits = flush(source_fmt, bits)
    if source_fmt.is_nan(bits):
        return clamped_nan(instruction, fmt)
    rounding = instruction.one_of(INTEGER_ROUNDINGS)
    if rounding and not source_fmt.is_infinite(bits):
        whole = fmt.round(mpq(integral(rounding, source_fmt.number(bits))), "rn")
        return clamp(instruction, fmt, bits & fmt.sign | whole)  # the sign of zero is the operand's
    value = source_fmt.real(bits)
    result = fmt.bits(operate(fmt, instruction.rounding(), "plus", [value]))
    if ftz and dest == "f32":
        if is_tiny_but_rounds_up(fmt, "plus", [value], result):
            return "*"
        result = flush(fmt, result)
    return clamp(instruction, fmt, result)


def to_tf32(instruction, bits):
    """The 19 bits that count, at the top of 32."""
    fmt, source = FORMATS["tf32"], FORMATS["f32"]
    if source.is_nan(bits):
        return "nan"
    sign = bits & source.sign
    code = fmt.infinity if source.is_infinite(bits) else fmt.round(source.number(bits), instruction.rounding())
    if instruction.has("satfinite"):
        code = min(code, fmt.max_finite)
    if instruction.has("relu") and sign:
        return either_zero(32) if code == 0 else show(32, 0)
    return show(32, sign | code << 13)
