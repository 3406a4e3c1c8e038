// Block barriers in warp mode and lane mode: counts, arrive, reductions, exited threads, deadlock.
#include <atomic>
#include <numeric>
#include <vector>

#include "device_sim/machine/barriers.h"
#include "tests/unit/device_sim/machine/test_machine.h"

using namespace qiao::machine;
using namespace qiao::machine::test;
using qiao::Code;

TEST_CASE("warps exchange through shared memory across barriers") {
  TestMachine machine;
  auto* sums = machine.allocate<uint32_t>(64);
  const auto body = [&](BlockContext& block, uint32_t warp) {
    auto* shared = reinterpret_cast<uint32_t*>(block.shared);
    for (uint32_t round = 0; round < 10; ++round) {
      shared[warp] = warp + round;
      qiao_rt_barrier_sync(&block, warp, ~0u, 0, 0);
      const uint32_t sum = std::accumulate(shared, shared + block.warp_count, 0u);
      qiao_rt_barrier_sync(&block, warp, ~0u, 0, 0);
      if (warp == 0) sums[block.ctaid[0]] += sum;
    }
  };
  REQUIRE(machine.launch({64, 1, 1}, {256, 1, 1}, WarpBody(body), 1024));
  for (int i = 0; i < 64; ++i) CHECK(sums[i] == 10 * 28 + 8 * 45);
}

TEST_CASE("reductions see the predicates of the active lanes") {
  TestMachine machine;
  int wrong = 0;
  REQUIRE(machine.launch({1, 1, 1}, {64, 1, 1}, WarpBody([&](BlockContext& block, uint32_t warp) {
                           const uint32_t mask = warp == 1 ? 0xff : ~0u;
                           wrong += qiao_rt_barrier_popc(&block, warp, mask, 3, 0, 0xf0f) != 8 + 4;
                           wrong += qiao_rt_barrier_and(&block, warp, mask, 3, 0, mask) != 1;
                           wrong += qiao_rt_barrier_and(&block, warp, mask, 3, 0, warp == 0 ? mask : 0) != 0;
                           wrong += qiao_rt_barrier_or(&block, warp, mask, 3, 0, warp == 1 ? 1 : 0) != 1;
                           wrong += qiao_rt_barrier_or(&block, warp, mask, 3, 0, warp == 1 ? 0x100 : 0) != 0;
                         })));
  CHECK(wrong == 0);
}

TEST_CASE("named barriers count the warps that take part, and arrive does not wait") {
  TestMachine machine;
  std::vector<int> order;
  const auto body = [&](BlockContext& block, uint32_t warp) {
    if (warp == 0) {  // consumer: waits for both producers
      qiao_rt_barrier_sync(&block, warp, ~0u, 1, 96);
      order.push_back(0);
    } else if (warp < 3) {
      order.push_back(static_cast<int>(warp));
      qiao_rt_barrier_arrive(&block, warp, ~0u, 1, 96);
      order.push_back(static_cast<int>(warp));
    }
  };
  REQUIRE(machine.launch({1, 1, 1}, {128, 1, 1}, WarpBody(body)));
  CHECK(order == std::vector<int>{1, 1, 2, 2, 0});
}

TEST_CASE("warps that have exited are not waited for") {
  TestMachine machine;
  std::atomic<int> passed{0};
  const auto body = [&](BlockContext& block, uint32_t warp) {
    if (warp % 2) return;
    qiao_rt_barrier_sync(&block, warp, ~0u, 0, 0);
    qiao_rt_barrier_sync(&block, warp, ~0u, 0, 128);  // a count: released as only exited warps are missing
    ++passed;
  };
  REQUIRE(machine.launch({1, 1, 1}, {128, 1, 1}, WarpBody(body)));
  CHECK(passed == 2);
}

