// What to look at first, as rules over the counters of a kernel: each says what, where, by which counter, and what
// share it costs of what that counter is a part of. No rule speaks of time: that takes the timing model.
#pragma once

#include <string>
#include <vector>

#include "src/perf/report/report.h"

namespace qiao::perf {

// The costliest first.
std::vector<Hint> hints_of(const KernelReport& kernel);

}  // namespace qiao::perf
