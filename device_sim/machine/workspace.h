// What one thread needs to run blocks: stacks, resident blocks with their windows, counters. Taken from a pool for the
// time of a launch and kept warm in between.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "device_sim/machine/block_state.h"
#include "device_sim/machine/fiber.h"
#include "device_sim/machine/launch_state.h"

namespace qiao::machine {

class Workspace {
 public:
  // Takes runs of blocks until none is left or the launch is stopped.
  void run(LaunchState& launch);

 private:
  static constexpr size_t kEmergencyBytes = 64 * 1024;

  BlockState* resident(LaunchState& launch, size_t index);
  void run_range(LaunchState& launch, uint64_t first, uint64_t last);
  void run_cooperative(LaunchState& launch);
  void finish(LaunchState& launch, BlockState& block);
  void merge_counts(LaunchState& launch);

  StackPool stacks_;
  std::vector<std::unique_ptr<BlockState>> blocks_;
  std::vector<uint64_t> counts_;  // {executions, active lanes} per counted block
  std::unique_ptr<char[]> emergency_stack_ = std::make_unique<char[]>(kEmergencyBytes);
};

class WorkspacePool {
 public:
  std::unique_ptr<Workspace> take();
  void give(std::unique_ptr<Workspace> workspace);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> free_;
};

}  // namespace qiao::machine
