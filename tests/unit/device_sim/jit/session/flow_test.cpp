// Control flow that is not structured, calls and barriers under divergence, and what lanes read from lanes that are not
// there: the same everywhere, or an error that says why.
#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

namespace {

const char* kTile = ".shared .align 4 .b8 tile[512];";

// Stores r10 in the tile at the thread's place, meets, reads the place of the thread 16 further on, modulo the block.
std::string exchange(const std::string& barrier) {
  return "mov.u32 r30, tile; shl.b32 r31, r3, 2; add.u32 r31, r31, r30; st.shared.u32 [r31], r10; " + barrier +
         "; add.u32 r32, r3, 16; rem.u32 r32, r32, r2; shl.b32 r32, r32, 2; add.u32 r32, r32, r30; ld.shared.u32 r11, "
         "[r32];";
}

}  // namespace

TEST_CASE("a cycle entered at two blocks, inside a loop which lanes leave one by one") {
  compare_executors(kernel(R"(
  and.b32 r10, r4, 31; mov.u32 r11, 0; mov.u32 r12, 1;
outer: setp.ge.u32 p1, r11, r10; @p1 bra done; and.b32 r13, r11, 1; setp.eq.u32 p2, r13, 0; @p2 bra right;
left: mad.lo.u32 r12, r12, 3, r4; and.b32 r14, r12, 5; setp.eq.u32 p3, r14, 5; @p3 bra next;
right: add.u32 r12, r12, 7; add.u32 r15, r15, 1; and.b32 r16, r15, 31; setp.eq.u32 p5, r16, 0; @p5 bra next;
  and.b32 r14, r12, 6; setp.ne.u32 p4, r14, 6; @p4 bra left;
next: add.u32 r11, r11, 1; bra outer;
done: st.global.u32 [rd1], r12;)"),
                    plain());
}

TEST_CASE("both sides of a branch call, and lanes end inside the function") {
  const char* functions = R"(
.func (.reg .b32 out) work(.reg .b32 n, .reg .b32 most) {
  .reg .b32 i; .reg .pred p; mov.u32 i, 0; mov.u32 out, n;
again: setp.ge.u32 p, i, most; @p ret; mad.lo.u32 out, out, 5, i; add.u32 i, i, 1;
  setp.gt.u32 p, out, 0xfffff000; @p exit; bra again; }
.func (.reg .b32 out) twice(.reg .b32 n, .reg .b32 most) {
  .reg .b32 a; call (a), work, (n, most); call (out), work, (a, most); add.u32 out, out, 1; ret; })";
  compare_executors(kernel(R"(
  and.b32 r10, r4, 7; and.b32 r11, r4, 1; setp.eq.u32 p1, r11, 0; mov.u32 r13, 9; @p1 bra even;
  call (r12), work, (r4, r10); add.u32 r12, r12, 100; bra join;
even: call (r12), twice, (r4, r10); setp.gt.u32 p2, r10, 4; @p2 call (r13), work, (r12, 3);
join: add.u32 r12, r12, r13; st.global.u32 [rd1], r12;)",
                           functions),
                    plain());
}

TEST_CASE("a barrier which both sides of a branch reach") {
  const std::string halves =
      kernel("ld.global.u32 r10, [rd1]; and.b32 r20, r3, 31; setp.lt.u32 p1, r20, 16; @p1 bra low; " +
                 exchange("barrier.sync 0") + "add.u32 r11, r11, 1; bra join;\nlow: " + exchange("barrier.sync 0") +
                 "\njoin: st.global.u32 [rd1], r11;",
             kTile);
  compare_executors(halves, plain(), Expect::LaneOnly);
  const std::string counted = kernel(
      "ld.global.u32 r10, [rd1]; and.b32 r20, r3, 3; setp.eq.u32 p1, r20, 2; setp.gt.s32 p2, r10, 0;"
      "@p1 bra few; barrier.red.popc.u32 r11, 1, p2; bra join;\n"
      "few: barrier.red.popc.u32 r11, 1, p2; add.u32 r11, r11, 1000;\njoin: st.global.u32 [rd1], r11;");
  compare_executors(counted, plain(), Expect::LaneOnly);
}

TEST_CASE("a barrier in a function") {
  const char* function = R"(.shared .align 4 .b8 tile[512];
.func (.reg .b32 r11) pass(.reg .b32 r3, .reg .b32 r2, .reg .b32 r10) { .reg .b32 r<40>; )";
  const std::string body = exchange("barrier.sync 0") + " ret; }";
  const std::string all = std::string(function) + body;
  compare_executors(kernel("ld.global.u32 r10, [rd1]; call (r11), pass, (r3, r2, r10); st.global.u32 [rd1], r11;", all),
                    plain());
  // Halves of a warp meet inside it, called from two places.
  const std::string halves = kernel(R"(
  ld.global.u32 r10, [rd1]; and.b32 r20, r3, 31; setp.lt.u32 p1, r20, 16; @p1 bra low;
  call (r11), pass, (r3, r2, r10); bra join;
low: call (r11), pass, (r3, r2, r10);
join: st.global.u32 [rd1], r11;)",
                                    all);
  const Launch launch = plain();
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    const Outcome got = run_on(executor, halves, launch);
    INFO(executor << ": " << got.message);
    REQUIRE(got.code == Code::Success);
    for (uint32_t i = 0; i < 96; ++i) CHECK(got.buffers[0][i] == launch.buffers[0][(i + 16) % 96]);
  }
}

