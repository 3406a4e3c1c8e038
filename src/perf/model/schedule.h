// Blocks of one length on the SMs of a chip: block i goes to SM i mod SMs, each SM works through its blocks as many at
// a time as are resident.
#pragma once

#include "src/perf/model/estimate.h"

namespace qiao::perf {

struct Schedule {
  double sm_blocks = 0;        // of the SM with the most
  double resident_blocks = 0;  // of that SM at once
  double occupancy_pct = 0;    // warps resident while an SM has any
  double balance_pct = 0;
};

Schedule schedule(const LaunchPlacement& placement, const hal::ChipDescription& chip);

}  // namespace qiao::perf
