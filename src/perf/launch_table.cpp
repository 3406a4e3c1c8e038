// The table of --counters.
#include <array>
#include <cstdio>

#include "src/perf/demangle.h"
#include "src/perf/launch_counters.h"
#include "src/perf/table.h"

namespace qiao::perf {
namespace {

constexpr std::size_t kLongestName = 60;

std::string shortened(std::string name) {
  if (name.size() <= kLongestName) return name;
  name.resize(kLongestName - 3);
  return name + "...";
}

std::string one_decimal(double value) {
  if (value == 0) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

// Lane mode counts no warp instructions: a dash, not a zero that reads like a measurement.
std::string count(std::uint64_t number) {
  return number == 0 ? "-" : with_commas(number);
}

}  // namespace

std::string format_table(const std::vector<KernelTotals>& rows) {
  const std::vector<Column> columns = {{"kernel"},
                                       {"launches", true},
                                       {"blocks", true},
                                       {"warp instructions", true},
                                       {"thread instructions", true},
                                       {"active lanes", true},
                                       {"wall time", true},
                                       {"executor"}};
  std::vector<std::vector<std::string>> cells;
  std::string notes;
  for (const KernelTotals& row : rows) {
    std::string name = demangled_name(row.kernel);
    cells.push_back({shortened(name), with_commas(row.launches), with_commas(row.blocks), count(row.warp_instructions),
                     count(row.thread_instructions), one_decimal(row.active_lanes()), duration(row.wall_ns),
                     row.executor});
    if (!row.fallback.empty()) notes += "  " + shortened(name) + " ran on " + row.executor + ": " + row.fallback + "\n";
  }
  std::string text = "qiao: counters\n" + format_columns(columns, cells);
  if (!notes.empty()) text += "fallbacks:\n" + notes;
  return text;
}

}  // namespace qiao::perf
