// Interpreter, lane mode and warp mode agree on kernels of every family.
#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

TEST_CASE("vector add with a guard") {
  Launch launch = plain();
  launch.buffers = {random_floats(300, 3), random_floats(300, 4)};
  compare_executors(kernel(R"(
  setp.ge.u32 p1, r4, r5; @p1 bra done;
  ld.global.f32 f1, [rd1]; ld.global.f32 f2, [rd2]; add.f32 f3, f1, f2; st.global.f32 [rd1], f3;
done:)"),
                    launch);
}

TEST_CASE("many blocks in one run, in three dimensions") {
  Launch launch = plain(1, 32);
  launch.grid = {37, 11, 5};
  launch.block = {33, 1, 1};
  launch.buffers = {Words(37 * 11 * 5 * 33), Words(1)};
  compare_executors(kernel(R"(
  mov.u32 r10, %ctaid.y; mov.u32 r11, %ctaid.z; mov.u32 r12, %nctaid.x; mov.u32 r13, %nctaid.y;
  mad.lo.u32 r14, r11, r13, r10; mad.lo.u32 r14, r14, r12, r1; mad.lo.u32 r14, r14, r2, r3;
  mul.wide.u32 rd10, r14, 4; add.s64 rd10, rd3, rd10; shl.b32 r15, r10, 8; shl.b32 r16, r11, 16;
  add.u32 r15, r15, r16; add.u32 r15, r15, r1; st.global.u32 [rd10], r15;)"),
                    launch);
}

TEST_CASE("divergent loops, nested branches, a switch") {
  compare_executors(kernel(R"(
  and.b32 r10, r4, 7; mov.u32 r11, 0; mov.u32 r12, 0;
outer: setp.ge.u32 p1, r11, r10; @p1 bra done;
  and.b32 r13, r11, 3;
  table: .branchtargets c0, c1, c2, c3;
  brx.idx r13, table;
c0: add.u32 r12, r12, 17; bra next;
c1: mul.lo.u32 r12, r12, 3;
c2: xor.b32 r12, r12, r4; setp.lt.u32 p2, r12, 1000; @p2 bra next; add.u32 r12, r12, 5; bra next;
c3: ld.global.u32 r14, [rd2]; add.u32 r12, r12, r14; setp.gt.u32 p3, r12, 0xf0000000; @p3 bra done;
next: add.u32 r11, r11, 1; bra outer;
done: st.global.u32 [rd1], r12;)"),
                    plain());
}

TEST_CASE("lanes leave early, guarded and not") {
  compare_executors(kernel(R"(
  and.b32 r10, r4, 3; setp.eq.u32 p1, r10, 1; @p1 exit;
  setp.eq.u32 p2, r10, 2; @!p2 st.global.u32 [rd1], r10; @p2 ret;
  mov.u32 r11, 77; @p2 mov.u32 r11, 3; st.global.u32 [rd2], r11;)"),
                    plain());
}

TEST_CASE("narrow, wide and vector memory accesses") {
  compare_executors(kernel(R"(
  and.b32 r10, r4, 15; mul.wide.u32 rd6, r10, 16; add.s64 rd7, rd4, rd6;
  ld.global.v4.u32 {r20, r21, r22, r23}, [rd7]; ld.global.v2.u64 {rd10, rd11}, [rd7];
  ld.global.s8 r24, [rd7+3]; ld.global.u16 h1, [rd7+6]; ld.global.s16 r25, [rd7+10]; ld.global.u8 rd12, [rd7+5];
  cvt.u32.u16 r26, h1; cvt.u32.u64 r27, rd10; cvt.u32.u64 r28, rd12; mov.b64 {r29, r30}, rd11;
  add.u32 r20, r20, r21; xor.b32 r20, r20, r22; add.u32 r20, r20, r23; add.u32 r24, r24, r25;
  add.u32 r26, r26, r27; xor.b32 r28, r28, r30; add.u32 r20, r20, r24; add.u32 r26, r26, r28; add.u32 r20, r20, r26;
  st.global.u16 [rd1], r20; shr.u32 r20, r20, 16; st.global.u8 [rd1+2], r20;)"),
                    plain());
}

