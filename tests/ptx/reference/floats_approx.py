"""The approximate instructions: the interval of results that the manual's error bound leaves (PTX ISA 9.7.3, 9.7.4), and
the special values of its tables."""
import gmpy2
from gmpy2 import mpfr, mpq

from floats import EXACT, FORMATS, any_nan, flush, show

FINE = gmpy2.context(precision=400, emin=-100000, emax=100000)
FUNCTIONS = {
    "ex2": gmpy2.exp2, "lg2": gmpy2.log2, "sin": gmpy2.sin, "cos": gmpy2.cos, "tanh": gmpy2.tanh, "sqrt": gmpy2.sqrt,
    "rcp": lambda x: 1 / x, "rsqrt": lambda x: 1 / gmpy2.sqrt(x),  # rec_sqrt(-0) is +inf in MPFR, -inf in the manual
}


def power(exponent):
    with gmpy2.local_context(FINE):
        return gmpy2.exp2(mpfr(str(exponent)))


def unit_of(fmt, value):
    """One ulp of the format at this value."""
    smallest = power(fmt.least)
    if value == 0:
        return smallest
    with gmpy2.local_context(FINE):
        exponent = gmpy2.floor(gmpy2.log2(abs(value)))
        return max(gmpy2.exp2(exponent - fmt.fraction), smallest)


def directed(fmt, value, direction):
    """The nearest number of the format at or above ("rp"), at or below ("rm"); beyond the largest: infinity."""
    bits = fmt.bits(fmt.context[direction].plus(value))
    return bits


def interval(fmt, value, error, ftz, keeps_sign=True):
    """Results within `error` of `value`. keeps_sign: none beyond zero."""
    with gmpy2.local_context(FINE):
        low, high = value - error, value + error
        if keeps_sign and gmpy2.is_signed(low) != gmpy2.is_signed(value):
            low = gmpy2.zero(1)
        if keeps_sign and gmpy2.is_signed(high) != gmpy2.is_signed(value):
            high = gmpy2.zero(-1)
    low_bits, high_bits = directed(fmt, low, "rp"), directed(fmt, high, "rm")
    largest = fmt.real(fmt.max_finite)
    if high > largest:
        high_bits = fmt.infinity
    if low < -largest:
        low_bits = fmt.sign | fmt.infinity
    if ftz:  # what a flushed result may be; the other end stays
        if fmt.is_subnormal(low_bits) and not fmt.is_negative(low_bits):
            low_bits = 0
        if fmt.is_subnormal(high_bits) and fmt.is_negative(high_bits):
            high_bits = fmt.sign
        low_bits, high_bits = flush(fmt, low_bits), flush(fmt, high_bits)
    low_text, high_text = show(fmt.width, low_bits), show(fmt.width, high_bits)
    return low_text if low_text == high_text else f"{low_text}..{high_text}"


def error_bound(opcode, fmt, x, value):
    """(the bound, whether results keep the sign); None: the manual gives none."""
    if fmt.name == "f16":
        return (max(power(-9.9) * abs(value), power(fmt.least)), True) if opcode == "ex2" else (power(-10.987), False)
    if fmt.name == "bf16":
        return (max(power(-7) * abs(value), power(fmt.least)), True) if opcode == "ex2" else (power(-8), False)
    if opcode == "ex2":  # of the correctly rounded result
        return 2.5 * unit_of(fmt, value), True
    if opcode == "rcp":
        return unit_of(fmt, value), True
    if opcode == "lg2":
        near = mpfr("0.5") < x < 2
        return (power(-22), False) if near else (power(-22) * abs(value), True)
    if opcode in ("sin", "cos"):
        pi = gmpy2.const_pi(200)
        if abs(x) > 100 * pi:
            return None
        return power(-20.5) if abs(x) <= 2 * pi else power(-14.7), False
    if opcode == "tanh":
        return power(-11) * abs(value), True
    return power({"sqrt": -23, "rsqrt": -22.9}[opcode]) * abs(value), True


def approximate(opcode, fmt, ftz, bits):
    """The expected column of a unary approximation."""
    bits = flush(fmt, bits) if ftz else bits
    if fmt.is_nan(bits):
        return any_nan(fmt)
    x = fmt.real(bits)
    with gmpy2.local_context(FINE):
        value = gmpy2.div(1, x) if opcode == "rcp" else FUNCTIONS[opcode](x)
    if gmpy2.is_nan(value):
        return any_nan(fmt)
    if gmpy2.is_infinite(value) or gmpy2.is_zero(x) or gmpy2.is_infinite(x) or (gmpy2.is_zero(value) and opcode != "lg2"):
        return show(fmt.width, fmt.bits(value))  # the manual's tables
    if opcode == "tanh" and fmt.name == "f32" and fmt.is_subnormal(bits):
        return show(32, bits)  # "gets passed through"
    with gmpy2.local_context(FINE):
        bound = error_bound(opcode, fmt, x, value)
        if bound is None:  # best effort: at least a sine
            return f"{show(32, 0xbf800000)}..{show(32, 0x3f800000)}"
        return interval(fmt, value, bound[0], ftz, bound[1])


def divide(kind, ftz, a, b):
    """div.approx.f32 and div.full.f32."""
    fmt = FORMATS["f32"]
    if ftz:
        a, b = flush(fmt, a), flush(fmt, b)
    if fmt.is_nan(a) or fmt.is_nan(b):
        return "nan"
    x, y = fmt.real(a), fmt.real(b)
    sign = fmt.sign if fmt.is_negative(a) != fmt.is_negative(b) else 0
    if kind == "approx" and not fmt.is_infinite(b) and abs(y) > power(126):
        return "nan" if fmt.is_infinite(a) else show(32, sign)
    with gmpy2.local_context(FINE):
        value = x / y
    if gmpy2.is_nan(value):
        return "nan"
    if kind == "approx" and fmt.is_subnormal(b):
        return "*"  # outside of the bound's range
    if gmpy2.is_infinite(value) or gmpy2.is_zero(value):
        return show(32, fmt.bits(value))
    with gmpy2.local_context(FINE):
        return interval(fmt, value, 2 * unit_of(fmt, value), ftz)


def upper_word(opcode, a):
    """rcp.approx.ftz.f64, rsqrt.approx.ftz.f64: (the result, its low word). The manual gives no bound: two units of the
    20 fraction bits that count."""
    fmt = FORMATS["f64"]
    a = flush(fmt, a & ~0xffffffff)
    if fmt.is_nan(a):
        return "7fffffff00000000", "00000000"
    x = fmt.real(a)
    with gmpy2.local_context(FINE):
        value = gmpy2.div(1, x) if opcode == "rcp" else FUNCTIONS[opcode](x)
    if gmpy2.is_nan(value):
        return "7fffffff00000000", "00000000"
    if gmpy2.is_infinite(value) or gmpy2.is_zero(value):
        return show(64, fmt.bits(value)), "00000000"
    with gmpy2.local_context(FINE):
        return interval(fmt, value, power(-19) * abs(value), True), "00000000"


def rsqrt_f64(a):
    """rsqrt.approx.f64: the manual gives no bound; two ulp."""
    fmt = FORMATS["f64"]
    if fmt.is_nan(a):
        return "nan64"
    x = fmt.real(a)
    with gmpy2.local_context(FINE):
        value = FUNCTIONS["rsqrt"](x)
    if gmpy2.is_nan(value):
        return "nan64"
    if gmpy2.is_infinite(value) or gmpy2.is_zero(value):
        return show(64, fmt.bits(value))
    with gmpy2.local_context(FINE):
        return interval(fmt, value, 2 * unit_of(fmt, value), False)
