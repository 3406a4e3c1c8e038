// The kernel behind what a runtime API call names: a registered host function, or a cudaKernel_t / cudaFunction_t
// handle.
#pragma once

#include <memory>

#include "src/base/result.h"
#include "src/runtime/library.h"

namespace qiao::shim {

Result<std::shared_ptr<runtime::Kernel>> kernel_of(const void* host_function_or_handle);

}  // namespace qiao::shim
