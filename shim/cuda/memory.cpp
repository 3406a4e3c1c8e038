// Allocation, registration and pointer queries of the driver API.
#include "src/runtime/memory.h"

#include <cstring>
#include <mutex>
#include <set>

#include "shim/common/answer.h"
#include "src/runtime/copy.h"
#include "src/runtime/device.h"

namespace qiao::shim {
namespace {

using runtime::MemoryKind;

Result<void> allocate(uint64_t* address, size_t bytes, MemoryKind kind, unsigned flags, runtime::Context& context) {
  if (bytes == 0) return invalid(Code::InvalidValue, "allocation of zero bytes");
  Result<uint64_t> made = runtime::allocate_memory(context, bytes, kind, flags);
  if (!made) return made.error();
  *address = *made;
  return {};
}

CUresult allocate_device(CUdeviceptr* pointer, size_t bytes, MemoryKind kind, unsigned flags) {
  if (pointer == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    uint64_t address = 0;
    Result<void> done = allocate(&address, bytes, kind, flags, context);
    if (done) *pointer = address;
    return done;
  });
}

CUresult allocate_host(void** pointer, size_t bytes, unsigned flags) {
  if (pointer == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    uint64_t address = 0;
    Result<void> done = allocate(&address, bytes, MemoryKind::PinnedHost, flags, context);
    if (done) *pointer = reinterpret_cast<void*>(address);
    return done;
  });
}

CUresult release(uint64_t address, std::initializer_list<MemoryKind> kinds) {
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    if (address == 0) return {};
    return runtime::free_memory(address, kinds);
  });
}

// The allocations on which CU_POINTER_ATTRIBUTE_SYNC_MEMOPS was set, by id: kept to be told again, because the calls it
// is about always wait here.
class Synchronous {
 public:
  void set(uint64_t id, bool on) {
    std::lock_guard lock(mutex_);
    if (on) ids_.insert(id);
    if (!on) ids_.erase(id);
  }
  bool has(uint64_t id) {
    std::lock_guard lock(mutex_);
    return ids_.contains(id);
  }

 private:
  std::mutex mutex_;
  std::set<uint64_t> ids_;
};

Synchronous& synchronous() {
  static auto* made = new Synchronous;  // never destroyed: programs call from atexit handlers
  return *made;
}

// Writes one pointer attribute to where `data` points; the types are those of the manual's table.
Result<void> read_attribute(void* data, CUpointer_attribute attribute, CUdeviceptr pointer,
                            const runtime::Allocation& found) {
  bool managed = found.kind == MemoryKind::Managed;
  bool device = !managed && !found.is_host();
  switch (attribute) {
    case CU_POINTER_ATTRIBUTE_CONTEXT:
      *static_cast<void**>(data) = found.context;
      return {};
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
      *static_cast<unsigned*>(data) = device || managed ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
      return {};
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
      *static_cast<CUdeviceptr*>(data) = pointer;
      return {};
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
      if (device) return invalid(Code::InvalidValue, "device memory has no host pointer");
      *static_cast<void**>(data) = reinterpret_cast<void*>(pointer);
      return {};
    case CU_POINTER_ATTRIBUTE_IS_MANAGED:
      *static_cast<int*>(data) = managed;
      return {};
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
      *static_cast<int*>(data) = found.device->ordinal();
      return {};
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
      *static_cast<CUdeviceptr*>(data) = found.base;
      return {};
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
      *static_cast<size_t*>(data) = found.bytes;
      return {};
    case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
      *static_cast<void**>(data) = found.pool;
      return {};
    case CU_POINTER_ATTRIBUTE_MAPPED:
      *static_cast<int*>(data) = 1;
      return {};
    case CU_POINTER_ATTRIBUTE_BUFFER_ID:
      *static_cast<unsigned long long*>(data) = found.id;
      return {};
    case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
      *static_cast<int*>(data) = synchronous().has(found.id);
      return {};
    case CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE:
      *static_cast<int*>(data) = found.kind == MemoryKind::Device;
      return {};
    default:
      return unsupported("pointer attribute " + std::to_string(static_cast<int>(attribute)));
  }
}

// What cuPointerGetAttributes writes for a pointer CUDA does not know: zero, whatever the attribute's size.
void clear_attribute(void* data, CUpointer_attribute attribute) {
  switch (attribute) {
    case CU_POINTER_ATTRIBUTE_CONTEXT:
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
    case CU_POINTER_ATTRIBUTE_BUFFER_ID:
      *static_cast<uint64_t*>(data) = 0;
      return;
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
      *static_cast<int*>(data) = -2;
      return;
    default:
      *static_cast<int*>(data) = 0;
      return;
  }
}

}  // namespace

