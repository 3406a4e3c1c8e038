// Modules and libraries of the driver API: both are runtime::Library; a CUmodule is one in the context that loaded it.
#pragma once

#include <memory>
#include <vector>

#include "shim/api/driver_types.h"
#include "src/runtime/context.h"
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

// What the images of a fatbin are chosen by.
unsigned sm_of(const runtime::Context& context);

// JIT logs: what ptxas would write goes to the error log buffer that the options give, when loading or linking fails;
// its size option is set to the bytes written.
void write_jit_log(unsigned count, const CUjit_option* options, void** values, const std::string& text);

}  // namespace qiao::shim
