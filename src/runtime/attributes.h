// Device attributes from the chip description, for cudaDeviceGetAttribute, cuDeviceGetAttribute and cudaDeviceProp.
#pragma once

#include <array>

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

std::array<char, 16> device_uuid(const Device& device);  // the same in every process; one per ordinal
// domain:bus:device.function, as cudaDeviceGetPCIBusId writes it, with the zero at its end.
std::array<char, 13> device_pci_bus_id(const Device& device);

}  // namespace qiao::runtime
