#include "src/runtime/attributes.h"

#include <algorithm>
#include <climits>
#include <cstdio>

#include "src/runtime/platform.h"

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

std::array<char, 16> device_uuid(int physical) {
  std::array<char, 16> uuid{'Q', 'i', 'a', 'o'};
  uuid.back() = static_cast<char>(physical + 1);
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

Result<int> device_with_pci_bus_id(const char* text) {
  Result<Platform*> platform = Platform::get();
  if (!platform) return platform.error();
  // domain:bus:device.function, domain:bus:device, bus:device.function or bus:device, in hexadecimal.
  unsigned domain = 0, bus = 0, device = 0, function = 0;
  if (std::sscanf(text, "%x:%x:%x.%x", &domain, &bus, &device, &function) < 3) {
    domain = 0;
    if (std::sscanf(text, "%x:%x.%x", &bus, &device, &function) < 2)
      return invalid(Code::InvalidValue, "'" + std::string(text) + "' is no PCI bus id");
  }
  for (int i = 0; i < (*platform)->device_count(); ++i) {
    Result<Device*> each = (*platform)->device(i);
    if (!each) return each.error();
    auto is = [&](Attribute attribute, unsigned value) {
      return static_cast<unsigned>(device_attribute(**each, attribute)) == value;
    };
    if (is(Attribute::pci_domain_id, domain) && is(Attribute::pci_bus_id, bus) && is(Attribute::pci_device_id, device))
      return i;
  }
  return invalid(Code::InvalidDevice, "no device has the PCI bus id '" + std::string(text) + "'");
}

// By number: performance rank (0 is best), access, native atomics, arrays, partial native atomics.
Result<int> peer_attribute(int number, int from, int to) {
  if (from == to) return invalid(Code::InvalidDevice, "a device is not its own peer");
  switch (number) {
    case 1:
      return 0;
    case 2:
    case 3:
    case 4:
      return 1;
    default:
      return invalid(Code::InvalidValue, "peer attribute " + std::to_string(number) + " is not known");
  }
}

}  // namespace qiao::runtime
