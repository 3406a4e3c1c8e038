"""Control flow (PTX ISA 9.7.12): each thread takes its own way, which Python walks as well."""
from ptx_file import PtxFile, generator
from samples import integers

ONES = 0xffffffff
CALL = "call{.uni@Uniform} d:List, f:Function, a:List, t:Label"


def words(count, *seed):
    return [(one[0],) for one in integers(["b32"], count, "control", *seed)[:count]]


def collatz(n):
    steps, largest = 0, n
    while n != 1 and steps < 60:
        n = (3 * n + 1) & ONES if n & 1 else n >> 1
        steps, largest = steps + 1, max(largest, n)
    return steps, largest


def two_loops(a):
    """A loop with three ways out, one of them from an inner loop, and a counter of how each was left."""
    total, i = 0, 0
    while True:
        if i >= a & 15:
            return total, 1
        j = 0
        while j < i:
            total = (total + (a >> (j & 31)) + 1) & ONES
            if total & 0xff == 0x5a:
                return total, 2
            j += 3
        if total > 600:
            return total, 3
        i += 1


def irreducible(a):
    """Two blocks that jump to each other, entered at either: no block of the cycle comes before the other."""
    x, turns, at = a, 0, "left" if a & 1 else "right"
    while turns < 20:
        turns += 1
        if at == "left":
            x = (x * 5 + 1) & ONES
            if x & 0xc0 == 0xc0:
                break
            at = "right"
        else:
            x ^= x >> 3
            if x & 0x300 == 0x100:
                break
            at = "left"
    return x, turns


def bra_file():
    file = PtxFile("control/bra.ptx", ["bra{.uni@Uniform} t:Label"],
                   "PTX ISA 9.7.12.3: branches with and without a guard, its negation, loops, loops with several exits, and a\n"
                   "graph that cannot be reduced.")
    text = """\
mov.u32 %d0, 0;
mov.b32 %d1, %a0;
mov.b32 %n, %a0;
$head:
setp.eq.u32 %p, %n, 1;
@%p bra $done;
setp.lt.u32 %p, %d0, 60;
@!%p bra $done;
and.b32 %m, %n, 1;
setp.eq.u32 %p, %m, 0;
@%p bra $even;
mad.lo.u32 %n, %n, 3, 1;
bra $next;
$even: shr.u32 %n, %n, 1;
$next:
add.u32 %d0, %d0, 1;
max.u32 %d1, %d1, %n;
bra.uni $head;
$done:"""
    rng = generator("collatz")
    samples = [(1,), (2,), (27,), (0,), (ONES,), (97,)] + [(rng.randint(1, 4000),) for _ in range(34)]
    file.value("collatz", text, ["u32", "u32"], ["b32"], collatz, samples, ".reg .b32 %m;\n.reg .pred %p;")
    text = """\
mov.u32 %d0, 0;
mov.u32 %x, 0;
and.b32 %m, %a0, 15;
$outer:
setp.ge.u32 %p, %x, %m;
@%p bra $first;
mov.u32 %j, 0;
$inner:
setp.ge.u32 %p, %j, %x;
@%p bra $after;
and.b32 %v, %j, 31;
shr.u32 %v, %a0, %v;
add.u32 %d0, %d0, %v;
add.u32 %d0, %d0, 1;
and.b32 %v, %d0, 0xff;
setp.eq.u32 %p, %v, 0x5a;
@%p bra $second;
add.u32 %j, %j, 3;
bra $inner;
$after:
setp.gt.u32 %p, %d0, 600;
@%p bra $third;
add.u32 %x, %x, 1;
bra $outer;
$first: mov.u32 %d1, 1;
bra $met;
$second: mov.u32 %d1, 2;
bra $met;
$third: mov.u32 %d1, 3;
$met:"""
    rng = generator("loops")
    samples = [(rng.getrandbits(10) << 4 | rng.randrange(16),) for _ in range(40)] + words(24, "loops")
    file.value("two_loops", text, ["u32", "u32"], ["b32"], two_loops, samples, ".reg .b32 %x, %m, %j, %v;\n.reg .pred %p;")
    text = """\
mov.b32 %d0, %a0;
mov.u32 %d1, 0;
and.b32 %m, %a0, 1;
setp.ne.u32 %p, %m, 0;
@!%p bra $right;
$left:
setp.ge.u32 %p, %d1, 20;
@%p bra $done;
add.u32 %d1, %d1, 1;
mad.lo.u32 %d0, %d0, 5, 1;
and.b32 %m, %d0, 0xc0;
setp.eq.u32 %p, %m, 0xc0;
@%p bra $done;
$right:
setp.ge.u32 %p, %d1, 20;
@%p bra $done;
add.u32 %d1, %d1, 1;
shr.u32 %m, %d0, 3;
xor.b32 %d0, %d0, %m;
and.b32 %m, %d0, 0x300;
setp.ne.u32 %p, %m, 0x100;
@%p bra $left;
$done:"""
    file.value("irreducible", text, ["b32", "u32"], ["b32"], irreducible, words(64, "irreducible"), ".reg .b32 %m;\n.reg .pred %p;")
    return file


