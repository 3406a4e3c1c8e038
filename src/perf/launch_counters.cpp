#include "src/perf/launch_counters.h"

#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "src/base/environment.h"
#include "src/perf/table.h"

namespace qiao::perf {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<KernelTotals> rows;
  std::map<std::pair<std::string, std::string_view>, std::size_t> index;  // (kernel, executor) -> row
};

// Never destroyed: programs launch and finish from atexit handlers.
Registry& registry() {
  static auto* instance = new Registry;
  return *instance;
}

std::atomic<bool> printed = false;

}  // namespace

double KernelTotals::active_lanes() const {
  if (warp_instructions == 0) return 0;
  return static_cast<double>(thread_instructions) / static_cast<double>(warp_instructions);
}

bool counters_enabled() {
  static const bool enabled = environment("QIAO_COUNTERS").value_or("0") != "0";
  return enabled;
}

void record(const LaunchCounters& launch) {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  auto [place, is_new] = all.index.try_emplace({launch.kernel, launch.executor}, all.rows.size());
  if (is_new) {
    all.rows.emplace_back();
    all.rows.back().kernel = launch.kernel;
    all.rows.back().executor = launch.executor;
  }
  KernelTotals& row = all.rows[place->second];
  if (row.fallback.empty()) row.fallback = launch.fallback;
  row.launches += 1;
  row.blocks += launch.blocks;
  row.warps += launch.warps;
  row.warp_instructions += launch.warp_instructions;
  row.thread_instructions += launch.thread_instructions;
  row.wall_ns += launch.wall_ns;
}

std::vector<KernelTotals> totals() {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  return all.rows;
}

void reset() {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  all.rows.clear();
  all.index.clear();
}

void print_at_exit() {
  if (!counters_enabled() || printed.exchange(true)) return;
  std::vector<KernelTotals> rows = totals();
  if (rows.empty()) return;
  std::string text = format_table(rows);
  // One write, past stdio: the program may have closed or redirected its own streams' buffers by now.
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace qiao::perf
