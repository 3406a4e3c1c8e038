#include "src/runtime/registration.h"

#include <mutex>

#include "src/base/environment.h"
#include "src/runtime/context.h"
#include "src/runtime/platform.h"

namespace qiao::runtime {

bool loads_eagerly() {
  static const bool eager = environment("CUDA_MODULE_LOADING") == "EAGER";
  return eager;
}

Registered& Registered::instance() {
  static auto* registered = new Registered;  // never destroyed: programs unregister from atexit handlers
  return *registered;
}

void Registered::add_binary(const void* binary, const void* wrapper) {
  std::unique_lock lock(mutex_);
  binaries_[binary].wrapper = wrapper;
}

void Registered::add_function(const void* binary, const void* host_function, std::string name) {
  std::unique_lock lock(mutex_);
  functions_[host_function] = {binary, std::move(name), nullptr};
}

void Registered::add_variable(const void* binary, const void* host_variable, std::string name) {
  std::unique_lock lock(mutex_);
  variables_[host_variable] = {binary, std::move(name), nullptr};
}

void Registered::add_managed(const void* binary, void** host_pointer, std::string name) {
  std::unique_lock lock(mutex_);
  binaries_[binary].managed.emplace_back(host_pointer, name);
  variables_[host_pointer] = {binary, std::move(name), nullptr};
}

Result<std::shared_ptr<Library>> Registered::library_of(Binary& binary) {
  if (binary.library) return binary.library;
  Result<Platform*> platform = Platform::get();
  if (!platform) return platform.error();
  const hal::ChipDescription& chip = (*(*platform)->device(0))->description();
  unsigned sm = static_cast<unsigned>(chip.compute_major * 10 + chip.compute_minor);
  Result<std::shared_ptr<Library>> library = Library::from_image(binary.wrapper, sm, true);
  if (library) binary.library = *library;
  return library;
}

Result<void> Registered::complete(const void* binary) {
  std::unique_lock lock(mutex_);
  auto found = binaries_.find(binary);
  if (found == binaries_.end() || found->second.managed.empty()) return {};
  Result<std::shared_ptr<Library>> library = library_of(found->second);
  if (!library) return library.error();
  Result<Platform*> platform = Platform::get();
  if (!platform) return platform.error();
  std::shared_ptr<Context> context = (*(*platform)->device(0))->primary_context();
  Result<std::shared_ptr<LibraryInstance>> instance = context->instance_of(**library);
  if (!instance) return instance.error();
  for (const auto& [host_pointer, name] : found->second.managed) {
    Result<hal::GlobalVariable> variable = (*instance)->module().find_global(name);
    if (!variable) return variable.error();
    *host_pointer = reinterpret_cast<void*>(variable->address);
  }
  return {};
}

Result<void> Registered::load_all(Context& context) {
  std::vector<std::shared_ptr<Library>> libraries;
  {
    std::unique_lock lock(mutex_);
    for (auto& [key, binary] : binaries_) {
      Result<std::shared_ptr<Library>> library = library_of(binary);
      if (!library) return library.error();
      libraries.push_back(*std::move(library));
    }
  }
  for (const std::shared_ptr<Library>& library : libraries) {
    Result<std::shared_ptr<LibraryInstance>> instance = context.instance_of(*library);
    if (!instance) return instance.error();
  }
  return {};
}

void Registered::remove_binary(const void* binary) {
  std::shared_ptr<Library> last;
  std::unique_lock lock(mutex_);
  auto found = binaries_.find(binary);
  if (found == binaries_.end()) return;
  last = std::move(found->second.library);
  binaries_.erase(found);
  std::erase_if(functions_, [&](const auto& entry) { return entry.second.binary == binary; });
  std::erase_if(variables_, [&](const auto& entry) { return entry.second.binary == binary; });
}

Result<std::shared_ptr<Kernel>> Registered::kernel(const void* host_function) {
  {
    std::shared_lock lock(mutex_);
    auto found = functions_.find(host_function);
    if (found == functions_.end()) {
      return invalid(Code::InvalidDeviceFunction, "host address is not a registered kernel");
    }
    if (found->second.kernel) return found->second.kernel;
  }
  std::unique_lock lock(mutex_);
  auto found = functions_.find(host_function);
  if (found == functions_.end()) return invalid(Code::InvalidDeviceFunction, "kernel was unregistered");
  Result<std::shared_ptr<Library>> library = library_of(binaries_[found->second.binary]);
  if (!library) return library.error();
  found->second.kernel = (*library)->kernel(found->second.name);
  return found->second.kernel;
}

Result<hal::GlobalVariable> Registered::variable(const void* host_variable, Context& context) {
  std::shared_ptr<Library> library;
  std::string name;
  {
    std::unique_lock lock(mutex_);
    auto found = variables_.find(host_variable);
    if (found == variables_.end()) return invalid(Code::InvalidSymbol, "host address is not a registered variable");
    Result<std::shared_ptr<Library>> made = library_of(binaries_[found->second.binary]);
    if (!made) return made.error();
    library = *made;
    name = found->second.name;
  }
  Result<std::shared_ptr<LibraryInstance>> instance = context.instance_of(*library);
  if (!instance) return instance.error();
  return (*instance)->module().find_global(name);
}

}  // namespace qiao::runtime
