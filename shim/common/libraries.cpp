#include "shim/common/libraries.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "src/runtime/device.h"

namespace qiao::shim {

runtime::Registry<LoadedLibrary>& library_handles() {
  static auto* handles = new runtime::Registry<LoadedLibrary>;
  return *handles;
}

unsigned sm_of(const runtime::Context& context) {
  const hal::ChipDescription& chip = context.device().description();
  return static_cast<unsigned>(chip.compute_major * 10 + chip.compute_minor);
}

namespace {

using runtime::Library;

// CU_JIT_* and cudaJit*.
constexpr int kInfoLog = 3, kInfoLogBytes = 4, kErrorLog = 5, kErrorLogBytes = 6;

// Into the buffer of one log, and how much into the option that gave its size.
void write_log(const JitOptions& given, int log, int log_bytes, const std::string& text) {
  char* buffer = nullptr;
  size_t size = 0;
  void** written = nullptr;
  for (unsigned i = 0; i < given.count; ++i) {
    if (given.options[i] == log) buffer = static_cast<char*>(given.values[i]);
    if (given.options[i] == log_bytes) {
      size = reinterpret_cast<size_t>(given.values[i]);
      written = &given.values[i];
    }
  }
  if (buffer == nullptr || size == 0) return;
  const size_t length = std::min(size - 1, text.size());
  std::memcpy(buffer, text.data(), length);
  buffer[length] = '\0';
  *written = reinterpret_cast<void*>(length == 0 ? 0 : length + 1);
}

Result<void*> keep(Result<std::shared_ptr<Library>> library, const JitOptions& options) {
  write_jit_log(options, library ? std::string() : library.error().message);
  if (!library) return library.error();
  auto loaded = std::make_shared<LoadedLibrary>(LoadedLibrary{*std::move(library), {}});
  return library_handles().add(std::move(loaded));
}

Result<std::shared_ptr<LoadedLibrary>> library_of(const void* handle) {
  std::shared_ptr<LoadedLibrary> loaded = library_handles().find(handle);
  if (!loaded) return invalid(Code::InvalidHandle, "module or library handle is not live");
  return loaded;
}

Result<std::vector<std::string>> kernel_names(runtime::Context& context, const void* handle) {
  Result<std::shared_ptr<LoadedLibrary>> loaded = library_of(handle);
  if (!loaded) return loaded.error();
  Result<std::shared_ptr<runtime::LibraryInstance>> instance = context.instance_of(*(*loaded)->library);
  if (!instance) return instance.error();
  return (*instance)->module().kernel_names();
}

}  // namespace

void write_jit_log(const JitOptions& options, const std::string& text) {
  write_log(options, kErrorLog, kErrorLogBytes, text);
  write_log(options, kInfoLog, kInfoLogBytes, {});
}

void clear_jit_logs(const JitOptions& options) {
  for (unsigned i = 0; i < options.count; ++i) {
    const bool is_log = options.options[i] == kErrorLog || options.options[i] == kInfoLog;
    if (is_log && options.values[i] != nullptr) *static_cast<char*>(options.values[i]) = '\0';
  }
}

Result<void*> load_library(runtime::Context& context, const void* image, const JitOptions& options) {
  return keep(Library::from_image(image, sm_of(context), false), options);
}

Result<void*> load_library_file(runtime::Context& context, const char* name, const JitOptions& options) {
  std::ifstream file(name, std::ios::binary);
  if (!file) return invalid(Code::FileNotFound, "cannot open module file '" + std::string(name) + "'");
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return keep(Library::from_file(bytes, sm_of(context)), options);
}

Result<void> unload_library(runtime::Context& context, const void* handle) {
  std::shared_ptr<LoadedLibrary> loaded = library_handles().remove(handle);
  if (!loaded) return invalid(Code::InvalidHandle, "module or library handle is not live");
  context.synchronize();
  for (const void* kernel : loaded->kernels) kernel_handles().remove(kernel);
  context.drop_instance(*loaded->library);
  return {};
}

Result<void*> library_kernel(runtime::Context& context, const void* handle, const char* name) {
  if (name == nullptr) return invalid(Code::InvalidValue, "kernel name is null");
  Result<std::shared_ptr<LoadedLibrary>> loaded = library_of(handle);
  if (!loaded) return loaded.error();
  std::shared_ptr<runtime::Kernel> kernel = (*loaded)->library->kernel(name);
  Result<hal::Kernel*> code = kernel->in(context);
  if (!code) return code.error();
  (*loaded)->kernels.push_back(kernel.get());
  return kernel_handles().add(std::move(kernel));
}

Result<void> library_variable(runtime::Context& context, const void* handle, const char* name, uint64_t* address,
                              size_t* bytes) {
  if (name == nullptr) return invalid(Code::InvalidValue, "variable name is null");
  Result<std::shared_ptr<LoadedLibrary>> loaded = library_of(handle);
  if (!loaded) return loaded.error();
  Result<std::shared_ptr<runtime::LibraryInstance>> instance = context.instance_of(*(*loaded)->library);
  if (!instance) return instance.error();
  Result<hal::GlobalVariable> variable = (*instance)->module().find_global(name);
  if (!variable) return variable.error();
  if (address != nullptr) *address = variable->address;
  if (bytes != nullptr) *bytes = variable->bytes;
  return {};
}

Result<void> count_kernels(runtime::Context& context, const void* handle, unsigned* count) {
  Result<std::vector<std::string>> names = kernel_names(context, handle);
  if (!names) return names.error();
  *count = static_cast<unsigned>(names->size());
  return {};
}

Result<void> list_kernels(runtime::Context& context, const void* handle, unsigned most, void** kernels) {
  Result<std::vector<std::string>> names = kernel_names(context, handle);
  if (!names) return names.error();
  for (unsigned i = 0; i < std::min<size_t>(most, names->size()); ++i) {
    Result<void*> kernel = library_kernel(context, handle, (*names)[i].c_str());
    if (!kernel) return kernel.error();
    kernels[i] = *kernel;
  }
  return {};
}

Result<void> kernel_parameter(runtime::Context& context, runtime::Kernel& kernel, size_t index, size_t* offset,
                              size_t* bytes) {
  Result<hal::KernelAttributes> attributes = kernel.attributes(context);
  if (!attributes) return attributes.error();
  if (offset == nullptr || index >= attributes->param_offsets.size())
    return invalid(Code::InvalidValue, "parameter " + std::to_string(index) + " of kernel " + kernel.name());
  *offset = attributes->param_offsets[index];
  if (bytes != nullptr) *bytes = attributes->param_sizes[index];
  return {};
}

}  // namespace qiao::shim
