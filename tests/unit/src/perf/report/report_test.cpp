// From records to reports: grouping, filters, what a full record leaves, and the fixed part of the JSON.
#include "src/perf/report/report.h"

#include "src/perf/report/report_text.h"
#include "tests/unit/src/perf/report/made_launches.h"

using namespace qiao::perf;

namespace {

LaunchProfile with_loads(const std::string& kernel, uint64_t requests) {
  LaunchProfile launch = made::launch(kernel);
  launch.counters[Counter::gmem_ld_req] = requests;
  launch.counters[Counter::gmem_ld_sectors] = 4 * requests;
  return launch;
}

const KernelReport& kernel(const RunReport& run, size_t at) {
  return run.processes.at(0).kernels.at(at);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("launches are grouped by kernel and add up") {
  const RunReport run =
      made::report({with_loads("_Z5saxpyifPKfPf", 1), with_loads("other", 5), with_loads("_Z5saxpyifPKfPf", 2)});
  REQUIRE(run.processes.at(0).kernels.size() == 2);
  CHECK(kernel(run, 0).name == "saxpy(int, float, float const*, float*)");
  CHECK(kernel(run, 0).mangled == "_Z5saxpyifPKfPf");
  CHECK(kernel(run, 0).launches.size() == 2);
  CHECK(kernel(run, 0).total.counters[Counter::gmem_ld_req] == 3);
  CHECK(kernel(run, 0).launches[1].number == 2);
  CHECK(kernel(run, 1).name == "other");
  CHECK(run.warnings.empty());
}

TEST_CASE("filters by kernel, range and number") {
  std::vector<LaunchProfile> launches;
  for (uint64_t i = 1; i <= 6; ++i) {
    launches.push_back(with_loads(i % 2 ? "_Z1av" : "_Z1bv", i));
    launches.back().range = i > 3 ? "step/late" : "step";
  }
  LaunchFilter filter;
  filter.kernel = std::regex("^a\\(");
  RunReport run = made::report(launches, filter);
  REQUIRE(run.processes[0].kernels.size() == 1);
  CHECK(kernel(run, 0).total.counters[Counter::gmem_ld_req] == 9);
  filter.skip = 1;
  filter.count = 1;
  run = made::report(launches, filter);
  CHECK(kernel(run, 0).total.counters[Counter::gmem_ld_req] == 3);
  filter = {};
  filter.range = std::regex("late");
  run = made::report(launches, filter);
  CHECK(kernel(run, 0).total.counters[Counter::gmem_ld_req] == 10);  // b: 4, 6
}

TEST_CASE("what the record has no room for is in the totals") {
  std::vector<LaunchProfile> launches(50, with_loads("_Z1av", 1));
  RunReport run = made::report(launches, {}, 1000);
  CHECK(kernel(run, 0).time.count == 50);
  CHECK(kernel(run, 0).total.counters[Counter::gmem_ld_req] == 50);
  CHECK(kernel(run, 0).launches.size() + kernel(run, 0).dropped == 50);
  REQUIRE(run.warnings.size() == 1);
  CHECK(has(run.warnings[0], "had no room for"));
  LaunchFilter filter;
  filter.skip = 1;
  run = made::report(launches, filter, 1000);
  CHECK(kernel(run, 0).time.count < 50);
  CHECK(has(run.warnings.at(0), "missing altogether"));
}

TEST_CASE("source lines add up over launches") {
  LaunchProfile launch = made::launch();
  InstructionProfile line;
  line.text = "ld.global.f32 %f1, [%rd1];";
  line.file = "a.cu";
  line.line = 3;
  line.ptx_line = 30;
  line.sectors = 4;
  launch.source = {line};
  const RunReport run = made::report({launch, launch});
  REQUIRE(kernel(run, 0).source.size() == 1);
  CHECK(kernel(run, 0).source[0].sectors == 8);
  TextOptions options;
  options.source = true;
  CHECK(has(report_text(run, options), "a.cu:3"));
}

TEST_CASE("the JSON has what is fixed") {
  const std::string json = report_json(made::report({with_loads("_Z5saxpyifPKfPf", 7)}));
  CHECK(has(json, "\"$schema\": \"qiao-prof-1\""));
  CHECK(has(json, "\"name\": \"saxpy(int, float, float const*, float*)\""));
  CHECK(has(json, "\"gmem.ld.req\": 7"));
  CHECK(has(json, "\"gmem.ld.sectors\": 28"));
  CHECK(has(json, "\"sync.bar\": 0"));
  CHECK(has(json, "\"gmem.ld.sectors_per_req\": 4.0"));
}

TEST_CASE("counters of warps are left out where lanes ran apart, and the text says why") {
  LaunchProfile launch = with_loads("_Z1av", 7);
  launch.has_warps = false;
  launch.executor = "lane";
  launch.fallback = "it waits for other lanes";
  launch.counters[Counter::inst_thread] = 99;
  const RunReport run = made::report({launch});
  const std::string json = report_json(run);
  CHECK_FALSE(has(json, "\"gmem.ld.sectors\": 28"));
  CHECK(has(json, "\"inst.thread\": 99"));
  const std::string text = report_text(run, {});
  CHECK(has(text, "a() ran in the executor 'lane' (it waits for other lanes)"));
}

TEST_CASE("metrics asked for by name, per kernel and per launch") {
  const RunReport run = made::report({with_loads("_Z1av", 2), with_loads("_Z1av", 6)});
  TextOptions options;
  options.metrics = {find_metric("gmem.ld.req"), find_metric("inst_executed"), find_metric("l2.hit_pct")};
  const std::string text = report_text(run, options);
  CHECK(has(text, "Kernel: a()"));
  CHECK(has(text, "inst.warp (ptx)"));
  CHECK(has(text, "2    6  4.00"));
  CHECK(has(text, "l2.hit_pct: n/a: needs the cache model"));
  options.per_launch = true;
  CHECK(has(report_text(run, options), "gmem.ld.req"));
}

TEST_CASE("stacks for flame graphs") {
  LaunchProfile launch = with_loads("_Z1av", 1);
  launch.counters[Counter::inst_warp] = 12;
  launch.range = "epoch/step";
  CHECK(has(folded_text(made::report({launch})), ";epoch;step;a() 12\n"));
  InstructionProfile line;
  line.text = "add.f32 %f1, %f2, %f3;";
  line.file = "a.cu";
  line.line = 3;
  line.warps = 5;
  launch.source = {line};
  CHECK(has(folded_text(made::report({launch})), ";a();a.cu:3;add.f32 %f1, %f2, %f3 5\n"));
}
