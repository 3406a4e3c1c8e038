// cuInit and devices of the driver API.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>

#include "shim/common/answer.h"
#include "shim/cuda/devices.h"
#include "src/runtime/attributes.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
Result<runtime::Device*> driver_device(CUdevice ordinal) {
  if (!runtime::Platform::opened()) return invalid(Code::NotInitialized, "cuInit was not called");
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  return (*platform)->device(ordinal);
}

CUresult Driver::cuInit(unsigned int flags) {
  if (flags != 0) return driver_answer(invalid(Code::InvalidValue, "cuInit takes no flags"));
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return driver_answer(platform.error());
  return CUDA_SUCCESS;
}

CUresult Driver::cuDeviceGetCount(int* count) {
  if (count == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!runtime::Platform::opened()) return driver_answer(invalid(Code::NotInitialized, "cuInit was not called"));
  *count = (*runtime::Platform::get())->device_count();
  return CUDA_SUCCESS;
}

CUresult Driver::cuDeviceGet(CUdevice* device, int ordinal) {
  if (device == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device&) -> Result<void> {
    *device = ordinal;
    return {};
  }));
}

CUresult Driver::cuDeviceGetName(char* name, int length, CUdevice ordinal) {
  if (name == nullptr || length <= 0) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    std::snprintf(name, static_cast<size_t>(length), "%s", device.description().title.c_str());
    return {};
  }));
}

CUresult Driver::cuDeviceTotalMem_v2(size_t* bytes, CUdevice ordinal) {
  if (bytes == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    *bytes = device.hal().total_bytes();
    return {};
  }));
}

CUresult Driver::cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice ordinal) {
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    Result<int> found = runtime::device_attribute(device, static_cast<int>(attribute));
    if (!found) return found.error();
    *value = *found;
    return {};
  }));
}

CUresult Driver::cuDeviceComputeCapability(int* major, int* minor, CUdevice ordinal) {
  if (major == nullptr || minor == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    *major = device.description().compute_major;
    *minor = device.description().compute_minor;
    return {};
  }));
}

CUresult Driver::cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice ordinal) {
  if (uuid == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    const std::array<char, 16> bytes = runtime::device_uuid(device);
    std::copy(bytes.begin(), bytes.end(), uuid->bytes);
    return {};
  }));
}

CUresult Driver::cuDeviceGetUuid(CUuuid* uuid, CUdevice ordinal) {
  return cuDeviceGetUuid_v2(uuid, ordinal);
}

CUresult Driver::cuDeviceGetPCIBusId(char* text, int length, CUdevice ordinal) {
  if (text == nullptr || length < 13) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    const std::array<char, 13> id = runtime::device_pci_bus_id(device);
    std::copy(id.begin(), id.end(), text);
    return {};
  }));
}

CUresult Driver::cuDeviceCanAccessPeer(int* can, CUdevice ordinal, CUdevice peer) {
  if (can == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device&) -> Result<void> {
    return with_driver_device(peer, [&](runtime::Device&) -> Result<void> {
      *can = ordinal != peer;
      return {};
    });
  }));
}

CUresult Driver::cuDeviceGetP2PAttribute(int* value, CUdevice_P2PAttribute attribute, CUdevice from, CUdevice to) {
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(from, [&](runtime::Device&) -> Result<void> {
    return with_driver_device(to, [&](runtime::Device&) -> Result<void> {
      Result<int> found = runtime::peer_attribute(static_cast<int>(attribute), from, to);
      if (!found) return found.error();
      *value = *found;
      return {};
    });
  }));
}

CUresult Driver::cuDeviceGetByPCIBusId(CUdevice* device, const char* text) {
  if (device == nullptr || text == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!runtime::Platform::opened()) return driver_answer(invalid(Code::NotInitialized, "cuInit was not called"));
  Result<int> ordinal = runtime::device_with_pci_bus_id(text);
  if (!ordinal) return driver_answer(ordinal.error());
  *device = *ordinal;
  return CUDA_SUCCESS;
}

CUresult Driver::cuDeviceTotalMem(unsigned int* bytes, CUdevice ordinal) {
  if (bytes == nullptr) return CUDA_ERROR_INVALID_VALUE;
  size_t all = 0;
  CUresult result = cuDeviceTotalMem_v2(&all, ordinal);
  if (result == CUDA_SUCCESS) *bytes = static_cast<unsigned>(std::min<size_t>(all, ~0u));
  return result;
}

// Deprecated; what it gave are attributes now.
CUresult Driver::cuDeviceGetProperties(CUdevprop* properties, CUdevice ordinal) {
  if (properties == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    using runtime::Attribute;
    auto value = [&](Attribute attribute) { return runtime::device_attribute(device, attribute); };
    *properties = {};
    properties->maxThreadsPerBlock = value(Attribute::max_threads_per_block);
    for (size_t i = 0; i < 3; ++i) {
      properties->maxThreadsDim[i] = device.description().limits.block[i];
      properties->maxGridSize[i] = device.description().limits.grid[i];
    }
    properties->sharedMemPerBlock = value(Attribute::max_shared_memory_per_block);
    properties->totalConstantMemory = value(Attribute::total_constant_memory);
    properties->SIMDWidth = value(Attribute::warp_size);
    properties->memPitch = value(Attribute::max_pitch);
    properties->regsPerBlock = value(Attribute::max_registers_per_block);
    properties->clockRate = value(Attribute::clock_rate);
    properties->textureAlign = value(Attribute::texture_alignment);
    return {};
  }));
}

CUresult Driver::cuDevicePrimaryCtxRetain(CUcontext* handle, CUdevice ordinal) {
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    *handle = reinterpret_cast<CUcontext>(device.retain_primary().get());
    return {};
  }));
}

CUresult Driver::cuDevicePrimaryCtxRelease_v2(CUdevice ordinal) {
  return driver_answer(with_driver_device(ordinal, [](runtime::Device& device) { return device.release_primary(); }));
}
CUresult Driver::cuDevicePrimaryCtxRelease(CUdevice ordinal) {
  return cuDevicePrimaryCtxRelease_v2(ordinal);
}

CUresult Driver::cuDevicePrimaryCtxReset_v2(CUdevice ordinal) {
  return driver_answer(with_driver_device(ordinal, [](runtime::Device& device) -> Result<void> {
    device.reset_primary();
    return {};
  }));
}
CUresult Driver::cuDevicePrimaryCtxReset(CUdevice ordinal) {
  return cuDevicePrimaryCtxReset_v2(ordinal);
}

CUresult Driver::cuDevicePrimaryCtxSetFlags_v2(CUdevice ordinal, unsigned int flags) {
  return driver_answer(
      with_driver_device(ordinal, [&](runtime::Device& device) { return device.set_primary_flags(flags); }));
}
CUresult Driver::cuDevicePrimaryCtxSetFlags(CUdevice ordinal, unsigned int flags) {
  return cuDevicePrimaryCtxSetFlags_v2(ordinal, flags);
}

CUresult Driver::cuDevicePrimaryCtxGetState(CUdevice ordinal, unsigned int* flags, int* active) {
  if (flags == nullptr || active == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    *flags = device.primary_flags();
    *active = device.primary_active() ? 1 : 0;
    return {};
  }));
}

}  // namespace qiao::shim
