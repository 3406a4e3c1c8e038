// The counters of compiled code equal the interpreter's: markers are placed before any optimisation, and both follow
// the same reconvergence order. A process of its own: counting is switched on once.
#include "device_sim/jit/session/compile.h"
#include "src/perf/launch_profile.h"
#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

namespace {

perf::LaunchProfile count(const std::string& executor, const std::string& text, const Launch& launch) {
  setenv("QIAO_PROF", "memory", 1);
  (void)perf::take_profiles();
  Outcome outcome = run_on(executor, text, launch);
  INFO(outcome.message);
  REQUIRE(outcome.code == Code::Success);
  std::vector<perf::LaunchProfile> profiles = perf::take_profiles();
  REQUIRE(profiles.size() == 1);
  CHECK(profiles[0].executor == (executor == "quick" ? "warp" : executor));
  CHECK(profiles[0].fallback == "");
  CHECK(profiles[0].has_warps == (executor != "lane"));
  return std::move(profiles[0]);
}

// Where lanes run apart there are no warps to compare.
void check_equal(const perf::LaunchProfile& expected, const perf::LaunchProfile& found) {
  for (const perf::CounterRow& row : perf::counter_rows()) {
    if (row.scope == perf::CounterScope::Warp && !found.has_warps) continue;
    INFO(found.executor << ": " << row.name);
    CHECK(found.counters[row.id] == expected.counters[row.id]);
  }
}

// Those of the interpreter, which every other executor has too.
perf::CounterValues compare_profiles(const std::string& text, const Launch& launch) {
  const perf::LaunchProfile expected = count("interpreter", text, launch);
  for (const char* executor : {"warp", "quick", "lane"}) check_equal(expected, count(executor, text, launch));
  return expected.counters;
}

perf::CounterValues compare_counters(const std::string& body) {
  std::string text = R"(
.visible .entry k(.param .u64 p) {
  .reg .pred p<9>; .reg .b32 r<40>; .reg .b64 rd<20>; .reg .f32 f<9>;
  mov.u32 r1, %ctaid.x; mov.u32 r2, %ntid.x; mov.u32 r3, %tid.x; mad.lo.s32 r4, r1, r2, r3;
  ld.param.u64 rd0, [p]; mul.wide.u32 rd1, r4, 4; add.s64 rd1, rd0, rd1;
)" + body + "\n ret; }";
  Launch launch;
  launch.grid = {3, 1, 1};
  launch.block = {80, 1, 1};
  launch.buffers = {random_words(480, 7)};
  return compare_profiles(text, launch);
}

}  // namespace

TEST_CASE("counters of straight code in partial warps") {
  using perf::Counter;
  const perf::CounterValues counted = compare_counters("st.global.u32 [rd1], r4;");
  const uint64_t of_warp = counted[Counter::inst_warp] / 9;  // three blocks of three warps, all alike
  CHECK(counted[Counter::inst_min_per_warp] == of_warp);
  CHECK(counted[Counter::inst_max_per_warp] == of_warp);
  CHECK(counted[Counter::inst_absent_lanes] == 3 * of_warp * 16);
}

