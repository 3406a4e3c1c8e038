// Chips as reports see them: their data, and how many blocks of a launch an SM of them holds.
#include <filesystem>
#include <map>

#include "device_sim/chips/catalog.h"
#include "src/base/environment.h"
#include "src/cli/prof.h"
#include "src/runtime/occupancy.h"

namespace qiao::cli {
namespace {

std::optional<perf::Residency> residency_on(const hal::ChipDescription& chip, const perf::LaunchProfile& launch) {
  const uint64_t threads = uint64_t{launch.block[0]} * launch.block[1] * launch.block[2];
  if (threads == 0 || threads > static_cast<uint64_t>(chip.limits.threads_per_block)) return std::nullopt;
  hal::KernelAttributes kernel;
  kernel.registers = launch.registers;
  kernel.static_shared_bytes = launch.static_shared_bytes;
  const runtime::ResidentLimits limits =
      runtime::resident_limits(chip, kernel, static_cast<int>(threads), launch.dynamic_shared_bytes);
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

// Launches name their chip; one of a file is found among those this run was given.
std::string file_or_name(const std::string& name) {
  const std::string given = environment("QIAO_CHIP").value_or("");
  for (size_t start = 0; start < given.size();) {
    const size_t end = std::min(given.find(',', start), given.size());
    const std::string one = given.substr(start, end - start);
    if (std::filesystem::path(one).stem() == name) return one;
    start = end + 1;
  }
  return name;
}

}  // namespace

Result<perf::ChipView> chip_view(const std::string& name) {
  Result<chips::Chip> loaded = chips::load(name);
  if (!loaded) return loaded.error();
  perf::ChipView view{{loaded->description, loaded->model}, {}, {loaded->description.name, {}}};
  for (const chips::Fact& fact : loaded->facts)
    view.sources.facts.push_back({fact.section + "." + fact.key, fact.value, fact.source, fact.confidence});
  view.residency = [about = loaded->description](const perf::LaunchProfile& launch) {
    return residency_on(about, launch);
  };
  return view;
}

const perf::ChipView* chip_of_launch(const std::string& name) {
  static std::map<std::string, std::optional<perf::ChipView>> known;
  auto [place, is_new] = known.try_emplace(name);
  if (is_new && !name.empty())
    if (Result<perf::ChipView> view = chip_view(file_or_name(name))) place->second = *std::move(view);
  return place->second ? &*place->second : nullptr;
}

std::optional<perf::Residency> residency_of(const perf::LaunchProfile& launch) {
  const perf::ChipView* view = chip_of_launch(launch.chip);
  return view ? view->residency(launch) : std::nullopt;
}

}  // namespace qiao::cli
