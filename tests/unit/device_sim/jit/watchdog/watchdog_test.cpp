// Kernels that never end, on every executor: the watchdog ends the launch, names kernel, block and line, and the next launch
// runs. A program of its own: the limit is read once.
#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

namespace {

const bool kLimited = setenv("QIAO_WATCHDOG", "0.2", 1) == 0;

Launch four_blocks() {
  Launch launch;
  launch.grid = {4, 1, 1};
  launch.block = {64, 1, 1};
  launch.buffers = {Words(4, 0)};
  return launch;
}

std::string program(const std::string& body) {
  return ".visible .entry k(.param .u64 a) { .reg .b32 r<20>; .reg .b64 rd<10>; .reg .pred p<4>;\n"
         "ld.param.u64 rd1, [a]; mov.u32 r1, %tid.x; mov.u32 r2, %ctaid.x;\n" +
         body + "\nret; }";
}

void check_ended(const std::string& body, const std::string& where) {
  REQUIRE(kLimited);
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    INFO(executor);
    const Outcome ended = run_on(executor, program(body), four_blocks());
    CHECK(ended.code == Code::LaunchTimeout);
    CHECK(ended.message.find("longer than the watchdog's 0.2 seconds in kernel k") != std::string::npos);
    CHECK(ended.message.find(where) != std::string::npos);
    CHECK(ended.message.find(", PTX line ") != std::string::npos);
    const Outcome next = run_on(executor, program("st.global.u32 [rd1], 7;"), four_blocks());
    CHECK(next.buffers[0][0] == 7);
  }
}

}  // namespace

TEST_CASE("a loop that looks at nothing") {
  check_ended(
      "setp.ne.u32 p1, r2, 2; @p1 bra done;\nagain: mad.lo.u32 r1, r1, 1664525, 2; setp.ne.u32 p1, r1, 1;\n"
      "@p1 bra again;\nst.global.u32 [rd1], r1;\ndone:",
      "block (2,0,0)");
}

TEST_CASE("a loop that waits for memory") {
  check_ended(
      "setp.ne.u32 p1, r2, 1; @p1 bra done;\nagain: ld.volatile.global.u32 r3, [rd1]; setp.eq.u32 p1, r3, 0;\n"
      "@p1 bra again;\ndone:",
      "block (1,0,0)");
}

TEST_CASE("one lane of a block whose others stand at a barrier") {
  check_ended(
      "setp.ne.u32 p1, r1, 40; @p1 bra done;\nagain: ld.volatile.global.u32 r3, [rd1]; setp.eq.u32 p1, r3, 0;\n"
      "@p1 bra again;\ndone: barrier.sync 0;",
      "block (");
}

TEST_CASE("a lock that nobody gives back") {
  check_ended("again: atom.global.cas.b32 r3, [rd1], 0, 1; setp.ne.u32 p1, r3, 0; @p1 bra again;", "block (");
}

TEST_CASE("a kernel that ends in time is left alone") {
  for (const char* executor : {"interpreter", "lane", "warp"}) {
    const Outcome fine = run_on(executor, program("add.u32 r3, r2, 1; st.global.u32 [rd1], 9;"), four_blocks());
    CHECK(fine.code == Code::Success);
    CHECK(fine.buffers[0][0] == 9);
  }
}