TEST_CASE("the warps that execute the most and the fewest instructions") {
  // The warp of threads 32 to 63 goes round once more than the first, the last one twice more: 4 instructions each.
  const perf::CounterValues counted = compare_counters(R"(
  shr.u32 r10, r3, 5; mov.u32 r11, 0;
loop: setp.ge.u32 p1, r11, r10; @p1 bra done; add.u32 r11, r11, 1; bra loop;
done: st.global.u32 [rd1], r11;)");
  using perf::Counter;
  CHECK(counted[Counter::inst_max_per_warp] == counted[Counter::inst_min_per_warp] + 2 * 4);
  CHECK(counted[Counter::inst_warp] == 9 * counted[Counter::inst_min_per_warp] + 3 * (4 + 8));
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

// What follows has answers worked out by hand: 3 blocks of 80 threads are 9 warps, 3 of them with 16 lanes.
using perf::Counter;

TEST_CASE("known answers: coalesced, strided, misaligned, the same address") {
  const perf::CounterValues values = compare_counters(R"(
  ld.global.u32 r10, [rd1];
  mul.lo.u32 r11, r3, 2; mul.wide.u32 rd2, r11, 4; add.s64 rd2, rd0, rd2; ld.global.u32 r12, [rd2];
  mul.wide.u32 rd3, r3, 4; add.s64 rd3, rd0, rd3; ld.global.u32 r13, [rd3+4];
  ld.global.u32 r14, [rd0];
  st.global.u32 [rd1], r10;)");
  // 80 threads from a line's start or its middle (block 1 begins at byte 320): 3 warps of 4, 4, 2 sectors, 3 times
  // 2 words apart: 8, 8, 4. One word on: 5, 5, 3. The same: 1 each.
  CHECK(values[Counter::gmem_ld_req] == 9 * 4);
  CHECK(values[Counter::gmem_ld_inst] == 9 * 4);
  CHECK(values[Counter::gmem_ld_lanes] == 240 * 4);
  CHECK(values[Counter::gmem_ld_bytes_req] == 240 * 16);
  CHECK(values[Counter::gmem_ld_sectors] == 3 * (4 + 4 + 2) + 3 * (8 + 8 + 4) + 3 * (5 + 5 + 3) + 9);
  CHECK(values[Counter::gmem_ld_ideal_sectors] == 3 * 3 * (4 + 4 + 2) + 9);
  CHECK(values[Counter::gmem_ld_misaligned] == 9);
  CHECK(values[Counter::gmem_ld_footprint_bytes] == 240 * 4 * 3 + 9 * 4);
  CHECK(values[Counter::gmem_st_req] == 9);
  CHECK(values[Counter::gmem_st_sectors] == 3 * (4 + 4 + 2));
  CHECK(values[Counter::inst_vector_width_32] == 9 * 5);
}

TEST_CASE("known answers: guards, branches, classes, flops") {
  const perf::CounterValues values = compare_counters(R"(
  setp.lt.u32 p1, r3, 40; @p1 add.u32 r4, r4, 1;
  setp.lt.u32 p2, r3, 48; @p2 bra low;
  cvt.rn.f32.u32 f0, r3; fma.rn.f32 f1, f0, f0, f0; mul.f32 f1, f1, f0; add.f32 f1, f1, f0;
low: @!p1 bra end; @p1 ld.global.u32 r10, [rd1];
end:)");
  CHECK(values[Counter::launch_warps] == 9);
  // all: 7 at the start, 4 to the first branch, the branch behind it, ret; lanes above 48: 4; lanes below 40: the load
  CHECK(values[Counter::inst_thread] == 240 * 13 + 3 * (80 - 48) * 4 + 3 * 40);
  CHECK(values[Counter::inst_warp] == 9 * 13 + 6 * 4 + 6);
  CHECK(values[Counter::inst_thread_pred_on] ==
        values[Counter::inst_thread] - 3 * 40 /* add */ - 3 * 32 /* bra */ - 3 * 40 /* bra */);
  CHECK(values[Counter::br_executed] == 9 * 2);
  CHECK(values[Counter::br_divergent] == 3 * 2);  // the second warp of each block, both times
  CHECK(values[Counter::br_unconditional] == 0);
  CHECK(values[Counter::gmem_ld_req] == 6);
  CHECK(values[Counter::gmem_ld_lanes] == 120);
  CHECK(values[Counter::inst_class_cvt] == 3 * 32);
  CHECK(values[Counter::inst_class_fp32] == 3 * 32 * 3);
  CHECK(values[Counter::flop_fp32_fma] == 3 * 32);
  CHECK(values[Counter::flop_fp32_mul] == 3 * 32);
  CHECK(values[Counter::flop_fp32_add] == 3 * 32);
}

TEST_CASE("known answers: shared memory, barriers, shuffles, atomics") {
  const perf::CounterValues values = compare_counters(R"(
  .shared .align 128 .b32 tile[4096];
  mov.u32 r20, tile; mad.lo.u32 r21, r3, 4, r20; mad.lo.u32 r22, r3, 128, r20; mad.lo.u32 r23, r3, 132, r20;
  st.shared.u32 [r21], r3; bar.sync 0; ld.shared.u32 r10, [r22]; ld.shared.u32 r11, [r23]; ld.shared.u32 r12, [r20];
  activemask.b32 r24; shfl.sync.bfly.b32 r13, r10, 1, 31, r24;
  and.b32 r25, r3, 7; mad.lo.u32 r26, r25, 4, r20; atom.shared.add.u32 r14, [r26], 1;
  red.global.add.u32 [rd0], 1; atom.global.cas.b32 r15, [rd0+4], 5, 6;)");
  CHECK(values[Counter::smem_st_req] == 9);
  CHECK(values[Counter::smem_st_wavefronts] == 9);
  CHECK(values[Counter::smem_ld_req] == 27);
  CHECK(values[Counter::smem_ld_wavefronts] == 3 * (32 + 32 + 16) + 9 + 9);
  CHECK(values[Counter::smem_ld_ideal] == 27);
  CHECK(values[Counter::sync_bar] == 9);
  CHECK(values[Counter::comm_shfl] == 9);
  CHECK(values[Counter::comm_activemask] == 9);
  CHECK(values[Counter::atom_shared_req] == 9);
  CHECK(values[Counter::atom_global_req] == 18);
  CHECK(values[Counter::atom_global_red] == 9);
  CHECK(values[Counter::atom_same_addr] == 3 * (4 + 4 + 2) + 240 * 2);
  CHECK(values[Counter::atom_max_same_addr] == 32);
  CHECK(values[Counter::atom_cas] == 240);
  CHECK(values[Counter::atom_cas_fail] == 240);  // nobody finds a 5 there
}

TEST_CASE("known answers: generic addresses, local variables, wide and small accesses") {
  const perf::CounterValues values = compare_counters(R"(
  .shared .align 16 .b32 tile[128]; .local .align 16 .b32 mine[4];
  mov.u32 r20, tile; cvt.u64.u32 rd5, r20; cvta.shared.u64 rd6, rd5; mad.wide.u32 rd6, r3, 4, rd6;
  st.u32 [rd6], r3; ld.u32 r10, [rd6]; ld.u32 r11, [rd1];
  st.local.u32 [mine+4], r3; ld.local.v2.u32 {r12, r13}, [mine]; mov.u64 rd7, mine; cvta.local.u64 rd7, rd7;
  ld.u32 r14, [rd7+8];
  and.b32 r15, r3, 15; mul.wide.u32 rd8, r15, 16; add.s64 rd8, rd0, rd8; ld.global.v4.u32 {r16, r17, r18, r19}, [rd8];
  cvt.u64.u32 rd9, r3; add.s64 rd9, rd0, rd9; ld.global.u8 r21, [rd9];)");
  CHECK(values[Counter::smem_st_req] == 9);
  CHECK(values[Counter::smem_ld_req] == 9);
  CHECK(values[Counter::lmem_st_req] == 9);
  CHECK(values[Counter::lmem_st_sectors] == 3 * (4 + 4 + 2));
  CHECK(values[Counter::lmem_ld_req] == 18);
  CHECK(values[Counter::lmem_ld_sectors] == 3 * (8 + 8 + 4) + 3 * (4 + 4 + 2));
  CHECK(values[Counter::gmem_ld_req] == 27);
  CHECK(values[Counter::gmem_ld_sectors] == 3 * (4 + 4 + 2) + 3 * (8 + 8 + 8) + 3 * (1 + 1 + 1));
  CHECK(values[Counter::inst_vector_width_128] == 9);
  CHECK(values[Counter::inst_vector_width_8] == 9);
  CHECK(values[Counter::inst_vector_width_64] == 9);
}

TEST_CASE("counters of gathers, loops over memory, indirect branches and calls") {
  compare_counters(R"(
  ld.global.u32 r10, [rd1]; rem.u32 r11, r10, 240; mul.wide.u32 rd2, r11, 4; add.s64 rd2, rd0, rd2;
  mov.u32 r12, 0; mov.u32 r13, 0; and.b32 r14, r10, 7;
loop: ld.volatile.global.u32 r15, [rd2]; add.u32 r12, r12, r15; add.u32 r13, r13, 1; setp.le.u32 p1, r13, r14;
  @p1 bra loop;
  and.b32 r16, r3, 3; setp.ne.u32 p2, r16, 3;
ways: .branchtargets one, two, one;
  @p2 brx.idx r16, ways;
one: add.u32 r12, r12, 1;
two: st.global.u32 [rd1+960], r12;)");
  const std::string callee = R"(
.func (.reg .b32 result) half(.reg .b32 x) { .reg .pred p1; setp.gt.u32 p1, x, 60; @p1 exit; shr.u32 result, x, 1; ret; }
.visible .entry k(.param .u64 p) {
  .reg .b32 r<9>; .reg .b64 rd<9>;
  mov.u32 r1, %tid.x; call (r2), half, (r1); add.u32 r2, r2, 1; add.u32 r2, r2, 2;
  ld.param.u64 rd0, [p]; mul.wide.u32 rd1, r1, 4; add.s64 rd1, rd0, rd1; st.global.u32 [rd1], r2; ret; })";
  Launch launch;
  launch.block = {80, 1, 1};
  launch.buffers = {random_words(80, 3)};
  const perf::CounterValues values = compare_profiles(callee, launch);
  CHECK(values[Counter::inst_thread] == 80 * 2 + 80 * 2 + 61 * 2 + 61 * 7);  // who exits in the callee does not go on
  CHECK(values[Counter::gmem_st_lanes] == 61);
}

