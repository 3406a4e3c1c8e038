// What is no kernel's rate: the cost of launches, blocks and barriers, the time to a first launch, what checks cost,
// scaling over CPUs, memory.
#pragma once

#include <string>
#include <vector>

#include "kernels/bench/host/options.h"

namespace qiao::bench {

struct Figure {
  std::string row;  // what --only names
  std::string what;
  double value = 0;
  const char* unit = "";
  double target = 0;      // 0: reported only
  bool at_least = false;  // else at most
  std::string note;
  std::string failure;  // not empty: there is no value

  bool reached() const { return at_least ? value >= target : value <= target; }
};

// The first launch of each kernel, by the table's order.
struct FirstLaunch {
  std::string kernel;
  double quick = 0;   // seconds; in the quick tier (QIAO_TIER=quick)
  double full = 0;    // in the full one
  double cached = 0;  // the full tier's code being on disk
  std::string mode;   // "warp", or the executor it fell back to
  std::string why;    // and the reason
  std::string failure;
};

struct FigureGroup {
  const char* row;
  const char* what;
};
const std::vector<FigureGroup>& figure_groups();

// Those of these groups that run in this process, on its CPU: "barrier", "launch".
std::vector<Figure> measure_here(Device& device, const Options& options);
// Those that take processes of their own: "checks", "cores", "memory".
std::vector<Figure> measure_apart(const Options& options);
std::vector<FirstLaunch> measure_first_launches(const Options& options);
std::vector<Figure> summarize(const std::vector<FirstLaunch>& launches);

// The barrier kernels' results, compared with a computation on the host; empty when they are right.
std::string check_barriers(Device& device, const Options& options);

}  // namespace qiao::bench
