// Every piece of memory the program holds through CUDA, by address, whichever device it lies on. One for the process:
// with one address space a pointer alone tells where it points (CUDA programming guide, "Unified Virtual Addressing").
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "src/base/result.h"

namespace qiao::runtime {

class Context;
class Device;
class Pool;

// Pool: stream-ordered. Virtual: mapped by cuMemMap. Imported: another process's, by an IPC handle. Array: storage of a
// CUDA array, which no pointer call may name. Graph: of an allocation node (graph_memory.h), whose address stays.
enum class MemoryKind : uint8_t { Device, PinnedHost, Managed, RegisteredHost, Pool, Virtual, Imported, Array, Graph };

struct Allocation {
  uint64_t base = 0;
  uint64_t bytes = 0;
  MemoryKind kind = MemoryKind::Device;
  uint32_t flags = 0;  // as given to the allocating call
  Context* context = nullptr;
  Device* device = nullptr;
  uint64_t id = 0;  // unique in the process, never used again
  Pool* pool = nullptr;
  bool read_only = false;  // a virtual mapping

  bool is_host() const { return kind == MemoryKind::PinnedHost || kind == MemoryKind::RegisteredHost; }
};

class MemoryMap {
 public:
  static MemoryMap& instance();

  // HostMemoryAlreadyRegistered when it overlaps what is there.
  Result<void> add(Allocation allocation);
  // The allocation that begins at `base` and is of one of `kinds`, taken out; InvalidValue when there is none.
  Result<Allocation> remove(uint64_t base, std::initializer_list<MemoryKind> kinds);
  std::optional<Allocation> find(uint64_t address) const;
  // How far memory goes on from `address` without a gap, over mappings that touch; 0 when nothing is there, or nothing
  // that may be written.
  uint64_t bytes_from(uint64_t address, bool writing = false) const;
  std::vector<Allocation> take_all_of(const Context& context);

 private:
  mutable std::shared_mutex mutex_;
  std::map<uint64_t, Allocation> allocations_;  // by base
  uint64_t next_id_ = 1;
};

}  // namespace qiao::runtime
