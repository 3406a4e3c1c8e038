// Memory without an address, to be mapped where and as often as wished (cuMemCreate), also by another process.
#pragma once

#include <cstdint>

#include "src/base/result.h"

namespace qiao::hal {

class PhysicalMemory {
 public:
  virtual ~PhysicalMemory() = default;
  virtual uint64_t bytes() const = 0;
  // A file descriptor of it, the caller's to close; whoever receives it can import the memory. NotSupported when it
  // was not made to be exported.
  virtual Result<int> export_descriptor() const = 0;
};

enum class Protection : uint8_t { None, Read, ReadWrite };

// Where an allocation lies in memory that other processes can map.
struct SharedPart {
  int descriptor = -1;  // stays open as long as the process lives; not the caller's to close
  uint64_t offset = 0;
  uint64_t bytes = 0;  // of the whole
};

}  // namespace qiao::hal
