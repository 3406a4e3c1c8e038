// The bound model against what is published of real chips: kernels that do one thing reach what was measured of it.
#include "src/perf/model/estimate.h"

#include <cmath>

#include "tests/unit/src/perf/model/chips.h"

using namespace qiao::perf;
using made::chip;

namespace {

constexpr uint64_t kWarps = 1 << 20;

CounterValues of_warps(uint64_t warps, uint64_t instructions) {
  CounterValues counters;
  counters[Counter::launch_warps] = warps;
  counters[Counter::inst_warp] = instructions;
  counters[Counter::inst_thread] = 32 * instructions;
  counters[Counter::inst_thread_pred_on] = 32 * instructions;
  return counters;
}

// Fused multiply-adds and nothing else.
CounterValues arithmetic(Counter cls, Counter fma, uint64_t each) {
  CounterValues counters = of_warps(kWarps, kWarps * each);
  counters[cls] = 32 * kWarps * each;
  counters[fma] = 32 * kWarps * each;
  return counters;
}

// y = a x + y over floats: two loads and a store of 4 sectors for each warp.
CounterValues saxpy(uint64_t warps) {
  CounterValues counters = of_warps(warps, 15 * warps);
  counters[Counter::inst_class_fp32] = 32 * warps;
  counters[Counter::inst_class_int] = 5 * 32 * warps;
  counters[Counter::flop_fp32_fma] = 32 * warps;
  counters[Counter::gmem_ld_req] = 2 * warps;
  counters[Counter::gmem_ld_sectors] = 8 * warps;
  counters[Counter::gmem_ld_lines] = 2 * warps;
  counters[Counter::gmem_st_req] = warps;
  counters[Counter::gmem_st_sectors] = 4 * warps;
  counters[Counter::gmem_st_lines] = warps;
  return counters;
}

LaunchPlacement full(uint64_t warps) {
  return {static_cast<double>(warps) / 8, 8, 8};
}

Estimate on(const ModelChip& where, const CounterValues& counters, double footprint = 0) {
  auto estimated = estimate(counters, full(counters[Counter::launch_warps]),
                            traffic_without_caches(counters, footprint, where), where);
  REQUIRE(estimated.has_value());
  return *estimated;
}

double tflops(const char* name, Counter cls, Counter fma) {
  const ModelChip where = chip(name);
  const CounterValues counters = arithmetic(cls, fma, 4096);
  const Estimate estimated = on(where, counters);
  return 2.0 * static_cast<double>(counters[fma]) / (estimated.us - where.model.launch.us) / 1e6;
}

double fp32(const char* name) {
  return tflops(name, Counter::inst_class_fp32, Counter::flop_fp32_fma);
}

double copied_gbs(const char* name) {
  const ModelChip where = chip(name);
  const CounterValues counters = saxpy(kWarps);
  const Estimate estimated = on(where, counters);
  CHECK(row_of(estimated.bound).name == "dram");
  return 12.0 * 32 * kWarps / estimated[Term::dram] / 1e3;
}

}  // namespace

TEST_CASE("kernels of fused multiply-adds reach what was measured") {
  CHECK(fp32("a100-40") == Approx(19.13).epsilon(0.01));
  CHECK(fp32("v100") == Approx(13.0).epsilon(0.01));  // 83 % of 15.7: the V100S' share
  CHECK(fp32("h200") == Approx(52.1).epsilon(0.01));
  CHECK(fp32("h20") == Approx(31.95).epsilon(0.01));
  CHECK(fp32("simt64-biv150-like") == Approx(38.72).epsilon(0.01));
  CHECK(fp32("simt64-k100ai-like") == Approx(21.75).epsilon(0.02));
  CHECK(tflops("a100-40", Counter::inst_class_fp64, Counter::flop_fp64_fma) == Approx(9.7 * 0.993).epsilon(0.01));
}

TEST_CASE("streams reach the measured bandwidth") {
  CHECK(copied_gbs("a100-40") == Approx(1329.6).epsilon(0.01));
  CHECK(copied_gbs("simt64-c500-like") == Approx(1430).epsilon(0.01));
  CHECK(copied_gbs("simt64-biv150-like") == Approx(590).epsilon(0.01));
  CHECK(copied_gbs("h200") == Approx(4800 * 0.8).epsilon(0.01));
}

TEST_CASE("16 M elements of saxpy on an A100 take 151.4 us of its memory") {
  const ModelChip a100 = chip("a100-40");
  const Estimate estimated = on(a100, saxpy(524288));
  CHECK(estimated[Term::dram] == Approx(151.4).margin(0.1));
  CHECK(estimated.us >= a100.model.launch.us + 151.4);
  CHECK(estimated.us <= a100.model.launch.us + 1.05 * 151.4);
  CHECK(row_of(estimated.bound).name == "dram");
  CHECK(estimated.low_us < estimated.us);
  CHECK(estimated.error_pct == 35);
  CHECK_FALSE(estimated.calibrated);
}

