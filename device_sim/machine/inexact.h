// The instructions of a kernel whose results are not exact, and where the counters tell how often they ran.
#pragma once

#include <vector>

#include "device_sim/machine/kernel_layout.h"
#include "src/perf/fidelity.h"

namespace qiao::machine {

struct InexactSite {
  uint32_t block = 0;  // its block's number in the counters
  perf::InexactInstruction instruction;
};

// All executors number the blocks of a kernel alike: function by function, ascending in Module::functions, each
// function's blocks in the order of its Cfg.
std::vector<InexactSite> inexact_sites(const KernelImage& kernel);

}  // namespace qiao::machine
