// The instructions of a kernel whose results are not exact, and where the counters tell how often they ran.
#pragma once

#include <vector>

#include "device_sim/machine/kernel_layout.h"
#include "src/perf/fidelity.h"

namespace qiao::machine {

struct InexactSite {
  uint32_t row = 0;  // its place in the rows of a CountingPlan
  perf::InexactInstruction instruction;
};

std::vector<InexactSite> inexact_sites(const KernelImage& kernel);

}  // namespace qiao::machine