TEST_CASE("shared memory with barriers in a loop") {
  compare_executors(kernel(R"(
  ld.global.u32 r10, [rd1]; mov.u32 r11, tile; shl.b32 r12, r3, 2; add.u32 r13, r11, r12; mov.u32 r14, 1;
loop: st.shared.u32 [r13], r10; bar.sync 0;
  add.u32 r15, r3, r14; rem.u32 r15, r15, r2; shl.b32 r15, r15, 2; add.u32 r15, r15, r11; ld.shared.u32 r16, [r15];
  add.u32 r10, r10, r16; bar.sync 0; shl.b32 r14, r14, 1; setp.lt.u32 p1, r14, 64; @p1 bra loop;
  st.global.u32 [rd1], r10;)",
                           ".shared .align 4 .b8 before[12]; .shared .align 4 .b8 tile[1024];"),
                    plain());
}

TEST_CASE("barriers behind loops which lanes leave one by one") {
  const std::string sum = R"(
  mov.u32 r10, 0; and.b32 r11, r4, 15;
sum: setp.ge.u32 p1, r10, r11; @p1 bra summed; add.u32 r10, r10, 3; add.u32 r12, r12, r10; bra sum;
summed: mov.u32 r13, tile; shl.b32 r14, r3, 2; add.u32 r13, r13, r14; st.shared.u32 [r13], r12; bar.sync 0;
  xor.b32 r15, r14, 60; mov.u32 r16, tile; add.u32 r16, r16, r15; ld.shared.u32 r17, [r16]; bar.sync 0;
)";
  const char* tile = ".shared .align 4 .b8 tile[512];";
  compare_executors(kernel(sum + "st.global.u32 [rd1], r17;", tile), plain());
  compare_executors(kernel("mov.u32 r20, 0;\nouter:" + sum +
                               "add.u32 r18, r18, r17; add.u32 r20, r20, 1; setp.lt.u32 p2, r20, 5; @p2 bra outer;"
                               "st.global.u32 [rd1], r18;",
                           tile),
                    plain());
}

TEST_CASE("dynamic shared memory through a generic address") {
  Launch launch = plain();
  launch.dynamic_shared = 384;
  compare_executors(kernel(R"(
  mov.u64 rd10, dyn; cvta.shared.u64 rd10, rd10; mul.wide.u32 rd11, r3, 4; add.s64 rd12, rd10, rd11;
  ld.global.u32 r10, [rd1]; st.u32 [rd12], r10; bar.sync 0;
  xor.b32 r11, r3, 5; mul.wide.u32 rd13, r11, 4; add.s64 rd13, rd10, rd13; ld.u32 r12, [rd13];
  isspacep.shared p1, rd13; selp.b32 r13, 1, 2, p1; add.u32 r12, r12, r13; st.global.u32 [rd1], r12;)",
                           ".extern .shared .align 16 .b8 dyn[];"),
                    launch);
}

