// Counters of kernel launches: what one launch did, and the registry that adds them up per kernel for the table which
// --counters (QIAO_COUNTERS=1) prints at exit. Recording is thread-safe and cheap; nothing is kept while disabled.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qiao::perf {

// One finished launch. `executor` is what ran it; `fallback` says why it was not the one asked for (empty: it was).
struct LaunchCounters {
  std::string kernel;  // as in the module, mangled
  std::uint64_t blocks = 0;
  std::uint64_t warps = 0;
  std::uint64_t warp_instructions = 0;    // PTX instructions issued, once per warp
  std::uint64_t thread_instructions = 0;  // the same, times the lanes that took part
  std::uint64_t wall_ns = 0;
  std::string_view executor;  // "interpreter", "lane", "warp": a literal
  std::string fallback;
};

// The sum over the launches of one kernel by one executor.
struct KernelTotals {
  std::string kernel;
  std::string executor;
  std::string fallback;  // the first reason seen
  std::uint64_t launches = 0;
  std::uint64_t blocks = 0;
  std::uint64_t warps = 0;
  std::uint64_t warp_instructions = 0;
  std::uint64_t thread_instructions = 0;
  std::uint64_t wall_ns = 0;

  // Average active lanes per issued warp instruction; 0 when nothing was counted (lane mode has no warps).
  double active_lanes() const;
};

// Whether this run was asked for counters; read once from QIAO_COUNTERS.
bool counters_enabled();

void record(const LaunchCounters& launch);

// What was recorded so far, in the order the kernels were first seen.
std::vector<KernelTotals> totals();

void reset();

// The table as text, one line per kernel; names are demangled, arguments dropped when the name is too long.
std::string format_table(const std::vector<KernelTotals>& rows);

// Writes the table to stderr once, when counters are enabled and something was launched. The runtime calls it at exit,
// after the last launch has finished.
void print_at_exit();

}  // namespace qiao::perf
