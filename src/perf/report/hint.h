// One thing to look at, found by a rule (hints.h, lint.h).
#pragma once

#include <string>

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

}  // namespace qiao::perf