TEST_CASE("shuffles, votes and matches") {
  compare_executors(kernel(R"(
  ld.global.u32 r10, [rd1]; and.b32 r11, r4, 31;
  shfl.sync.bfly.b32 r12|p1, r10, 5, 0x1f, 0xffffffff; shfl.sync.up.b32 r13|p2, r10, 3, 0, 0xffffffff;
  shfl.sync.down.b32 r14|p3, r10, r11, 0x181f, 0xffffffff; shfl.sync.idx.b32 r15, r10, r10, 0x1f, 0xffffffff;
  setp.gt.s32 p4, r10, 0; vote.sync.ballot.b32 r16, p4, 0xffffffff; vote.sync.any.pred p5, p4, 0xffffffff;
  vote.sync.all.pred p6, p4, 0xffffffff; and.b32 r17, r10, 3; match.any.sync.b32 r18, r17, 0xffffffff;
  redux.sync.add.s32 r19, r10, 0xffffffff;
  add.u32 r12, r12, r13; xor.b32 r12, r12, r14; add.u32 r12, r12, r15; xor.b32 r12, r12, r16; add.u32 r12, r12, r18;
  add.u32 r12, r12, r19; @p1 add.u32 r12, r12, 1; @p2 add.u32 r12, r12, 2; @p3 add.u32 r12, r12, 4; @p5 add.u32 r12, r12, 8;
  @p6 add.u32 r12, r12, 16; st.global.u32 [rd1], r12;)"),
                    plain());
}

TEST_CASE("atomics on shared counters") {
  compare_executors(kernel(R"(
  and.b32 r10, r4, 7; mul.wide.u32 rd10, r10, 4; add.s64 rd11, rd4, rd10;
  red.global.add.u32 [rd11], r4; red.global.max.s32 [rd11+32], r4; red.global.or.b32 [rd11+64], r4;
  atom.global.inc.u32 r11, [rd11+96], 1000; red.global.min.u32 [rd11+128], r4; red.global.xor.b32 [rd11+160], r4;)"),
                    plain());
}

TEST_CASE("float atomics add exactly representable values") {
  Launch launch = plain();
  launch.buffers[1] = Words(400, 0);
  compare_executors(kernel(R"(
  cvt.rn.f32.u32 f1, r4; and.b32 r10, r4, 3; mul.wide.u32 rd10, r10, 8; add.s64 rd11, rd4, rd10;
  red.global.add.f32 [rd11], f1; cvt.rn.f64.u32 d1, r4; atom.global.add.f64 d2, [rd11+64], d1;)"),
                    launch);
}

TEST_CASE("device functions: direct, indirect, recursive") {
  const char* functions = R"(
.func (.param .b32 out) twice(.param .b32 in) { .reg .b32 r<3>; ld.param.b32 r0, [in]; add.u32 r0, r0, r0; st.param.b32 [out], r0; ret; }
.func (.param .b32 out) square(.param .b32 in) { .reg .b32 r<3>; ld.param.b32 r0, [in]; mul.lo.u32 r0, r0, r0; st.param.b32 [out], r0; ret; }
.func (.reg .b32 out) plus(.reg .b32 a, .reg .b32 b) { add.u32 out, a, b; ret; }
.global .align 8 .u64 table[2] = {twice, square};
)";
  compare_executors(kernel(R"(
  .reg .b64 t<4>; .param .b32 x; .param .b32 y;
  call (r10), plus, (r4, 5);
  st.param.b32 [x], r10; call (y), twice, (x); ld.param.b32 r11, [y];
  and.b32 r12, r4, 1; mul.wide.u32 t0, r12, 8; mov.u64 t1, table; add.s64 t1, t1, t0; ld.global.u64 t2, [t1];
  { .param .b32 v; .param .b32 w; st.param.b32 [v], r11;
    shape: .callprototype (.param .b32 _) _ (.param .b32 _);
    call (w), t2, (v), shape; ld.param.b32 r13, [w]; }
  st.global.u32 [rd1], r13;)",
                           functions),
                    plain());
  compare_executors(kernel(R"(
  .param .b32 x; .param .b32 y; and.b32 r10, r4, 15;
  st.param.b32 [x], r10; call (y), sum, (x); ld.param.b32 r11, [y]; st.global.u32 [rd1], r11;)",
                           R"(
.func (.param .b32 out) sum(.param .b32 in) {
  .reg .pred p; .reg .b32 r<6>; .local .align 4 .b8 keep[4];
  ld.param.b32 r0, [in]; setp.eq.u32 p, r0, 0; mov.u32 r2, 0; @p bra done;
  st.local.b32 [keep], r0; sub.u32 r1, r0, 1;
  { .param .b32 a; .param .b32 b; st.param.b32 [a], r1; call (b), sum, (a); ld.param.b32 r2, [b]; }
  ld.local.b32 r3, [keep]; add.u32 r2, r2, r3;
done:
  st.param.b32 [out], r2; ret;
})"),
                    plain(), Expect::LaneOnly);
}

