#include "src/runtime/attributes.h"

#include <algorithm>
#include <climits>

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

}  // namespace qiao::runtime
