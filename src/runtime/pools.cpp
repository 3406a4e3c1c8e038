#include "src/runtime/pools.h"

#include <atomic>

#include "src/runtime/context.h"
#include "src/runtime/device.h"
#include "src/runtime/graph_memory.h"
#include "src/runtime/ipc.h"
#include "src/runtime/memory.h"

namespace qiao::runtime {
namespace {

// Set when a pool was freed to: the next synchronisation has something to look at.
std::atomic<bool> freed{false};

}  // namespace

Pools& Pools::instance() {
  static auto* pools = new Pools;  // never destroyed: programs free from atexit handlers
  return *pools;
}

std::shared_ptr<Pool> Pools::create(Device& device, uint64_t most_bytes, Pool::Name name, bool imported) {
  auto pool = std::make_shared<Pool>(device, most_bytes, name, imported);
  std::lock_guard lock(mutex_);
  live_[pool.get()] = pool;
  return pool;
}

Result<std::shared_ptr<Pool>> Pools::find(const void* handle) const {
  std::lock_guard lock(mutex_);
  auto found = live_.find(handle);
  if (found == live_.end()) return invalid(Code::InvalidValue, "memory pool handle is not live");
  return found->second;
}

Result<void> Pools::destroy(const void* handle) {
  std::shared_ptr<Pool> pool;
  {
    std::lock_guard lock(mutex_);
    auto found = live_.find(handle);
    if (found == live_.end()) return invalid(Code::InvalidValue, "memory pool handle is not live");
    pool = found->second;
    Device& device = pool->device();
    if (default_[&device] == pool) return invalid(Code::InvalidValue, "a device's default pool is not destroyed");
    // The device then allocates from its default pool again.
    if (current_[&device] == pool) current_[&device] = nullptr;
    retired_.push_back(pool);
    live_.erase(found);
  }
  pool->retire();
  return {};
}

std::shared_ptr<Pool> Pools::default_of(Device& device) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<Pool>& pool = default_[&device];
  if (!pool) {
    pool = std::make_shared<Pool>(device, 0);
    live_[pool.get()] = pool;
  }
  return pool;
}

std::shared_ptr<Pool> Pools::current_of(Device& device) {
  {
    std::lock_guard lock(mutex_);
    if (const std::shared_ptr<Pool>& chosen = current_[&device]) return chosen;
  }
  return default_of(device);
}

Result<void> Pools::set_current(Device& device, const void* handle) {
  Result<std::shared_ptr<Pool>> pool = find(handle);
  if (!pool) return pool.error();
  if ((*pool)->imported()) return invalid(Code::InvalidValue, "nothing is allocated from a pool of another process");
  if (&(*pool)->device() != &device) return invalid(Code::InvalidValue, "the memory pool is another device's");
  std::lock_guard lock(mutex_);
  current_[&device] = *pool;
  return {};
}

std::vector<std::shared_ptr<Pool>> Pools::all() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Pool>> pools = retired_;
  for (const auto& [handle, pool] : live_) pools.push_back(pool);
  return pools;
}

bool Pools::trim_to_thresholds() {
  bool whole = true;
  for (const std::shared_ptr<Pool>& pool : all()) whole = pool->trim_to_threshold() && whole;
  return whole;
}

void Pools::release_unused(Device& device) {
  for (const std::shared_ptr<Pool>& pool : all())
    if (&pool->device() == &device) pool->trim(0);
}

Result<uint64_t> allocate_from_pool(Stream& stream, Pool& pool, uint64_t bytes) {
  if (stream.capturing()) return capture_allocation(stream, pool.device(), bytes);
  Result<uint64_t> address = pool.allocate(stream, bytes);
  if (!address && address.error().code == Code::OutOfMemory) {
    Pools::instance().release_unused(pool.device());
    address = pool.allocate(stream, bytes);
  }
  if (!address) return address;
  Allocation made{.base = *address, .bytes = bytes, .kind = MemoryKind::Pool};
  made.context = &stream.context();
  made.device = &pool.device();
  made.pool = &pool;
  if (Result<void> added = MemoryMap::instance().add(made); !added) return added.error();
  return address;
}

Result<void> free_in_order(Stream& stream, uint64_t address) {
  if (stream.capturing()) return capture_release(stream, address);
  if (std::shared_ptr<GraphMemory> memory = GraphMemory::at(address)) return memory->free();
  if (is_imported_pool_memory(address)) return close_memory_handle(address);
  Result<Allocation> taken = MemoryMap::instance().remove(address, {MemoryKind::Pool, MemoryKind::Device});
  if (!taken) return taken.error();
  if (taken->kind == MemoryKind::Device) {
    stream.enqueue([taken = *taken] { return give_back(taken); });
    return {};
  }
  taken->pool->free(*taken, stream);
  freed.store(true, std::memory_order_release);
  return {};
}

void after_synchronization() {
  if (!freed.load(std::memory_order_relaxed) || !freed.exchange(false)) return;
  if (!Pools::instance().trim_to_thresholds()) freed.store(true, std::memory_order_release);
}

}  // namespace qiao::runtime
