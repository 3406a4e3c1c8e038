// Bad accesses, traps and asserts end the launch with CUDA's code; the machine lives on.
#include "device_sim/machine/faults.h"

#include <atomic>

#include "tests/unit/device_sim/machine/test_machine.h"

using namespace qiao::machine;
using namespace qiao::machine::test;
using qiao::Code;

namespace {

// As compiled code does: asks the runtime about an address that failed its check.
qiao::Error fault_of(TestMachine& machine, uint64_t address) {
  auto result = machine.launch({3, 1, 1}, {64, 1, 1}, WarpBody([&](BlockContext& block, uint32_t warp) {
                                 if (block.ctaid[0] == 1 && warp == 1) qiao_rt_bad_access(&block, address, 17);
                               }));
  if (result) return {Code::Success, ""};
  CHECK(machine.launch({3, 1, 1}, {64, 1, 1}, WarpBody([](BlockContext&, uint32_t) {})));
  return result.error();
}

}  // namespace

TEST_CASE("null, wild, host and misaligned addresses are told apart") {
  TestMachine machine;
  int on_host = 0;
  const auto host = reinterpret_cast<uint64_t>(&on_host);
  const auto null = fault_of(machine, 8);
  CHECK(null.code == Code::IllegalAddress);
  CHECK(null.message == "illegal address 0x8 (null) in kernel test_kernel, PTX line 17, block (1,0,0)");
  CHECK(fault_of(machine, host).message.find("(not device memory)") != std::string::npos);
  CHECK(fault_of(machine, machine.arena().base() + machine.arena().bytes() - 16).code == Code::IllegalAddress);
  CHECK(fault_of(machine, machine.arena().base() + 2).code == Code::MisalignedAddress);
  REQUIRE(machine.host_ranges().add(host, sizeof on_host));
  CHECK(fault_of(machine, host).code == Code::Success);
}

TEST_CASE("the access check of C++ executors gives the same answers") {
  TestMachine machine;
  auto* data = machine.allocate<uint64_t>(4);
  const auto address = reinterpret_cast<uint64_t>(data);
  std::atomic<int> good{0};
  const auto check = [&](uint64_t at, uint64_t bytes) {
    return machine.launch({1, 1, 1}, {32, 1, 1}, WarpBody([&, at, bytes](BlockContext& block, uint32_t) {
                            good += check_access(block, at, bytes, 3, 9);
                          }));
  };
  CHECK(check(address, 8));
  CHECK(good == 1);
  auto odd = check(address + 4, 8);
  REQUIRE_FALSE(odd);
  CHECK(odd.error().code == Code::MisalignedAddress);
  CHECK(odd.error().message.find("lane 9") != std::string::npos);
  CHECK(check(0, 4).error().code == Code::IllegalAddress);
  CHECK(good == 1);
}

TEST_CASE("a fault wakes and ends the warps that wait") {
  TestMachine machine;
  auto result = machine.launch({8, 1, 1}, {128, 1, 1}, WarpBody([](BlockContext& block, uint32_t warp) {
                                 if (warp == 3) qiao_lane_trap(&block, 17, 0);
                                 qiao_rt_barrier_sync(&block, warp, ~0u, 0, 0);
                               }));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::LaunchFailed);
  CHECK(result.error().message.find("executed trap in kernel test_kernel, PTX line 17") != std::string::npos);
}

TEST_CASE("a fault stops spinning warps of other blocks") {
  TestMachine machine;
  auto result = machine.launch({16, 1, 1}, {32, 1, 1}, WarpBody([](BlockContext& block, uint32_t) {
                                 if (block.ctaid[0] == 5) qiao_lane_trap(&block, 17, 0);
                                 while (block.ctaid[0] > 5) qiao_rt_yield(&block);
                               }));
  CHECK_FALSE(result);
}

TEST_CASE("a failed assertion says which") {
  TestMachine machine;
  auto result =
      machine.launch({1, 1, 1}, {32, 1, 1}, WarpBody([](BlockContext& block, uint32_t) {
                       const auto text = [](const char* string) { return reinterpret_cast<uint64_t>(string); };
                       qiao_lane_assertfail(&block, text("n < 3"), text("a.cu"), 12, text("f(int)"), 1, 3, 0, 0);
                     }));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::Assert);
  CHECK(result.error().message.find("a.cu:12: f(int): assertion `n < 3` failed in kernel test_kernel") == 0);
}
