// Memory and events of other processes, in the runtime API.
#include "src/runtime/ipc.h"

#include <cstring>

#include "shim/common/events.h"

namespace qiao::shim {
namespace {

constexpr unsigned kLazyPeerAccess = 1;  // cudaIpcMemLazyEnablePeerAccess: driver_types.h

runtime::IpcHandle bytes_of(const char (&reserved)[64]) {
  runtime::IpcHandle handle;
  std::memcpy(handle.data(), reserved, handle.size());
  return handle;
}

}  // namespace

cudaError_t Cudart::cudaIpcGetMemHandle(cudaIpcMemHandle_t* handle, void* pointer) {
  if (handle == nullptr || pointer == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    Result<runtime::IpcHandle> made = runtime::memory_handle(reinterpret_cast<uint64_t>(pointer));
    if (!made) return made.error();
    std::memcpy(handle->reserved, made->data(), made->size());
    return {};
  });
}

cudaError_t Cudart::cudaIpcOpenMemHandle(void** pointer, cudaIpcMemHandle_t handle, unsigned int flags) {
  if (pointer == nullptr || flags != kLazyPeerAccess) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<uint64_t> address = runtime::open_memory_handle(context, bytes_of(handle.reserved));
    if (!address) return address.error();
    *pointer = reinterpret_cast<void*>(*address);
    return {};
  });
}

cudaError_t Cudart::cudaIpcCloseMemHandle(void* pointer) {
  return in_runtime_context(
      [&](runtime::Context&) { return runtime::close_memory_handle(reinterpret_cast<uint64_t>(pointer)); });
}

cudaError_t Cudart::cudaIpcGetEventHandle(cudaIpcEventHandle_t* handle, cudaEvent_t event) {
  if (handle == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    Result<runtime::IpcHandle> made = event_handle(event);
    if (!made) return made.error();
    std::memcpy(handle->reserved, made->data(), made->size());
    return {};
  });
}

cudaError_t Cudart::cudaIpcOpenEventHandle(cudaEvent_t* event, cudaIpcEventHandle_t handle) {
  if (event == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<void*> made = open_event(context, bytes_of(handle.reserved));
    if (!made) return made.error();
    *event = static_cast<cudaEvent_t>(*made);
    return {};
  });
}

}  // namespace qiao::shim
