#include "src/runtime/memory.h"

#include "src/runtime/capture.h"
#include "src/runtime/device.h"
#include "src/runtime/graph_memory.h"
#include "src/runtime/ipc.h"
#include "src/runtime/pools.h"

namespace qiao::runtime {

Result<uint64_t> allocate_memory(Context& context, uint64_t bytes, MemoryKind kind, uint32_t flags) {
  if (Result<void> allowed = check_unsafe_call(); !allowed) return allowed.error();
  const bool common = kind == MemoryKind::PinnedHost || kind == MemoryKind::Managed;
  hal::Device& chip = context.device().hal();
  Result<hal::DevicePtr> address = chip.allocate(bytes, common ? hal::Memory::Common : hal::Memory::Device);
  if (!address && address.error().code == Code::OutOfMemory) {
    Pools::instance().release_unused(context.device());
    address = chip.allocate(bytes, common ? hal::Memory::Common : hal::Memory::Device);
  }
  if (!address) return address;
  Allocation made{.base = *address, .bytes = bytes, .kind = kind, .flags = flags};
  made.context = &context;
  made.device = &context.device();
  if (Result<void> added = MemoryMap::instance().add(made); !added) return added.error();
  return address;
}

Result<void> free_memory(uint64_t address, std::initializer_list<MemoryKind> kinds) {
  if (Result<void> allowed = check_unsafe_call(); !allowed) return allowed;
  // Found first, waited for, then taken out: work that is queued before the free may still name it.
  std::optional<Allocation> found = MemoryMap::instance().find(address);
  if (found && found->base == address) synchronize_all(found->is_host() ? nullptr : found->device);
  if (std::shared_ptr<GraphMemory> memory = GraphMemory::at(address)) return memory->free();
  if (is_imported_pool_memory(address)) return close_memory_handle(address);
  Result<Allocation> taken = MemoryMap::instance().remove(address, kinds);
  if (!taken) return taken.error();
  return give_back(*taken);
}

Result<void> give_back(const Allocation& allocation) {
  if (allocation.kind == MemoryKind::RegisteredHost)
    return allocation.device->hal().unregister_host(reinterpret_cast<const void*>(allocation.base));
  if (allocation.kind == MemoryKind::Pool) {
    allocation.pool->free_now(allocation);
    (void)allocation.pool->trim_to_threshold();
    return {};
  }
  if (allocation.kind == MemoryKind::Imported) return end_imported(allocation);
  return allocation.device->hal().release(allocation.base);
}

Result<void> register_host_memory(Context& context, const void* base, uint64_t bytes, uint32_t flags) {
  Allocation made{
      .base = reinterpret_cast<uint64_t>(base), .bytes = bytes, .kind = MemoryKind::RegisteredHost, .flags = flags};
  made.context = &context;
  made.device = &context.device();
  if (bytes == 0 || made.base + bytes < made.base)
    return invalid(Code::InvalidValue, "registering an empty or wrapping range of host memory");
  if (Result<void> added = MemoryMap::instance().add(made); !added) return added;
  Result<void> done = context.device().hal().register_host(base, bytes);
  if (!done) (void)MemoryMap::instance().remove(made.base, {MemoryKind::RegisteredHost});
  return done;
}

Result<void> unregister_host_memory(const void* base) {
  const auto address = reinterpret_cast<uint64_t>(base);
  std::optional<Allocation> found = MemoryMap::instance().find(address);
  if (!found || found->base != address || found->kind != MemoryKind::RegisteredHost)
    return invalid(Code::HostMemoryNotRegistered, "host pointer was not registered");
  return free_memory(address, {MemoryKind::RegisteredHost});
}

}  // namespace qiao::runtime
