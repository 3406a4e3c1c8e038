// Modules and libraries of the driver API: both are runtime::Library; a CUmodule is one in the context that loaded it.
#pragma once

#include <memory>

#include "shim/api/driver_types.h"
#include "shim/common/libraries.h"

namespace qiao::shim {

// The kernel behind a CUfunction or CUkernel: InvalidHandle when it is not live.
Result<std::shared_ptr<runtime::Kernel>> driver_kernel(const void* handle);

}  // namespace qiao::shim
