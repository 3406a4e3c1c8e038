// Resident blocks per multiprocessor, by the published rules (CUDA occupancy calculator): the least of what threads,
// registers, shared memory and the block limit allow.
#pragma once

#include <cstdint>

#include "src/base/result.h"
#include "src/hal/device.h"

namespace qiao::runtime {

// 0 when a block can never be resident. InvalidValue for a block size of 0.
Result<int> max_active_blocks(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel, int block_threads,
                              uint64_t dynamic_shared_bytes);

// The most dynamic shared memory a block may use so that `blocks` stay resident.
uint64_t available_dynamic_shared(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel, int blocks);

}  // namespace qiao::runtime
