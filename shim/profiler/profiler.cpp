#include "shim/profiler/profiler.h"

#include <memory>
#include <mutex>

#include "src/perf/demangle.h"
#include "src/perf/report/metrics.h"
#include "src/runtime/device.h"
#include "src/runtime/occupancy.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

// Locked apart from the registry of launches, whose observer takes it.
struct State {
  std::mutex mutex;
  qiao_launch_callback callback = nullptr;
  void* user = nullptr;
  std::shared_ptr<const perf::Measured> last;
};

State& state() {
  static auto* instance = new State;  // never destroyed: programs launch from atexit handlers
  return *instance;
}

const hal::ChipDescription* chip_named(const std::string& name) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  for (int i = 0; platform && i < (*platform)->device_count(); ++i)
    if (Result<runtime::Device*> device = (*platform)->device(i); device && (*device)->hal().chip().name == name)
      return &(*device)->hal().chip();
  return nullptr;
}

std::optional<perf::Residency> residency_of(const perf::LaunchProfile& launch) {
  const hal::ChipDescription* chip = chip_named(launch.chip);
  const uint64_t threads = uint64_t{launch.block[0]} * launch.block[1] * launch.block[2];
  if (!chip || threads == 0) return std::nullopt;
  hal::KernelAttributes kernel;
  kernel.registers = launch.registers;
  kernel.static_shared_bytes = launch.static_shared_bytes;
  const runtime::ResidentLimits limits =
      runtime::resident_limits(*chip, kernel, static_cast<int>(threads), launch.dynamic_shared_bytes);
  return perf::Residency{limits.blocks,
                         limits.registers,
                         limits.shared,
                         limits.warps,
                         static_cast<uint64_t>(chip->sm.count),
                         static_cast<uint64_t>(chip->sm.threads) / 32,
                         static_cast<uint64_t>(chip->shared.reserved_per_block),
                         static_cast<uint64_t>(chip->warp.chip_size)};
}

void observe(const perf::LaunchProfile& launch) {
  auto measured = std::make_shared<const perf::Measured>(
      perf::Measured{launch.counters, perf::facts_of(launch, residency_of(launch)), launch.level, launch.has_warps});
  State& all = state();
  std::unique_lock lock(all.mutex);
  all.last = measured;
  const qiao_launch_callback callback = all.callback;
  void* const user = all.user;
  lock.unlock();
  if (!callback) return;
  const std::string name = perf::demangled_signature(launch.kernel);
  qiao_launch told{};
  told.size = sizeof told;
  told.kernel = name.c_str();
  told.mangled = launch.kernel.c_str();
  told.chip = launch.chip.c_str();
  told.executor = launch.executor.c_str();
  told.nvtx = launch.range.c_str();
  for (int i = 0; i < 3; ++i) {
    told.grid[i] = launch.grid[static_cast<size_t>(i)];
    told.block[i] = launch.block[static_cast<size_t>(i)];
  }
  told.emulation_ns = launch.wall_ns;
  told.failed = launch.failed;
  told.numbers = measured.get();
  callback(&told, user);
}

int enable(int level) {
  if (level < QIAO_PROFILER_OFF || level > QIAO_PROFILER_MEMORY) return QIAO_PROFILER_INVALID;
  if (level != QIAO_PROFILER_OFF) perf::observe_launches(observe);
  perf::set_count_level(static_cast<perf::CountLevel>(level));
  return QIAO_PROFILER_OK;
}

int on_launch(qiao_launch_callback callback, void* user) {
  {
    std::lock_guard lock(state().mutex);
    state().callback = callback;
    state().user = user;
  }
  perf::observe_launches(observe);
  return QIAO_PROFILER_OK;
}

int look_up(const qiao_launch* launch, const char* name, perf::Value& found) {
  if (!name) return QIAO_PROFILER_INVALID;
  std::shared_ptr<const perf::Measured> last;
  const auto* measured = launch ? static_cast<const perf::Measured*>(launch->numbers) : nullptr;
  if (!launch) {
    std::lock_guard lock(state().mutex);
    last = state().last;
    measured = last.get();
  }
  const perf::MetricInfo* metric = perf::find_metric(name);
  if (!metric) return QIAO_PROFILER_UNKNOWN;
  if (!measured) return QIAO_PROFILER_NO_LAUNCH;
  const std::optional<perf::Value> value = perf::value_of(*metric, *measured);
  if (!value) return QIAO_PROFILER_NO_VALUE;
  found = *value;
  return QIAO_PROFILER_OK;
}

int value(const qiao_launch* launch, const char* name, double* to) {
  perf::Value found;
  const int result = to ? look_up(launch, name, found) : int{QIAO_PROFILER_INVALID};
  if (result == QIAO_PROFILER_OK) *to = static_cast<double>(found.number);
  return result;
}

int count(const qiao_launch* launch, const char* name, uint64_t* to) {
  perf::Value found;
  const int result = to ? look_up(launch, name, found) : int{QIAO_PROFILER_INVALID};
  if (result != QIAO_PROFILER_OK) return result;
  if (!found.whole || found.number < 0) return QIAO_PROFILER_INVALID;
  *to = static_cast<uint64_t>(found.number);
  return QIAO_PROFILER_OK;
}

constexpr qiao_profiler kProfiler = {sizeof(qiao_profiler), enable, on_launch, value, count};

}  // namespace

const qiao_profiler* profiler() {
  return &kProfiler;
}

}  // namespace qiao::shim
