// Modules, libraries and the kernels and variables in them (driver API).
#include <cstring>
#include <fstream>
#include <iterator>

#include "shim/common/answer.h"
#include "shim/common/kernels.h"
#include "shim/cuda/modules.h"
#include "src/runtime/device.h"
#include "src/runtime/platform.h"

namespace qiao::shim {

runtime::Registry<LoadedLibrary>& library_handles() {
  static auto* handles = new runtime::Registry<LoadedLibrary>;
  return *handles;
}

Result<std::shared_ptr<runtime::Kernel>> driver_kernel(const void* handle) {
  std::shared_ptr<runtime::Kernel> kernel = kernel_handles().find(handle);
  if (!kernel) return invalid(Code::InvalidHandle, "function handle is not live");
  return kernel;
}

unsigned sm_of(const runtime::Context& context) {
  const hal::ChipDescription& chip = context.device().description();
  return static_cast<unsigned>(chip.compute_major * 10 + chip.compute_minor);
}

void write_jit_log(unsigned count, const CUjit_option* options, void** values, const std::string& text) {
  char* buffer = nullptr;
  size_t size = 0;
  void** written = nullptr;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER) buffer = static_cast<char*>(values[i]);
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES) {
      size = reinterpret_cast<size_t>(values[i]);
      written = &values[i];
    }
  }
  if (buffer == nullptr || size == 0) return;
  size_t length = std::min(size - 1, text.size());
  std::memcpy(buffer, text.data(), length);
  buffer[length] = '\0';
  *written = reinterpret_cast<void*>(length + 1);
}

namespace {

using runtime::Library;

template <class Handle>
void give(Handle* handle, std::shared_ptr<Library> library) {
  auto loaded = std::make_shared<LoadedLibrary>(LoadedLibrary{std::move(library), {}});
  *handle = reinterpret_cast<Handle>(library_handles().add(std::move(loaded)));
}

template <class Handle>
CUresult load(Handle* handle, const void* image, unsigned count, const CUjit_option* options, void** values) {
  if (handle == nullptr || image == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<Library>> library = Library::from_image(image, sm_of(context), false);
    if (!library) {
      write_jit_log(count, options, values, library.error().message);
      return library.error();
    }
    give(handle, *std::move(library));
    return {};
  });
}

template <class Handle>
CUresult load_file(Handle* handle, const char* name) {
  if (handle == nullptr || name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::ifstream file(name, std::ios::binary);
  if (!file) return driver_answer(invalid(Code::FileNotFound, "cannot open module file '" + std::string(name) + "'"));
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<Library>> library = Library::from_file(bytes, sm_of(context));
    if (!library) return library.error();
    give(handle, *std::move(library));
    return {};
  });
}

Result<std::shared_ptr<LoadedLibrary>> library_of(const void* handle) {
  std::shared_ptr<LoadedLibrary> loaded = library_handles().find(handle);
  if (!loaded) return invalid(Code::InvalidHandle, "module or library handle is not live");
  return loaded;
}

CUresult unload(const void* handle) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    std::shared_ptr<LoadedLibrary> loaded = library_handles().remove(handle);
    if (!loaded) return invalid(Code::InvalidHandle, "module or library handle is not live");
    context.synchronize();
    for (const void* kernel : loaded->kernels) kernel_handles().remove(kernel);
    context.drop_instance(*loaded->library);
    return {};
  });
}

template <class Handle>
Result<void> get_kernel(Handle* out, const void* library_handle, const char* name, runtime::Context& context) {
  if (out == nullptr || name == nullptr) return invalid(Code::InvalidValue, "kernel name or result pointer is null");
  Result<std::shared_ptr<LoadedLibrary>> loaded = library_of(library_handle);
  if (!loaded) return loaded.error();
  std::shared_ptr<runtime::Kernel> kernel = (*loaded)->library->kernel(name);
  Result<hal::Kernel*> code = kernel->in(context);
  if (!code) return code.error();
  (*loaded)->kernels.push_back(kernel.get());
  *out = reinterpret_cast<Handle>(kernel_handles().add(std::move(kernel)));
  return {};
}

Result<void> get_global(CUdeviceptr* address, size_t* bytes, const void* library_handle, const char* name,
                        runtime::Context& context) {
  if (name == nullptr) return invalid(Code::InvalidValue, "variable name is null");
  Result<std::shared_ptr<LoadedLibrary>> loaded = library_of(library_handle);
  if (!loaded) return loaded.error();
  Result<std::shared_ptr<runtime::LibraryInstance>> instance = context.instance_of(*(*loaded)->library);
  if (!instance) return instance.error();
  Result<hal::GlobalVariable> variable = (*instance)->module().find_global(name);
  if (!variable) return variable.error();
  if (address != nullptr) *address = variable->address;
  if (bytes != nullptr) *bytes = variable->bytes;
  return {};
}

}  // namespace

CUresult Driver::cuModuleLoadData(CUmodule* module, const void* image) {
  return load(module, image, 0, nullptr, nullptr);
}
CUresult Driver::cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned int count, CUjit_option* options,
                                    void** values) {
  return load(module, image, count, options, values);
}
CUresult Driver::cuModuleLoadFatBinary(CUmodule* module, const void* image) {
  return load(module, image, 0, nullptr, nullptr);
}
CUresult Driver::cuModuleLoad(CUmodule* module, const char* name) {
  return load_file(module, name);
}
CUresult Driver::cuModuleUnload(CUmodule module) {
  return unload(module);
}

CUresult Driver::cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  return in_driver_context([&](runtime::Context& context) { return get_kernel(function, module, name, context); });
}

CUresult Driver::cuModuleGetGlobal_v2(CUdeviceptr* address, size_t* bytes, CUmodule module, const char* name) {
  return in_driver_context(
      [&](runtime::Context& context) { return get_global(address, bytes, module, name, context); });
}

CUresult Driver::cuModuleGetLoadingMode(CUmoduleLoadingMode* mode) {
  if (mode == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *mode = CU_MODULE_LAZY_LOADING;
  return CUDA_SUCCESS;
}

CUresult Driver::cuLibraryLoadData(CUlibrary* library, const void* code, CUjit_option* options, void** values,
                                   unsigned int count, CUlibraryOption*, void**, unsigned int) {
  return load(library, code, count, options, values);
}
CUresult Driver::cuLibraryLoadFromFile(CUlibrary* library, const char* name, CUjit_option*, void**, unsigned int,
                                       CUlibraryOption*, void**, unsigned int) {
  return load_file(library, name);
}
CUresult Driver::cuLibraryUnload(CUlibrary library) {
  return unload(library);
}

CUresult Driver::cuLibraryGetKernel(CUkernel* kernel, CUlibrary library, const char* name) {
  return in_driver_context([&](runtime::Context& context) { return get_kernel(kernel, library, name, context); });
}

CUresult Driver::cuLibraryGetGlobal(CUdeviceptr* address, size_t* bytes, CUlibrary library, const char* name) {
  return in_driver_context(
      [&](runtime::Context& context) { return get_global(address, bytes, library, name, context); });
}

CUresult Driver::cuLibraryGetManaged(CUdeviceptr* address, size_t* bytes, CUlibrary library, const char* name) {
  return cuLibraryGetGlobal(address, bytes, library, name);
}

CUresult Driver::cuLibraryGetModule(CUmodule* module, CUlibrary library) {
  if (module == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<std::shared_ptr<LoadedLibrary>> loaded = library_of(library);
  if (!loaded) return driver_answer(loaded.error());
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

}  // namespace qiao::shim
