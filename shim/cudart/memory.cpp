// Allocation, registration and pointer queries of the runtime API.
#include "src/runtime/memory.h"

#include "shim/common/answer.h"
#include "shim/common/managed.h"
#include "src/runtime/copy.h"
#include "src/runtime/device.h"
#include "src/runtime/registration.h"

namespace qiao::shim {
namespace {

using runtime::MemoryKind;

cudaError_t allocate(void** pointer, size_t bytes, MemoryKind kind, unsigned flags) {
  if (pointer == nullptr) return cudaErrorInvalidValue;
  *pointer = nullptr;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    if (bytes == 0) {
      if (kind == MemoryKind::Managed) return invalid(Code::InvalidValue, "managed allocation of zero bytes");
      return {};
    }
    Result<uint64_t> address = runtime::allocate_memory(context, bytes, kind, flags);
    if (!address) return address.error();
    *pointer = reinterpret_cast<void*>(*address);
    return {};
  });
}

// CUDA's frees wait for all work that may use the memory.
cudaError_t release(void* pointer, std::initializer_list<MemoryKind> kinds) {
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    if (pointer == nullptr) return {};
    return runtime::free_memory(reinterpret_cast<uint64_t>(pointer), kinds);
  });
}

std::optional<runtime::Allocation> find_allocation(const void* pointer) {
  return runtime::MemoryMap::instance().find(reinterpret_cast<uint64_t>(pointer));
}

template <class Attributes>
cudaError_t pointer_attributes(Attributes* out, const void* pointer) {
  if (out == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    *out = {};
    std::optional<runtime::Allocation> found = find_allocation(pointer);
    if (!found) {
      out->type = cudaMemoryTypeUnregistered;
      out->device = -2;  // cudaInvalidDeviceId: driver_types.h
      out->hostPointer = const_cast<void*>(pointer);
      return {};
    }
    const bool managed = found->kind == MemoryKind::Managed;
    out->type = managed ? cudaMemoryTypeManaged : found->is_host() ? cudaMemoryTypeHost : cudaMemoryTypeDevice;
    out->device = found->device->ordinal();
    out->devicePointer = const_cast<void*>(pointer);
    out->hostPointer = managed || found->is_host() ? const_cast<void*>(pointer) : nullptr;
    return {};
  });
}

cudaError_t attach(const void* pointer, size_t bytes, unsigned flags) {
  return in_runtime_context(
      [&](runtime::Context&) { return check_attachment(reinterpret_cast<uint64_t>(pointer), bytes, flags); });
}

}  // namespace

cudaError_t Cudart::cudaMalloc(void** pointer, size_t bytes) {
  return allocate(pointer, bytes, MemoryKind::Device, 0);
}

cudaError_t Cudart::cudaFree(void* pointer) {
  return release(pointer, {MemoryKind::Device, MemoryKind::Managed, MemoryKind::Pool});
}

cudaError_t Cudart::cudaMallocHost(void** pointer, size_t bytes) {
  return allocate(pointer, bytes, MemoryKind::PinnedHost, 0);
}

cudaError_t Cudart::cudaHostAlloc(void** pointer, size_t bytes, unsigned int flags) {
  return allocate(pointer, bytes, MemoryKind::PinnedHost, flags);
}

cudaError_t Cudart::cudaFreeHost(void* pointer) {
  return release(pointer, {MemoryKind::PinnedHost});
}

cudaError_t Cudart::cudaMallocManaged(void** pointer, size_t bytes, unsigned int flags) {
  return allocate(pointer, bytes, MemoryKind::Managed, flags);
}

cudaError_t Cudart::cudaMallocPitch(void** pointer, size_t* pitch, size_t width, size_t height) {
  if (pitch == nullptr) return cudaErrorInvalidValue;
  *pitch = runtime::pitch_of(width);
  return allocate(pointer, *pitch * height, MemoryKind::Device, 0);
}

cudaError_t Cudart::cudaMalloc3D(cudaPitchedPtr* pitched, cudaExtent extent) {
  if (pitched == nullptr) return cudaErrorInvalidValue;
  pitched->xsize = extent.width;
  pitched->ysize = extent.height;
  return cudaMallocPitch(&pitched->ptr, &pitched->pitch, extent.width, extent.height * extent.depth);
}

cudaError_t Cudart::cudaHostGetDevicePointer(void** device, void* host, unsigned int flags) {
  if (device == nullptr || flags != 0) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    std::optional<runtime::Allocation> found = find_allocation(host);
    if (!found || !(found->is_host() || found->kind == MemoryKind::Managed)) {
      return invalid(Code::InvalidValue, "host pointer is neither pinned nor registered");
    }
    *device = host;
    return {};
  });
}

cudaError_t Cudart::cudaHostGetFlags(unsigned int* flags, void* host) {
  if (flags == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    std::optional<runtime::Allocation> found = find_allocation(host);
    if (!found || !found->is_host()) {
      return invalid(Code::InvalidValue, "host pointer is neither pinned nor registered");
    }
    *flags = found->flags;
    return {};
  });
}

cudaError_t Cudart::cudaHostRegister(void* host, size_t bytes, unsigned int flags) {
  if (host == nullptr || bytes == 0) return cudaErrorInvalidValue;
  return in_runtime_context(
      [&](runtime::Context& context) { return runtime::register_host_memory(context, host, bytes, flags); });
}

cudaError_t Cudart::cudaHostUnregister(void* host) {
  return in_runtime_context([&](runtime::Context&) { return runtime::unregister_host_memory(host); });
}

cudaError_t Cudart::cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    if (free_bytes != nullptr) *free_bytes = context.device().hal().free_bytes();
    if (total_bytes != nullptr) *total_bytes = context.device().hal().total_bytes();
    return {};
  });
}

cudaError_t Cudart::cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  return pointer_attributes(attributes, pointer);
}

cudaError_t Cudart::cudaPointerGetAttributes_until13(cudaPointerAttributes_v12* attributes, const void* pointer) {
  return pointer_attributes(attributes, pointer);
}

cudaError_t Cudart::cudaStreamAttachMemAsync(cudaStream_t, void* pointer, size_t bytes, unsigned int flags) {
  return attach(pointer, bytes, flags);
}

cudaError_t Cudart::cudaStreamAttachMemAsync_ptsz(cudaStream_t, void* pointer, size_t bytes, unsigned int flags) {
  return attach(pointer, bytes, flags);
}

cudaError_t Cudart::cudaGetSymbolAddress(void** address, const void* symbol) {
  if (address == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<hal::GlobalVariable> variable = runtime::Registered::instance().variable(symbol, context);
    if (!variable) return variable.error();
    *address = reinterpret_cast<void*>(variable->address);
    return {};
  });
}

cudaError_t Cudart::cudaGetSymbolSize(size_t* bytes, const void* symbol) {
  if (bytes == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<hal::GlobalVariable> variable = runtime::Registered::instance().variable(symbol, context);
    if (!variable) return variable.error();
    *bytes = variable->bytes;
    return {};
  });
}

}  // namespace qiao::shim