TEST_CASE("lanes meet at barriers one by one") {
  TestMachine machine;
  auto* values = machine.allocate<uint32_t>(100);
  const auto body = [&](BlockContext& block, LaneContext& lane) {
    auto* shared = reinterpret_cast<uint32_t*>(block.shared);
    if (lane.linear >= 70) return;
    shared[lane.linear] = lane.linear;
    qiao_rt_lane_barrier_sync(&block, &lane, 0, 0);
    values[lane.linear] = shared[69 - lane.linear];
    CHECK(qiao_rt_lane_barrier_popc(&block, &lane, 0, 0, lane.linear % 2) == 35);
    CHECK(qiao_rt_lane_barrier_or(&block, &lane, 0, 96, lane.linear == 69) == 1);
    qiao_rt_lane_barrier_arrive(&block, &lane, 5, 192);
  };
  REQUIRE(machine.launch({1, 1, 1}, {100, 1, 1}, LaneBody(body), 1024));
  for (uint32_t i = 0; i < 70; ++i) CHECK(values[i] == 69 - i);
}

TEST_CASE("a block that can never go on ends with a clear error") {
  TestMachine machine;
  auto result = machine.launch({4, 1, 1}, {64, 1, 1}, WarpBody([](BlockContext& block, uint32_t warp) {
                                 qiao_rt_barrier_sync(&block, warp, ~0u, warp, 0);  // each warp at a barrier of its own
                               }));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::LaunchFailed);
  CHECK(result.error().message.find("can never go on: barrier 0 has 1 of 2 warps; barrier 1 has 1 of 2 warps") !=
        std::string::npos);
  auto lanes = machine.launch({1, 1, 1}, {32, 1, 1}, LaneBody([](BlockContext& block, LaneContext& lane) {
                                if (lane.laneid < 16) qiao_rt_lane_barrier_sync(&block, &lane, 0, 0);
                                if (lane.laneid >= 16) qiao_rt_lane_warpsync(&block, &lane, ~0u);
                              }));
  REQUIRE_FALSE(lanes);
  CHECK(lanes.error().message.find("16 threads wait for others of their warp") != std::string::npos);
}

TEST_CASE("a barrier that does not exist is refused") {
  TestMachine machine;
  auto result = machine.launch({1, 1, 1}, {32, 1, 1}, WarpBody([](BlockContext& block, uint32_t warp) {
                                 qiao_rt_barrier_sync(&block, warp, ~0u, 16, 0);
                               }));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::IllegalInstruction);
}

TEST_CASE("all blocks of a cooperative launch make progress") {
  TestMachine machine;
  auto* arrived = machine.allocate<uint32_t>(1);
  const auto body = [&](BlockContext& block, uint32_t warp) {
    qiao_rt_barrier_sync(&block, warp, ~0u, 0, 0);
    if (warp == 0) std::atomic_ref(*arrived).fetch_add(1);
    while (std::atomic_ref(*arrived).load() < 40) qiao_rt_yield(&block);
  };
  REQUIRE(machine.launch({40, 1, 1}, {64, 1, 1}, WarpBody(body), 0, true));
  CHECK(*arrived == 40);
}

TEST_CASE("a block may wait for one that starts later, as long as the chip holds both") {
  TestMachine machine;
  auto* arrived = machine.allocate<uint32_t>(1);
  const auto body = [&](BlockContext& block, uint32_t warp) {
    if (warp == 0) std::atomic_ref(*arrived).fetch_add(1);
    while (std::atomic_ref(*arrived).load() < 12) qiao_rt_yield(&block);
  };
  REQUIRE(machine.launch({12, 1, 1}, {64, 1, 1}, WarpBody(body)));
  CHECK(*arrived == 12);
}

TEST_CASE("what has not begun when a launch ends does not begin") {
  TestMachine machine;
  auto* begun = machine.allocate<uint32_t>(1);
  auto result = machine.launch({1, 1, 1}, {256, 1, 1}, WarpBody([&](BlockContext& block, uint32_t warp) {
                                 std::atomic_ref(*begun).fetch_add(1);
                                 if (warp == 2) raise_fault(block, Code::LaunchFailed, "enough");
                               }));
  REQUIRE_FALSE(result);
  CHECK(*begun == 3);
}
