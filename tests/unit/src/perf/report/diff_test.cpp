// Two reports compared: what is told, what fails, and conditions that must not pass unseen.
#include "src/perf/report/diff.h"

#include "tests/unit/src/perf/report/made_launches.h"

using namespace qiao::perf;

namespace {

ReportNumbers numbers(uint64_t sectors, const std::string& kernel = "_Z5saxpyv") {
  LaunchProfile launch = made::launch(kernel);
  launch.counters[Counter::gmem_ld_req] = 10;
  launch.counters[Counter::gmem_ld_sectors] = sectors;
  auto read = read_report(report_json(made::report({launch})));
  REQUIRE(read.ok());
  return *read;
}

Comparison compared(uint64_t before, uint64_t after, const std::string& condition) {
  auto comparison = compare(numbers(before), numbers(after), {condition});
  REQUIRE(comparison.ok());
  return *comparison;
}

}  // namespace

TEST_CASE("what changed is listed") {
  auto comparison = compare(numbers(40), numbers(80), {});
  REQUIRE(comparison.ok());
  CHECK(comparison->text.find("saxpy()\n") != std::string::npos);
  CHECK(comparison->text.find("gmem.ld.sectors") != std::string::npos);
  CHECK(comparison->text.find("+100.00%") != std::string::npos);
  CHECK(comparison->text.find("gmem.ld.req") == std::string::npos);
  CHECK(compare(numbers(40), numbers(40), {})->text == "no differences\n");
  CHECK(compare(numbers(40), numbers(40, "other"), {})->text.find("only in the first: saxpy()") != std::string::npos);
}

TEST_CASE("conditions fail where they hold") {
  CHECK(compared(40, 43, "gmem.ld.sectors > +5%").failures.size() == 1);
  CHECK(compared(40, 42, "gmem.ld.sectors > +5%").failures.empty());
  CHECK(compared(40, 80, "gld_transactions > 50").failures.size() == 1);
  CHECK(compared(40, 80, "gmem.ld.sectors > 50 in /gemm/").failures.empty());
  CHECK(compared(40, 80, "gmem.ld.sectors_per_req > 7").failures.size() == 1);
  CHECK(compared(40, 80, "launches != old(launches)").failures.empty());
}

TEST_CASE("a condition that names nothing is an error") {
  auto misspelt = compare(numbers(1), numbers(1), {"gmem.ld.sector > 1"});
  REQUIRE_FALSE(misspelt.ok());
  CHECK(misspelt.error().message.find("did you mean gmem.ld.sectors") != std::string::npos);
  auto absent = compare(numbers(1), numbers(1), {"l2.hit_pct < 50"});
  REQUIRE_FALSE(absent.ok());
  CHECK(absent.error().message.find("no kernel of these reports has a value") != std::string::npos);
  CHECK_FALSE(compare(numbers(1), numbers(1), {"gmem.ld.sectors >"}).ok());
}

TEST_CASE("a kernel without a value is told as not decided") {
  auto comparison = compare(numbers(1), numbers(1, "new"), {"gmem.ld.sectors > +5%"});
  REQUIRE(comparison.ok());
  CHECK(comparison->failures.empty());
  CHECK(comparison->undecided.size() == 1);
}

TEST_CASE("what is no report is refused") {
  CHECK_FALSE(read_report("{}").ok());
  CHECK_FALSE(read_report("nonsense").ok());
}
