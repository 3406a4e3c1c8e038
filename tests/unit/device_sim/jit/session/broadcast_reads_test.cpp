// Warps that write to shared memory what others read there behind the last barrier: a race, which hardware hides.
#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

namespace {

// Thread 0 publishes a word, everybody reads it behind the barrier, and each warp's first thread writes there again.
// `read` leaves it in r10.
std::string publish(const std::string& read) {
  return kernel(R"(
  setp.ne.u32 p1, r3, 0; @p1 bra published; st.shared.u32 [words], 7;
published: bar.sync 0;
  )" + read + R"(
  and.b32 r11, r3, 31; setp.ne.u32 p2, r11, 0; shr.u32 r12, r3, 3; @p2 bra written;
  mov.u32 r13, words; add.u32 r13, r13, r12; st.shared.u32 [r13], 100;
written: bar.sync 0;
  st.global.u32 [rd1], r10;)",
                ".shared .align 4 .b8 words[64];\n");
}

}  // namespace

TEST_CASE("a value read behind a barrier is read by all warps before one of them writes there again") {
  const Launch launch = plain(2, 256);
  for (const char* read : {"ld.shared.u32 r10, [words];",
                           "mov.u32 r10, 7; setp.ge.u32 p3, r3, 200; @p3 bra read; ld.shared.u32 r10, [words]; read:",
                           "mov.u32 r14, 0; again: ld.shared.u32 r10, [words]; add.u32 r14, r14, 1;"
                           "setp.lt.u32 p3, r14, r3; @p3 bra again;"}) {
    for (const char* executor : {"warp", "quick", "lane"}) {
      INFO(executor << ": " << read);
      const Outcome outcome = run_on(executor, publish(read), launch);
      REQUIRE(outcome.code == Code::Success);
      for (uint32_t i = 0; i < 512; ++i) REQUIRE(outcome.buffers[0][i] == 7);
    }
  }
}
