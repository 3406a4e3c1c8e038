// Blocks on SMs: worked out by hand.
#include "src/perf/model/schedule.h"

#include "tests/unit/src/perf/model/chips.h"

using namespace qiao::perf;

namespace {

Schedule on_ten_sms(double blocks, double per_sm) {
  qiao::hal::ChipDescription chip;
  chip.sm.count = 10;
  chip.sm.threads = 2048;
  return schedule({blocks, 8, per_sm}, chip);
}

}  // namespace

TEST_CASE("a full wave keeps every SM full") {
  const Schedule made = on_ten_sms(80, 8);
  CHECK(made.sm_blocks == 8);
  CHECK(made.resident_blocks == 8);
  CHECK(made.occupancy_pct == 100);
  CHECK(made.balance_pct == 100);
}

TEST_CASE("one block more than SMs leaves nine of them waiting") {
  const Schedule made = on_ten_sms(11, 1);
  CHECK(made.sm_blocks == 2);
  CHECK(made.occupancy_pct == 12.5);                   // 8 of 64 warps wherever anything is resident
  CHECK(made.balance_pct == Approx(100 * 11.0 / 20));  // 11 rounds of 20
}

TEST_CASE("a grid smaller than the chip") {
  const Schedule made = on_ten_sms(3, 8);
  CHECK(made.sm_blocks == 1);
  CHECK(made.resident_blocks == 1);
  CHECK(made.balance_pct == Approx(30));
}

TEST_CASE("no blocks take no time") {
  const Schedule made = on_ten_sms(0, 8);
  CHECK(made.sm_blocks == 0);
  CHECK(made.occupancy_pct == 0);
}
