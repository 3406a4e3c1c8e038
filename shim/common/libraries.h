// Libraries that programs load (CUmodule, CUlibrary, cudaLibrary_t: each a runtime::Library), and what is in them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "shim/common/kernels.h"
#include "src/runtime/context.h"

namespace qiao::shim {

struct LoadedLibrary {
  std::shared_ptr<runtime::Library> library;
  std::vector<const void*> kernels;  // handles given out, dropped with it
};

runtime::Registry<LoadedLibrary>& library_handles();

// What the images of a fatbin are chosen by.
unsigned sm_of(const runtime::Context& context);

// The JIT options of a call; numbered alike in both libraries.
struct JitOptions {
  unsigned count = 0;
  const int* options = nullptr;
  void** values = nullptr;
};
template <class Option>
JitOptions jit_options(unsigned count, const Option* options, void** values) {
  static_assert(sizeof(Option) == sizeof(int));
  return {count, reinterpret_cast<const int*>(options), values};
}

// JIT logs: what ptxas would write goes to the error log buffer that the options give, when loading or linking fails;
// its size option is set to the bytes written. With nothing to tell, and in the information log, an empty string:
// programs print what is in their buffers.
void write_jit_log(const JitOptions& options, const std::string& text);
// Empty strings in both buffers, their sizes as they are: more is to come.
void clear_jit_logs(const JitOptions& options);

// Handles of what is loaded.
Result<void*> load_library(runtime::Context& context, const void* image, const JitOptions& options);
Result<void*> load_library_file(runtime::Context& context, const char* name, const JitOptions& options);
Result<void> unload_library(runtime::Context& context, const void* handle);

Result<void*> library_kernel(runtime::Context& context, const void* handle, const char* name);
Result<void> library_variable(runtime::Context& context, const void* handle, const char* name, uint64_t* address,
                              size_t* bytes);
Result<void> count_kernels(runtime::Context& context, const void* handle, unsigned* count);
Result<void> list_kernels(runtime::Context& context, const void* handle, unsigned most, void** kernels);
// InvalidValue beyond the last parameter. `bytes` may be null.
Result<void> kernel_parameter(runtime::Context& context, runtime::Kernel& kernel, size_t index, size_t* offset,
                              size_t* bytes);

}  // namespace qiao::shim
