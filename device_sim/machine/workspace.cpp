// One thread's part of a launch: runs of blocks, or blocks whose warps or lanes are on fibers.
#include "device_sim/machine/workspace.h"

#include <sched.h>

#include <algorithm>

#include "device_sim/machine/fault_handler.h"
#include "device_sim/machine/host_clock.h"
#include "device_sim/machine/kernel_thread.h"
#include "device_sim/machine/watchdog.h"

namespace qiao::machine {
namespace {

constexpr uint64_t kIdleNs = 100'000;  // before another block is taken up beside those that wait

}  // namespace

// The state of the worker's next block: one that is free, or one more.
BlockState* Workspace::take_state(LaunchState& launch) {
  if (!free_.empty()) {
    BlockState* block = free_.back();
    free_.pop_back();
    return block;
  }
  if (blocks_.size() <= prepared_) blocks_.push_back(std::make_unique<BlockState>());
  BlockState& block = *blocks_[prepared_];
  if (auto ready = block.prepare(launch, counts()); !ready) {
    launch.record_fault(ready.error().code, 0, kNoSite, kNoLane, block.context, ready.error().message.c_str());
    return nullptr;
  }
  ++prepared_;
  return &block;
}

void Workspace::run(LaunchState& launch) {
  if (launch.next.load(std::memory_order_relaxed) >= launch.blocks) return;
  const uint64_t start = host_ns();
  prepare_thread_for_faults();
  kernel_thread().emergency_stack = emergency_stack_.get() + kEmergencyBytes;
  clear_counts(launch);
  prepared_ = 0;
  free_.clear();
  const Watchdog::Runner runner(launch);
  if (launch.code->unit() == Unit::Run) {
    run_runs(launch);
  } else {
    run_blocks(launch);
  }
  merge_counts(launch);
  launch.busy_ns.fetch_add(host_ns() - start, std::memory_order_relaxed);
}

void Workspace::run_runs(LaunchState& launch) {
  BlockState* block = take_state(launch);
  if (!block) return;
  while (!launch.stop.load(std::memory_order_relaxed)) {
    const uint64_t first = launch.next.fetch_add(launch.grain, std::memory_order_relaxed);
    if (first >= launch.blocks) return;
    BlockRun run{&block->context, launch.params, first, std::min(first + launch.grain, launch.blocks)};
    if (!block->start_run(run_stacks_, run)) return;
    bool waiting = false;
    while (!block->done()) {
      if (!block->run_round(run_stacks_, waiting)) block->raise_deadlock();
    }
  }
}

// One block after the other. When all fibers that are here merely wait for memory, another block is taken up beside
// them, as many as the chip holds at once: what they wait for may be its to write. A cooperative launch gets all of its
// blocks at once.
void Workspace::run_blocks(LaunchState& launch) {
  Range range;
  bool more = true;
  uint64_t idle_since = 0;  // 0: not idle
  live_.clear();
  do {
    const bool idle = idle_since != 0 && host_ns() - idle_since >= kIdleNs;
    const bool wanted = live_.empty() || launch.cooperative || idle;
    if (more && wanted && live_.size() < launch.most_resident) {
      more = start_next(launch, range);
      idle_since = 0;
    }
    if (run_live()) {
      if (idle_since == 0) idle_since = host_ns();
      if (!more || !launch.cooperative) sched_yield();  // another thread may have to write what is waited for
    } else {
      idle_since = 0;
    }
    more &= !launch.stop.load(std::memory_order_relaxed);
  } while (more || !live_.empty());
}

// False: no block of the launch is left.
bool Workspace::start_next(LaunchState& launch, Range& range) {
  if (range.next == range.last) {
    range.next = launch.next.fetch_add(launch.grain, std::memory_order_relaxed);
    if (range.next >= launch.blocks) return false;
    range.last = std::min(range.next + launch.grain, launch.blocks);
  }
  BlockState* block = take_state(launch);
  if (!block) return false;
  (void)block->start(stacks_, range.next++);  // a failure has stopped the launch; fibers it started still have to end
  live_.push_back(block);
  return true;
}

// One round of every block that is here; true: all of them wait.
bool Workspace::run_live() {
  bool all_waiting = !live_.empty();
  for (size_t i = 0; i < live_.size();) {
    BlockState& block = *live_[i];
    bool waiting = false;
    if (!block.done() && !block.run_round(stacks_, waiting)) block.raise_deadlock();
    all_waiting &= waiting;
    if (!block.done()) {
      ++i;
      continue;
    }
    block.count_warps();
    free_.push_back(&block);
    live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return all_waiting;
}

void Workspace::clear_counts(const LaunchState& launch) {
  const CountingPlan* plan = launch.code->counting();
  counts_.clear();
  if (plan == nullptr) return;
  counts_.resize(plan->slots() / std::size(CountLine{}.slots) + 1);
}

void Workspace::merge_counts(LaunchState& launch) {
  const CountingPlan* plan = launch.code->counting();
  if (plan == nullptr) return;
  std::lock_guard lock(launch.counts_mutex);
  launch.counts.resize(plan->slots());
  plan->merge(launch.counts, {counts(), plan->slots()});
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
