// Sizes as people write them, and the limit which follows from host and chip.
#include "device_sim/machine/memory_limit.h"

#include "tests/unit/catch.h"

using qiao::machine::device_memory_limit;
using qiao::machine::parse_bytes;

TEST_CASE("sizes are read with and without units") {
  CHECK(parse_bytes("4096") == 4096u);
  CHECK(parse_bytes("8G") == uint64_t{8} << 30);
  CHECK(parse_bytes("512MiB") == uint64_t{512} << 20);
  CHECK(parse_bytes("1.5g") == uint64_t{1536} << 20);
  for (const char* bad : {"", "G", "-1G", "8X", "8GX", "0"}) CHECK_FALSE(parse_bytes(bad));
}

TEST_CASE("the chip's memory bounds the limit") {
  CHECK(device_memory_limit(uint64_t{4} << 20) == uint64_t{4} << 20);
  CHECK(device_memory_limit(~uint64_t{0}) < uint64_t{1} << 50);
}
