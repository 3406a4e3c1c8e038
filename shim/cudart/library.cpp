// Libraries and the kernels and variables in them (runtime API), and what a kernel's parameters are.
#include "shim/common/libraries.h"

#include "shim/common/answer.h"
#include "shim/cudart/kernel.h"
#include "src/runtime/device.h"

namespace qiao::shim {
namespace {

// Runs `make(Context&) -> Result<void*>` and gives what it made.
template <class Handle, class Make>
cudaError_t give(Handle* out, Make make) {
  if (out == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<void*> made = make(context);
    if (!made) return made.error();
    *out = reinterpret_cast<Handle>(*made);
    return {};
  });
}

}  // namespace

cudaError_t Cudart::cudaLibraryLoadData(cudaLibrary_t* library, const void* code, cudaJitOption* options, void** values,
                                        unsigned int count, cudaLibraryOption*, void**, unsigned int) {
  if (code == nullptr) return cudaErrorInvalidValue;
  return give(library, [&](runtime::Context& context) {
    return load_library(context, code, jit_options(count, options, values));
  });
}
cudaError_t Cudart::cudaLibraryLoadFromFile(cudaLibrary_t* library, const char* name, cudaJitOption* options,
                                            void** values, unsigned int count, cudaLibraryOption*, void**,
                                            unsigned int) {
  if (name == nullptr) return cudaErrorInvalidValue;
  return give(library, [&](runtime::Context& context) {
    return load_library_file(context, name, jit_options(count, options, values));
  });
}
cudaError_t Cudart::cudaLibraryUnload(cudaLibrary_t library) {
  return in_runtime_context([&](runtime::Context& context) { return unload_library(context, library); });
}

cudaError_t Cudart::cudaLibraryGetKernel(cudaKernel_t* kernel, cudaLibrary_t library, const char* name) {
  return give(kernel, [&](runtime::Context& context) { return library_kernel(context, library, name); });
}
cudaError_t Cudart::cudaLibraryGetGlobal(void** address, size_t* bytes, cudaLibrary_t library, const char* name) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    uint64_t found = 0;
    Result<void> done = library_variable(context, library, name, &found, bytes);
    if (done && address != nullptr) *address = reinterpret_cast<void*>(found);
    return done;
  });
}
cudaError_t Cudart::cudaLibraryGetManaged(void** address, size_t* bytes, cudaLibrary_t library, const char* name) {
  return cudaLibraryGetGlobal(address, bytes, library, name);
}
cudaError_t Cudart::cudaLibraryGetKernelCount(unsigned int* count, cudaLibrary_t library) {
  if (count == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) { return count_kernels(context, library, count); });
}
cudaError_t Cudart::cudaLibraryEnumerateKernels(cudaKernel_t* kernels, unsigned int most, cudaLibrary_t library) {
  if (kernels == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) {
    return list_kernels(context, library, most, reinterpret_cast<void**>(kernels));
  });
}

cudaError_t Cudart::cudaKernelSetAttributeForDevice(cudaKernel_t kernel, cudaFuncAttribute attribute, int value,
                                                    int device) {
  Result<std::shared_ptr<runtime::Context>> context = runtime::runtime_context();
  if (!context) return runtime_answer(context.error());
  if ((*context)->device().ordinal() != device)
    return runtime_answer(unsupported("cudaKernelSetAttributeForDevice for another device than the current one"));
  return cudaFuncSetAttribute(kernel, attribute, value);
}

cudaError_t Cudart::cudaFuncGetParamInfo(const void* function, size_t index, size_t* offset, size_t* bytes) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = kernel_of(function);
    if (!kernel) return kernel.error();
    return kernel_parameter(context, **kernel, index, offset, bytes);
  });
}

}  // namespace qiao::shim
