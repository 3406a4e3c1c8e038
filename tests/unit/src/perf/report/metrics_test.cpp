// Formulas against numbers worked out by hand, and what is not there said as such.
#include "src/perf/report/metrics.h"

#include <cmath>
#include <set>

#include "tests/unit/src/perf/report/made_launches.h"

using namespace qiao::perf;

namespace {

double number(std::string_view name, const Measured& measured) {
  const std::optional<Value> value = value_of(name, measured);
  return value ? static_cast<double>(value->number) : NAN;
}

}  // namespace

TEST_CASE("every formula can be read and names what is before it") {
  for (const MetricInfo& metric : metrics()) {
    INFO(metric.name);
    CHECK_FALSE(metric.text.empty());
    if (metric.source != MetricInfo::Source::Formula) continue;
    auto expression = Expression::parse(metric.formula);
    REQUIRE(expression.ok());
    for (const std::string& name : expression->names()) {
      INFO(name);
      const MetricInfo* part = find_metric(name);
      REQUIRE(part != nullptr);
      CHECK(part->name == name);  // ours, not an alias
      CHECK(part < &metric);
    }
  }
}

TEST_CASE("no name means two things") {
  std::set<std::string_view> names;
  for (const MetricInfo& metric : metrics()) {
    for (std::string_view name : {metric.name, metric.ncu, metric.nvprof}) {
      INFO(name);
      if (!name.empty()) CHECK(names.insert(name).second);
    }
  }
}

TEST_CASE("formulas of a stride of two words") {
  LaunchProfile launch = made::launch();
  CounterValues& c = launch.counters;
  c[Counter::gmem_ld_req] = 1;
  c[Counter::gmem_ld_sectors] = 8;
  c[Counter::gmem_ld_ideal_sectors] = 4;
  c[Counter::gmem_ld_bytes_req] = 128;
  c[Counter::gmem_ld_footprint_bytes] = 128;
  c[Counter::inst_warp] = 10;
  c[Counter::inst_thread] = 240;
  c[Counter::inst_thread_pred_on] = 160;
  c[Counter::br_executed] = 4;
  c[Counter::br_divergent] = 1;
  c[Counter::flop_fp32_add] = 32;
  c[Counter::flop_fp32_mul] = 16;
  c[Counter::flop_fp32_fma] = 64;
  const Measured measured = made::measured(launch);
  CHECK(number("gmem.ld.sectors_per_req", measured) == 8);
  CHECK(number("gld_efficiency", measured) == 50);
  CHECK(number("gmem.ld.footprint_eff", measured) == 50);
  CHECK(number("derived__memory_l2_theoretical_sectors_global_excessive", measured) == 4);
  CHECK(number("inst.warp_eff", measured) == 24);
  CHECK(number("warp_execution_efficiency", measured) == 75);
  CHECK(number("inst.warp_eff_nonpred", measured) == 16);
  CHECK(number("inst.per_warp", measured) == 10);
  CHECK(number("inst.idle_lanes", measured) == 80);
  CHECK(number("branch_efficiency", measured) == 75);
  CHECK(number("flop_count_sp", measured) == 176);
  CHECK(number("flop.total", measured) == 176);
  CHECK(number("ai.requested", measured) == 1.375);
  CHECK(std::isnan(number("gst_efficiency", measured)));  // no stores
}

TEST_CASE("formulas of shared memory and atomics") {
  LaunchProfile launch = made::launch();
  CounterValues& c = launch.counters;
  c[Counter::smem_ld_req] = 2;
  c[Counter::smem_ld_wavefronts] = 64;
  c[Counter::smem_ld_ideal] = 2;
  c[Counter::smem_ld_bytes_req] = 256;
  c[Counter::smem_st_req] = 2;
  c[Counter::smem_st_wavefronts] = 2;
  c[Counter::smem_st_ideal] = 2;
  c[Counter::smem_st_bytes_req] = 256;
  c[Counter::atom_global_req] = 3;
  c[Counter::atom_global_red] = 1;
  c[Counter::atom_shared_req] = 1;
  c[Counter::atom_same_addr] = 64;
  const Measured measured = made::measured(launch);
  CHECK(number("smem.excess", measured) == 62);
  CHECK(number("smem.nway", measured) == 16.5);
  CHECK(number("shared_load_transactions_per_request", measured) == 32);
  CHECK(number("smem.eff", measured) == Approx(100.0 * 512 / (128 * 66)));
  CHECK(number("atom.req", measured) == 4);
  CHECK(number("global_atomic_requests", measured) == 2);
  CHECK(number("atom.serialization", measured) == 16);
}

TEST_CASE("facts of a launch and of its chip") {
  LaunchProfile launch = made::launch();
  launch.grid = {5, 2, 1};
  launch.block = {10, 10, 1};
  const Measured measured = made::measured(launch);
  CHECK(number("launch.grid", measured) == 10);
  CHECK(number("launch__block_size", measured) == 100);
  CHECK(number("launch.block_warps", measured) == 4);
  CHECK(number("launch.threads", measured) == 1000);
  CHECK(number("occ.ctas_per_sm", measured) == 16);
  CHECK(number("theoretical_occupancy", measured) == 100);
  CHECK(number("launch__waves_per_multiprocessor", measured) == 10.0 / 160);
}

TEST_CASE("what is missing says why") {
  LaunchProfile launch = made::launch();
  std::string why;
  CHECK_FALSE(value_of(*find_metric("l1.hit_pct"), made::measured(launch), &why));
  CHECK(why == "needs the cache model");
  launch.level = CountLevel::Blocks;
  CHECK_FALSE(value_of(*find_metric("gmem.ld.req"), made::measured(launch), &why));
  CHECK(why.find("--level memory") != std::string::npos);
  CHECK(value_of("inst.warp", made::measured(launch)));
  launch.has_warps = false;
  CHECK_FALSE(value_of(*find_metric("inst.warp"), made::measured(launch), &why));
  CHECK(why.find("lane mode") != std::string::npos);
  CHECK_FALSE(value_of("inst.warp_eff", made::measured(launch)));
  CHECK(value_of("inst.thread", made::measured(launch)));
}

TEST_CASE("what formulas are made of shows in their titles") {
  CHECK(title_of(*find_metric("inst.warp_eff")) == "inst.warp_eff (ptx)");
  CHECK(title_of(*find_metric("gmem.ld.eff")) == "gmem.ld.eff");
  CHECK(title_of(*find_metric("atom.cas_fail_pct")) == "atom.cas_fail_pct (depends on the schedule)");
  CHECK(find_metric("smem.excess")->whole);
  CHECK_FALSE(find_metric("smem.nway")->whole);
  CHECK(find_metric("gmem.ld.eff")->needs_memory);
  CHECK(find_metric("occ.waves")->is_static);
}

TEST_CASE("a name that is not known suggests near ones") {
  CHECK(unknown_metric("gmem.ld.sector").find("did you mean gmem.ld.sectors") != std::string::npos);
  CHECK(unknown_metric("xyzzy_plugh").find("did you mean") == std::string::npos);
  CHECK_FALSE(near_metrics("warp_eff").empty());
}
