// One launch from the checked request to its error or counters.
#include "device_sim/machine/launcher.h"

#include <algorithm>

#include "device_sim/machine/host_clock.h"
#include "device_sim/machine/launch_profile.h"
#include "device_sim/machine/watchdog.h"
#include "src/base/environment.h"
#include "src/perf/fidelity.h"
#include "src/perf/launch_counters.h"

namespace qiao::machine {
namespace {

// A grid that one thread finishes in this time is not worth waking others for, and a run of blocks should last as long.
constexpr uint64_t kWorthSharingNs = 20000;
constexpr uint64_t kRunNs = 5000;
constexpr uint64_t kLargestStack = uint64_t{512} << 10;  // of a thread: what CUDA devices allow

bool watches_fidelity() {
  return perf::fidelity_mode() != perf::FidelityMode::Off;
}

void record_counters(const SimKernel& kernel, const KernelVariant& variant, const LaunchState& launch,
                     std::span<const InstructionCounts> counts, uint64_t wall_ns) {
  perf::LaunchCounters counters;
  counters.kernel = kernel.name();
  counters.blocks = launch.blocks;
  counters.warps = launch.blocks * launch.warps_per_block();
  for (const InstructionCounts& each : counts) {
    counters.warp_instructions += each.warps;
    counters.thread_instructions += each.threads;
  }
  counters.wall_ns = wall_ns;
  counters.executor = name_of(variant.executor);
  counters.fallback = variant.fallback;
  perf::record(counters);
}

void record_fidelity(SimKernel& kernel, std::span<const InstructionCounts> counts) {
  for (const InexactSite& site : kernel.inexact()) {
    const uint64_t executions = counts[site.row].threads_on;
    if (executions != 0) perf::record_inexact(site.instruction, executions);
  }
}

void record_profile(const SimKernel& kernel, const KernelVariant& variant, const LaunchState& launch,
                    std::span<const InstructionCounts> counts, perf::LaunchProfile profile) {
  const hal::KernelAttributes& attributes = kernel.attributes();
  profile.kernel = kernel.name();
  profile.grid = launch.grid;
  profile.block = launch.block;
  profile.static_shared_bytes = attributes.static_shared_bytes;
  profile.dynamic_shared_bytes = launch.dynamic_shared_bytes;
  profile.local_bytes = attributes.local_bytes;
  profile.registers = attributes.registers;
  profile.registers_exact = attributes.registers_exact;
  profile.executor = name_of(variant.executor);
  profile.fallback = variant.fallback;
  profile.level = variant.shape.level;
  profile.has_warps = variant.executor != ExecutorKind::Lane;
  profile.failed = launch.fault_claimed.load(std::memory_order_acquire);
  fill_profile(kernel.image(), *variant.code->counting(), counts, profile);
  add_warps(*variant.code->counting(), launch.counts, profile);
  profile.counters[perf::Counter::launch_warps] = launch.blocks * launch.warps_per_block();
  perf::record_profile(std::move(profile));
}

// What anybody wants to have counted.
perf::CountLevel wanted_level() {
  static const perf::CountLevel others =
      perf::counters_enabled() || watches_fidelity() ? perf::CountLevel::Blocks : perf::CountLevel::None;
  return std::max(perf::count_level(), others);
}

}  // namespace

Launcher::Launcher(const hal::ChipDescription& chip, Arena& arena, HostRanges& host_ranges, Executors executors)
    : chip_(chip),
      arena_(arena),
      host_ranges_(host_ranges),
      executors_(std::move(executors)),
      params_(arena, static_cast<uint64_t>(std::max(chip.limits.parameter_bytes, 16))),
      unchecked_(environment("QIAO_UNCHECKED").value_or("0") != "0") {}

void Launcher::share_out(const KernelVariant& variant, LaunchState& launch, bool& alone) const {
  const uint64_t ns = variant.ns_per_block.load(std::memory_order_relaxed);
  const uint64_t shares = std::max<uint64_t>(launch.blocks / (uint64_t{pool_.workers()} * 8), 1);
  const bool known = ns != kNoTime;
  alone = known && ns * launch.blocks < kWorthSharingNs;
  launch.grain = alone   ? launch.blocks
                 : known ? std::clamp<uint64_t>(kRunNs / std::max<uint64_t>(ns, 1), 1, shares)
                         : shares;
}

// By threads alone: the chip holds no more, and one block always runs.
uint64_t Launcher::resident_blocks(const LaunchState& launch) const {
  const uint64_t each = static_cast<uint64_t>(chip_.sm.threads) / (launch.warps_per_block() * kWarpLanes);
  return std::max<uint64_t>(std::min(each, static_cast<uint64_t>(chip_.sm.blocks)) * launch.sm_count, 1);
}

Result<void> Launcher::launch(SimKernel& kernel, const hal::LaunchRequest& request) {
  const LaunchShape shape{request.block, wanted_level(), unchecked_};
  auto variant = kernel.variant(shape, executors_);
  if (!variant) return variant.error();
  auto params = params_.take(kernel.attributes().param_bytes);
  if (!params) return params.error();
  std::copy_n(request.params.data(), kernel.attributes().param_bytes, reinterpret_cast<std::byte*>(*params));

  const KernelImage& image = kernel.image();
  LaunchState launch;
  launch.arena = &arena_;
  launch.host_ranges = &host_ranges_;
  launch.code = (*variant)->code.get();
  launch.image = &image;
  launch.grid = request.grid;
  launch.block = request.block;
  launch.params = reinterpret_cast<const void*>(*params);
  launch.dynamic_shared_bytes = request.dynamic_shared_bytes;
  launch.shared_bytes = request.dynamic_shared_bytes ? image.layout.dynamic_shared_offset + request.dynamic_shared_bytes
                                                     : image.layout.static_shared_bytes;
  launch.local_stride = (std::max(image.layout.local_bytes, launch.code->local_bytes()) + 15) / 16 * 16;
  const bool has_stack = launch.code->local_bytes() > image.layout.local_bytes;
  if (has_stack) launch.local_stride += std::min(request.stack_bytes, kLargestStack) / 16 * 16;
  arena_.limit_heap(request.heap_bytes);
  launch.grid_id = grids_.fetch_add(1, std::memory_order_relaxed) + 1;
  launch.sm_count = static_cast<uint32_t>(std::max(chip_.sm.count, 1));
  launch.clock_khz = static_cast<uint32_t>(std::max(chip_.sm.clock_khz, 1));
  launch.cooperative = request.cooperative;
  launch.priority = request.priority;
  launch.environment = request.environment;
  launch.blocks = uint64_t{request.grid[0]} * request.grid[1] * request.grid[2];
  launch.most_resident = launch.cooperative ? launch.blocks : resident_blocks(launch);
  auto done = run(kernel, **variant, launch);
  params_.give(*params);
  return done;
}

void Launcher::report(SimKernel& kernel, const KernelVariant& variant, const LaunchState& launch, uint64_t start_ns,
                      uint64_t wall_ns) const {
  const std::vector<InstructionCounts> counts = counts_of(*variant.code->counting(), launch.counts);
  if (watches_fidelity()) record_fidelity(kernel, counts);
  if (perf::counters_enabled() && !launch.fault_claimed.load(std::memory_order_acquire)) {
    record_counters(kernel, variant, launch, counts, wall_ns);
  }
  if (perf::count_level() == perf::CountLevel::None) return;
  perf::LaunchProfile profile;
  profile.chip = chip_.name;
  profile.start_ns = start_ns;
  profile.wall_ns = wall_ns;
  record_profile(kernel, variant, launch, counts, std::move(profile));
}

Result<void> Launcher::run(SimKernel& kernel, KernelVariant& variant, LaunchState& launch) {
  bool alone = false;
  share_out(variant, launch, alone);
  const uint64_t start = host_ns();
  {
    const Watchdog::Watch watch(Watchdog::instance(), launch);
    pool_.run(launch, alone);
  }
  const uint64_t wall = host_ns() - start;
  if (variant.code->counting() != nullptr) report(kernel, variant, launch, start, wall);
  if (launch.fault_claimed.load(std::memory_order_acquire)) {
    return describe_fault(launch);
  }
  variant.ns_per_block.store(launch.busy_ns.load(std::memory_order_relaxed) / launch.blocks, std::memory_order_relaxed);
  return {};
}

}  // namespace qiao::machine
