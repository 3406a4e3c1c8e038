// cudaLimit / CUlimit (one numbering): kept per process; those with a meaning here are read by the machine.
#pragma once

#include <cstdint>

#include "src/base/result.h"

namespace qiao::runtime {

inline constexpr int kStackLimit = 0;
inline constexpr int kHeapLimit = 2;

Result<uint64_t> get_limit(int limit);
Result<void> set_limit(int limit, uint64_t value);

}  // namespace qiao::runtime
