// How many blocks of a launch an SM of its chip holds, for reports.
#include <map>

#include "device_sim/chips/catalog.h"
#include "src/cli/prof.h"
#include "src/runtime/occupancy.h"

namespace qiao::cli {

std::optional<perf::Residency> residency_of(const perf::LaunchProfile& launch) {
  static std::map<std::string, std::optional<chips::Chip>> known;
  auto [place, is_new] = known.try_emplace(launch.chip);
  if (is_new && !launch.chip.empty())
    if (Result<chips::Chip> loaded = chips::load(launch.chip)) place->second = *std::move(loaded);
  if (!place->second) return std::nullopt;
  const hal::ChipDescription& chip = place->second->description;
  const int threads = static_cast<int>(launch.block[0] * launch.block[1] * launch.block[2]);
  if (threads <= 0) return std::nullopt;
  hal::KernelAttributes kernel;
  kernel.registers = launch.registers;
  kernel.static_shared_bytes = launch.static_shared_bytes;
  const runtime::ResidentLimits limits = runtime::resident_limits(chip, kernel, threads, launch.dynamic_shared_bytes);
  perf::Residency residency;
  residency.limit_blocks = limits.blocks;
  residency.limit_registers = limits.registers;
  residency.limit_shared = limits.shared;
  residency.limit_warps = limits.warps;
  residency.sm_count = static_cast<uint64_t>(chip.sm.count);
  residency.sm_warps = static_cast<uint64_t>(chip.sm.threads) / 32;
  residency.reserved_shared = static_cast<uint64_t>(chip.shared.reserved_per_block);
  residency.chip_lanes = static_cast<uint64_t>(chip.warp.chip_size);
  return residency;
}

}  // namespace qiao::cli
