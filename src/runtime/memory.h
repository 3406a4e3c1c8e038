// Allocating, freeing and registering memory. Frees wait for the work that may use it, as CUDA's do.
#pragma once

#include "src/runtime/context.h"
#include "src/runtime/memory_map.h"

namespace qiao::runtime {

// Zero bytes is the caller's to judge. OutOfMemory when the device's memory, or the host's, is exhausted.
Result<uint64_t> allocate_memory(Context& context, uint64_t bytes, MemoryKind kind, uint32_t flags = 0);
// `kinds`: what the call may free; InvalidValue when no such allocation begins at `address`.
Result<void> free_memory(uint64_t address, std::initializer_list<MemoryKind> kinds);
// Without waiting: for memory of no one any more.
Result<void> give_back(const Allocation& allocation);

Result<void> register_host_memory(Context& context, const void* base, uint64_t bytes, uint32_t flags);
Result<void> unregister_host_memory(const void* base);

}  // namespace qiao::runtime
