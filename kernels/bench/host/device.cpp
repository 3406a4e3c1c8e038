#include "kernels/bench/host/device.h"

#include <utility>

namespace qiao::bench {

Result<void> Device::failure() {
  if (failure_.empty()) return {};
  return invalid(Code::LaunchFailed, std::exchange(failure_, std::string()));
}

Result<Module> Module::load(Device& device, const char* text) {
  Result<ModuleHandle> handle = device.load(text);
  if (!handle) return handle.error();
  return Module(device, *handle);
}

Module::Module(Module&& other) noexcept
    : device_(other.device_), handle_(std::exchange(other.handle_, nullptr)), functions_(std::move(other.functions_)) {}

Module::~Module() {
  if (handle_ != nullptr) device_->unload(handle_);
}

Function Module::operator[](const std::string& kernel) const {
  auto [at, is_new] = functions_.try_emplace(kernel, nullptr);
  if (is_new) at->second = device_->function(handle_, kernel);
  return at->second;
}

}  // namespace qiao::bench
