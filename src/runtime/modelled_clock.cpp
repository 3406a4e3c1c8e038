#include "src/runtime/modelled_clock.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string>
#include <vector>

#include "src/base/environment.h"
#include "src/base/log.h"
#include "src/hal/chip.h"
#include "src/hal/chip_model.h"
#include "src/perf/launch_clock.h"
#include "src/perf/model/estimate.h"
#include "src/runtime/occupancy.h"

namespace qiao::runtime {
namespace {

struct Clock {
  std::vector<perf::ModelChip> chips;  // of the devices, in their order
  std::atomic<int64_t> ns{0};

  const perf::ModelChip* named(const std::string& name) const {
    for (const perf::ModelChip& chip : chips)
      if (chip.about.name == name) return &chip;
    return nullptr;
  }
  void advance(double us) { ns.fetch_add(static_cast<int64_t>(us * 1e3), std::memory_order_relaxed); }
};

// Never destroyed: programs launch from atexit handlers.
Clock& clock() {
  static auto* instance = new Clock;
  return *instance;
}

perf::LaunchPlacement placement_of(const perf::LaunchProfile& launch, const hal::ChipDescription& chip) {
  const uint64_t threads = uint64_t{launch.block[0]} * launch.block[1] * launch.block[2];
  hal::KernelAttributes kernel;
  kernel.registers = launch.registers;
  kernel.static_shared_bytes = launch.static_shared_bytes;
  const ResidentLimits limits = resident_limits(chip, kernel, static_cast<int>(threads), launch.dynamic_shared_bytes);
  const uint64_t blocks = std::min({limits.blocks, limits.registers, limits.shared, limits.warps});
  return {1.0 * launch.grid[0] * launch.grid[1] * launch.grid[2], static_cast<double>((threads + 31) / 32),
          static_cast<double>(blocks)};
}

void take(const perf::LaunchProfile& launch) {
  std::string why = "its chip is not known";
  const perf::ModelChip* chip = clock().named(launch.chip);
  if (chip && !launch.has_warps) why = "its lanes ran apart (lane mode), which has no warps";
  if (chip && launch.level != perf::CountLevel::Memory) why = "its accesses were not counted";
  if (chip && launch.has_warps && launch.level == perf::CountLevel::Memory) {
    const auto time = perf::estimate(launch.counters, placement_of(launch, chip->about),
                                     perf::traffic_without_caches(launch.counters, 0, *chip), *chip, &why);
    if (time) return clock().advance(time->us);
  }
  log::warn_once("event clock " + launch.kernel,
                 "kernel '" + launch.kernel + "' takes no time on the modelled clock of events: " + why);
}

bool begin() {
  const std::string wanted = environment("QIAO_EVENT_CLOCK").value_or("wall");
  if (wanted == "wall") return false;
  if (wanted != "model") {
    log::warn("invalid QIAO_EVENT_CLOCK '" + wanted + "', expected wall or model: events have wall time");
    return false;
  }
  Result<std::vector<hal::ModelledChip>> chips = hal::chosen_modelled_chips();
  if (!chips) {
    log::warn("events have wall time: " + chips.error().message);
    return false;
  }
  for (hal::ModelledChip& chip : *chips) clock().chips.push_back({std::move(chip.about), chip.model});
  if (perf::count_level() != perf::CountLevel::Memory) perf::set_count_level(perf::CountLevel::Memory);
  perf::set_launch_clock(take);
  const hal::ChipModel::Calibration& calibration = clock().chips.front().model.calibration;
  log::warn("event timings are modelled for the chip " + clock().chips.front().about.name + " (+-" +
            std::to_string(static_cast<int>(calibration.error_pct)) + "%" +
            (calibration.done ? ", calibrated" : ", not calibrated") + "): no measurement");
  return true;
}

}  // namespace

bool modelled_events() {
  static const bool modelled = begin();
  return modelled;
}

int64_t modelled_ns() {
  return clock().ns.load(std::memory_order_relaxed);
}

void advance_modelled(perf::CopyKind kind, uint64_t bytes) {
  perf::CopyWay way = perf::CopyWay::Link;
  if (kind == perf::CopyKind::HostToHost) return;
  if (kind == perf::CopyKind::DeviceToDevice) way = perf::CopyWay::Device;
  if (kind == perf::CopyKind::Fill) way = perf::CopyWay::Fill;
  clock().advance(perf::copy_us(way, static_cast<double>(bytes), 1, clock().chips.front()));
}

}  // namespace qiao::runtime
