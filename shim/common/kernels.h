// Kernel handles given to programs (CUfunction, CUkernel, cudaKernel_t, cudaFunction_t are all runtime::Kernel).
#pragma once

#include "src/runtime/library.h"
#include "src/runtime/registry.h"

namespace qiao::shim {

runtime::Registry<runtime::Kernel>& kernel_handles();

}  // namespace qiao::shim
