// One launch while it runs: what its workers share.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "device_sim/machine/block_executor.h"
#include "device_sim/machine/faults.h"

namespace qiao::machine {

class Arena;
class HostRanges;

// The first fault of a launch. Plain data: it is also written by a signal handler.
struct FaultRecord {
  Code code = Code::Success;
  uint64_t address = 0;
  uint32_t site = kNoSite;
  uint32_t lane = kNoLane;
  uint64_t pc = 0;  // in the kernel's compiled code, 0 = elsewhere
  std::array<uint32_t, 3> block{};
  char what[240] = {};
};

// Whether the watchdog wants the launch to end, and where its threads may be interrupted.
enum class Overtime : uint8_t { No, InKernel, Anywhere };

struct LaunchState {
  // Fixed while it runs.
  Arena* arena = nullptr;
  HostRanges* host_ranges = nullptr;
  const KernelCode* code = nullptr;
  const KernelImage* image = nullptr;
  std::array<uint32_t, 3> grid{1, 1, 1};
  std::array<uint32_t, 3> block{1, 1, 1};
  const void* params = nullptr;
  uint64_t dynamic_shared_bytes = 0;
  uint64_t shared_bytes = 0;
  uint64_t local_stride = 0;
  uint64_t grid_id = 0;
  uint32_t sm_count = 1;
  uint32_t clock_khz = 1000000;
  bool cooperative = false;
  int priority = 0;  // the lower, the sooner a free worker joins
  std::array<uint32_t, 32> environment{};  // %envreg0 to %envreg31
  uint64_t blocks = 1;
  uint64_t grain = 1;          // blocks of one run
  uint64_t most_resident = 1;  // blocks whose fibers one worker may hold

  const char* overtime_text = nullptr;  // null: no watchdog

  // Shared by the workers.
  std::atomic<uint64_t> next{0};
  std::atomic<bool> stop{false};
  std::atomic<bool> fault_claimed{false};
  FaultRecord fault;
  std::atomic<Overtime> overtime{Overtime::No};
  std::mutex runners_mutex;
  std::vector<pthread_t> runners;    // threads that may be interrupted
  std::atomic<uint64_t> busy_ns{0};  // of all workers together
  std::mutex counts_mutex;
  std::vector<uint64_t> counts;  // of all workers, by the code's counting plan

  uint32_t threads_per_block() const { return block[0] * block[1] * block[2]; }
  uint32_t warps_per_block() const { return (threads_per_block() + 31) / 32; }

  // Async-signal-safe. Only the first fault is kept; in any case the launch stops.
  void record_fault(Code code, uint64_t address, uint32_t site, uint32_t lane, const BlockContext& block,
                    const char* what, uint64_t pc = 0);
};

// The fault as the Error the context keeps: "illegal address 0x10 ... in kernel k (PTX line 12), block (0,0,0)".
Error describe_fault(const LaunchState& launch);

}  // namespace qiao::machine
