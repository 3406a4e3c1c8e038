// Modules, libraries and the kernels and variables in them (driver API).
#include "shim/cuda/modules.h"

#include "shim/common/answer.h"
#include "src/runtime/registration.h"

namespace qiao::shim {

Result<std::shared_ptr<runtime::Kernel>> driver_kernel(const void* handle) {
  std::shared_ptr<runtime::Kernel> kernel = kernel_handles().find(handle);
  if (!kernel) return invalid(Code::InvalidHandle, "function handle is not live");
  return kernel;
}

namespace {

// Runs `make(Context&) -> Result<void*>` and gives what it made.
template <class Handle, class Make>
CUresult give(Handle* out, Make make) {
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<void*> made = make(context);
    if (!made) return made.error();
    *out = reinterpret_cast<Handle>(*made);
    return {};
  });
}

template <class Handle>
CUresult load(Handle* handle, const void* image, const JitOptions& options) {
  if (image == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return give(handle, [&](runtime::Context& context) { return load_library(context, image, options); });
}

template <class Handle>
CUresult load_file(Handle* handle, const char* name, const JitOptions& options) {
  if (name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return give(handle, [&](runtime::Context& context) { return load_library_file(context, name, options); });
}

CUresult unload(const void* handle) {
  return in_driver_context([&](runtime::Context& context) { return unload_library(context, handle); });
}

template <class Handle>
CUresult kernel_named(Handle* out, const void* library, const char* name) {
  return give(out, [&](runtime::Context& context) { return library_kernel(context, library, name); });
}

CUresult variable_named(CUdeviceptr* address, size_t* bytes, const void* library, const char* name) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    uint64_t found = 0;
    Result<void> done = library_variable(context, library, name, &found, bytes);
    if (done && address != nullptr) *address = found;
    return done;
  });
}

CUresult count(unsigned int* kernels, const void* library) {
  if (kernels == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) { return count_kernels(context, library, kernels); });
}

template <class Handle>
CUresult list(Handle* kernels, unsigned int most, const void* library) {
  if (kernels == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) {
    return list_kernels(context, library, most, reinterpret_cast<void**>(kernels));
  });
}

CUresult parameter(const void* handle, size_t index, size_t* offset, size_t* bytes) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = driver_kernel(handle);
    if (!kernel) return kernel.error();
    return kernel_parameter(context, **kernel, index, offset, bytes);
  });
}

}  // namespace

CUresult Driver::cuModuleLoadData(CUmodule* module, const void* image) {
  return load(module, image, {});
}
CUresult Driver::cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned int count, CUjit_option* options,
                                    void** values) {
  return load(module, image, jit_options(count, options, values));
}
CUresult Driver::cuModuleLoadFatBinary(CUmodule* module, const void* image) {
  return load(module, image, {});
}
CUresult Driver::cuModuleLoad(CUmodule* module, const char* name) {
  return load_file(module, name, {});
}
CUresult Driver::cuModuleUnload(CUmodule module) {
  return unload(module);
}

CUresult Driver::cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  return kernel_named(function, module, name);
}

CUresult Driver::cuModuleGetGlobal_v2(CUdeviceptr* address, size_t* bytes, CUmodule module, const char* name) {
  return variable_named(address, bytes, module, name);
}

CUresult Driver::cuModuleGetLoadingMode(CUmoduleLoadingMode* mode) {
  if (mode == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *mode = runtime::loads_eagerly() ? CU_MODULE_EAGER_LOADING : CU_MODULE_LAZY_LOADING;
  return CUDA_SUCCESS;
}

CUresult Driver::cuLibraryLoadData(CUlibrary* library, const void* code, CUjit_option* options, void** values,
                                   unsigned int count, CUlibraryOption*, void**, unsigned int) {
  return load(library, code, jit_options(count, options, values));
}
CUresult Driver::cuLibraryLoadFromFile(CUlibrary* library, const char* name, CUjit_option* options, void** values,
                                       unsigned int count, CUlibraryOption*, void**, unsigned int) {
  return load_file(library, name, jit_options(count, options, values));
}
CUresult Driver::cuLibraryUnload(CUlibrary library) {
  return unload(library);
}

CUresult Driver::cuLibraryGetKernel(CUkernel* kernel, CUlibrary library, const char* name) {
  return kernel_named(kernel, library, name);
}

CUresult Driver::cuLibraryGetGlobal(CUdeviceptr* address, size_t* bytes, CUlibrary library, const char* name) {
  return variable_named(address, bytes, library, name);
}

CUresult Driver::cuLibraryGetManaged(CUdeviceptr* address, size_t* bytes, CUlibrary library, const char* name) {
  return cuLibraryGetGlobal(address, bytes, library, name);
}

CUresult Driver::cuLibraryGetModule(CUmodule* module, CUlibrary library) {
  if (module == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!library_handles().find(library))
    return driver_answer(invalid(Code::InvalidHandle, "library handle is not live"));
  *module = reinterpret_cast<CUmodule>(library);
  return CUDA_SUCCESS;
}

CUresult Driver::cuKernelGetFunction(CUfunction* function, CUkernel kernel) {
  if (function == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<std::shared_ptr<runtime::Kernel>> found = driver_kernel(kernel);
  if (!found) return driver_answer(found.error());
  *function = reinterpret_cast<CUfunction>(kernel);
  return CUDA_SUCCESS;
}

CUresult Driver::cuModuleGetFunctionCount(unsigned int* kernels, CUmodule module) {
  return count(kernels, module);
}
CUresult Driver::cuLibraryGetKernelCount(unsigned int* kernels, CUlibrary library) {
  return count(kernels, library);
}
CUresult Driver::cuModuleEnumerateFunctions(CUfunction* functions, unsigned int most, CUmodule module) {
  return list(functions, most, module);
}
CUresult Driver::cuLibraryEnumerateKernels(CUkernel* kernels, unsigned int most, CUlibrary library) {
  return list(kernels, most, library);
}

CUresult Driver::cuFuncGetParamInfo(CUfunction function, size_t index, size_t* offset, size_t* bytes) {
  return parameter(function, index, offset, bytes);
}
CUresult Driver::cuKernelGetParamInfo(CUkernel kernel, size_t index, size_t* offset, size_t* bytes) {
  return parameter(kernel, index, offset, bytes);
}

}  // namespace qiao::shim
