// What to look at first, as rules over the counters of a kernel: each says what, where, by which counter, and what
// share it costs of what that counter is a part of. No rule speaks of time: that takes the timing model.
#pragma once

#include <string>
#include <vector>

#include "src/perf/report/report.h"

namespace qiao::perf {

struct Hint {
  std::string id;        // "QIAO-GMEM-001": stays once it is out
  std::string severity;  // "opt": can be made better; "inf": worth knowing; "port": matters on another chip
  std::string place;     // "file.cu:41", "PTX line 93" or ""
  std::string text;
  std::string metric;   // the counter behind it
  double cost_pct = 0;  // of `of`
  std::string of;       // "global sectors", "shared wavefronts", ...
};

// The costliest first.
std::vector<Hint> hints_of(const KernelReport& kernel);

}  // namespace qiao::perf
