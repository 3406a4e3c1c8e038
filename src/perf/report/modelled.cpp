#include "src/perf/report/modelled.h"

#include <algorithm>

namespace qiao::perf {
namespace {

double least_of(const Residency& residency) {
  return static_cast<double>(
      std::min({residency.limit_blocks, residency.limit_registers, residency.limit_shared, residency.limit_warps}));
}

void add_launch(std::optional<KernelTime>& to, const Estimate& launch) {
  if (!to) {
    to = KernelTime{launch, 1, launch.us, launch.us};
    return;
  }
  add(to->sum, launch);
  to->least_us = std::min(to->least_us, launch.us);
  to->most_us = std::max(to->most_us, launch.us);
  ++to->launches;
}

double footprint_of(const ProcessReport& process) {
  return static_cast<double>(process.recording.allocated_peak);
}

void note_chip(const ChipView& view, RunReport& run) {
  for (const ModelChip& chip : run.chips)
    if (chip.about.name == view.chip.about.name) return;
  run.chips.push_back(view.chip);
  run.sources.push_back(view.sources);
}

// All launches of a kernel have a time, or the kernel has none: half a sum would pass for a whole one.
void model_kernel(KernelReport& kernel, double footprint, const ChipOf& chip_of, RunReport& run) {
  double sms = 1;
  bool whole = !kernel.launches.empty();
  for (LaunchReport& launch : kernel.launches) {
    const ChipView* view = chip_of(launch.profile.chip);
    std::string why = "the chip " + launch.profile.chip + " is not known";
    if (view) launch.time = time_of(launch.profile, footprint, *view, why);
    whole = whole && launch.time.has_value();
    if (view) note_chip(*view, run);
    if (!launch.time) kernel.no_time = why;
    if (!launch.time) continue;
    sms = view->chip.about.sm.count;
    add_launch(kernel.modelled, *launch.time);
  }
  if (kernel.dropped > 0) kernel.no_time = "the record had no room for some of its launches";
  if (!whole || kernel.dropped > 0) kernel.modelled.reset();
  if (kernel.modelled) kernel.total.modelled = modelled_values(kernel.modelled->sum, kernel.total.counters, sms);
}

}  // namespace

std::optional<double> copy_time_us(const CopyTotals& copies, const RunReport& run) {
  if (run.chips.empty() || copies.kind == CopyKind::HostToHost) return std::nullopt;
  CopyWay way = CopyWay::Link;
  if (copies.kind == CopyKind::DeviceToDevice) way = CopyWay::Device;
  if (copies.kind == CopyKind::Fill) way = CopyWay::Fill;
  return copy_us(way, static_cast<double>(copies.bytes), static_cast<double>(copies.time.count), run.chips.front());
}

Measured LaunchReport::measured() const {
  Measured all{profile.counters, facts, profile.level, profile.has_warps, {}};
  const std::optional<uint64_t>& sms = facts[Fact::chip_sm];
  if (time) all.modelled = modelled_values(*time, profile.counters, static_cast<double>(sms.value_or(1)));
  return all;
}

ModelledValues modelled_values(const Estimate& estimate, const CounterValues& counters, double sms) {
  ModelledValues values;
  auto set = [&](Modelled which, double value) { values[static_cast<size_t>(which)] = value; };
  set(Modelled::time_us, estimate.us);
  set(Modelled::time_low_us, estimate.low_us);
  set(Modelled::compute_pct, estimate.compute_pct);
  set(Modelled::memory_pct, estimate.memory_pct);
  set(Modelled::achieved, estimate.occupancy_pct);
  set(Modelled::balance, estimate.balance_pct);
  if (estimate.us > 0) set(Modelled::bw_l2, estimate.traffic.l2_bytes / estimate.us / 1e3);
  if (estimate.us > 0) set(Modelled::bw_dram, estimate.traffic.dram_bytes / estimate.us / 1e3);
  if (estimate.cycles > 0)
    set(Modelled::ipc, static_cast<double>(counters[Counter::inst_warp]) / (sms * estimate.cycles));
  return values;
}

std::optional<Estimate> time_of(const LaunchProfile& launch, double footprint, const ChipView& chip, std::string& why) {
  if (!launch.has_warps) why = "lanes ran apart (lane mode), which has no warps";
  if (launch.level != CountLevel::Memory) why = "times are modelled from what --level memory counts";
  if (!launch.has_warps || launch.level != CountLevel::Memory) return std::nullopt;
  const std::optional<Residency> residency = chip.residency(launch);
  if (!residency) {
    why = "the launch does not fit the chip";
    return std::nullopt;
  }
  const double threads = 1.0 * launch.block[0] * launch.block[1] * launch.block[2];
  const LaunchPlacement placement{1.0 * launch.grid[0] * launch.grid[1] * launch.grid[2],
                                  static_cast<double>(static_cast<uint64_t>(threads + 31) / 32), least_of(*residency)};
  return estimate(launch.counters, placement, traffic_without_caches(launch.counters, footprint, chip.chip), chip.chip,
                  &why);
}

void model_times(RunReport& run, const ChipOf& chip_of) {
  for (ProcessReport& process : run.processes)
    for (KernelReport& kernel : process.kernels) model_kernel(kernel, footprint_of(process), chip_of, run);
}

void compare_chips(RunReport& run, const std::vector<ChipView>& chips) {
  for (ProcessReport& process : run.processes) {
    for (KernelReport& kernel : process.kernels) {
      for (const ChipView& chip : chips) {
        ElsewhereTime made{chip.chip.about.name, std::nullopt, {}};
        for (const LaunchReport& launch : kernel.launches) {
          const std::optional<Estimate> time = time_of(launch.profile, footprint_of(process), chip, made.why);
          if (time) add_launch(made.time, *time);
        }
        if (!made.why.empty()) made.time.reset();
        kernel.elsewhere.push_back(std::move(made));
      }
    }
  }
}

}  // namespace qiao::perf
