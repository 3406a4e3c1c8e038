"""Calls (PTX ISA 9.7.12.5, 7.1): direct and indirect, with registers, .param values and aggregates, recursive, divergent."""
from control import CALL, ONES, words
from ptx_file import PtxFile
from samples import integers


def direct_file():
    file = PtxFile("control/call.ptx", [CALL, "ret{.uni@Uniform}"],
                   "PTX ISA 9.7.12.5, 7.1: functions with register and .param parameters and results of every width, several\n"
                   "results, results that are not wanted, calls on divergent paths, and a function declared before it is defined.")
    file.declare("""\
.func (.param .b32 r) later(.param .b32 a);
.func (.reg .b32 sum, .reg .b32 difference) both(.reg .b32 a, .reg .b32 b)
{
add.u32 sum, a, b;
sub.u32 difference, a, b;
ret;
}
.func (.param .b64 r) widths(.param .b8 a, .param .s16 b, .param .u32 c, .param .b64 d, .param .f32 e, .param .f64 f)
{
.reg .b64 %x, %y;
ld.param.u8 %x, [a];
ld.param.s16 %y, [b];
mad.lo.s64 %x, %y, 1000, %x;
ld.param.u32 %y, [c];
xor.b64 %x, %x, %y;
ld.param.b64 %y, [d];
add.s64 %x, %x, %y;
{
.reg .b32 %w;
ld.param.b32 %w, [e];
cvt.u64.u32 %y, %w;
}
xor.b64 %x, %x, %y;
ld.param.b64 %y, [f];
sub.s64 %x, %x, %y;
st.param.b64 [r], %x;
ret;
}
.func (.param .b8 r) byte_of(.param .b32 a)
{
.reg .b32 %x;
ld.param.b32 %x, [a];
shr.u32 %x, %x, 8;
st.param.b8 [r], %x;
ret;
}
.func (.param .b32 r) later(.param .b32 a)
{
.reg .b32 %x;
ld.param.b32 %x, [a];
not.b32 %x, %x;
st.param.b32 [r], %x;
ret;
}""")
    text = """\
call (%d0, %d1), both, (%a0, %a1);
call (%d2, _), both, (%a0, 5);
call.uni (_, %d3), both, (%a1, %a0);
{
.param .b32 given, back;
st.param.b32 [given], %a0;
call (back), later, (given);
ld.param.b32 %d4, [back];
}
{
.param .b32 given;
.param .b8 back;
st.param.b32 [given], %a1;
call (back), byte_of, (given);
ld.param.u8 %d5, [back];
}
setp.lt.u32 %p, %a0, %a1;
mov.b32 %d6, 1;
@%p call (%d6, _), both, (%a1, %a1);
@%p bra $less;
call (_, %d6), both, (%d6, %a0);
bra $met;
$less:
call (%d6, _), both, (%d6, 9);
$met:"""

    def reference(a, b):
        after = (2 * b + 9) if a < b else 1 - a
        return a + b, a - b, a + 5, b - a, ~a, b >> 8 & 255, after

    file.value("call_registers", text, ["b32"] * 7, ["b32", "b32"], reference,
               [row + words(40, "other")[i] for i, row in enumerate(words(40, "calls"))], ".reg .pred %p;")
    text = """\
{
.param .b8 a;
.param .s16 b;
.param .u32 c;
.param .b64 d, r;
.param .f32 e;
.param .f64 f;
st.param.b8 [a], %a0;
st.param.s16 [b], %a1;
st.param.u32 [c], %a2;
st.param.b64 [d], %a3;
st.param.b32 [e], %a4;
st.param.b64 [f], %a5;
call (r), widths, (a, b, c, d, e, f);
ld.param.b64 %d0, [r];
}"""
    file.value("call_widths", text, "b64", ["u8", "s16", "u32", "b64", "b32", "b64"],
               lambda a, b, c, d, e, f: ((b * 1000 + a ^ c) + d ^ e) - f, integers(["u8", "s16", "u32", "b64", "b32", "b64"], 32, "widths"))
    return file


