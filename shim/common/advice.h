// What a program has advised about its managed memory, and where it prefetched it to. Host and devices share the
// memory, so nothing follows from it; it is kept to be told again (cudaMemRangeGetAttribute).
#pragma once

#include <cstddef>
#include <cstdint>

#include "shim/api/driver_types.h"
#include "src/base/result.h"

namespace qiao::shim {

// The older calls name a place by a device, or -1 for the host.
CUmemLocation place_of(int device);

// Both APIs' numbers are the same. InvalidValue unless the range lies in one managed allocation.
Result<void> advise(uint64_t address, size_t bytes, int advice, CUmemLocation place);
Result<void> prefetch(uint64_t address, size_t bytes, CUmemLocation place);
Result<void> range_attribute(void* data, size_t data_bytes, int attribute, uint64_t address, size_t bytes);
Result<void> range_attributes(void** data, const size_t* data_bytes, const int* attributes, size_t count,
                              uint64_t address, size_t bytes);

}  // namespace qiao::shim
