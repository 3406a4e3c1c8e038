// One thread's part of a launch: runs of blocks, one resident block at a time; all at once for a cooperative launch.
#include "device_sim/machine/workspace.h"

#include <sched.h>

#include <algorithm>

#include "device_sim/machine/fault_handler.h"
#include "device_sim/machine/host_clock.h"
#include "device_sim/machine/kernel_thread.h"

namespace qiao::machine {

BlockState* Workspace::resident(LaunchState& launch, size_t index) {
  if (blocks_.size() <= index) blocks_.push_back(std::make_unique<BlockState>());
  BlockState& block = *blocks_[index];
  if (auto ready = block.prepare(launch, counts_.empty() ? nullptr : counts_.data()); !ready) {
    launch.record_fault(ready.error().code, 0, kNoSite, kNoLane, block.context, ready.error().message.c_str());
    return nullptr;
  }
  return &block;
}

void Workspace::run(LaunchState& launch) {
  if (launch.next.load(std::memory_order_relaxed) >= launch.blocks) return;
  const uint64_t start = host_ns();
  prepare_thread_for_faults();
  kernel_thread().emergency_stack = emergency_stack_.get() + kEmergencyBytes;
  counts_.assign(2 * launch.code->block_instructions().size(), 0);
  if (launch.cooperative && launch.code->unit() != Unit::Run) {
    run_cooperative(launch);
  } else {
    while (!launch.stop.load(std::memory_order_relaxed)) {
      const uint64_t first = launch.next.fetch_add(launch.grain, std::memory_order_relaxed);
      if (first >= launch.blocks) break;
      run_range(launch, first, std::min(first + launch.grain, launch.blocks));
    }
  }
  merge_counts(launch);
  launch.busy_ns.fetch_add(host_ns() - start, std::memory_order_relaxed);
}

void Workspace::run_range(LaunchState& launch, uint64_t first, uint64_t last) {
  BlockState* block = resident(launch, 0);
  if (!block) return;
  if (launch.code->unit() == Unit::Run) {
    BlockRun run{&block->context, launch.params, first, last};
    if (block->start_run(stacks_, run)) finish(launch, *block);
    return;
  }
  for (uint64_t linear = first; linear < last && !launch.stop.load(std::memory_order_relaxed); ++linear) {
    (void)block->start(stacks_, linear);  // a failure has stopped the launch; fibers it started still have to end
    finish(launch, *block);
  }
}

void Workspace::finish(LaunchState& launch, BlockState& block) {
  (void)launch;
  while (!block.done()) {
    bool spinning = false;
    if (!block.run_round(stacks_, spinning)) {
      block.raise_deadlock();
    } else if (spinning) {
      sched_yield();  // every warp waits for memory that another thread writes
    }
  }
}

// Every block of the grid must be able to go on: a worker takes one more block whenever all of its blocks had their
// turn.
void Workspace::run_cooperative(LaunchState& launch) {
  size_t count = 0;
  bool more = true, alive = false;
  do {
    if (more && !launch.stop.load(std::memory_order_relaxed)) {
      const uint64_t linear = launch.next.fetch_add(1, std::memory_order_relaxed);
      more = linear < launch.blocks;
      BlockState* block = more ? resident(launch, count) : nullptr;
      if (block) {
        ++count;
        (void)block->start(stacks_, linear);
      }
    }
    more &= !launch.stop.load(std::memory_order_relaxed);
    alive = false;
    bool all_spinning = true;
    for (size_t i = 0; i < count; ++i) {
      BlockState& block = *blocks_[i];
      if (block.done()) continue;
      bool spinning = false;
      if (!block.run_round(stacks_, spinning)) block.raise_deadlock();
      alive |= !block.done();
      all_spinning &= spinning;
    }
    if (alive && all_spinning && !more) sched_yield();
  } while (alive || more);
}

void Workspace::merge_counts(LaunchState& launch) {
  if (counts_.empty()) return;
  std::lock_guard lock(launch.counts_mutex);
  launch.block_counts.resize(counts_.size());
  for (size_t i = 0; i < counts_.size(); ++i) launch.block_counts[i] += counts_[i];
}

std::unique_ptr<Workspace> WorkspacePool::take() {
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      auto workspace = std::move(free_.back());
      free_.pop_back();
      return workspace;
    }
  }
  return std::make_unique<Workspace>();
}

void WorkspacePool::give(std::unique_ptr<Workspace> workspace) {
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(workspace));
}

}  // namespace qiao::machine
