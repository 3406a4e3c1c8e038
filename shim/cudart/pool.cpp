// Stream-ordered memory and its pools in the runtime API.
#include "shim/common/pools.h"

namespace qiao::shim {
namespace {

Result<runtime::Device*> device_of(int ordinal) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  return (*platform)->device(ordinal);
}

cudaMemPool_t handle_of(const std::shared_ptr<runtime::Pool>& pool) {
  return reinterpret_cast<cudaMemPool_t>(pool.get());
}

// Zero bytes are nothing, as cudaMalloc has it.
cudaError_t allocate(void** pointer, size_t bytes, const void* pool, cudaStream_t stream, DefaultStream kind) {
  if (pointer == nullptr) return cudaErrorInvalidValue;
  *pointer = nullptr;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    if (bytes == 0) return {};
    Result<uint64_t> address = allocate_in_order(context, stream, kind, pool, bytes);
    if (!address) return address.error();
    *pointer = reinterpret_cast<void*>(*address);
    return {};
  });
}

cudaError_t release(void* pointer, cudaStream_t stream, DefaultStream kind) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    if (pointer == nullptr) return {};
    return free_in_order(context, stream, kind, reinterpret_cast<uint64_t>(pointer));
  });
}

}  // namespace

cudaError_t Cudart::cudaMallocAsync(void** pointer, size_t bytes, cudaStream_t stream) {
  return allocate(pointer, bytes, nullptr, stream, DefaultStream::Legacy);
}
cudaError_t Cudart::cudaMallocAsync_ptsz(void** pointer, size_t bytes, cudaStream_t stream) {
  return allocate(pointer, bytes, nullptr, stream, DefaultStream::PerThread);
}
cudaError_t Cudart::cudaMallocFromPoolAsync(void** pointer, size_t bytes, cudaMemPool_t pool, cudaStream_t stream) {
  if (pool == nullptr) return cudaErrorInvalidValue;
  return allocate(pointer, bytes, pool, stream, DefaultStream::Legacy);
}
cudaError_t Cudart::cudaMallocFromPoolAsync_ptsz(void** pointer, size_t bytes, cudaMemPool_t pool,
                                                 cudaStream_t stream) {
  if (pool == nullptr) return cudaErrorInvalidValue;
  return allocate(pointer, bytes, pool, stream, DefaultStream::PerThread);
}
cudaError_t Cudart::cudaFreeAsync(void* pointer, cudaStream_t stream) {
  return release(pointer, stream, DefaultStream::Legacy);
}
cudaError_t Cudart::cudaFreeAsync_ptsz(void* pointer, cudaStream_t stream) {
  return release(pointer, stream, DefaultStream::PerThread);
}

