#include "src/runtime/attributes.h"

#include <algorithm>
#include <climits>
#include <cstdio>

namespace qiao::runtime {

Result<int> device_attribute(const Device& d, int number) {
  const hal::ChipDescription& c = d.description();
  switch (number) {
#define QIAO_ATTRIBUTE(number, name, value) \
  case number:                              \
    return static_cast<int>(value);
#include "src/runtime/attributes.inc"
#undef QIAO_ATTRIBUTE
    default:
      return invalid(Code::InvalidValue, "device attribute " + std::to_string(number) + " is not known");
  }
}

int device_attribute(const Device& device, Attribute attribute) {
  return *device_attribute(device, static_cast<int>(attribute));
}

std::array<char, 16> device_uuid(const Device& device) {
  std::array<char, 16> uuid{'Q', 'i', 'a', 'o'};
  uuid.back() = static_cast<char>(device.ordinal() + 1);
  return uuid;
}

std::array<char, 13> device_pci_bus_id(const Device& device) {
  std::array<char, 13> text{};
  std::snprintf(text.data(), text.size(), "%04hx:%02hhx:%02hhx.0",
                static_cast<unsigned short>(device_attribute(device, Attribute::pci_domain_id)),
                static_cast<unsigned char>(device_attribute(device, Attribute::pci_bus_id)),
                static_cast<unsigned char>(device_attribute(device, Attribute::pci_device_id)));
  return text;
}

}  // namespace qiao::runtime
