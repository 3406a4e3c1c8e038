// Best fit, alignment and coalescing of address ranges.
#include "device_sim/machine/range_allocator.h"

#include "tests/unit/catch.h"

using qiao::machine::RangeAllocator;

TEST_CASE("the smallest range that fits is taken") {
  RangeAllocator ranges;
  ranges.add(0x1000, 0x1000);
  ranges.add(0x4000, 0x100);
  CHECK(*ranges.allocate(0x80, 0x10) == 0x4000);
  CHECK(*ranges.allocate(0x100, 0x10) == 0x1000);
  CHECK_FALSE(ranges.allocate(0x1000, 0x10));
}

TEST_CASE("alignment is kept and what lies before stays free") {
  RangeAllocator ranges;
  ranges.add(0x1010, 0x1000);
  CHECK(*ranges.allocate(0x100, 0x400) == 0x1400);
  CHECK(ranges.free_bytes() == 0xf00);
  CHECK(*ranges.allocate(0x3f0, 0x10) == 0x1010);
}

TEST_CASE("neighbours are joined") {
  RangeAllocator ranges;
  ranges.add(0x1000, 0x100);
  ranges.add(0x1200, 0x100);
  const auto whole = ranges.add(0x1100, 0x100);
  CHECK(whole.base == 0x1000);
  CHECK(whole.bytes == 0x300);
  CHECK(*ranges.allocate(0x300, 0x100) == 0x1000);
}