TEST_CASE("a barrier in functions that lanes call by address, and one outside") {
  const char* functions = R"(
.func (.reg .b32 r) f0(.reg .pred p) { barrier.red.popc.u32 r, 0, p; add.u32 r, r, 100; ret; }
.func (.reg .b32 r) f1(.reg .pred p) { barrier.red.popc.u32 r, 0, p; barrier.sync 1; add.u32 r, r, 200; ret; }
.global .u64 table[2] = {f0, f1};
)";
  const std::string text = kernel(R"(
  ld.global.u32 r10, [rd1]; and.b32 r10, r10, 1; setp.eq.u32 p1, r10, 1; rem.u32 r20, r3, 3; setp.eq.u32 p2, r20, 2;
  @p2 bra apart; mul.wide.u32 rd10, r20, 8; mov.u64 rd11, table; add.u64 rd11, rd11, rd10; ld.global.u64 rd12, [rd11];
P: .callprototype (.reg .b32 _) _ (.reg .pred _);
  call (r11), rd12, (p1), P; setp.eq.u32 p3, r20, 0; @p3 barrier.sync 1; bra join;
apart: barrier.red.popc.u32 r11, 0, p1; barrier.sync 1;
join: st.global.u32 [rd1], r11;)",
                                  functions);
  const Launch launch = plain(2, 64);
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    const Outcome got = run_on(executor, text, launch);
    INFO(executor << ": " << got.message);
    REQUIRE(got.code == Code::Success);
    for (uint32_t i = 0; i < 128; ++i) {
      uint32_t odd = 0;
      for (uint32_t k = i / 64 * 64; k < i / 64 * 64 + 64; ++k) odd += launch.buffers[0][k] & 1;
      const uint32_t by[] = {100, 200, 0};
      CHECK(got.buffers[0][i] == odd + by[i % 64 % 3]);
    }
  }
}

TEST_CASE("a lock taken in a function, lane by lane") {
  const char* functions = R"(
.func take(.reg .b64 lock) { .reg .pred p; .reg .b32 r;
again: atom.global.cas.b32 r, [lock], 0, 1; setp.ne.u32 p, r, 0; @p bra again; ret; }
)";
  const std::string text = kernel(R"(
  setp.ge.u32 p1, r3, 40; @p1 bra end; call take, (rd4); ld.volatile.global.u32 r10, [rd4+4]; add.u32 r10, r10, r3;
  st.volatile.global.u32 [rd4+4], r10; membar.gl; st.volatile.global.u32 [rd4], 0; end:)",
                                  functions);
  Launch launch = plain(2, 64);
  launch.buffers[1].assign(128, 0);
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    INFO(executor);
    CHECK(run_on(executor, text, launch).buffers[1][1] == 2 * 40 * 39 / 2);
  }
}

TEST_CASE("lanes of a warp at different barriers are an error") {
  const std::string text = kernel(
      "and.b32 r10, r3, 1; setp.eq.u32 p1, r10, 0; @p1 bra even; barrier.sync 1; bra join;\n"
      "even: barrier.sync 2;\njoin: st.global.u32 [rd1], r10;");
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    INFO(executor);
    CHECK(run_on(executor, text, plain()).code == Code::LaunchFailed);
  }
}

TEST_CASE("what is read from a lane that is not there is zero") {
  compare_executors(kernel(R"(
  ld.global.u32 r10, [rd1]; or.b32 r10, r10, 1; and.b32 r11, r3, 31; setp.lt.u32 p1, r11, 20; mov.u32 r12, 5; @!p1 bra join;
  shfl.sync.down.b32 r12|p2, r10, 8, 31, 0x000fffff; shfl.sync.idx.b32 r13, r10, 31, 31, 0x000fffff; add.u32 r12, r12, r13;
  shfl.sync.bfly.b32 r14, r10, 4, 31, 0x000fffff; add.u32 r12, r12, r14;
join: st.global.u32 [rd1], r12;)"),
                    plain());
  // Two groups at once, each with its own members: a lane of the other group is none.
  compare_executors(kernel(R"(
  ld.global.u32 r10, [rd1]; and.b32 r11, r3, 31; setp.lt.u32 p1, r11, 12; selp.b32 r12, 0x00000fff, 0xfffff000, p1;
  shfl.sync.up.b32 r13|p2, r10, 3, 0, r12; and.b32 r14, r10, 1; setp.eq.u32 p3, r14, 1; vote.sync.ballot.b32 r15, p3, r12;
  match.any.sync.b32 r16, r14, r12; add.u32 r13, r13, r15; xor.b32 r13, r13, r16; st.global.u32 [rd1], r13;)"),
                    plain());
}

TEST_CASE("environment registers and counters of performance read zero") {
  const std::string text = kernel(R"(
  mov.b32 r10, %envreg1; mov.b32 r11, %envreg2; mov.b32 r12, %envreg31; mov.u32 r13, %pm0; mov.u64 rd10, %pm7_64;
  cvt.u32.u64 r14, rd10; or.b32 r10, r10, r11; or.b32 r10, r10, r12; or.b32 r10, r10, r13; or.b32 r10, r10, r14;
  st.global.u32 [rd1], r10;)");
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    CHECK(run_on(executor, text, plain(1, 32)).buffers[0][7] == 0);
  }
}
