// The host's monotonic clock in nanoseconds: %globaltimer, and what launches are timed with.
#pragma once

#include <chrono>
#include <cstdint>

namespace qiao::machine {

inline uint64_t host_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace qiao::machine
