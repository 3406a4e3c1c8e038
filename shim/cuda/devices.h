// Devices as the driver API names them: cuInit must have been called, ordinals are CUdevice.
#pragma once

#include "shim/api/driver_types.h"
#include "src/runtime/device.h"

namespace qiao::shim {

// NotInitialized before cuInit; InvalidDevice for an ordinal that does not exist.
Result<runtime::Device*> driver_device(CUdevice ordinal);

// Runs `body(Device&) -> Result<void>`.
template <class Body>
Result<void> with_driver_device(CUdevice ordinal, Body body) {
  Result<runtime::Device*> device = driver_device(ordinal);
  if (!device) return device.error();
  return body(**device);
}

}  // namespace qiao::shim
