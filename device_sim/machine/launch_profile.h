// From what the workers counted in one launch to the counters of src/perf.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "device_sim/machine/counting_plan.h"

namespace qiao::machine {

// One instruction's share of a launch.
struct InstructionCounts {
  uint64_t warps = 0;
  uint64_t threads = 0;
  uint64_t threads_on = 0;
  uint64_t diverged = 0;
  uint64_t failed = 0;
  AccessCounts access;
  AccessCounts stored;
};

// By row of the plan. `slab`: merged over the workers.
std::vector<InstructionCounts> counts_of(const CountingPlan& plan, std::span<const uint64_t> slab);

// Adds up `counts` into the launch's counters (all but the static ones) and, when the source is wanted, into its list
// of instructions.
// And into those of warps.
void add_warps(const CountingPlan& plan, std::span<const uint64_t> slab, perf::LaunchProfile& profile);
void fill_profile(const KernelImage& kernel, const CountingPlan& plan, std::span<const InstructionCounts> counts,
                  perf::LaunchProfile& profile);

}  // namespace qiao::machine
