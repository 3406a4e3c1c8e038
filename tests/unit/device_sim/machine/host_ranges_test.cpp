// Registered host memory.
#include "device_sim/machine/host_ranges.h"

#include "tests/unit/catch.h"

using qiao::Code;
using qiao::machine::HostRanges;

TEST_CASE("an access must lie wholly inside a registered range") {
  HostRanges ranges;
  CHECK_FALSE(ranges.contains(0x1000, 4));
  REQUIRE(ranges.add(0x1000, 0x100));
  REQUIRE(ranges.add(0x3000, 0x100));
  CHECK(ranges.contains(0x1000, 4));
  CHECK(ranges.contains(0x30fc, 4));
  CHECK_FALSE(ranges.contains(0x30fd, 4));
  CHECK_FALSE(ranges.contains(0x2000, 4));
}

TEST_CASE("overlapping and unknown ranges are refused") {
  HostRanges ranges;
  REQUIRE(ranges.add(0x1000, 0x100));
  CHECK(ranges.add(0x10ff, 1).error().code == Code::HostMemoryAlreadyRegistered);
  CHECK(ranges.add(0xf00, 0x101).error().code == Code::HostMemoryAlreadyRegistered);
  CHECK(ranges.add(0xf00, 0x100));
  CHECK(ranges.remove(0x1001).error().code == Code::HostMemoryNotRegistered);
  CHECK(ranges.remove(0x1000));
  CHECK_FALSE(ranges.contains(0x1000, 1));
}