TEST_CASE("what fits into L2 is fetched once") {
  const ModelChip a100 = chip("a100-40");
  const CounterValues counters = saxpy(kWarps);
  const Traffic traffic = traffic_without_caches(counters, 8 << 20, a100);
  CHECK(traffic.from == Traffic::From::FitsL2);
  CHECK(traffic.dram_bytes == 2.0 * (8 << 20));
  CHECK(traffic_without_caches(counters, 80 << 20, a100).from == Traffic::From::NoReuse);
}

TEST_CASE("an empty kernel costs its launch") {
  const ModelChip a100 = chip("a100-40");
  const CounterValues counters = of_warps(8, 8);
  const auto estimated = estimate(counters, {1, 8, 8}, {}, a100);
  REQUIRE(estimated.has_value());
  CHECK(row_of(estimated->bound).name == "launch");
  CHECK(estimated->us == Approx(5).margin(0.1));
}

TEST_CASE("bank conflicts, divergence and few warps bind where they should") {
  const ModelChip a100 = chip("a100-40");
  CounterValues conflicts = of_warps(kWarps, 100 * kWarps);
  conflicts[Counter::smem_ld_req] = 50 * kWarps;
  conflicts[Counter::smem_ld_wavefronts] = 32 * 50 * kWarps;
  CHECK(row_of(on(a100, conflicts).bound).name == "smem");
  CounterValues lonely = arithmetic(Counter::inst_class_fp32, Counter::flop_fp32_fma, 4096);
  const auto one_warp = estimate(of_warps(108, 108 * 1000000), {108, 1, 1}, {}, a100);
  REQUIRE(one_warp.has_value());
  CHECK(row_of(one_warp->bound).name == "latency");
  // Half the lanes off: the pipes are busy as if all were on.
  const double all_on = on(a100, lonely)[Term::fp32];
  lonely[Counter::inst_class_fp32] /= 2;
  lonely[Counter::inst_thread_pred_on] /= 2;
  CHECK(on(a100, lonely)[Term::fp32] == Approx(all_on));
}

TEST_CASE("a block more than the SMs take doubles the time and is called imbalance beyond that") {
  const ModelChip a100 = chip("a100-40");
  const auto four = estimate(of_warps(32, 32 * 10000000), {4, 8, 1}, {}, a100);
  REQUIRE(four.has_value());
  CHECK(row_of(four->bound).name == "imbalance");
  CHECK(four->balance_pct == Approx(100 * 4.0 / 108));
}

TEST_CASE("what a chip cannot do has no time") {
  std::string why;
  const CounterValues fp64 = arithmetic(Counter::inst_class_fp64, Counter::flop_fp64_fma, 10);
  CHECK_FALSE(estimate(fp64, full(kWarps), {}, chip("br100-like"), &why).has_value());
  CHECK(why == "the chip has no f64 units");
  CHECK_FALSE(estimate(saxpy(8), {1, 8, 0}, {}, chip("a100-40"), &why).has_value());
  CHECK(why == "a block does not fit an SM of the chip");
}

TEST_CASE("launches add up, bounds by their times") {
  const ModelChip a100 = chip("a100-40");
  const Estimate stream = on(a100, saxpy(kWarps));
  const Estimate compute = on(a100, arithmetic(Counter::inst_class_fp32, Counter::flop_fp32_fma, 4096));
  Estimate sum = stream;
  add(sum, compute);
  CHECK(sum.us == Approx(stream.us + compute.us));
  CHECK(row_of(sum.bound).name == "fp32");
  CHECK(sum.low_us == Approx(stream.low_us + compute.low_us));
}

TEST_CASE("copies over the link and within memory") {
  const ModelChip a100 = chip("a100-40");
  CHECK(copy_us(CopyWay::Link, 26.1e6, 1, a100) == Approx(1005));
  CHECK(copy_us(CopyWay::Fill, 1329.6e6, 0, a100) == Approx(1000).epsilon(0.01));
  CHECK(copy_us(CopyWay::Device, 1329.6e6, 0, a100) == Approx(2000).epsilon(0.01));
}

TEST_CASE("more of anything never takes less") {
  for (const char* name : {"v100", "a100-40", "h200", "simt64-c500-like", "simt128-s4000-like", "br100-like"}) {
    const ModelChip where = chip(name);
    CounterValues counters = saxpy(4096);
    double before = on(where, counters).us;
    for (Counter grown : {Counter::gmem_ld_sectors, Counter::inst_warp, Counter::smem_ld_wavefronts, Counter::sync_bar,
                          Counter::atom_global_req, Counter::inst_class_sfu}) {
      counters[grown] += 10000000;
      if (grown == Counter::atom_global_req) counters[Counter::atom_same_addr] += 100000000;
      if (grown == Counter::inst_warp) {
        counters[Counter::inst_thread] += 320000000;
        counters[Counter::inst_thread_pred_on] += 320000000;
      }
      const double after = on(where, counters).us;
      INFO(name);
      CHECK(after >= before);
      before = after;
    }
  }
}
