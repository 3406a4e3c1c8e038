// Stream-ordered memory and its pools in the driver API.
#include "shim/common/pools.h"
#include "shim/cuda/devices.h"

namespace qiao::shim {
namespace {

CUmemoryPool handle_of(const std::shared_ptr<runtime::Pool>& pool) {
  return reinterpret_cast<CUmemoryPool>(pool.get());
}

CUresult allocate(CUdeviceptr* pointer, size_t bytes, const void* pool, CUstream stream, DefaultStream kind) {
  if (pointer == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<uint64_t> address = allocate_in_order(context, stream, kind, pool, bytes);
    if (!address) return address.error();
    *pointer = *address;
    return {};
  });
}

CUresult release(CUdeviceptr pointer, CUstream stream, DefaultStream kind) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    if (pointer == 0) return {};
    return free_in_order(context, stream, kind, pointer);
  });
}

}  // namespace

CUresult Driver::cuMemAllocAsync(CUdeviceptr* pointer, size_t bytes, CUstream stream) {
  return allocate(pointer, bytes, nullptr, stream, DefaultStream::Legacy);
}
CUresult Driver::cuMemAllocAsync_ptsz(CUdeviceptr* pointer, size_t bytes, CUstream stream) {
  return allocate(pointer, bytes, nullptr, stream, DefaultStream::PerThread);
}
CUresult Driver::cuMemAllocFromPoolAsync(CUdeviceptr* pointer, size_t bytes, CUmemoryPool pool, CUstream stream) {
  if (pool == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return allocate(pointer, bytes, pool, stream, DefaultStream::Legacy);
}
CUresult Driver::cuMemAllocFromPoolAsync_ptsz(CUdeviceptr* pointer, size_t bytes, CUmemoryPool pool, CUstream stream) {
  if (pool == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return allocate(pointer, bytes, pool, stream, DefaultStream::PerThread);
}
CUresult Driver::cuMemFreeAsync(CUdeviceptr pointer, CUstream stream) {
  return release(pointer, stream, DefaultStream::Legacy);
}
CUresult Driver::cuMemFreeAsync_ptsz(CUdeviceptr pointer, CUstream stream) {
  return release(pointer, stream, DefaultStream::PerThread);
}

CUresult Driver::cuMemPoolCreate(CUmemoryPool* pool, const CUmemPoolProps* props) {
  if (pool == nullptr || props == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<void*> made = create_pool(*props);
  if (!made) return driver_answer(made.error());
  *pool = static_cast<CUmemoryPool>(*made);
  return CUDA_SUCCESS;
}
CUresult Driver::cuMemPoolDestroy(CUmemoryPool pool) {
  return driver_answer(runtime::Pools::instance().destroy(pool));
}
CUresult Driver::cuDeviceGetDefaultMemPool(CUmemoryPool* pool, CUdevice ordinal) {
  if (pool == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<runtime::Device*> device = driver_device(ordinal);
  if (!device) return driver_answer(device.error());
  *pool = handle_of(runtime::Pools::instance().default_of(**device));
  return CUDA_SUCCESS;
}
CUresult Driver::cuDeviceGetMemPool(CUmemoryPool* pool, CUdevice ordinal) {
  if (pool == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<runtime::Device*> device = driver_device(ordinal);
  if (!device) return driver_answer(device.error());
  *pool = handle_of(runtime::Pools::instance().current_of(**device));
  return CUDA_SUCCESS;
}
CUresult Driver::cuDeviceSetMemPool(CUdevice ordinal, CUmemoryPool pool) {
  Result<runtime::Device*> device = driver_device(ordinal);
  if (!device) return driver_answer(device.error());
  return driver_answer(runtime::Pools::instance().set_current(**device, pool));
}
CUresult Driver::cuMemGetDefaultMemPool(CUmemoryPool* pool, CUmemLocation* location, CUmemAllocationType) {
  if (pool == nullptr || location == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<runtime::Device*> device = device_at(*location);
  if (!device) return driver_answer(device.error());
  return cuDeviceGetDefaultMemPool(pool, (*device)->ordinal());
}
CUresult Driver::cuMemGetMemPool(CUmemoryPool* pool, CUmemLocation* location, CUmemAllocationType) {
  if (pool == nullptr || location == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<runtime::Device*> device = device_at(*location);
  if (!device) return driver_answer(device.error());
  return cuDeviceGetMemPool(pool, (*device)->ordinal());
}
CUresult Driver::cuMemSetMemPool(CUmemLocation* location, CUmemAllocationType, CUmemoryPool pool) {
  if (location == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<runtime::Device*> device = device_at(*location);
  if (!device) return driver_answer(device.error());
  return driver_answer(runtime::Pools::instance().set_current(**device, pool));
}

CUresult Driver::cuMemPoolGetAttribute(CUmemoryPool pool, CUmemPool_attribute attribute, void* value) {
  return driver_answer(get_pool_attribute(pool, static_cast<int>(attribute), value));
}
CUresult Driver::cuMemPoolSetAttribute(CUmemoryPool pool, CUmemPool_attribute attribute, void* value) {
  return driver_answer(set_pool_attribute(pool, static_cast<int>(attribute), value));
}
CUresult Driver::cuMemPoolTrimTo(CUmemoryPool pool, size_t keep) {
  return driver_answer(trim_pool(pool, keep));
}
CUresult Driver::cuMemPoolSetAccess(CUmemoryPool pool, const CUmemAccessDesc* list, size_t count) {
  return driver_answer(set_pool_access(pool, list, count));
}
CUresult Driver::cuMemPoolGetAccess(CUmemAccess_flags* flags, CUmemoryPool pool, CUmemLocation* location) {
  return driver_answer(get_pool_access(flags, pool, location));
}

CUresult Driver::cuMemPoolExportToShareableHandle(void* handle, CUmemoryPool pool, CUmemAllocationHandleType type,
                                                  unsigned long long flags) {
  return driver_answer(export_pool(handle, pool, static_cast<int>(type), flags));
}
CUresult Driver::cuMemPoolImportFromShareableHandle(CUmemoryPool* pool, void* handle, CUmemAllocationHandleType type,
                                                    unsigned long long flags) {
  if (pool == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<void*> made = import_pool(context, handle, static_cast<int>(type), flags);
    if (!made) return made.error();
    *pool = static_cast<CUmemoryPool>(*made);
    return {};
  });
}
CUresult Driver::cuMemPoolExportPointer(CUmemPoolPtrExportData* data, CUdeviceptr pointer) {
  if (data == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(export_pool_pointer(data, pointer));
}
CUresult Driver::cuMemPoolImportPointer(CUdeviceptr* pointer, CUmemoryPool pool, CUmemPoolPtrExportData* data) {
  if (pointer == nullptr || data == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<uint64_t> address = import_pool_pointer(context, pool, data);
    if (!address) return address.error();
    *pointer = *address;
    return {};
  });
}

}  // namespace qiao::shim
