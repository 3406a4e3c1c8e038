// Warp-synchronous instructions in lane mode against the PTX manual's definitions.
#include <atomic>
#include <vector>

#include "tests/unit/device_sim/machine/test_machine.h"

using namespace qiao::machine;
using namespace qiao::machine::test;

namespace {

// Runs one warp; what each lane returns.
template <class F>
std::vector<uint64_t> one_warp(F each) {
  TestMachine machine;
  std::vector<uint64_t> results(32, ~uint64_t{0});
  REQUIRE(machine.launch({1, 1, 1}, {32, 1, 1}, LaneBody([&](BlockContext& block, LaneContext& lane) {
                           results[lane.laneid] = each(block, lane);
                         })));
  return results;
}

constexpr uint64_t kTrue = uint64_t{1} << 32;

}  // namespace

TEST_CASE("shuffles follow the manual's clamps and segments") {
  auto down = one_warp([](auto& b, auto& l) { return qiao_rt_lane_shfl_down(&b, &l, ~0u, l.laneid * 10, 4, 31); });
  CHECK(down[0] == (40 | kTrue));
  CHECK(down[27] == (310 | kTrue));
  CHECK(down[28] == 280);
  auto up = one_warp([](auto& b, auto& l) { return qiao_rt_lane_shfl_up(&b, &l, ~0u, l.laneid * 10, 1, 0); });
  CHECK(up[0] == 0);
  CHECK(up[5] == (40 | kTrue));
  auto bfly = one_warp([](auto& b, auto& l) { return qiao_rt_lane_shfl_bfly(&b, &l, ~0u, l.laneid, 16, 31); });
  CHECK(bfly[3] == (19 | kTrue));
  // Width 8: c = (32 - 8) << 8 | 31.
  auto idx = one_warp([](auto& b, auto& l) { return qiao_rt_lane_shfl_idx(&b, &l, ~0u, l.laneid, 2, 24 << 8 | 31); });
  CHECK(idx[9] == (10 | kTrue));
  CHECK(idx[31] == (26 | kTrue));
}

TEST_CASE("ballot, match and redux count the members only") {
  auto ballot = one_warp(
      [](auto& b, auto& l) -> uint64_t { return l.laneid < 8 ? qiao_rt_lane_ballot(&b, &l, 0xff, l.laneid % 2) : 0; });
  CHECK(ballot[3] == 0xaa);
  auto any = one_warp([](auto& b, auto& l) { return qiao_rt_lane_match_any_i32(&b, &l, ~0u, l.laneid / 8); });
  CHECK(any[9] == 0xff00);
  auto all = one_warp([](auto& b, auto& l) { return qiao_rt_lane_match_all_i64(&b, &l, ~0u, 7ull << 40); });
  CHECK(all[31] == (0xffffffffull | kTrue));
  auto none = one_warp([](auto& b, auto& l) { return qiao_rt_lane_match_all_i32(&b, &l, ~0u, l.laneid); });
  CHECK(none[31] == 0);
  auto smin = one_warp([](auto& b, auto& l) { return qiao_rt_lane_redux_smin(&b, &l, ~0u, 5 - l.laneid); });
  CHECK(smin[0] == static_cast<uint32_t>(-26));
  auto add = one_warp([](auto& b, auto& l) { return qiao_rt_lane_redux_add(&b, &l, ~0u, l.laneid); });
  CHECK(add[7] == 496);
}

TEST_CASE("lanes that have exited are not waited for") {
  auto result = one_warp([](auto& b, auto& l) -> uint64_t {
    if (l.laneid >= 20) return 1;
    return qiao_rt_lane_ballot(&b, &l, ~0u, 1);
  });
  CHECK(result[0] == 0xfffff);
}

TEST_CASE("activemask sees the lanes that came together") {
  auto all = one_warp([](auto& b, auto& l) { return qiao_rt_lane_activemask(&b, &l); });
  CHECK(all[12] == ~0u);
  auto some = one_warp([](auto& b, auto& l) -> uint64_t {
    return l.laneid % 2 ? qiao_rt_lane_activemask(&b, &l) : qiao_rt_lane_ballot(&b, &l, 0x55555555, 1);
  });
  CHECK(some[1] == 0xaaaaaaaa);
}

TEST_CASE("a spin lock taken lane by lane makes progress") {
  TestMachine machine;
  auto* lock = machine.allocate<uint32_t>(2);
  REQUIRE(machine.launch({8, 1, 1}, {96, 1, 1}, LaneBody([&](BlockContext& block, LaneContext& lane) {
                           while (std::atomic_ref(lock[0]).exchange(1) != 0) qiao_rt_lane_yield(&block, &lane);
                           const uint32_t seen = lock[1];
                           qiao_rt_lane_yield(&block, &lane);
                           lock[1] = seen + 1;
                           std::atomic_ref(lock[0]).store(0);
                         })));
  CHECK(lock[1] == 8 * 96);
}