def aggregate_file():
    file = PtxFile("control/call_aggregates.ptx", [CALL], "PTX ISA 7.1: structures by value, both ways; the caller's copy is its own. A structure has\n"
                   "bytes 0: b8, 2: s16, 4: b32, 8: b64, 16..31: four b32.")
    file.declare("""\
.func (.param .align 8 .b8 r[16]) turn(.param .align 16 .b8 s[32], .param .b32 by)
{
.reg .b32 %x, %y, %z, %w, %k;
.reg .b64 %d;
ld.param.v4.b32 {%x, %y, %z, %w}, [s+16];
ld.param.b32 %k, [by];
add.u32 %x, %x, %k;
sub.u32 %w, %w, %k;
xor.b32 %y, %y, %z;
ld.param.b64 %d, [s+8];
mov.b64 {%z, %k}, %d;
add.u32 %z, %z, %k;
ld.param.s16 %k, [s+2];
add.u32 %z, %z, %k;
ld.param.u8 %k, [s];
mad.lo.u32 %z, %k, 3, %z;
ld.param.b32 %k, [s+4];
xor.b32 %z, %z, %k;
st.param.v2.b32 [r], {%x, %y};
st.param.b32 [r+8], %z;
st.param.b32 [r+12], %w;
ret;
}""")
    text = """\
{
.param .align 16 .b8 s[32];
.param .b32 by;
.param .align 8 .b8 r[16];
st.param.b8 [s], %a0;
st.param.b16 [s+2], %a1;
st.param.b32 [s+4], %a2;
st.param.b64 [s+8], %a3;
st.param.v4.b32 [s+16], {%a2, %a4, %a5, %a6};
st.param.b32 [by], %a4;
call (r), turn, (s, by);
ld.param.v2.b32 {%d0, %d1}, [r];
ld.param.v2.b32 {%d2, %d3}, [r+8];
}"""

    def reference(a, b, c, d, e, f, g):
        middle = ((d & ONES) + (d >> 32) + b + 3 * a) & ONES
        return c + e, e ^ f, middle ^ c, g - e

    types = ["u8", "s16", "b32", "b64", "b32", "b32", "b32"]
    file.value("call_structure", text, ["b32"] * 4, types, reference, integers(types, 36, "structure"))
    return file


def recursive_file():
    file = PtxFile("control/call_recursion.ptx", [CALL], "PTX ISA 9.7.12.5: functions that call themselves and one another, to a depth of each thread's own.")
    file.declare("""\
.func (.reg .b32 r) odd(.reg .b32 n);
.func (.reg .b32 r) even(.reg .b32 n)
{
.reg .pred %p;
.reg .b32 %m;
mov.b32 r, 1;
setp.eq.u32 %p, n, 0;
@%p ret;
sub.u32 %m, n, 1;
call (r), odd, (%m);
ret;
}
.func (.reg .b32 r) odd(.reg .b32 n)
{
.reg .pred %p;
.reg .b32 %m;
mov.b32 r, 0;
setp.eq.u32 %p, n, 0;
@%p ret;
sub.u32 %m, n, 1;
call (r), even, (%m);
ret;
}
.func (.param .b32 r) fibonacci(.param .b32 n)
{
.reg .pred %p;
.reg .b32 %n, %a, %b;
ld.param.b32 %n, [n];
setp.lt.u32 %p, %n, 2;
@%p bra $small;
{
.param .b32 given, back;
sub.u32 %a, %n, 1;
st.param.b32 [given], %a;
call (back), fibonacci, (given);
ld.param.b32 %a, [back];
}
{
.param .b32 given, back;
sub.u32 %b, %n, 2;
st.param.b32 [given], %b;
call (back), fibonacci, (given);
ld.param.b32 %b, [back];
}
add.u32 %n, %a, %b;
$small:
st.param.b32 [r], %n;
ret;
}""")
    text = """\
and.b32 %n, %a0, 31;
call (%d0), even, (%n);
rem.u32 %n, %a0, 11;
{
.param .b32 given, back;
st.param.b32 [given], %n;
call (back), fibonacci, (given);
ld.param.b32 %d1, [back];
}"""

    def fibonacci(n):
        a, b = 0, 1
        for _ in range(n):
            a, b = b, a + b
        return a

    file.value("call_recursion", text, ["b32", "b32"], ["b32"], lambda a: (int(a % 2 == 0), fibonacci(a % 11)), words(64, "recursion"))
    return file


