// Divergence, loops, calls, barriers between spinning warps, and the counters.
#include "tests/unit/device_sim/interp/ptx_device.h"

using namespace qiao;

namespace {

const char* const kIndex = R"(
  .reg .pred p<9>; .reg .b32 r<40>; .reg .b64 rd<40>;
  mov.u32 r1, %ctaid.x; mov.u32 r2, %ntid.x; mov.u32 r3, %tid.x; mad.lo.s32 r4, r1, r2, r3;
  ld.param.u64 rd0, [p]; mul.wide.u32 rd1, r4, 4; add.s64 rd1, rd0, rd1;
)";

std::string kernel(const std::string& body, const std::string& more = "") {
  return more + "\n.visible .entry k(.param .u64 p) {" + kIndex + body + "\n ret; }";
}

}  // namespace

TEST_CASE("lanes leave a loop one by one and meet behind it") {
  PtxModule module(kernel(R"(
  mov.u32 r10, 0; mov.u32 r11, 0;
loop:
  setp.ge.u32 p1, r10, r3; @p1 bra done;
  add.u32 r11, r11, r10; add.u32 r10, r10, 1; bra loop;
done:
  activemask.b32 r12; setp.eq.u32 p2, r12, 0xffffffff; selp.b32 r13, 1000000, 0, p2; add.u32 r11, r11, r13;
  st.global.u32 [rd1], r11;)"));
  Buffer<uint32_t> out(64);
  module.launch("k", {1, 1, 1}, {64, 1, 1}, {out.address()});
  for (uint32_t i : {0u, 1u, 31u, 63u}) CHECK(out[i] == 1000000 + i * (i - 1) / 2);
}

TEST_CASE("recursive calls, each lane as deep as it needs") {
  PtxModule module(kernel(R"(
  .param .b32 n; .param .b32 result;
  st.param.b32 [n], r3; call (result), factorial_sum, (n); ld.param.b32 r10, [result];
  st.global.u32 [rd1], r10;)",
                          R"(
.func (.param .b32 out) factorial_sum(.param .b32 in) {
  .reg .pred p; .reg .b32 r<6>; .local .align 4 .b8 keep[4];
  ld.param.b32 r0, [in]; setp.eq.u32 p, r0, 0; mov.u32 r2, 0; @p bra done;
  st.local.b32 [keep], r0; sub.u32 r1, r0, 1;
  { .param .b32 a; .param .b32 b; st.param.b32 [a], r1; call (b), factorial_sum, (a); ld.param.b32 r2, [b]; }
  ld.local.b32 r3, [keep]; add.u32 r2, r2, r3;
done:
  st.param.b32 [out], r2; ret;
})"));
  Buffer<uint32_t> out(32);
  module.launch("k", {1, 1, 1}, {32, 1, 1}, {out.address()});
  for (uint32_t i : {0u, 1u, 10u, 31u}) CHECK(out[i] == i * (i + 1) / 2);
}

TEST_CASE("an indirect call runs one group per target") {
  PtxModule module(kernel(R"(
  .reg .b64 f<3>; .reg .b32 a; .reg .b32 b;
  and.b32 r10, r3, 1; setp.eq.u32 p1, r10, 0; mov.u64 f0, twice; mov.u64 f1, square; selp.b64 f2, f0, f1, p1;
  { .param .b32 x; .param .b32 y; st.param.b32 [x], r3;
    prototype: .callprototype (.param .b32 _) _ (.param .b32 _);
    call (y), f2, (x), prototype; ld.param.b32 r11, [y]; }
  st.global.u32 [rd1], r11;)",
                          R"(
.func (.param .b32 o) twice(.param .b32 i) { .reg .b32 r; ld.param.b32 r, [i]; add.u32 r, r, r; st.param.b32 [o], r; ret; }
.func (.param .b32 o) square(.param .b32 i) { .reg .b32 r; ld.param.b32 r, [i]; mul.lo.u32 r, r, r; st.param.b32 [o], r; ret; }
)"));
  Buffer<uint32_t> out(32);
  module.launch("k", {1, 1, 1}, {32, 1, 1}, {out.address()});
  int wrong = 0;
  for (uint32_t i = 0; i < 32; ++i) wrong += out[i] != (i % 2 ? i * i : 2 * i);
  CHECK(wrong == 0);
}

TEST_CASE("shuffles, votes and reductions over the warp") {
  PtxModule module(kernel(R"(
  shfl.sync.bfly.b32 r10|p1, r3, 1, 31, 0xffffffff; shfl.sync.up.b32 r11|p2, r3, 4, 0, 0xffffffff;
  shfl.sync.down.b32 r12|p3, r3, 4, 0x1807, 0xffffffff; shfl.sync.idx.b32 r13|p4, r3, 7, 31, 0xffffffff;
  setp.lt.u32 p5, r3, 8; vote.sync.ballot.b32 r14, p5, 0xffffffff; redux.sync.add.u32 r15, r3, 0xffffffff;
  and.b32 r16, r3, 3; match.any.sync.b32 r17, r16, 0xffffffff;
  mul.lo.u32 r20, r3, 32; mul.wide.u32 rd2, r20, 1; add.s64 rd2, rd0, rd2;
  st.global.v4.u32 [rd2], {r10, r11, r12, r13}; st.global.v4.u32 [rd2+16], {r14, r15, r17, r12};)"));
  Buffer<uint32_t> out(32 * 8);
  module.launch("k", {1, 1, 1}, {32, 1, 1}, {out.address()});
  int wrong = 0;
  for (uint32_t i = 0; i < 32; ++i) {
    wrong += out[8 * i] != (i ^ 1);
    wrong += out[8 * i + 1] != (i >= 4 ? i - 4 : i);
    wrong += out[8 * i + 2] != (i % 8 < 4 ? i + 4 : i);
    wrong += out[8 * i + 3] != 7;
    wrong += out[8 * i + 4] != 0xff;
    wrong += out[8 * i + 5] != 496;
    wrong += out[8 * i + 6] != 0x11111111u << i % 4;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a warp that spins lets the warp it waits for run") {
  PtxModule module(kernel(R"(
  setp.lt.u32 p1, r3, 32; @!p1 bra signal;
spin:
  ld.volatile.global.u32 r10, [rd0]; setp.eq.u32 p2, r10, 0; @p2 bra spin;
  st.global.u32 [rd1+4], r10; bra done;
signal:
  st.volatile.global.u32 [rd0], 42;
done:)"));
  Buffer<uint32_t> out(80);
  module.launch("k", {1, 1, 1}, {64, 1, 1}, {out.address()});
  CHECK(out[1] == 42);
  CHECK(out[32] == 42);
}

TEST_CASE("a lock taken lane by lane is handed on within the warp") {
  PtxModule module(kernel(R"(
again:
  atom.global.cas.b32 r10, [rd0], 0, 1; setp.ne.u32 p1, r10, 0; @p1 bra again;
  ld.volatile.global.u32 r11, [rd0+4]; add.u32 r11, r11, 1; st.volatile.global.u32 [rd0+4], r11; membar.gl;
  atom.global.exch.b32 r12, [rd0], 0;)"));
  Buffer<uint32_t> out(4);
  module.launch("k", {2, 1, 1}, {64, 1, 1}, {out.address()});
  CHECK(out[1] == 128);
}

TEST_CASE("barrier reductions and counted barriers") {
  PtxModule module(kernel(R"(
  setp.lt.u32 p1, r3, 40; bar.red.popc.u32 r10, 0, p1; bar.red.and.pred p2, 0, p1; bar.red.or.pred p3, 0, p1;
  selp.b32 r11, 100, 0, p2; selp.b32 r12, 1000, 0, p3; add.u32 r10, r10, r11; add.u32 r10, r10, r12;
  setp.lt.u32 p4, r3, 32; @p4 bar.arrive 1, 64; @!p4 bar.sync 1, 64;
  st.global.u32 [rd1], r10;)"));
  Buffer<uint32_t> out(64);
  module.launch("k", {1, 1, 1}, {64, 1, 1}, {out.address()});
  CHECK(out[0] == 1040);
  CHECK(out[63] == 1040);
}

TEST_CASE("lanes of a warp that can never meet at a barrier are an error") {
  PtxModule apart(kernel(R"(
  and.b32 r10, r3, 1; barrier.sync r10; st.global.u32 [rd1], 9;)"));
  Buffer<uint32_t> out(32);
  const Error never = apart.fault("k", {1, 1, 1}, {32, 1, 1}, {out.address()});
  CHECK(never.code == Code::LaunchFailed);
  CHECK(never.message.find("lanes of one warp wait at different barriers") != std::string::npos);

  PtxModule called(".func f() { barrier.sync 0; ret; }\n" + kernel(R"(
  setp.lt.u32 p1, r3, 8; @p1 call f; @!p1 call f; st.global.u32 [rd1], 9;)"));
  called.launch("k", {1, 1, 1}, {32, 1, 1}, {out.address()});
  CHECK(out[31] == 9);
}

TEST_CASE("threads which exit early are not waited for") {
  PtxModule module(kernel(R"(
  setp.ge.u32 p1, r3, 20; @p1 exit; bar.sync 0; st.global.u32 [rd1], 9;)"));
  Buffer<uint32_t> out(64);
  module.launch("k", {1, 1, 1}, {64, 1, 1}, {out.address()});
  CHECK(out[19] == 9);
  CHECK(out[20] == 0);
}

TEST_CASE("warp and thread instructions are counted per block of the graph") {
  PtxModule module(R"(
.visible .entry counted(.param .u64 p) {
  .reg .pred p1; .reg .b32 r<4>;
  mov.u32 r0, %tid.x;
  setp.lt.u32 p1, r0, 8;
  @p1 bra few;
  add.u32 r0, r0, 1;
few:
  ret;
})");
  perf::reset();
  module.launch("counted", {2, 1, 1}, {48, 1, 1}, {0});
  const std::vector<perf::KernelTotals> totals = perf::totals();
  REQUIRE(totals.size() == 1);
  CHECK(totals[0].warps == 4);
  // each of the four warps: three instructions, the one between, ret
  CHECK(totals[0].warp_instructions == 4 * 5);
  CHECK(totals[0].thread_instructions == 2 * (48 * 4 + 24 + 16));
}
