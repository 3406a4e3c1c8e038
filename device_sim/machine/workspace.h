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

  struct Range {  // blocks this worker has taken
    uint64_t next = 0;
    uint64_t last = 0;
  };

  BlockState* take_state(LaunchState& launch);
  void run_runs(LaunchState& launch);
  void run_blocks(LaunchState& launch);
  bool start_next(LaunchState& launch, Range& range);
  bool run_live();
  uint64_t* counts() { return counts_.empty() ? nullptr : counts_.data()->slots; }
  void clear_counts(const LaunchState& launch);
  void merge_counts(LaunchState& launch);

  StackPool stacks_;
  StackPool run_stacks_{StackPool::kRunStackBytes};
  std::vector<std::unique_ptr<BlockState>> blocks_;
  size_t prepared_ = 0;            // of these, for the launch at hand
  std::vector<BlockState*> free_;  // prepared, without a block
  std::vector<BlockState*> live_;  // with a block whose fibers are not done
  struct alignas(64) CountLine {
    uint64_t slots[8] = {};
  };
  std::vector<CountLine> counts_;  // by the code's counting plan; empty without one
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