TEST_CASE("code without counters has no trace of them, and is the same before and after others were counted") {
  const std::string text = kernel(R"(
  mov.u32 r10, 0;
loop: ld.global.u32 r11, [rd1]; add.u32 r10, r10, r11; setp.lt.u32 p1, r10, 1000; @p1 bra loop;
  bar.sync 0; atom.global.add.u32 r12, [rd2], r10; st.global.u32 [rd1], r12;)");
  auto loaded = device_of("interpreter").load(parse_ptx(text));
  REQUIRE(loaded.ok());
  const machine::KernelImage& image = static_cast<machine::SimKernel&>(*(*loaded)->find_kernel("k")).image();
  for (const machine::ExecutorKind executor : {machine::ExecutorKind::Warp, machine::ExecutorKind::Lane}) {
    const auto object_at = [&](perf::CountLevel level) {
      auto compiled = jit::compile(image, {.executor = executor, .block = {64, 1, 1}, .level = level});
      REQUIRE(compiled.ok());
      REQUIRE(compiled->refusal.empty());
      return std::string(compiled->object.begin(), compiled->object.end());
    };
    const std::string before = object_at(perf::CountLevel::None);
    const std::string counting = object_at(perf::CountLevel::Memory);
    CHECK(object_at(perf::CountLevel::None) == before);
    CHECK(before.find("qiao_rt_count") == std::string::npos);
    CHECK(counting.find("qiao_rt_count") != std::string::npos);
  }
}
