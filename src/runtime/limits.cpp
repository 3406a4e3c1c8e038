#include "src/runtime/limits.h"

#include <array>
#include <atomic>
#include <string>

namespace qiao::runtime {
namespace {

// By number: stack size, printf FIFO, malloc heap, device runtime sync depth and pending launches, L2 fetch
// granularity, persisting L2 size. CUDA's defaults.
std::array<std::atomic<uint64_t>, 7> limits{1024, 1 << 20, 8 << 20, 2, 2048, 64, 0};

}  // namespace

Result<uint64_t> get_limit(int limit) {
  if (limit < 0 || limit >= static_cast<int>(limits.size())) {
    return unsupported("device limit " + std::to_string(limit), Code::InvalidValue);
  }
  return limits[static_cast<size_t>(limit)].load();
}

Result<void> set_limit(int limit, uint64_t value) {
  if (limit < 0 || limit >= static_cast<int>(limits.size())) {
    return unsupported("device limit " + std::to_string(limit), Code::InvalidValue);
  }
  limits[static_cast<size_t>(limit)].store(value);
  return {};
}

}  // namespace qiao::runtime
