// Kernels cut at their barriers: warps run part by part without fibers, also where they come to different barriers, and
// what they keep across barriers is theirs. Barriers for a part of the block still take fibers.
#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

namespace {

machine::Unit unit_of(const std::string& text, const Launch& launch) {
  auto loaded = device_of("interpreter").load(parse_ptx(text));
  if (!loaded) FAIL(loaded.error().message);
  auto& kernel = static_cast<machine::SimKernel&>(*(*loaded)->find_kernel("k"));
  auto code = machine::make_warp_executor()->prepare(kernel.image(), {launch.block, perf::CountLevel::None, false});
  if (!code) FAIL(code.error().message);
  return (*code)->unit();
}

void compare_parts(const std::string& text, const Launch& launch) {
  CHECK(unit_of(text, launch) == machine::Unit::Run);
  compare_executors(text, launch);
  Launch any_shape = launch;
  any_shape.before = {{32, 1, 1}, {33, 1, 1}, {34, 1, 1}, {35, 1, 1}};
  compare_executors(text, any_shape);
}

const char* kTile = ".shared .align 4 .b8 tile[1024];";

// r10 of the thread `distance` further on, modulo the block, comes to r11.
std::string exchange(uint32_t distance, const std::string& barrier = "bar.sync 0") {
  return "mov.u32 r30, tile; shl.b32 r31, r3, 2; add.u32 r31, r31, r30; st.shared.u32 [r31], r10; " + barrier +
         "; add.u32 r32, r3, " + std::to_string(distance) +
         "; rem.u32 r32, r32, r2; shl.b32 r32, r32, 2; add.u32 r32, r32, r30; ld.shared.u32 r11, [r32]; " + barrier +
         ";";
}

}  // namespace

TEST_CASE("values, addresses and arrays live across barriers in a loop") {
  compare_parts(kernel(R"(
  .local .align 4 .b8 depot[32]; .reg .b64 SP; mov.u64 SP, depot; mov.u32 r20, 0; ld.global.u32 r10, [rd1];
again: and.b32 r21, r20, 7; mul.wide.u32 rd10, r21, 4; add.u64 rd11, SP, rd10; st.local.u32 [rd11], r10;)" +
                           exchange(33) + R"(
  add.u32 r12, r12, r11; xor.b32 r10, r10, r12; mad.lo.u32 r13, r11, r20, r13; add.u32 r20, r20, 1;
  setp.lt.u32 p1, r20, 6; @p1 bra again;
  ld.local.u32 r22, [SP]; ld.local.u32 r23, [SP+12]; add.u32 r13, r13, r22; xor.b32 r13, r13, r23;
  add.u32 r13, r13, r12; st.global.u32 [rd1], r13;)",
                       kTile),
                plain());
}

TEST_CASE("warps come to the same barrier at different places, or have gone") {
  compare_parts(kernel("ld.global.u32 r10, [rd1]; shr.u32 r20, r3, 5; setp.eq.u32 p1, r20, 1; @p1 bra other;" +
                           exchange(5) + "mad.lo.u32 r11, r11, 3, r10; bra join;\nother: " + exchange(64) +
                           "add.u32 r11, r11, 77;\njoin: bar.sync 0; st.global.u32 [rd1], r11;",
                       kTile),
                plain(3, 160));
  compare_parts(kernel("ld.global.u32 r10, [rd1]; shr.u32 r20, r3, 5; and.b32 r20, r20, 1; setp.eq.u32 p1, r20, 1;"
                       "setp.eq.u32 p2, r1, 1; and.pred p1, p1, p2; mov.u32 r30, tile; shl.b32 r31, r3, 2;"
                       "add.u32 r31, r31, r30; st.shared.u32 [r31], r10; @p1 exit;" +
                           exchange(7) + "st.global.u32 [rd1], r11;",
                       kTile),
                plain(3, 160));
  // Each warp goes round as often as its number says; the others wait at the last barrier meanwhile.
  compare_parts(kernel("shr.u32 r20, r3, 5; mov.u32 r21, 0; ld.global.u32 r10, [rd1];\n"
                       "again: setp.ge.u32 p1, r21, r20; @p1 bra out; bar.sync 0; mad.lo.u32 r10, r10, 5, r21;"
                       "add.u32 r21, r21, 1; bra again;\nout: st.global.u32 [rd1], r10;"),
                plain(2, 224));
}

TEST_CASE("barriers with results") {
  compare_parts(kernel("ld.global.u32 r10, [rd1]; mov.u32 r20, 0;\nagain: shr.u32 r21, r10, r20; and.b32 r21, r21, 3;"
                       "setp.eq.u32 p1, r21, 1; barrier.red.popc.u32 r22, 0, p1; mad.lo.u32 r12, r12, 7, r22;"
                       "setp.gt.u32 p2, r22, 20; bar.red.and.pred p3, 0, p2; @p3 add.u32 r12, r12, 1;"
                       "setp.eq.u32 p4, r10, r22; bar.red.or.pred p5, 0, p4; @p5 add.u32 r12, r12, 2;"
                       "add.u32 r20, r20, 1; setp.lt.u32 p6, r20, 9; @p6 bra again; st.global.u32 [rd1], r12;"),
                plain(2, 100));
}

TEST_CASE("warps at barriers of different names wait for ever: an error, not a hang") {
  const std::string text = kernel(
      "shr.u32 r20, r3, 5; setp.eq.u32 p1, r20, 1; @p1 bra other; bar.sync 0; bra join;\nother: bar.sync 1;\n"
      "join: st.global.u32 [rd1], r3;");
  CHECK(unit_of(text, plain()) == machine::Unit::Run);
  for (const char* executor : {"interpreter", "warp"}) {
    const Outcome outcome = run_on(executor, text, plain());
    CHECK(outcome.code == Code::LaunchFailed);
    INFO(outcome.message);
    CHECK(outcome.message.find("can never go on") != std::string::npos);
  }
}

TEST_CASE("a fault between barriers ends the launch") {
  const std::string text =
      kernel("bar.sync 0; setp.eq.u32 p1, r4, 150; @p1 st.global.u32 [256], r4; bar.sync 0; st.global.u32 [rd1], r3;");
  CHECK(unit_of(text, plain()) == machine::Unit::Run);
  CHECK(run_on("warp", text, plain()).code == Code::IllegalAddress);
}

TEST_CASE("barriers for a part of the block take fibers") {
  const std::string text = kernel(
      "setp.lt.u32 p1, r3, 64; @!p1 bra join; bar.sync 1, 64;\njoin: bar.sync 0;"
      "st.global.u32 [rd1], r3;");
  CHECK(unit_of(text, plain()) == machine::Unit::Warp);
  compare_executors(text, plain());
}
