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
namespace {

std::atomic<bool> initialized{false};

}  // namespace

Result<runtime::Device*> driver_device(CUdevice ordinal) {
  if (!initialized.load(std::memory_order_acquire)) return invalid(Code::NotInitialized, "cuInit was not called");
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  return (*platform)->device(ordinal);
}

CUresult Driver::cuInit(unsigned int flags) {
  if (flags != 0) return driver_answer(invalid(Code::InvalidValue, "cuInit takes no flags"));
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return driver_answer(platform.error());
  initialized.store(true, std::memory_order_release);
  return CUDA_SUCCESS;
}

CUresult Driver::cuDeviceGetCount(int* count) {
  if (count == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!initialized.load()) return driver_answer(invalid(Code::NotInitialized, "cuInit was not called"));
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

CUresult Driver::cuDevicePrimaryCtxRetain(CUcontext* handle, CUdevice ordinal) {
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    runtime::Platform& platform = **runtime::Platform::get();
    *handle = reinterpret_cast<CUcontext>(platform.contexts().add(device.primary_context()));
    return {};
  }));
}

// The primary context stays until it is reset: releasing it only ends the caller's claim.
CUresult Driver::cuDevicePrimaryCtxRelease_v2(CUdevice ordinal) {
  return driver_answer(with_driver_device(ordinal, [](runtime::Device& device) -> Result<void> {
    if (!device.primary_active()) return invalid(Code::InvalidContext, "primary context is not active");
    return {};
  }));
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
