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

std::array<char, 16> device_uuid(int physical);  // the same in every process
inline std::array<char, 16> device_uuid(const Device& device) {
  return device_uuid(device.physical());
}
// domain:bus:device.function, as cudaDeviceGetPCIBusId writes it, with the zero at its end.
std::array<char, 13> device_pci_bus_id(const Device& device);

// The ordinal of the device with this PCI bus id, however its zeros are written; InvalidDevice when there is none.
Result<int> device_with_pci_bus_id(const char* text);

// CUdevice_P2PAttribute, cudaDeviceP2PAttr: every two devices are peers and equally near.
Result<int> peer_attribute(int number, int from, int to);

}  // namespace qiao::runtime
