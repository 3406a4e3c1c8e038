// Modules and libraries of the driver API: both are runtime::Library; a CUmodule is one in the context that loaded it.
#pragma once

#include <memory>
#include <vector>

#include "shim/api/driver_types.h"
#include "src/runtime/library.h"
#include "src/runtime/registry.h"

namespace qiao::shim {

struct LoadedLibrary {
  std::shared_ptr<runtime::Library> library;
  std::vector<const void*> kernels;  // handles given out, dropped with it
};

runtime::Registry<LoadedLibrary>& library_handles();

// The kernel behind a CUfunction or CUkernel: InvalidHandle when it is not live.
Result<std::shared_ptr<runtime::Kernel>> driver_kernel(const void* handle);

}  // namespace qiao::shim