TEST_CASE("local memory, constants and initialised globals") {
  compare_executors(
      kernel(R"(
  .local .align 8 .b8 depot[64]; mov.u32 r10, 0; mov.u64 rd10, depot;
fill: mul.wide.u32 rd11, r10, 4; add.s64 rd12, rd10, rd11; mul.lo.u32 r11, r10, r4; st.local.u32 [rd12], r11;
  add.u32 r10, r10, 1; setp.lt.u32 p1, r10, 16; @p1 bra fill;
  and.b32 r12, r4, 15; mul.wide.u32 rd13, r12, 4; cvta.local.u64 rd14, rd10; add.s64 rd14, rd14, rd13; ld.u32 r13, [rd14];
  and.b32 r14, r4, 3; mul.wide.u32 rd15, r14, 4; mov.u64 rd16, weights; add.s64 rd16, rd16, rd15;
  ld.const.u32 r15, [rd16]; ld.global.u32 r16, [start+4]; add.u32 r13, r13, r15; add.u32 r13, r13, r16;
  st.global.u32 [rd1], r13;)",
             ".const .align 4 .u32 weights[4] = {3, 1, 4, 1}; .global .align 4 .u32 start[2] = {10, 20};"),
      plain());
}

TEST_CASE("odd block shapes and three dimensions") {
  const std::string text = kernel(R"(
  mov.u32 r10, %tid.y; mov.u32 r11, %tid.z; mov.u32 r12, %ntid.y; mov.u32 r13, %ntid.z; mov.u32 r14, %ctaid.y;
  mov.u32 r15, %ctaid.z; mov.u32 r16, %nctaid.x; mov.u32 r17, %nctaid.y; mov.u32 r18, %laneid; mov.u32 r19, %nctaid.z;
  mad.lo.u32 r20, r15, r17, r14; mad.lo.u32 r20, r20, r16, r1; mad.lo.u32 r20, r20, r13, r11; mad.lo.u32 r20, r20, r12, r10;
  mad.lo.u32 r20, r20, r2, r3; mul.wide.u32 rd10, r20, 4; add.s64 rd10, rd3, rd10;
  shl.b32 r18, r18, 16; add.u32 r21, r20, r18; mad.lo.u32 r21, r19, 7, r21; st.global.u32 [rd10], r21;)");
  for (hal::Dim3 block :
       {hal::Dim3{7, 5, 3}, hal::Dim3{1, 1, 1}, hal::Dim3{33, 2, 1}, hal::Dim3{16, 16, 1}, hal::Dim3{1, 64, 1}}) {
    Launch launch;
    launch.grid = {2, 3, 2};
    launch.block = block;
    launch.buffers = {Words(12 * 256, 0), Words(4, 0)};
    launch.scalars = {0};
    compare_executors(text, launch);
    launch.before = {{1, 1, 1}, {2, 1, 1}, {3, 1, 1}, {4, 1, 1}, {5, 1, 1}};
    compare_executors(text, launch);
  }
}

TEST_CASE("a bad access is the same fault everywhere") {
  std::string text = kernel("setp.eq.u32 p1, r4, 70; @p1 mov.u64 rd1, 64; st.global.u32 [rd1], r4;");
  std::string crooked = kernel("add.s64 rd1, rd1, 2; st.global.u32 [rd1], r4;");
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    INFO(executor);
    CHECK(run_on(executor, text, plain()).code == Code::IllegalAddress);
    CHECK(run_on(executor, crooked, plain()).code == Code::MisalignedAddress);
  }
}
