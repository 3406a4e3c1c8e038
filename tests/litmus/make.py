"""Writes the litmus tests of PTX's memory model (PTX ISA chapter 8), one .ptx file each; litmus.cpp runs them.

make.py [--check]: writes the files beside itself, or tells whether they are what it would write."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# What a thread does: instructions on %x and %y (addresses), %r0 to %r3 (what it has read), in `$`'s scope.
W = {"x": "st.relaxed.$.global.u32 [%x], 1;", "y": "st.relaxed.$.global.u32 [%y], 1;",
     "x2": "st.relaxed.$.global.u32 [%x], 2;", "y2": "st.relaxed.$.global.u32 [%y], 2;"}


def r(register, place, order="relaxed"):
    return f"ld.{order}.$.global.u32 %{register}, [%{place}];"


PLAIN_W = "st.global.u32 [%x], 1;"
PLAIN_R = "ld.global.u32 %r1, [%x];"
RELEASE = "st.release.$.global.u32 [%y], 1;"
SC, ACQ_REL = "fence.sc.$;", "fence.acq_rel.$;"

MP = "r0=1 r1=0"
SB = "r0=0 r1=0"
LB = "r0=1 r1=1"
IRIW = "r0=1 r1=0 r2=1 r3=0"


def message(how, forbidden, first, second, section="8.10.6"):
    return f"mp_{how}", section, [first, second], "r0 r1", [MP] if forbidden else [], MP


def buffering(kind, how, forbidden, first, second, section):
    outcome = SB if kind == "sb" else LB
    return f"{kind}_{how}", section, [first, second], "r0 r1", [outcome] if forbidden else [], outcome


def tests():
    flag = r("r0", "y")
    yield message("relaxed", False, [W["x"], W["y"]], [flag, r("r1", "x")])
    yield message("release_acquire", True, [PLAIN_W, RELEASE], [r("r0", "y", "acquire"), PLAIN_R])
    yield message("fences", True, [PLAIN_W, ACQ_REL, W["y"]], [flag, ACQ_REL, PLAIN_R])
    yield message("fences_sc", True, [PLAIN_W, SC, W["y"]], [flag, SC, PLAIN_R])
    yield message("release_fence", True, [PLAIN_W, RELEASE], [flag, ACQ_REL, PLAIN_R])
    yield message("fence_acquire", True, [PLAIN_W, ACQ_REL, W["y"]], [r("r0", "y", "acquire"), PLAIN_R])
    yield message("volatile_membar", True, [PLAIN_W, "membar.^;", "st.volatile.global.u32 [%y], 1;"],
                  ["ld.volatile.global.u32 %r0, [%y];", "membar.^;", PLAIN_R])
    yield message("exchange", True, [PLAIN_W, "atom.release.$.global.exch.b32 %r2, [%y], 1;"],
                  ["atom.acquire.$.global.or.b32 %r0, [%y], 0;", PLAIN_R])
    yield message("red_release", True, [PLAIN_W, "red.release.$.global.add.u32 [%y], 1;"],
                  [r("r0", "y", "acquire"), PLAIN_R])
    yield message("swap", True, [PLAIN_W, "atom.acq_rel.$.global.cas.b32 %r2, [%y], 0, 1;"],
                  ["atom.acq_rel.$.global.cas.b32 %r0, [%y], 1, 1;", PLAIN_R])
    yield ("mp_red_acquire", "8.11.1", [["st.global.u32 [%x], 1;", "st.release.$.global.u32 [%y], 1;"],
                                        ["red.relaxed.$.global.add.u32 [%y], 1;", ACQ_REL, PLAIN_R]],
           "r1 y", ["y=0"], "r1=0 y=2")

    for how, forbidden, fence in (("relaxed", False, None), ("acq_rel", False, ACQ_REL), ("sc", True, SC),
                                  ("membar", True, "membar.^;")):
        between = [fence] if fence else []
        yield buffering("sb", how, forbidden, [W["x"], *between, r("r0", "y")], [W["y"], *between, r("r1", "x")],
                        "8.10.6, 8.9.3")
    yield buffering("sb", "release_acquire", False, ["st.release.$.global.u32 [%x], 1;", r("r0", "y", "acquire")],
                    ["st.release.$.global.u32 [%y], 1;", r("r1", "x", "acquire")], "8.10.6")
    yield buffering("sb", "one_fence", False, [W["x"], SC, r("r0", "y")], [W["y"], r("r1", "x")], "8.10.6")

    copy = [["ld.relaxed.$.global.u32 %r0, [%x];", "st.relaxed.$.global.u32 [%y], %r0;"],
            ["ld.relaxed.$.global.u32 %r1, [%y];", "st.relaxed.$.global.u32 [%x], %r1;"]]
    yield "lb_thin_air", "8.10.4", copy, "r0 r1 x y", ["r0=1", "r1=1", "x=1", "y=1"], "r0=0 r1=0 x=0 y=0"
    yield buffering("lb", "relaxed", False, [r("r0", "x"), W["y"]], [r("r1", "y"), W["x"]], "8.10.4")
    yield buffering("lb", "release_acquire", True, [r("r0", "x", "acquire"), RELEASE],
                    [r("r1", "y", "acquire"), "st.release.$.global.u32 [%x], 1;"], "8.10.6")
    yield buffering("lb", "fences", True, [r("r0", "x"), ACQ_REL, W["y"]], [r("r1", "y"), ACQ_REL, W["x"]], "8.10.6")

    for how, forbidden, order, fence in (("relaxed", False, "relaxed", None), ("acquire", False, "acquire", None),
                                         ("sc", True, "relaxed", SC)):
        between = [fence] if fence else []
        readers = [[r("r0", "x", order), *between, r("r1", "y", order)], [r("r2", "y", order), *between, r("r3", "x", order)]]
        yield (f"iriw_{how}", "8.9.3, 8.10.2", [[W["x"]], [W["y"]], *readers], "r0 r1 r2 r3", [IRIW] if forbidden else [],
               IRIW)

    yield "corr", "8.10.5", [[W["x"]], [r("r0", "x"), r("r1", "x")]], "r0 r1", [MP], "r0=0 r1=1"
    yield ("corr_two_writers", "8.10.5",
           [[W["x"]], [W["x2"]], [r("r0", "x"), r("r1", "x")], [r("r2", "x"), r("r3", "x")]], "r0 r1 r2 r3",
           ["r0=1 r1=2 r2=2 r3=1", "r0=2 r1=1 r2=1 r3=2"], "r0=1 r1=2 r2=1 r3=2")
    yield "coww", "8.10.5", [[W["x"], W["x2"]], [r("r0", "x")]], "r0 x", ["x=1", "x=0"], "r0=1 x=2"
    yield "cowr", "8.10.5", [[W["x"], r("r0", "x")], [W["x2"]]], "r0 x", ["r0=0", "r0=2 x=1"], "r0=2 x=2"
    yield "corw", "8.10.5", [[r("r0", "x"), W["x"]], [W["x2"]]], "r0 x", ["r0=1", "r0=2 x=2"], "r0=2 x=1"
    yield ("two_two_w_sc", "8.10.2", [[W["x"], SC, W["y2"]], [W["y"], SC, W["x2"]]], "x y", ["x=1 y=1"], "x=2 y=2")
    yield ("two_two_w_relaxed", "8.10.6", [[W["x"], W["y2"]], [W["y"], W["x2"]]], "x y", ["x=0", "y=0"], "x=1 y=1")
    yield ("wrc", "8.9.5", [[W["x"]], [r("r0", "x"), ACQ_REL, W["y"]], [r("r1", "y"), ACQ_REL, r("r2", "x")]], "r0 r1 r2",
           ["r0=1 r1=1 r2=0"], "r0=1 r1=1 r2=1")
    yield ("r_sc", "8.9.3", [[W["x"], SC, W["y"]], [W["y2"], SC, r("r0", "x")]], "r0 y", ["r0=0 y=2"], "r0=0 y=1")
    yield ("s_release", "8.10.6", [[W["x2"], ACQ_REL, W["y"]], [r("r0", "y"), ACQ_REL, W["x"]]], "r0 x", ["r0=1 x=2"],
           "r0=1 x=1")

    add = "atom.relaxed.$.global.add.u32 %r{}, [%x], 1;"
    yield ("atomic_add", "8.10.3", [[add.format(0)], [add.format(1)]], "r0 r1 x", ["r0=0 r1=0", "r0=1 r1=1", "x=1"],
           "r0=0 r1=1 x=2")
    yield ("atomic_increment", "8.10.3", [["atom.sys.global.inc.u32 %r0, [%x], 99;"], ["atom.sys.global.inc.u32 %r1, [%x], 99;"]],
           "x", ["x=0", "x=1"], "x=2")
    swap = "atom.relaxed.$.global.cas.b32 %r{}, [%x], 0, {};"
    yield ("atomic_one_wins", "8.10.3", [[swap.format(0, 1)], [swap.format(1, 2)]], "r0 r1 x",
           ["r0=0 r1=0", "r0=2 r1=1", "x=0"], "r0=0 r1=1 x=1")
    yield ("atomic_between", "8.10.3", [[add.format(0), add.format(1)], ["st.relaxed.$.global.u32 [%x], 7;"]], "r0 r1 x",
           ["r0=0 r1=7 x=7", "r0=7 r1=1", "r0=1", "x=0"], "r0=0 r1=7 x=8")


HEAD = """\
// litmus: {name}
// made by tests/litmus/make.py
// PTX ISA {section}; threads are {where}, operations have the scope .{scope}.
// threads: {threads} {place}
// out: {out}
{forbidden}// counted: {counted}
.version 8.0
.target sm_80
.address_size 64