def brx_file():
    file = PtxFile("control/brx_idx.ptx", ["brx.idx{.uni@Uniform} a:U32, t:Label"],
                   "PTX ISA 9.7.12.4: every thread to a target of its own, one of them twice in the list; in a loop; and all to\n"
                   "the same with .uni.")
    text = """\
mov.b32 %d0, 1;
mov.u32 %k, 0;
$targets: .branchtargets $zero, $one, $two, $one, $four;
$again:
add.u32 %x, %a0, %k;
rem.u32 %x, %x, 5;
brx.idx %x, $targets;
$zero: add.u32 %d0, %d0, 100;
bra $met;
$one: mul.lo.u32 %d0, %d0, 3;
bra $met;
$two: xor.b32 %d0, %d0, 0x55;
$four: add.u32 %d0, %d0, 7;
$met:
add.u32 %k, %k, 1;
setp.lt.u32 %p, %k, 6;
@%p bra $again;
mov.u32 %d1, 0;
shr.u32 %x, %i, 5;
$same: .branchtargets $zero2, $one2;
brx.idx.uni %x, $same;
$zero2: mov.u32 %d1, 50;
bra $end;
$one2: mov.u32 %d1, 51;
$end:"""

    def reference(threads):
        result = []
        for number, (a,) in enumerate(threads):
            d = 1
            for k in range(6):
                x = ((a + k) & ONES) % 5
                d = (d + 100) if x == 0 else d * 3 if x in (1, 3) else (d ^ 0x55) + 7 if x == 2 else d + 7
                d &= ONES
            result.append((d, 50 + number // 32))
        return result

    file.threads("brx_idx", text, ["b32", "u32"], ["b32"], reference, words(64, "brx"), ".reg .b32 %x, %k;\n.reg .pred %p;")
    return file


def leave_file():
    file = PtxFile("control/ret_exit.ptx", ["ret{.uni@Uniform}", "exit", CALL],
                   "PTX ISA 9.7.12.6, 9.7.12.7: threads that return from a function, leave the kernel from it, or leave the\n"
                   "kernel at once; ee: that thread wrote nothing any more. The others vote afterwards: the leavers are gone.")
    file.declare("""\
.func (.reg .b32 r) leave(.reg .b32 a, .reg .b64 place)
{
.reg .pred %p;
.reg .b32 %x;
.reg .b64 %s;
mov.b32 r, 1;
and.b32 %x, a, 7;
setp.eq.u32 %p, %x, 0;
@%p ret;
setp.eq.u32 %p, %x, 1;
mov.b64 %s, 77;
@%p st.global.b64 [place], %s;
@%p exit;
mul.lo.u32 r, a, 3;
setp.gt.u32 %p, %x, 4;
@!%p bra $last;
mov.b32 r, 2;
ret.uni;
$last:
add.u32 r, r, 5;
}
.func nothing() { ret; }""")
    body = """\
ld.global.b32 %a, [%in];
and.b32 %x, %a, 15;
setp.eq.u32 %p, %x, 15;
@%p exit;
call nothing;
call (%r), leave, (%a, %out);
cvt.u64.u32 %s, %r;
st.global.b64 [%out], %s;
and.b32 %x, %a, 15;
setp.eq.u32 %p, %x, 14;
@%p ret;
activemask.b32 %x;
vote.sync.ballot.b32 %r, %p, 0xffffffff;
setp.ne.u32 %p, %x, 0;
vote.sync.ballot.b32 %x, %p, 0xffffffff;
cvt.u64.u32 %s, %x;
st.global.b64 [%out+8], %s;"""
    body = "\n".join(line for line in body.split("\n") if "activemask" not in line and "ballot.b32 %r" not in line)
    body = body.replace("setp.ne.u32 %p, %x, 0;", "setp.ne.u32 %p, %x, 0x7fffffff;")
    rng = generator("leave")
    numbers = [rng.getrandbits(12) for _ in range(64)]
    rows = []
    for i, a in enumerate(numbers):
        first, second = f"{'ee' * 8}", f"{'ee' * 8}"
        if a & 15 != 15:
            x = a & 7
            value = 1 if x == 0 else 77 if x == 1 else 2 if x > 4 else (3 * a + 5) & ONES
            first = f"{value:016x}"
            if x != 1 and a & 15 != 14:
                block = range(i // 32 * 32, i // 32 * 32 + 32)
                stayed = sum(1 << k % 32 for k in block if numbers[k] & 15 not in (14, 15) and numbers[k] & 7 != 1)
                second = f"{stayed:016x}"
        rows.append(([f"{a:08x}"], [first, second]))
    file.entry("leave_kernel", 1, 2, body, rows, ".reg .b32 %a, %x, %r;\n.reg .b64 %s;\n.reg .pred %p;")
    return file


def trap_files():
    for name in ("trap", "brkpt"):
        file = PtxFile(f"control/{name}.ptx", [name], "PTX ISA 9.7.19.1, 9.7.19.4: harmless where no thread executes it; else the launch fails.")
        text = f"setp.eq.u32 %p, %a0, 12345;\n@%p {name};\nadd.u32 %d0, %a0, 1"
        file.value(f"{name}_not_taken", text, ["u32"], ["u32"], lambda a: a + 1, words(32, name), ".reg .pred %p;")
        file.entry(f"{name}_taken", 1, 1, f"ld.global.b32 %t, [%in];\nsetp.eq.u32 %p, %t, 12345;\n@%p {name};",
                   [(["00000001"], ["*"]), (["00003039"], ["*"])], ".reg .pred %p;", checks=["// fails: CUDA_ERROR_LAUNCH_FAILED"])
        yield file


def files():
    return [bra_file(), brx_file(), leave_file(), *trap_files()]