cudaError_t Cudart::cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps* props) {
  if (pool == nullptr || props == nullptr) return cudaErrorInvalidValue;
  Result<void*> made = create_pool(*props);
  if (!made) return runtime_answer(made.error());
  *pool = static_cast<cudaMemPool_t>(*made);
  return cudaSuccess;
}
cudaError_t Cudart::cudaMemPoolDestroy(cudaMemPool_t pool) {
  return runtime_answer(runtime::Pools::instance().destroy(pool));
}
cudaError_t Cudart::cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int ordinal) {
  if (pool == nullptr) return cudaErrorInvalidValue;
  Result<runtime::Device*> device = device_of(ordinal);
  if (!device) return runtime_answer(device.error());
  *pool = handle_of(runtime::Pools::instance().default_of(**device));
  return cudaSuccess;
}
cudaError_t Cudart::cudaDeviceGetMemPool(cudaMemPool_t* pool, int ordinal) {
  if (pool == nullptr) return cudaErrorInvalidValue;
  Result<runtime::Device*> device = device_of(ordinal);
  if (!device) return runtime_answer(device.error());
  *pool = handle_of(runtime::Pools::instance().current_of(**device));
  return cudaSuccess;
}
cudaError_t Cudart::cudaDeviceSetMemPool(int ordinal, cudaMemPool_t pool) {
  Result<runtime::Device*> device = device_of(ordinal);
  if (!device) return runtime_answer(device.error());
  return runtime_answer(runtime::Pools::instance().set_current(**device, pool));
}
cudaError_t Cudart::cudaMemGetDefaultMemPool(cudaMemPool_t* pool, cudaMemLocation* location, cudaMemAllocationType) {
  if (pool == nullptr || location == nullptr) return cudaErrorInvalidValue;
  Result<runtime::Device*> device = device_at(*location);
  if (!device) return runtime_answer(device.error());
  return cudaDeviceGetDefaultMemPool(pool, (*device)->ordinal());
}
cudaError_t Cudart::cudaMemGetMemPool(cudaMemPool_t* pool, cudaMemLocation* location, cudaMemAllocationType) {
  if (pool == nullptr || location == nullptr) return cudaErrorInvalidValue;
  Result<runtime::Device*> device = device_at(*location);
  if (!device) return runtime_answer(device.error());
  return cudaDeviceGetMemPool(pool, (*device)->ordinal());
}
cudaError_t Cudart::cudaMemSetMemPool(cudaMemLocation* location, cudaMemAllocationType, cudaMemPool_t pool) {
  if (location == nullptr) return cudaErrorInvalidValue;
  Result<runtime::Device*> device = device_at(*location);
  if (!device) return runtime_answer(device.error());
  return runtime_answer(runtime::Pools::instance().set_current(**device, pool));
}

cudaError_t Cudart::cudaMemPoolGetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value) {
  return runtime_answer(get_pool_attribute(pool, static_cast<int>(attribute), value));
}
cudaError_t Cudart::cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value) {
  return runtime_answer(set_pool_attribute(pool, static_cast<int>(attribute), value));
}
cudaError_t Cudart::cudaMemPoolTrimTo(cudaMemPool_t pool, size_t keep) {
  return runtime_answer(trim_pool(pool, keep));
}
cudaError_t Cudart::cudaMemPoolSetAccess(cudaMemPool_t pool, const cudaMemAccessDesc* list, size_t count) {
  return runtime_answer(set_pool_access(pool, list, count));
}
cudaError_t Cudart::cudaMemPoolGetAccess(cudaMemAccessFlags* flags, cudaMemPool_t pool, cudaMemLocation* location) {
  return runtime_answer(get_pool_access(flags, pool, location));
}

cudaError_t Cudart::cudaMemPoolExportToShareableHandle(void* handle, cudaMemPool_t pool,
                                                       cudaMemAllocationHandleType type, unsigned int flags) {
  return runtime_answer(export_pool(handle, pool, static_cast<int>(type), flags));
}
cudaError_t Cudart::cudaMemPoolImportFromShareableHandle(cudaMemPool_t* pool, void* handle,
                                                         cudaMemAllocationHandleType type, unsigned int flags) {
  if (pool == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<void*> made = import_pool(context, handle, static_cast<int>(type), flags);
    if (!made) return made.error();
    *pool = static_cast<cudaMemPool_t>(*made);
    return {};
  });
}
cudaError_t Cudart::cudaMemPoolExportPointer(cudaMemPoolPtrExportData* data, void* pointer) {
  if (data == nullptr) return cudaErrorInvalidValue;
  return runtime_answer(export_pool_pointer(data, reinterpret_cast<uint64_t>(pointer)));
}
cudaError_t Cudart::cudaMemPoolImportPointer(void** pointer, cudaMemPool_t pool, cudaMemPoolPtrExportData* data) {
  if (pointer == nullptr || data == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<uint64_t> address = import_pool_pointer(context, pool, data);
    if (!address) return address.error();
    *pointer = reinterpret_cast<void*>(*address);
    return {};
  });
}

}  // namespace qiao::shim
