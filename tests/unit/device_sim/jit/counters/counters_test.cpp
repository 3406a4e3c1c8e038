// The counters of compiled code equal the interpreter's: markers are placed before any optimisation, and both follow
// the same reconvergence order. A process of its own: counting is switched on once.
#include "src/perf/launch_counters.h"
#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

namespace {

perf::KernelTotals count(const std::string& executor, const std::string& text, const Launch& launch) {
  setenv("QIAO_COUNTERS", "1", 1);
  perf::reset();
  Outcome outcome = run_on(executor, text, launch);
  INFO(outcome.message);
  REQUIRE(outcome.code == Code::Success);
  REQUIRE(perf::totals().size() == 1);
  perf::KernelTotals totals = perf::totals().front();
  CHECK(totals.executor == (executor == "quick" ? "warp" : executor));
  CHECK(totals.fallback == "");
  return totals;
}

void compare_counters(const std::string& body) {
  std::string text = R"(
.visible .entry k(.param .u64 p) {
  .reg .pred p<9>; .reg .b32 r<40>; .reg .b64 rd<20>;
  mov.u32 r1, %ctaid.x; mov.u32 r2, %ntid.x; mov.u32 r3, %tid.x; mad.lo.s32 r4, r1, r2, r3;
  ld.param.u64 rd0, [p]; mul.wide.u32 rd1, r4, 4; add.s64 rd1, rd0, rd1;
)" + body + "\n ret; }";
  Launch launch;
  launch.grid = {3, 1, 1};
  launch.block = {80, 1, 1};
  launch.buffers = {random_words(240, 7)};
  perf::KernelTotals expected = count("interpreter", text, launch);
  for (const char* tier : {"warp", "quick"}) {
    perf::KernelTotals warp = count(tier, text, launch);
    CHECK(warp.warp_instructions == expected.warp_instructions);
    CHECK(warp.thread_instructions == expected.thread_instructions);
  }
  perf::KernelTotals lane = count("lane", text, launch);  // no lockstep, so no warp instructions to compare
  CHECK(lane.thread_instructions == expected.thread_instructions);
}

}  // namespace

TEST_CASE("counters of straight code in partial warps") {
  compare_counters("st.global.u32 [rd1], r4;");
}

TEST_CASE("counters of code that the optimiser would merge or drop") {
  compare_counters(R"(
  ld.global.u32 r10, [rd1]; ld.global.u32 r11, [rd1]; add.u32 r12, r10, r11; add.u32 r13, r10, r11;
  setp.eq.u32 p1, r12, r13; @p1 bra same; mov.u32 r12, 0; mov.u32 r12, 1;
same: st.global.u32 [rd1], r12;)");
}

TEST_CASE("counters of divergent branches and loops") {
  compare_counters(R"(
  ld.global.u32 r10, [rd1]; and.b32 r10, r10, 15; mov.u32 r11, 0; mov.u32 r12, 0;
loop: setp.ge.u32 p1, r11, r10; @p1 bra done;
  and.b32 r13, r11, 1; setp.eq.u32 p2, r13, 0; @p2 bra even;
  add.u32 r12, r12, r11; add.u32 r12, r12, 3; bra next;
even: xor.b32 r12, r12, r11; setp.gt.u32 p3, r12, 9; @p3 bra done;
next: add.u32 r11, r11, 1; bra loop;
done: st.global.u32 [rd1], r12;)");
}

TEST_CASE("counters of early exits") {
  compare_counters(R"(
  and.b32 r10, r3, 3; setp.eq.u32 p1, r10, 1; @p1 exit;
  add.u32 r4, r4, 1; setp.eq.u32 p2, r10, 2; @p2 ret; st.global.u32 [rd1], r4;)");
}

TEST_CASE("counters of a loop with several ways back: who continues waits for the rest of the pass") {
  compare_counters(R"(
  ld.global.u32 r10, [rd1]; mov.u32 r11, 0; mov.u32 r12, 0;
loop: add.u32 r11, r11, 1; setp.gt.u32 p1, r11, 40; @p1 bra done;
  add.u32 r13, r11, r3; rem.u32 r14, r13, 3; setp.eq.u32 p2, r14, 0; @p2 bra loop;
  add.u32 r12, r12, r11; rem.u32 r14, r13, 5; setp.eq.u32 p3, r14, 0; @!p3 bra long;
  xor.b32 r12, r12, r10; bra loop;
long: mad.lo.u32 r12, r12, 3, 1; rem.u32 r14, r12, 23; setp.ne.u32 p4, r14, 7; @p4 bra loop;
done: st.global.u32 [rd1], r12;)");
}
