// How much device memory this process may offer: never so much that the host or its cgroup runs out.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

namespace qiao::machine {

// "8G", "512M", "1.5g", "4096" (bytes), "16GiB"; nothing when it is none of these.
std::optional<uint64_t> parse_bytes(std::string_view text);

// What the process may take of the host's memory in all: 80 % of the host's or the cgroup's, and what may be spilled
// (spill.h); a multiple of 2 MB.
uint64_t host_memory_limit();
// The least of the chip's memory, its share of the above among `devices`, and QIAO_MEMORY; a multiple of 2 MB.
uint64_t device_memory_limit(uint64_t chip_bytes, uint64_t devices = 1);

// What all devices' memory and pinned host memory take together.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t bytes) : limit_(bytes) {}
  bool take(uint64_t bytes) {
    uint64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  void give(uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  uint64_t free_bytes() const { return limit_ - used_.load(std::memory_order_relaxed); }

 private:
  const uint64_t limit_;
  std::atomic<uint64_t> used_{0};
};

}  // namespace qiao::machine
