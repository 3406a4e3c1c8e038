// Columns line up, numbers to the right.
#include "src/perf/table.h"

#include "tests/unit/catch.h"

TEST_CASE("columns are as wide as their widest cell") {
  CHECK(qiao::perf::format_columns({{"name"}, {"n", true}}, {{"a", "1"}, {"longer", "1,234"}}) ==
        "name        n\n"
        "a           1\n"
        "longer  1,234\n");
}

TEST_CASE("numbers are grouped") {
  CHECK(qiao::perf::with_commas(0) == "0");
  CHECK(qiao::perf::with_commas(999) == "999");
  CHECK(qiao::perf::with_commas(1000) == "1,000");
  CHECK(qiao::perf::with_commas(1234567) == "1,234,567");
}

TEST_CASE("durations choose their unit") {
  CHECK(qiao::perf::duration(12) == "12 ns");
  CHECK(qiao::perf::duration(1500) == "1.500 us");
  CHECK(qiao::perf::duration(2500000) == "2.500 ms");
  CHECK(qiao::perf::duration(3000000000) == "3.000 s");
}
