// The symbol table for compiled code, clocks, device malloc.
#include "device_sim/machine/runtime_calls.h"

#include <algorithm>

#include "tests/unit/device_sim/machine/test_machine.h"

using namespace qiao::machine;
using namespace qiao::machine::test;

TEST_CASE("every runtime call is found by its name") {
  const auto symbols = runtime_symbols();
  const auto trap = std::find_if(symbols.begin(), symbols.end(), [](auto& s) { return s.name == "qiao_lane_trap"; });
  REQUIRE(trap != symbols.end());
  CHECK(trap->address == reinterpret_cast<const void*>(&qiao_lane_trap));
  for (const auto& symbol : symbols) CHECK(symbol.name.substr(0, 5) == "qiao_");
}

TEST_CASE("the clock is strictly monotone") {
  TestMachine machine;
  int wrong = 0;
  REQUIRE(machine.launch({1, 1, 1}, {1, 1, 1}, WarpBody([&](BlockContext& block, uint32_t) {
                           uint64_t last = qiao_lane_clock64(&block);
                           for (int i = 0; i < 1000; ++i) {
                             const uint64_t now = qiao_lane_clock64(&block);
                             wrong += now <= last;
                             last = now;
                           }
                         })));
  CHECK(wrong == 0);
}

TEST_CASE("device malloc takes from device memory and a bad free is a fault") {
  TestMachine machine;
  const uint64_t before = machine.arena().free_bytes();
  auto result = machine.launch({1, 1, 1}, {1, 1, 1}, WarpBody([&](BlockContext& block, uint32_t) {
                                 const uint64_t address = qiao_lane_malloc(&block, 1000);
                                 *reinterpret_cast<int*>(address) = 1;
                                 qiao_lane_free(&block, address);
                                 qiao_lane_free(&block, 0);
                                 if (qiao_lane_malloc(&block, uint64_t{1} << 40) == 0) qiao_lane_free(&block, address);
                               }));
  REQUIRE_FALSE(result);
  CHECK(result.error().message.find("which malloc did not return") != std::string::npos);
  CHECK(machine.arena().free_bytes() == before);
}
