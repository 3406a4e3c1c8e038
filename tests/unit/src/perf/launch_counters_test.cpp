// Launches add up per kernel and executor, from any number of threads.
#include "src/perf/launch_counters.h"

#include <thread>
#include <vector>

#include "src/perf/demangle.h"
#include "tests/unit/catch.h"

using qiao::perf::KernelTotals;
using qiao::perf::LaunchCounters;

namespace {

LaunchCounters launch(std::string kernel, std::string_view executor) {
  LaunchCounters counters;
  counters.kernel = std::move(kernel);
  counters.executor = executor;
  counters.blocks = 2;
  counters.warps = 8;
  counters.warp_instructions = 100;
  counters.thread_instructions = 1600;
  counters.wall_ns = 50;
  return counters;
}

}  // namespace

TEST_CASE("launches of one kernel add up") {
  qiao::perf::reset();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < 250; ++n) qiao::perf::record(launch("scale", "warp"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<KernelTotals> rows = qiao::perf::totals();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].launches == 1000);
  CHECK(rows[0].thread_instructions == 1600000);
  CHECK(rows[0].active_lanes() == Approx(16.0));
}

TEST_CASE("executors are kept apart and the first reason to fall back stays") {
  qiao::perf::reset();
  qiao::perf::record(launch("scale", "warp"));
  LaunchCounters fallen = launch("scale", "lane");
  fallen.fallback = "irreducible loop";
  qiao::perf::record(fallen);
  fallen.fallback = "another";
  qiao::perf::record(fallen);
  std::vector<KernelTotals> rows = qiao::perf::totals();
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].executor == "lane");
  CHECK(rows[1].fallback == "irreducible loop");
}

TEST_CASE("the table names kernels as their authors do") {
  qiao::perf::reset();
  qiao::perf::record(launch("_Z9vectorAddPKfS0_Pfi", "warp"));
  std::string text = qiao::perf::format_table(qiao::perf::totals());
  CHECK(text.find("vectorAdd ") != std::string::npos);
  CHECK(text.find("1,600") != std::string::npos);
  CHECK(text.find("16.0") != std::string::npos);
}

TEST_CASE("demangled names lose return type and arguments") {
  CHECK(qiao::perf::demangled_name("plain_c_name") == "plain_c_name");
  CHECK(qiao::perf::demangled_name("f") == "f");
  CHECK(qiao::perf::demangled_name("_Z9vectorAddPKfS0_Pfi") == "vectorAdd");
  CHECK(qiao::perf::demangled_name("_Z4scanIiLi4EEvPT_S1_i") == "scan<int, 4>");
  CHECK(qiao::perf::demangled_name("_ZN3app5shiftEPi") == "app::shift");
}
