// Memory and events of other processes, in the driver API.
#include "src/runtime/ipc.h"

#include <cstring>

#include "shim/common/events.h"

namespace qiao::shim {
namespace {

constexpr unsigned kLazyPeerAccess = 1;  // CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS: cuda.h

runtime::IpcHandle bytes_of(const char (&reserved)[64]) {
  runtime::IpcHandle handle;
  std::memcpy(handle.data(), reserved, handle.size());
  return handle;
}

}  // namespace

CUresult Driver::cuIpcGetMemHandle(CUipcMemHandle* handle, CUdeviceptr pointer) {
  if (handle == nullptr || pointer == 0) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    Result<runtime::IpcHandle> made = runtime::memory_handle(pointer);
    if (!made) return made.error();
    std::memcpy(handle->reserved, made->data(), made->size());
    return {};
  });
}

CUresult Driver::cuIpcOpenMemHandle_v2(CUdeviceptr* pointer, CUipcMemHandle handle, unsigned int flags) {
  if (pointer == nullptr || flags != kLazyPeerAccess) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<uint64_t> address = runtime::open_memory_handle(context, bytes_of(handle.reserved));
    if (!address) return address.error();
    *pointer = *address;
    return {};
  });
}

CUresult Driver::cuIpcOpenMemHandle(CUdeviceptr* pointer, CUipcMemHandle handle, unsigned int flags) {
  return cuIpcOpenMemHandle_v2(pointer, handle, flags);
}

CUresult Driver::cuIpcCloseMemHandle(CUdeviceptr pointer) {
  return in_driver_context([&](runtime::Context&) { return runtime::close_memory_handle(pointer); });
}

CUresult Driver::cuIpcGetEventHandle(CUipcEventHandle* handle, CUevent event) {
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    Result<runtime::IpcHandle> made = event_handle(event);
    if (!made) return made.error();
    std::memcpy(handle->reserved, made->data(), made->size());
    return {};
  });
}

CUresult Driver::cuIpcOpenEventHandle(CUevent* event, CUipcEventHandle handle) {
  if (event == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<void*> made = open_event(context, bytes_of(handle.reserved));
    if (!made) return made.error();
    *event = static_cast<CUevent>(*made);
    return {};
  });
}

}  // namespace qiao::shim
