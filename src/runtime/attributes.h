// Device attributes from the chip description, for cudaDeviceGetAttribute, cuDeviceGetAttribute and cudaDeviceProp.
#pragma once

#include "src/runtime/device.h"

namespace qiao::runtime {

enum class Attribute : int {
#define QIAO_ATTRIBUTE(number, name, value) name = number,
#include "src/runtime/attributes.inc"
#undef QIAO_ATTRIBUTE
};

// InvalidValue when CUDA has no attribute of that number, or none that Qiao knows.
Result<int> device_attribute(const Device& device, int number);
int device_attribute(const Device& device, Attribute attribute);

}  // namespace qiao::runtime
