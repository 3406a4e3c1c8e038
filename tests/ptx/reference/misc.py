"""The stack (PTX ISA 9.7.17) and instructions without a result (9.7.13.13, 9.7.19): what is around them must be as it was."""
from ptx_file import PtxFile
from samples import integers


def stack_file():
    file = PtxFile("misc/alloca.ptx", ["alloca.size d, n:T{, align:Number}", "stacksave.size d", "stackrestore.size a"],
                   "PTX ISA 9.7.17: memory of each thread's own size keeps what is stored; it is aligned; two pieces do not overlap;\n"
                   "what stackrestore gives back is given out again; a function's memory is gone when it returns.")
    file.declare("""\
.func (.reg .b64 r) deeper(.reg .b64 a)
{
.reg .b64 %p;
alloca.u64 %p, 256;
st.local.b64 [%p], a;
st.local.b64 [%p+248], a;
ld.local.b64 r, [%p+248];
add.s64 r, r, 5;
ret;
}""")
    text = """\
and.b64 %size, %a0, 7;
mad.lo.u64 %size, %size, 8, 16;
alloca.u64 %p, %size;
st.local.b64 [%p], %a0;
add.u64 %end, %p, %size;
st.local.b64 [%end+-8], %a1;
alloca.u64 %q, 64, 64;
and.b64 %x, %q, 63;
setp.eq.b64 %d0, %x, 0;
st.local.b64 [%q], 1;
st.local.b64 [%q+56], 2;
call (%d1), deeper, (%a1);
ld.local.b64 %d2, [%p];
ld.local.b64 %d3, [%end+-8];
stacksave.u64 %saved;
mov.b64 %d4, 0;
mov.u32 %k, 0;
$again:
alloca.u64 %q, 512;
st.local.b64 [%q], %a0;
ld.local.b64 %x, [%q];
add.u64 %d4, %d4, %x;
setp.eq.u32 %first, %k, 0;
@%first mov.b64 %end, %q;
setp.eq.b64 %d5, %q, %end;
stackrestore.u64 %saved;
add.u32 %k, %k, 1;
setp.lt.u32 %first, %k, 200;
@%first bra $again;
ld.local.b64 %d6, [%p];
cvta.local.u64 %p, %p;
ld.b64 %d7, [%p];"""

    def reference(a, b):
        return 1, b + 5, a, b, 200 * a, 1, a, a

    file.value("stack", text, ["pred"] + ["b64"] * 4 + ["pred", "b64", "b64"], ["b64", "b64"], reference,
               integers(["b64", "b64"], 40, "stack"), ".reg .b64 %size, %p, %end, %q, %x, %saved;\n.reg .b32 %k;\n.reg .pred %first;")
    return file


def quiet_files():
    """No effect on results: the value computed around the instruction is the usual one."""
    cases = [
        ("nanosleep", ["nanosleep.u32 t"], ["nanosleep.u32 0", "nanosleep.u32 1000", "and.b32 %k, %a0, 255;\nnanosleep.u32 %k",
                                            "@%p nanosleep.u32 20"], "sm_80", "8.0"),
        ("pmevent", ["pmevent n:Number", "pmevent.mask n:Number"], ["pmevent 0", "pmevent 15", "@%p pmevent.mask 0xffff",
                                                                   "pmevent.mask 1"], "sm_80", "8.0"),
        ("griddepcontrol", ["griddepcontrol.dependent"], ["griddepcontrol.wait", "griddepcontrol.launch_dependents"], "sm_90", "8.0"),
        ("setmaxnreg", ["setmaxnreg.incdec.sync.aligned.u32 n:Number"],
         ["setmaxnreg.dec.sync.aligned.u32 40", "bar.sync 0", "setmaxnreg.inc.sync.aligned.u32 48"], "sm_90a", "8.0")]
    for name, forms, instructions, target, version in cases:
        file = PtxFile(f"misc/{name}.ptx", forms, quiet_files.__doc__, target, version)
        text = "setp.gt.u32 %p, %a0, 99;\nmov.b32 %d0, %a0;\n"
        text += "\n".join(f"{one};\nmad.lo.u32 %d0, %d0, 3, {i};" for i, one in enumerate(instructions))

        def reference(a, count=len(instructions)):
            for i in range(count):
                a = a * 3 + i
            return a

        shape = "block=128" if name == "setmaxnreg" else ""
        file.threads(name, text, "b32", ["b32"], lambda all_, f=reference: [f(*one) for one in all_],
                     integers(["b32"], 128 if shape else 40, name)[:128 if shape else 40], ".reg .b32 %k;\n.reg .pred %p;", shape)
        yield file


def files():
    return [stack_file(), *quiet_files()]