def indirect_file():
    """Through addresses of functions: in a table, from mov, the same for all and each thread's own."""
    file = PtxFile("control/call_indirect.ptx", [CALL, "mov.movtype d:Pack, a:Pack"],
                   "PTX ISA 9.7.12.5: function addresses in a table and from mov; a prototype, a list of targets, .uni; each\n"
                   "thread has a target of its own. The third entry's functions have .param parameters.")
    functions = {"twice": "add.u32 r, a, a;", "negate": "neg.s32 r, a;", "mix": "mad.lo.u32 r, a, a, 17;", "same": "mov.b32 r, a;"}
    file.declare("\n".join(f".func (.reg .b32 r) {name}(.reg .b32 a)\n{{\n{body}\nret;\n}}" for name, body in functions.items()) +
                 "\n.global .align 8 .u64 table[4] = {twice, negate, mix, same};")
    file.declare("""\
.func (.param .b64 r) plus(.param .b64 a, .param .b32 b)
{
.reg .b64 %x, %y;
ld.param.b64 %x, [a];
ld.param.s32 %y, [b];
add.s64 %x, %x, %y;
st.param.b64 [r], %x;
ret;
}
.func (.param .b64 r) times(.param .b64 a, .param .b32 b)
{
.reg .b64 %x, %y;
ld.param.b64 %x, [a];
ld.param.s32 %y, [b];
mul.lo.s64 %x, %x, %y;
st.param.b64 [r], %x;
ret;
}""")
    values = [lambda a: 2 * a, lambda a: -a, lambda a: a * a + 17, lambda a: a]
    text = """\
mov.u64 %base, table;
and.b32 %k, %a0, 3;
mad.wide.u32 %at, %k, 8, %base;
ld.global.u64 %f, [%at];
$one: .callprototype (.reg .b32 _) _ (.reg .b32 _);
call (%d0), %f, (%a0), $one;
$some: .calltargets twice, negate, mix, same;
call (%d1), %f, (%d0), $some;
ld.global.u64 %f, [%base+16];
call.uni (%d2), %f, (%a0), $one;
mov.u64 %f, negate;
call.uni (%d3), %f, (%d2), $one;
setp.gt.u32 %p, %k, 1;
mov.b32 %d4, 3;
ld.global.u64 %f, [%at];
@%p call (%d4), %f, (%d4), $one;"""

    def reference(a):
        f = values[a & 3]
        first, third = f(a) & ONES, a * a + 17
        return first, f(first), third, -third, f(3) if a & 3 > 1 else 3

    file.value("call_table", text, ["b32"] * 5, ["b32"], lambda a: tuple(one & ONES for one in reference(a)), words(64, "indirect"),
               ".reg .b64 %base, %at, %f;\n.reg .b32 %k;\n.reg .pred %p;")
    text = """\
setp.lt.s32 %p, %a1, 0;
mov.u64 %f, plus;
mov.u64 %at, times;
selp.b64 %f, %f, %at, %p;
{
.param .b64 a, r;
.param .b32 b;
st.param.b64 [a], %a0;
st.param.b32 [b], %a1;
$two: .callprototype (.param .b64 _) _ (.param .b64 _, .param .b32 _);
call (r), %f, (a, b), $two;
ld.param.b64 %d0, [r];
}"""
    file.value("call_params", text, "b64", ["s64", "s32"], lambda a, b: a + b if b < 0 else a * b, integers(["s64", "s32"], 40, "params"),
               ".reg .b64 %f, %at;\n.reg .pred %p;")
    return file


def files():
    return [direct_file(), aggregate_file(), recursive_file(), indirect_file()]
