// Whether the chip takes a launch: the limits of its description and of the kernel, with the codes CUDA gives.
#pragma once

#include "src/base/result.h"
#include "src/hal/device.h"
#include "src/ptx/module.h"

namespace qiao::machine {

Result<void> check_launch(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel,
                          const ptx::PerformanceDirectives& directives, const hal::LaunchRequest& request);

}  // namespace qiao::machine
