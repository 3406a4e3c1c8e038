// Runs launches: chooses the kernel's code, shares the grid among the workers, turns faults into errors and records
// counters.
#pragma once

#include <atomic>

#include "device_sim/machine/host_ranges.h"
#include "device_sim/machine/loaded_module.h"
#include "device_sim/machine/param_buffers.h"
#include "device_sim/machine/worker_pool.h"

namespace qiao::machine {

class Launcher {
 public:
  Launcher(const hal::ChipDescription& chip, Arena& arena, HostRanges& host_ranges, Executors executors);

  // The request has been checked.
  Result<void> launch(SimKernel& kernel, const hal::LaunchRequest& request);

 private:
  Result<void> run(SimKernel& kernel, KernelVariant& variant, LaunchState& launch);
  void report(SimKernel& kernel, const KernelVariant& variant, const LaunchState& launch, uint64_t start_ns,
              uint64_t wall_ns) const;
  uint64_t resident_blocks(const LaunchState& launch) const;
  void share_out(const KernelVariant& variant, LaunchState& launch, bool& alone) const;

  const hal::ChipDescription& chip_;
  Arena& arena_;
  HostRanges& host_ranges_;
  Executors executors_;
  ParamBuffers params_;
  WorkerPool pool_;
  std::atomic<uint64_t> grids_{0};
  bool unchecked_;
};

}  // namespace qiao::machine
