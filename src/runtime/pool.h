// Stream-ordered memory (CUDA programming guide, "Stream Ordered Memory Allocator"). A pool takes slabs from its device
// and gives out blocks of them; a freed block remembers the point in its stream from which it is free. The same stream
// may have it again at once, others when that point is reached, or behind a wait for it. Unused slabs beyond the
// release threshold go back when something is synchronised.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "src/runtime/memory_map.h"
#include "src/runtime/registry.h"
#include "src/runtime/stream.h"

namespace qiao::runtime {

// What other processes know a pool by: who made it, and which of its pools it is; 0: not to be shared.
struct PoolName {
  int32_t process = 0;
  uint32_t number = 0;
  uint64_t start = 0;  // of the process
  bool operator==(const PoolName&) const = default;
};

class Pool {
 public:
  // By number: CUmemPool_attribute and cudaMemPoolAttr.
  enum class Attribute : int {
    FollowEvents = 1,
    AllowOpportunistic,
    AllowInternalDependencies,
    ReleaseThreshold,
    ReservedCurrent,
    ReservedHigh,
    UsedCurrent,
    UsedHigh,
  };
  enum class Access : int { None = 0, Read = 1, ReadWrite = 3 };
  using Name = PoolName;

  // 0: no bound of its own. An imported pool stands for another process's; nothing is allocated from it.
  Pool(Device& device, uint64_t most_bytes, Name name = {}, bool imported = false);

  Device& device() const { return device_; }
  const Name& name() const { return name_; }
  bool imported() const { return imported_; }
  Result<uint64_t> allocate(Stream& stream, uint64_t bytes);
  // The block is free from the stream's present end on. The allocation was taken out of the MemoryMap.
  void free(const Allocation& allocation, Stream& stream);
  void free_now(const Allocation& allocation);  // nothing uses it any more

  Result<uint64_t> get(Attribute attribute) const;
  Result<void> set(Attribute attribute, uint64_t value);
  void trim(uint64_t keep);  // gives unused slabs back until no more than `keep` bytes are reserved
  bool trim_to_threshold();  // false when more will be unused once streams go on
  void retire();             // destroyed by the program: what comes free from now on goes back at once

  Access access_of(const Device& device) const;
  Result<void> set_access(Device& device, Access access);

 private:
  struct Block {
    uint64_t bytes;
    bool free;
    StreamPoint since;  // of a free one; empty when it is free for all
  };
  using Blocks = std::map<uint64_t, Block>;

  Blocks::iterator find_free(uint64_t bytes, const Stream* stream, bool any);
  bool grow(uint64_t bytes);
  void take(Blocks::iterator block, uint64_t bytes);
  void release(uint64_t address, StreamPoint since);
  void join_reached();
  void trim_locked(uint64_t keep);

  Device& device_;
  const uint64_t most_bytes_;
  const Name name_;
  const bool imported_;
  mutable std::mutex mutex_;
  Blocks blocks_;                       // by address; together they are the slabs
  std::map<uint64_t, uint64_t> slabs_;  // address -> bytes
  bool opportunistic_ = true, internal_dependencies_ = true, follow_events_ = true, retired_ = false;
  uint64_t threshold_ = 0;
  uint64_t reserved_ = 0, reserved_high_ = 0, used_ = 0, used_high_ = 0;
  std::map<const Device*, Access> access_;
};

}  // namespace qiao::runtime