.visible .entry {name}(.param .u64 memory, .param .u64 out, .param .u64 started, .param .u32 batches, .param .u32 seed)
{{
  .reg .b64 %x, %y, %out, %started, %at;
  .reg .b32 %r<4>, %thread, %lane, %batch, %batches, %want, %seen, %delay, %i;
  .reg .pred %first, %early, %mine, %more;
  ld.param.u64 %x, [memory];
  ld.param.u64 %out, [out];
  ld.param.u64 %started, [started];
  ld.param.u32 %batches, [batches];
  ld.param.u32 %delay, [seed];
  mov.u32 %lane, %laneid;
  {find_thread}
  mad.lo.u32 %delay, %thread, 747796405, %delay;
  setp.eq.u32 %first, %lane, 0;
  mad.wide.u32 %x, %lane, 256, %x;
  mad.wide.u32 %out, %lane, 16, %out;
  add.u64 %y, %x, 128;
  mov.u32 %want, {threads};
  mov.u32 %batch, 0;
// All threads begin a batch of 32 runs together, and then each waits for a little while of its own.
$batch:
  @%first red.release.gpu.global.add.u32 [%started], 1;
$wait:
  ld.acquire.gpu.global.u32 %seen, [%started];
  setp.lt.u32 %early, %seen, %want;
  vote.sync.any.pred %early, %early, 0xffffffff;
  @%early bra $wait;
  mad.lo.u32 %delay, %delay, 1664525, 1013904223;
  shr.u32 %i, %delay, 23;
$pause:
  sub.u32 %i, %i, 1;
  setp.gt.s32 %more, %i, 0;
  @%more bra $pause;
"""
TAIL = """\
$done:
  add.u64 %x, %x, 8192;
  add.u64 %y, %y, 8192;
  add.u64 %out, %out, 512;
  add.u32 %want, %want, {threads};
  add.u32 %batch, %batch, 1;
  setp.lt.u32 %more, %batch, %batches;
  @%more bra $batch;
  ret;
}}
"""


def text(name, section, bodies, out, forbidden, counted, place):
    scope, where = ("gpu", "in blocks of their own") if place == "blocks" else ("cta", "warps of one block")
    find = "mov.u32 %thread, %ctaid.x;" if place == "blocks" else "mov.u32 %thread, %tid.x;\n  shr.u32 %thread, %thread, 5;"
    result = HEAD.format(name=name, section=section, where=where, scope=scope, threads=len(bodies), place=place, out=out,
                         forbidden="".join(f"// forbidden: {one}\n" for one in forbidden), counted=counted, find_thread=find)
    for number in range(1, len(bodies)):
        result += f"  setp.eq.u32 %mine, %thread, {number};\n  @%mine bra $thread{number};\n"
    for number, body in enumerate(bodies):
        result += f"$thread{number}:\n" if number else ""
        for line in body:
            result += "  " + line.replace("$", scope).replace("^", "gl" if scope == "gpu" else "cta") + "\n"
        for register in sorted({word[1:3] for line in body for word in line.split() if word.startswith("%r")}):
            if register in out.split():
                result += f"  st.global.u32 [%out+{4 * int(register[1])}], %{register};\n"
        result += "  bra $done;\n" if number + 1 < len(bodies) else ""
    return result + TAIL.format(threads=len(bodies))


def main():
    wrong = []
    for test in tests():
        for place in ("blocks", "warps"):
            name = test[0] + ("" if place == "blocks" else "_cta")
            path = os.path.join(HERE, name + ".ptx")
            wanted = text(name, *test[1:], place)
            if "--check" not in sys.argv:
                open(path, "w").write(wanted)
            elif not os.path.exists(path) or open(path).read() != wanted:
                wrong.append(name)
    if wrong:
        sys.exit("not as make.py would write them: " + " ".join(wrong))


if __name__ == "__main__":
    main()
