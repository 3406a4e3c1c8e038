// What would break or change if these kernels ran on a chip: rules over launches, counters and instructions. Each names
// the kernel and the line. Not advice on speed: that is hints.h.
#pragma once

#include "src/perf/report/modelled.h"

namespace qiao::perf {

// For each kernel and chip, into KernelReport::lint.
void lint(RunReport& run, const std::vector<const ChipView*>& chips);

// The chips that the run's launches had, as `chip_of` knows them.
std::vector<const ChipView*> chips_of_run(const RunReport& run, const ChipOf& chip_of);

}  // namespace qiao::perf