CUresult Driver::cuPointerSetAttribute(const void* value, CUpointer_attribute attribute, CUdeviceptr pointer) {
  if (value == nullptr || attribute != CU_POINTER_ATTRIBUTE_SYNC_MEMOPS) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    const auto found = runtime::MemoryMap::instance().find(pointer);
    if (!found) return invalid(Code::InvalidValue, "the pointer is none of CUDA's");
    unsigned on = 0;
    std::memcpy(&on, value, sizeof on);
    synchronous().set(found->id, on != 0);
    return {};
  });
}

CUresult Driver::cuMemAlloc_v2(CUdeviceptr* pointer, size_t bytes) {
  return allocate_device(pointer, bytes, MemoryKind::Device, 0);
}
CUresult Driver::cuMemAllocManaged(CUdeviceptr* pointer, size_t bytes, unsigned int flags) {
  return allocate_device(pointer, bytes, MemoryKind::Managed, flags);
}
CUresult Driver::cuMemAllocPitch_v2(CUdeviceptr* pointer, size_t* pitch, size_t width, size_t height,
                                    unsigned int element_bytes) {
  if (pitch == nullptr || (element_bytes != 4 && element_bytes != 8 && element_bytes != 16)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *pitch = runtime::pitch_of(width);
  return allocate_device(pointer, *pitch * height, MemoryKind::Device, 0);
}
CUresult Driver::cuMemAllocHost_v2(void** pointer, size_t bytes) {
  return allocate_host(pointer, bytes, 0);
}
CUresult Driver::cuMemHostAlloc(void** pointer, size_t bytes, unsigned int flags) {
  return allocate_host(pointer, bytes, flags);
}

CUresult Driver::cuMemFree_v2(CUdeviceptr pointer) {
  return release(pointer, {MemoryKind::Device, MemoryKind::Managed, MemoryKind::Pool});
}
CUresult Driver::cuMemFreeHost(void* pointer) {
  return release(reinterpret_cast<uint64_t>(pointer), {MemoryKind::PinnedHost});
}
CUresult Driver::cuMemGetInfo_v2(size_t* free_bytes, size_t* total_bytes) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    if (free_bytes != nullptr) *free_bytes = context.device().hal().free_bytes();
    if (total_bytes != nullptr) *total_bytes = context.device().hal().total_bytes();
    return {};
  });
}

CUresult Driver::cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr pointer) {
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    std::optional<runtime::Allocation> found = runtime::MemoryMap::instance().find(pointer);
    if (!found) return invalid(Code::NotFound, "pointer is not in an allocation");
    if (base != nullptr) *base = found->base;
    if (bytes != nullptr) *bytes = found->bytes;
    return {};
  });
}

CUresult Driver::cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* host, unsigned int) {
  if (device == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    std::optional<runtime::Allocation> found = runtime::MemoryMap::instance().find(reinterpret_cast<uint64_t>(host));
    if (!found || !(found->is_host() || found->kind == MemoryKind::Managed)) {
      return invalid(Code::InvalidValue, "host pointer is neither pinned nor registered");
    }
    *device = reinterpret_cast<uint64_t>(host);
    return {};
  });
}

CUresult Driver::cuMemHostGetFlags(unsigned int* flags, void* host) {
  if (flags == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    std::optional<runtime::Allocation> found = runtime::MemoryMap::instance().find(reinterpret_cast<uint64_t>(host));
    if (!found || !found->is_host()) return invalid(Code::InvalidValue, "host pointer is not pinned");
    *flags = found->flags;
    return {};
  });
}

CUresult Driver::cuMemHostRegister_v2(void* host, size_t bytes, unsigned int flags) {
  if (host == nullptr || bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context(
      [&](runtime::Context& context) { return runtime::register_host_memory(context, host, bytes, flags); });
}
CUresult Driver::cuMemHostUnregister(void* host) {
  return in_driver_context([&](runtime::Context&) { return runtime::unregister_host_memory(host); });
}

CUresult Driver::cuPointerGetAttribute(void* data, CUpointer_attribute attribute, CUdeviceptr pointer) {
  if (data == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    std::optional<runtime::Allocation> found = runtime::MemoryMap::instance().find(pointer);
    if (!found) return invalid(Code::InvalidValue, "pointer is not memory that CUDA knows");
    return read_attribute(data, attribute, pointer, *found);
  });
}

CUresult Driver::cuPointerGetAttributes(unsigned int count, CUpointer_attribute* attributes, void** data,
                                        CUdeviceptr pointer) {
  if (attributes == nullptr || data == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    std::optional<runtime::Allocation> found = runtime::MemoryMap::instance().find(pointer);
    for (unsigned i = 0; i < count; ++i) {
      if (!found || !read_attribute(data[i], attributes[i], pointer, *found)) {
        clear_attribute(data[i], attributes[i]);
      }
    }
    return {};
  });
}

}  // namespace qiao::shim
