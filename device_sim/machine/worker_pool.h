// The host threads which run blocks. The thread that launches always helps; the others join while there are blocks
// left. Threads start with the first launch that is worth sharing, and again in a child after fork.
#pragma once

#include <cstdint>
#include <memory>

#include "device_sim/machine/launch_state.h"
#include "device_sim/machine/workspace.h"

namespace qiao::machine {

class WorkerPool {
 public:
  WorkerPool();
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // QIAO_WORKERS, or the CPUs of the affinity mask; the launching thread counts as one.
  uint32_t workers() const { return workers_; }
  // Runs the whole launch; `alone`: without the other threads, which costs nothing for a small grid.
  void run(LaunchState& launch, bool alone);

 private:
  class Crew;

  Crew& crew();

  uint32_t workers_;
  WorkspacePool workspaces_;
  std::mutex crew_mutex_;
  std::unique_ptr<Crew> crew_;
  unsigned crew_process_ = 0;  // fork generation the crew belongs to
};

}  // namespace qiao::machine
