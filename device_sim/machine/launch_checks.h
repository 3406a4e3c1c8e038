// Whether the chip takes a launch: the limits of its description and of the kernel, with the codes CUDA gives.
#pragma once

#include "src/base/result.h"
#include "src/hal/device.h"
#include "src/ptx/module.h"

namespace qiao::machine {

Result<void> check_launch(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel,
                          const ptx::PerformanceDirectives& directives, const hal::LaunchRequest& request);

// Blocks of this kernel which one SM holds at once; 0 when not even one fits.
uint32_t resident_blocks_per_sm(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel,
                                uint32_t threads_per_block, uint64_t dynamic_shared_bytes);

}  // namespace qiao::machine
