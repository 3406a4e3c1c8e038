// Signals inside kernel code become faults of the launch; signals elsewhere go where they went before.
#include "device_sim/machine/fault_handler.h"

#include <setjmp.h>
#include <signal.h>

#include "tests/unit/device_sim/machine/test_machine.h"

using namespace qiao::machine;
using namespace qiao::machine::test;
using qiao::Code;

namespace {

void store_to(uint64_t address) {
  *reinterpret_cast<volatile int*>(address) = 1;
}

volatile int g_depth;
[[gnu::noinline]] int overflow(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  g_depth = depth;
  if (g_depth < 0) return 0;
  return overflow(depth + 1) + frame[0];
}

// Catch sets its own handlers for each test case.
struct Machine : TestMachine {
  Machine() { claim_fault_signals(); }
};

sigjmp_buf g_jump;
void jump_back(int) {
  siglongjmp(g_jump, 1);
}

}  // namespace

TEST_CASE("an access to unmapped device memory ends the launch only") {
  Machine machine;
  const uint64_t unmapped = machine.arena().base() + machine.arena().bytes() - 4096;
  for (int i = 0; i < 3; ++i) {
    auto result = machine.launch({4, 1, 1}, {64, 1, 1}, WarpBody([&](BlockContext& block, uint32_t warp) {
                                   if (warp == 1) store_to(unmapped);
                                   qiao_rt_barrier_sync(&block, warp, ~0u, 0, 0);
                                 }));
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Code::IllegalAddress);
    CHECK(result.error().message.find("device memory which is not allocated") != std::string::npos);
  }
  CHECK(machine.launch({4, 1, 1}, {64, 1, 1}, WarpBody([](BlockContext&, uint32_t) {})));
}

#if !defined(__SANITIZE_ADDRESS__)  // which reports an overflow by itself before the guard page is reached
TEST_CASE("a stack overflow is named") {
  Machine machine;
  auto result =
      machine.launch({1, 1, 1}, {32, 1, 1}, LaneBody([](BlockContext&, LaneContext&) { g_depth = overflow(0); }));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::LaunchFailed);
  CHECK(result.error().message.find("stack overflowed") != std::string::npos);
}

TEST_CASE("a fault outside of kernels goes to the program's handler") {
  struct sigaction mine = {}, before = {};
  mine.sa_handler = jump_back;
  sigaction(SIGSEGV, &mine, &before);
  Machine machine;
  CHECK(machine.launch({1, 1, 1}, {32, 1, 1}, WarpBody([](BlockContext&, uint32_t) {})));
  volatile bool came_back = false;
  if (sigsetjmp(g_jump, 1) == 0) {
    volatile uint64_t nowhere = 8;
    store_to(nowhere);
  } else {
    came_back = true;
  }
  CHECK(came_back);
  sigaction(SIGSEGV, &before, nullptr);
}
#endif
