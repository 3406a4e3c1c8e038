// Resident blocks per multiprocessor, by the published rules (CUDA occupancy calculator): the least of what threads,
// registers, shared memory and the block limit allow.
#pragma once

#include <cstdint>

#include "src/base/result.h"
#include "src/hal/device.h"

namespace qiao::runtime {

// How many blocks an SM has room for by each of its limits.
struct ResidentLimits {
  uint64_t blocks = 0;
  uint64_t warps = 0;
  uint64_t registers = 0;
  uint64_t shared = 0;
};
// For a block of at least one thread.
ResidentLimits resident_limits(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel, int block_threads,
                               uint64_t dynamic_shared_bytes);

// 0 when a block can never be resident. InvalidValue for a block size of 0.
Result<int> max_active_blocks(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel, int block_threads,
                              uint64_t dynamic_shared_bytes);

// The most dynamic shared memory a block may use so that `blocks` stay resident.
uint64_t available_dynamic_shared(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel, int blocks);

}  // namespace qiao::runtime
