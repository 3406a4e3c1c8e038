// The memory pools of the process, and allocating and freeing in the order of a stream.
#pragma once

#include <vector>

#include "src/runtime/pool.h"

namespace qiao::runtime {

// A pool's object outlives its handle while blocks of it are in use.
class Pools {
 public:
  static Pools& instance();

  std::shared_ptr<Pool> create(Device& device, uint64_t most_bytes, Pool::Name name = {}, bool imported = false);
  Result<std::shared_ptr<Pool>> find(const void* handle) const;  // InvalidValue when it is not live
  Result<void> destroy(const void* handle);
  std::shared_ptr<Pool> default_of(Device& device);
  std::shared_ptr<Pool> current_of(Device& device);  // what cudaMallocAsync takes from
  Result<void> set_current(Device& device, const void* handle);

  bool trim_to_thresholds();            // at every synchronisation; false when one has more to come
  void release_unused(Device& device);  // before a device is out of memory

 private:
  std::vector<std::shared_ptr<Pool>> all() const;

  mutable std::mutex mutex_;
  std::map<const void*, std::shared_ptr<Pool>> live_;
  std::vector<std::shared_ptr<Pool>> retired_;
  std::map<const Device*, std::shared_ptr<Pool>> default_, current_;
};

// From the stream's device's pool, or from `pool`, in the order of `stream`; registered in the MemoryMap.
Result<uint64_t> allocate_from_pool(Stream& stream, Pool& pool, uint64_t bytes);
// Frees pool memory, or what cudaMalloc gave, in the order of `stream`.
Result<void> free_in_order(Stream& stream, uint64_t address);

// Called when a stream, an event or a context was waited for; cheap when no pool was freed to.
void after_synchronization();

}  // namespace qiao::runtime
