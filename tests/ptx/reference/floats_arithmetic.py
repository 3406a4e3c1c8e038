"""What the exact float instructions give (PTX ISA 9.7.3 to 9.7.7): columns for one scalar instruction. f32 and f64 NaNs
are any NaN (the manual leaves them open) but where it says canonical."""
import gmpy2
import operator

import floats_approx
from floats import FORMATS, any_nan, either_zero, flush, is_tiny_but_rounds_up, operate, show

CANONICAL = {"f32": 0x7fffffff, "f16": 0x7fff, "bf16": 0x7fff}
OPERATIONS = {"add": "add", "sub": "sub", "mul": "mul", "fma": "fma", "mad": "fma", "div": "div", "sqrt": "sqrt", "rcp": "div"}
COMPARISONS = {"eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}
BOOLEANS = {"and": operator.and_, "or": operator.or_, "xor": operator.xor}


def finish(fmt, instruction, bits, tiny):
    """The modifiers that act on a result which is a number."""
    if instruction.has("sat") or instruction.has("relu"):
        if bits == fmt.sign:
            return either_zero(fmt.width)
        if fmt.is_negative(bits):
            return show(fmt.width, 0)
        one = fmt.bias << fmt.fraction
        if instruction.has("sat") and bits > one:
            bits = one
    if instruction.has("ftz"):
        if tiny:
            ends = [fmt.sign | fmt.min_normal, fmt.sign] if fmt.is_negative(bits) else [0, fmt.min_normal]
            return f"{show(fmt.width, ends[0])}..{show(fmt.width, ends[1])}"
        bits = flush(fmt, bits)
    return show(fmt.width, bits)


def arithmetic(instruction, opcode, sources, values):
    """add, sub, mul, fma, mad, div, sqrt, rcp; mixed precision too. sources: a format per operand."""
    fmt = FORMATS[instruction.types[0]]
    if instruction.has("ftz"):
        values = [flush(source, value) for source, value in zip(sources, values)]
    numbers = [source.real(value) for source, value in zip(sources, values)]
    if opcode == "rcp":
        numbers.insert(0, gmpy2.mpfr(1))
    result = operate(fmt, instruction.rounding(), OPERATIONS[opcode], numbers)
    if gmpy2.is_nan(result):
        if instruction.has("sat"):
            return show(fmt.width, 0)
        return show(fmt.width, CANONICAL[fmt.name]) if instruction.has("relu") else any_nan(fmt)
    bits = fmt.bits(result)
    tiny = instruction.has("ftz") and is_tiny_but_rounds_up(fmt, OPERATIONS[opcode], numbers, bits)
    return finish(fmt, instruction, bits, tiny)


def order(fmt, bits):
    """Numbers in numeric order, -0 below +0."""
    magnitude = bits & fmt.magnitude
    return -magnitude - 1 if fmt.is_negative(bits) else magnitude


def extreme(fmt, instruction, choose, x, y):
    """The manual's two_inputs_min or _max; None: NaN."""
    nan_x, nan_y = x is None or fmt.is_nan(x), y is None or fmt.is_nan(y)
    if nan_x and nan_y or instruction.has("NaN") and (nan_x or nan_y):
        return None
    if nan_x or nan_y:
        return y if nan_x else x
    return choose(x, y, key=lambda bits: order(fmt, bits))


def min_max(instruction, opcode, values):
    fmt = FORMATS[instruction.types[0]]
    choose = min if opcode == "min" else max
    sign = (values[0] ^ values[1]) & fmt.sign
    if instruction.has("ftz"):
        values = [flush(fmt, value) for value in values]
    if instruction.has("abs"):
        values = [value & fmt.magnitude for value in values]
    result = values[0]
    for value in values[1:]:
        result = extreme(fmt, instruction, choose, result, value)
    if result is None:
        return show(fmt.width, CANONICAL[fmt.name]) if instruction.has("NaN") else any_nan(fmt)
    if instruction.has("xorsign"):
        result = result & fmt.magnitude | sign
    return show(fmt.width, result)


def sign_operation(instruction, opcode, value):
    fmt = FORMATS[instruction.types[0]]
    if fmt.is_nan(value):
        return any_nan(fmt)
    value = flush(fmt, value) if instruction.has("ftz") else value
    return show(fmt.width, value & fmt.magnitude if opcode == "abs" else value ^ fmt.sign)


def test_property(instruction, value):
    fmt = FORMATS[instruction.types[0]]
    nan, infinite, subnormal = fmt.is_nan(value), fmt.is_infinite(value), fmt.is_subnormal(value)
    return {"finite": not nan and not infinite, "infinite": infinite, "number": not nan, "notanumber": nan,
            "normal": not nan and not infinite and not subnormal, "subnormal": subnormal}[instruction.modifiers[0]]


def compare(instruction, fmt, a, b):
    """a cmp b, as a truth value."""
    comparison = instruction.one_of({*COMPARISONS, "num", "nan", *(name + "u" for name in COMPARISONS), "equ", "neu"})
    unordered = fmt.is_nan(a) or fmt.is_nan(b)
    if comparison in ("num", "nan"):
        return unordered == (comparison == "nan")
    if instruction.has("ftz"):
        a, b = flush(fmt, a), flush(fmt, b)
    if unordered:
        return comparison.endswith("u")
    name = comparison[:2] if comparison.endswith("u") else comparison
    return COMPARISONS[name](fmt.real(a), fmt.real(b))


def combine(instruction, truth, c):
    """The boolean operator, if there is one."""
    op = instruction.one_of(BOOLEANS)
    return BOOLEANS[op](truth, bool(c)) if op else truth


TRUTHS = {"u16": 0xffff, "s16": 0xffff, "u32": 0xffffffff, "s32": 0xffffffff, "f16": 0x3c00, "bf16": 0x3f80, "f32": 0x3f800000}


def scalar(instruction, opcode, sources, values):
    """The column of an instruction with one result. sources: the operands' formats."""
    fmt = FORMATS[instruction.types[0]]
    approx = instruction.has("approx")
    if opcode in ("abs", "neg"):
        return sign_operation(instruction, opcode, values[0])
    if opcode in ("min", "max"):
        return min_max(instruction, opcode, values)
    if opcode == "copysign":
        return show(fmt.width, values[1] & fmt.magnitude | values[0] & fmt.sign)
    if opcode == "div" and (approx or instruction.has("full")):
        return floats_approx.divide("approx" if approx else "full", instruction.has("ftz"), *values)
    if approx:
        if fmt.name == "f64":
            return floats_approx.rsqrt_f64(values[0])
        return floats_approx.approximate(opcode, fmt, instruction.has("ftz"), values[0])
    return arithmetic(instruction, opcode, sources, values)
