// Virtual memory management of the driver API.
#include "src/runtime/virtual_memory.h"

#include "shim/common/answer.h"
#include "shim/cuda/devices.h"

namespace qiao::shim {
namespace {

using runtime::VirtualMemory;

// A location's device; that of memory in the host is the current context's, or the first.
Result<runtime::Device*> device_at(const CUmemLocation& location) {
  switch (location.type) {
    case CU_MEM_LOCATION_TYPE_DEVICE:
      return driver_device(location.id);
    case CU_MEM_LOCATION_TYPE_HOST:
    case CU_MEM_LOCATION_TYPE_HOST_NUMA:
    case CU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT:
      return driver_device(0);
    default:
      return invalid(Code::InvalidValue, "memory location type " + std::to_string(static_cast<int>(location.type)));
  }
}

Result<runtime::Device*> check_properties(const CUmemAllocationProp& prop) {
  if (prop.type != CU_MEM_ALLOCATION_TYPE_PINNED) {
    if (prop.type == CU_MEM_ALLOCATION_TYPE_MANAGED) return unsupported("cuMemCreate of managed memory");
    return invalid(Code::InvalidValue, "the allocation type is not known");
  }
  if ((prop.requestedHandleTypes & ~CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR) != 0)
    return unsupported("handle types of cuMemCreate other than POSIX file descriptors");
  if (prop.allocFlags.compressionType != 0) return unsupported("compressible memory");
  if (prop.allocFlags.usage != 0) return unsupported("usage flags of cuMemCreate");
  return device_at(prop.location);
}

VirtualMemory& memory() {
  return VirtualMemory::instance();
}

}  // namespace

CUresult Driver::cuMemGetAllocationGranularity(size_t* granularity, const CUmemAllocationProp* prop,
                                               CUmemAllocationGranularity_flags) {
  if (granularity == nullptr || prop == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<runtime::Device*> device = check_properties(*prop);
  if (!device) return driver_answer(device.error());
  *granularity = VirtualMemory::kGranularity;
  return CUDA_SUCCESS;
}

CUresult Driver::cuMemAddressReserve(CUdeviceptr* pointer, size_t bytes, size_t alignment, CUdeviceptr wanted,
                                     unsigned long long flags) {
  if (pointer == nullptr || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(0, [&](runtime::Device& device) -> Result<void> {
    Result<uint64_t> address = memory().reserve(device, bytes, alignment, wanted);
    if (!address) return address.error();
    *pointer = *address;
    return {};
  }));
}
CUresult Driver::cuMemAddressFree(CUdeviceptr pointer, size_t bytes) {
  return driver_answer(memory().free(pointer, bytes));
}

CUresult Driver::cuMemCreate(CUmemGenericAllocationHandle* handle, size_t bytes, const CUmemAllocationProp* prop,
                             unsigned long long flags) {
  if (handle == nullptr || prop == nullptr || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  Result<runtime::Device*> device = check_properties(*prop);
  if (!device) return driver_answer(device.error());
  Result<uint64_t> made =
      memory().create(**device, bytes, {prop->requestedHandleTypes, prop->location.type, prop->location.id});
  if (!made) return driver_answer(made.error());
  *handle = *made;
  return CUDA_SUCCESS;
}
CUresult Driver::cuMemRelease(CUmemGenericAllocationHandle handle) {
  return driver_answer(memory().release(handle));
}
CUresult Driver::cuMemRetainAllocationHandle(CUmemGenericAllocationHandle* handle, void* address) {
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<uint64_t> found = memory().retain(reinterpret_cast<uint64_t>(address));
  if (!found) return driver_answer(found.error());
  *handle = *found;
  return CUDA_SUCCESS;
}
CUresult Driver::cuMemGetAllocationPropertiesFromHandle(CUmemAllocationProp* prop,
                                                        CUmemGenericAllocationHandle handle) {
  if (prop == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<VirtualMemory::Properties> found = memory().properties_of(handle);
  if (!found) return driver_answer(found.error());
  *prop = {};
  prop->type = CU_MEM_ALLOCATION_TYPE_PINNED;
  prop->requestedHandleTypes = static_cast<CUmemAllocationHandleType>(found->handle_types);
  prop->location = {static_cast<CUmemLocationType>(found->location_type), found->location};
  return CUDA_SUCCESS;
}

CUresult Driver::cuMemMap(CUdeviceptr pointer, size_t bytes, size_t offset, CUmemGenericAllocationHandle handle,
                          unsigned long long flags) {
  if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(memory().map(pointer, bytes, offset, handle));
}
CUresult Driver::cuMemUnmap(CUdeviceptr pointer, size_t bytes) {
  return driver_answer(memory().unmap(pointer, bytes));
}

CUresult Driver::cuMemSetAccess(CUdeviceptr pointer, size_t bytes, const CUmemAccessDesc* list, size_t count) {
  if (list == nullptr || count == 0) return CUDA_ERROR_INVALID_VALUE;
  for (size_t i = 0; i < count; ++i) {
    Result<runtime::Device*> device = device_at(list[i].location);
    if (!device) return driver_answer(device.error());
    const int flags = static_cast<int>(list[i].flags);
    if (flags != 0 && flags != 1 && flags != 3)
      return driver_answer(invalid(Code::InvalidValue, "access flags of cuMemSetAccess are not known"));
    const auto protection = flags == 0   ? hal::Protection::None
                            : flags == 1 ? hal::Protection::Read
                                         : hal::Protection::ReadWrite;
    Result<void> set = memory().set_access(pointer, bytes, {list[i].location.type, list[i].location.id}, protection);
    if (!set) return driver_answer(set);
  }
  return CUDA_SUCCESS;
}
CUresult Driver::cuMemGetAccess(unsigned long long* flags, const CUmemLocation* location, CUdeviceptr pointer) {
  if (flags == nullptr || location == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<hal::Protection> found = memory().access_of(pointer, {location->type, location->id});
  if (!found) return driver_answer(found.error());
  *flags = *found == hal::Protection::None ? 0 : *found == hal::Protection::Read ? 1 : 3;
  return CUDA_SUCCESS;
}

CUresult Driver::cuMemExportToShareableHandle(void* out, CUmemGenericAllocationHandle handle,
                                              CUmemAllocationHandleType type, unsigned long long flags) {
  if (out == nullptr || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  if (type != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR)
    return driver_answer(unsupported("exporting memory other than by a POSIX file descriptor"));
  Result<int> descriptor = memory().export_descriptor(handle);
  if (!descriptor) return driver_answer(descriptor.error());
  *static_cast<int*>(out) = *descriptor;
  return CUDA_SUCCESS;
}
CUresult Driver::cuMemImportFromShareableHandle(CUmemGenericAllocationHandle* handle, void* os_handle,
                                                CUmemAllocationHandleType type) {
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (type != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR)
    return driver_answer(unsupported("importing memory other than by a POSIX file descriptor"));
  return driver_answer(with_driver_device(0, [&](runtime::Device& device) -> Result<void> {
    Result<uint64_t> made = memory().import(device, static_cast<int>(reinterpret_cast<intptr_t>(os_handle)));
    if (!made) return made.error();
    *handle = *made;
    return {};
  }));
}

}  // namespace qiao::shim
