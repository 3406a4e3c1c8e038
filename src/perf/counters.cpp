#include "src/perf/counters.h"

#include <algorithm>

namespace qiao::perf {
namespace {

constexpr CounterRow kRows[] = {
#define QIAO_COUNTER(id, name, unit, kind, isa, scope, merge, ncu, nvprof, text)                            \
  {Counter::id, name,   unit, CounterKind::kind, CounterIsa::isa, CounterScope::scope, CounterMerge::merge, \
   ncu,         nvprof, text},
#include "src/perf/counters.inc"
#undef QIAO_COUNTER
};
static_assert(std::size(kRows) == kCounters);

}  // namespace

std::span<const CounterRow> counter_rows() {
  return kRows;
}

std::optional<Counter> find_counter(std::string_view name) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const CounterRow& each) {
    return !name.empty() && (each.name == name || each.ncu == name || each.nvprof == name);
  });
  return row == std::end(kRows) ? std::nullopt : std::optional(row->id);
}

void CounterValues::merge(const CounterValues& other) {
  for (const CounterRow& row : kRows) {
    uint64_t& mine = (*this)[row.id];
    const uint64_t theirs = other[row.id];
    if (row.merge == CounterMerge::Sum) {
      mine += theirs;
    } else if (mine == 0 || theirs == 0 || row.merge == CounterMerge::Max) {
      mine = std::max(mine, theirs);
    } else {
      mine = std::min(mine, theirs);
    }
  }
}

}  // namespace qiao::perf
