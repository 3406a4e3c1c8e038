#include "src/perf/model/estimate.h"

#include <algorithm>
#include <cmath>

#include "src/perf/model/schedule.h"

namespace qiao::perf {
namespace {

constexpr double kSectorBytes = 32;

constexpr TermRow kTermRows[] = {
#define QIAO_TERM(id, name, side, text) {name, TermSide::side, text},
#include "src/perf/model/terms.inc"
#undef QIAO_TERM
};

double hertz(const ModelChip& chip) {
  return 1e3 * chip.about.sm.clock_khz;
}

// Counters as numbers, with what several terms need.
struct Work {
  const CounterValues& counters;
  double number(Counter id) const { return static_cast<double>(counters[id]); }

  double warps() const { return std::max(number(Counter::launch_warps), 1.0); }
  // Classes are counted in lanes; a pipe is kept busy by the whole warp.
  double lanes_on() const {
    const double inst = number(Counter::inst_warp);
    return inst == 0 ? 32 : std::max(number(Counter::inst_thread_pred_on) / inst, 1.0);
  }
  double warp_instructions(Counter cls) const { return number(cls) / lanes_on(); }
  double slots(Counter cls) const { return 32 * warp_instructions(cls); }

  double shared_atomics() const {  // passes: lanes on one address stand in line
    const double shared = number(Counter::atom_shared_req), global = number(Counter::atom_global_req);
    return shared == 0 ? 0 : number(Counter::atom_same_addr) * shared / (shared + global);
  }
  double global_atomics() const {
    const double shared = number(Counter::atom_shared_req), global = number(Counter::atom_global_req);
    if (global == 0) return 0;
    return std::max(number(Counter::atom_global_sectors), number(Counter::atom_same_addr) * global / (shared + global));
  }
  double sectors() const {
    return number(Counter::gmem_ld_sectors) + number(Counter::gmem_st_sectors) + number(Counter::lmem_ld_sectors) +
           number(Counter::lmem_st_sectors) + number(Counter::atom_global_sectors);
  }
  double lines() const {
    return number(Counter::gmem_ld_lines) + number(Counter::gmem_st_lines) +
           (number(Counter::lmem_ld_sectors) + number(Counter::lmem_st_sectors)) / 4 +
           number(Counter::atom_global_sectors);
  }
  double flop(Counter add, Counter mul, Counter fma) const { return number(add) + number(mul) + 2 * number(fma); }
};

// What the chip has no units for and does not emulate.
std::string missing_units(const Work& work, const ModelChip& chip) {
  if (work.number(Counter::inst_class_fp64) > 0 && chip.about.rates.fp64 == 0) return "the chip has no f64 units";
  if (work.number(Counter::inst_class_fp16) > 0 && chip.about.rates.fp16 == 0) return "the chip has no f16 units";
  if (work.number(Counter::inst_class_tensor) > 0) return "matrix instructions are not modelled";
  return {};
}

// Clocks of the busiest SM for each of its resources; `share`: of the launch's work that it has.
using Cycles = std::array<double, kTerms>;
Cycles sm_cycles(const Work& work, double share, const ModelChip& chip) {
  const hal::ChipDescription::Rates& rates = chip.about.rates;
  const hal::ChipModel& model = chip.model;
  const hal::ChipModel::Pipe& pipe = model.pipe;
  Cycles cycles{};
  auto set = [&](Term term, double value) { cycles[static_cast<size_t>(term)] = value; };
  auto pipe_cycles = [&](Counter cls, double lanes) { return lanes <= 0 ? 0 : work.slots(cls) * share / lanes; };
  set(Term::issue,
      work.number(Counter::inst_warp) * share / (chip.about.sm.schedulers * std::max(pipe.issue_per_scheduler, 0.1)));
  // A rate counts a fused multiply-add as two operations; of f16 a packed pair as four.
  set(Term::fp32, pipe_cycles(Counter::inst_class_fp32, rates.fp32 / 2 * model.efficiency.fp32));
  set(Term::fp64, pipe_cycles(Counter::inst_class_fp64, rates.fp64 / 2 * model.efficiency.fp64));
  set(Term::fp16, pipe_cycles(Counter::inst_class_fp16, rates.fp16 / 4 * model.efficiency.fp16));
  set(Term::integer, pipe_cycles(Counter::inst_class_int, rates.int32));
  set(Term::convert, pipe_cycles(Counter::inst_class_cvt, pipe.convert));
  set(Term::special, pipe_cycles(Counter::inst_class_sfu, rates.special));
  set(Term::lsu, share * std::max(work.lines() / pipe.l1_tags, kSectorBytes * work.sectors() / pipe.l1_bytes));
  const double wavefronts = work.number(Counter::smem_ld_wavefronts) + work.number(Counter::smem_st_wavefronts);
  set(Term::smem, share * (wavefronts + work.shared_atomics()) / pipe.shared_wavefronts);
  return cycles;
}

// Clocks in which one warp would run alone.
double warp_cycles(const Work& work, const Traffic& traffic, const ModelChip& chip) {
  const hal::ChipModel& model = chip.model;
  const hal::ChipModel::Latency& latency = model.latency;
  const double arithmetic = work.warp_instructions(Counter::inst_class_int) * latency.integer +
                            work.warp_instructions(Counter::inst_class_fp32) * latency.fp32 +
                            work.warp_instructions(Counter::inst_class_fp16) * latency.fp32 +
                            work.warp_instructions(Counter::inst_class_fp64) * latency.fp64 +
                            work.warp_instructions(Counter::inst_class_cvt) * latency.special +
                            work.warp_instructions(Counter::inst_class_sfu) * latency.special;
  const double shared = (work.number(Counter::smem_ld_req) + work.shared_atomics()) * latency.shared;
  const double memory_latency = chip.about.memory.latency_ns * 1e-9 * hertz(chip);
  const double sectors = std::max(work.sectors(), 1.0) * kSectorBytes;
  const double from_memory = std::min(traffic.dram_bytes / sectors, 1.0);
  const double beyond_l1 = std::min(traffic.l2_bytes / sectors, 1.0);
  const double load = chip.about.l1.latency + beyond_l1 * chip.about.l2.latency + from_memory * memory_latency;
  const double loads = work.number(Counter::gmem_ld_req) + work.number(Counter::lmem_ld_req) + work.global_atomics();
  const double barriers = work.number(Counter::sync_bar) * latency.barrier;
  const double all = std::max(work.number(Counter::inst_warp), arithmetic / model.pipe.ilp) + shared / model.pipe.ilp +
                     loads * load / model.pipe.mlp + barriers;
  return all / work.warps();
}

double lowest_us(const Work& work, const Traffic& traffic, const ModelChip& chip) {
  const hal::ChipDescription::Rates& rates = chip.about.rates;
  const double clocks = hertz(chip) * chip.about.sm.count;
  auto seconds = [&](double operations, double rate) { return rate <= 0 ? 0 : operations / (rate * clocks); };
  const double compute =
      std::max({seconds(work.flop(Counter::flop_fp32_add, Counter::flop_fp32_mul, Counter::flop_fp32_fma), rates.fp32),
                seconds(work.flop(Counter::flop_fp64_add, Counter::flop_fp64_mul, Counter::flop_fp64_fma), rates.fp64),
                seconds(work.flop(Counter::flop_fp16_add, Counter::flop_fp16_mul, Counter::flop_fp16_fma) +
                            work.flop(Counter::flop_bf16_add, Counter::flop_bf16_mul, Counter::flop_bf16_fma),
                        rates.fp16)});
  const double memory = traffic.working_set / (chip.about.memory.bandwidth_gbs * 1e9);
  return chip.model.launch.us + 1e6 * std::max(compute, memory);
}

void find_bound(Estimate& made, double sm_us, double balanced_us) {
  const double largest = std::max({sm_us, made[Term::l2], made[Term::dram]});
  made.bound = Term::launch;
  if (largest >= made[Term::launch]) {
    for (size_t i = 0; i < kTerms; ++i) {
      if (static_cast<Term>(i) == Term::imbalance || static_cast<Term>(i) == Term::launch) continue;
      if (made.bound == Term::launch || made.term_us[i] > made[made.bound]) made.bound = static_cast<Term>(i);
    }
    // The SMs bind, and would be done in less than half of it if all had their share. One warp's own time stays.
    if (sm_us == largest && made.bound != Term::latency && balanced_us < sm_us / 2) made.bound = Term::imbalance;
  }
  for (size_t i = 0; i < kTerms; ++i) {
    const TermSide side = kTermRows[i].side;
    const double pct = 100 * made.term_us[i] / made.us;
    if (side == TermSide::Compute) made.compute_pct = std::max(made.compute_pct, pct);
    if (side == TermSide::Memory) made.memory_pct = std::max(made.memory_pct, pct);
  }
}

}  // namespace

const TermRow& row_of(Term term) {
  return kTermRows[static_cast<size_t>(term)];
}

const char* name_of(Traffic::From from) {
  if (from == Traffic::From::Caches) return "caches";
  return from == Traffic::From::FitsL2 ? "fits-l2" : "no-reuse";
}

Traffic traffic_without_caches(const CounterValues& counters, double footprint, const ModelChip& chip) {
  const Work work{counters};
  Traffic traffic;
  const double passes = std::max(work.global_atomics() - work.number(Counter::atom_global_sectors), 0.0);
  traffic.l2_bytes = kSectorBytes * (work.sectors() + passes);
  traffic.dram_bytes = kSectorBytes * work.sectors();
  // Read once and written back once at most.
  const double most = 2 * footprint;
  if (footprint > 0 && footprint <= static_cast<double>(chip.about.l2.bytes) && most < traffic.dram_bytes) {
    traffic.dram_bytes = most;
    traffic.from = Traffic::From::FitsL2;
  }
  return traffic;
}

std::optional<Estimate> estimate(const CounterValues& counters, const LaunchPlacement& placement,
                                 const Traffic& traffic, const ModelChip& chip, std::string* why) {
  const Work work{counters};
  std::string reason = missing_units(work, chip);
  if (placement.blocks_per_sm < 1) reason = "a block does not fit an SM of the chip";
  if (!reason.empty()) {
    if (why) *why = reason;
    return std::nullopt;
  }
  const Schedule placed = schedule(placement, chip.about);
  const double share = placement.blocks <= 0 ? 0 : placed.sm_blocks / placement.blocks;
  Cycles cycles = sm_cycles(work, share, chip);
  const double rounds = placed.resident_blocks <= 0 ? 0 : std::ceil(placed.sm_blocks / placed.resident_blocks);
  cycles[static_cast<size_t>(Term::latency)] = rounds * warp_cycles(work, traffic, chip);
  Estimate made;
  made.traffic = traffic;
  made.calibrated = chip.model.calibration.done;
  made.error_pct = chip.model.calibration.error_pct;
  made.occupancy_pct = placed.occupancy_pct;
  made.balance_pct = placed.balance_pct;
  made.cycles = *std::max_element(cycles.begin(), cycles.end());
  for (size_t i = 0; i < kTerms; ++i) made.term_us[i] = 1e6 * cycles[i] / hertz(chip);
  const double sm_us = 1e6 * made.cycles / hertz(chip);
  auto set = [&](Term term, double value) { made.term_us[static_cast<size_t>(term)] = value; };
  const hal::ChipModel::Efficiency& reached = chip.model.efficiency;
  if (chip.about.l2.bandwidth_gbs > 0)
    set(Term::l2, traffic.l2_bytes / (chip.about.l2.bandwidth_gbs * reached.l2 * 1e3));
  set(Term::dram, traffic.dram_bytes / (chip.about.memory.bandwidth_gbs * reached.memory * 1e3));
  set(Term::launch, chip.model.launch.us);
  const double p = chip.model.launch.overlap;
  const double largest = std::max({sm_us, made[Term::l2], made[Term::dram], 1e-12});
  double sum = 0;  // of p-th powers, of shares so that nothing overflows
  for (double each : {sm_us, made[Term::l2], made[Term::dram]}) sum += std::pow(each / largest, p);
  made.us = chip.model.launch.us + largest * std::pow(sum, 1 / p);
  made.low_us = std::min(lowest_us(work, traffic, chip), made.us);
  const double balanced = placement.blocks / (std::max(placed.sm_blocks, 1.0) * chip.about.sm.count);
  if (balanced < 1) set(Term::imbalance, sm_us * (1 - balanced));
  find_bound(made, sm_us, sm_us * balanced);
  return made;
}

void add(Estimate& to, const Estimate& launch) {
  const double us = to.us + launch.us;
  auto mean = [&](double a, double b) { return us == 0 ? 0 : (a * to.us + b * launch.us) / us; };
  to.compute_pct = mean(to.compute_pct, launch.compute_pct);
  to.memory_pct = mean(to.memory_pct, launch.memory_pct);
  to.occupancy_pct = mean(to.occupancy_pct, launch.occupancy_pct);
  to.balance_pct = mean(to.balance_pct, launch.balance_pct);
  to.us = us;
  to.low_us += launch.low_us;
  to.error_pct = std::max(to.error_pct, launch.error_pct);
  to.cycles += launch.cycles;
  for (size_t i = 0; i < kTerms; ++i) to.term_us[i] += launch.term_us[i];
  const Term other = launch.bound;  // what bound the most of the time so far, by its own share of it
  if (to[other] > to[to.bound]) to.bound = other;
  to.traffic.l2_bytes += launch.traffic.l2_bytes;
  to.traffic.dram_bytes += launch.traffic.dram_bytes;
  to.traffic.working_set = std::max(to.traffic.working_set, launch.traffic.working_set);
  to.traffic.from = std::min(to.traffic.from, launch.traffic.from);
}

double copy_us(CopyWay way, double bytes, double calls, const ModelChip& chip) {
  const double memory = chip.about.memory.bandwidth_gbs * chip.model.efficiency.memory;
  const double link = chip.about.link.pcie_gbs > 0 ? chip.about.link.pcie_gbs : memory;
  const double rate = way == CopyWay::Link ? link : way == CopyWay::Device ? memory / 2 : memory;
  return calls * chip.model.launch.us + bytes / (rate * 1e3);
}

}  // namespace qiao::perf
