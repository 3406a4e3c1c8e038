// Device memory: a reserved address range (design D7), in which every allocation of a program, every module variable
// and the workers' shared and local windows live. Addresses are host addresses; what is not allocated is not
// accessible. A process has one for each device and one for what all devices reach (address_space.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <vector>

#include "device_sim/machine/memory_limit.h"
#include "device_sim/machine/range_allocator.h"
#include "device_sim/machine/shared_chunks.h"
#include "src/base/result.h"

namespace qiao::machine {

class Arena {
 public:
  static constexpr uint64_t kChunk = uint64_t{2} << 20;  // huge page; the unit in which small blocks are committed
  static constexpr uint64_t kAlignment = 256;
  static constexpr uint64_t kLargeFrom = uint64_t{1} << 20;  // from here an allocation has pages and a guard of its own
  static constexpr uint64_t kGuard = 256;                    // gap behind a small allocation

  struct Allocation {
    uint64_t address = 0;
    uint64_t bytes = 0;
  };
  // Program and Module (its variables): counted against the limit and found by allocation_of. Heap (device malloc):
  // counted, and bounded by limit_heap. Internal (windows, parameters): neither.
  enum class Owner : uint8_t { Program, Module, Heap, Internal };

  struct Range {
    uint64_t base = 0;
    uint64_t bytes = 0;
  };
  struct Reservation {  // what reserve() got from the host
    uint64_t mapped_base, mapped_bytes;
    uint64_t base, bytes;  // whole chunks of it
  };

  static Result<Reservation> reserve_range(uint64_t bytes);
  static Result<std::unique_ptr<Arena>> reserve(uint64_t limit_bytes);
  // A part of somebody else's reservation has mapped_bytes 0. `budget`: shared with other arenas, or none.
  Arena(const Reservation& range, uint64_t limit, MemoryBudget* budget = nullptr);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // At least 256-byte aligned, zero-filled the first time only. OutOfMemory beyond the limit.
  Result<uint64_t> allocate(uint64_t bytes, Owner owner, uint64_t alignment = kAlignment);
  Result<void> release(uint64_t address, Owner owner);
  void limit_heap(uint64_t bytes) { heap_limit_.store(bytes, std::memory_order_relaxed); }
  Result<Allocation> allocation_of(uint64_t address) const;  // of the program or a module

  bool is_allocated(uint64_t address) const;  // by any owner, here or where this arena's device also reaches

  // A part that is never committed (function handles), or that others map (physical_memory.h). Whole chunks.
  Result<uint64_t> reserve_inaccessible(uint64_t bytes, uint64_t alignment = kChunk);
  Result<void> reserve_at(uint64_t address, uint64_t bytes);  // the same, there and nowhere else
  void release_inaccessible(uint64_t address, uint64_t bytes);
  void note_mapped(uint64_t address, uint64_t bytes);  // that part of it is accessible now
  void note_unmapped(uint64_t address);
  bool charge(uint64_t bytes);  // memory which others hold for this device; false beyond the limit
  void discharge(uint64_t bytes);

  // Makes the pages of the allocation that contains `address` ones that other processes can map (shared_chunks.h).
  Result<hal::SharedPart> share(uint64_t address);

  // What kernels of this arena's device may touch: compiled code compares with it. The arena itself at first.
  Range reach() const { return reach_.load(std::memory_order_acquire)->range; }
  void set_reach(Range range, std::vector<const Arena*> others);

  uint64_t base() const { return range_.base; }
  uint64_t bytes() const { return range_.bytes; }
  bool contains(uint64_t address) const { return address - range_.base < range_.bytes; }
  uint64_t limit() const { return limit_; }
  uint64_t free_bytes() const;

 private:
  struct Block {
    uint64_t bytes;   // as asked for
    uint64_t span;    // taken from the allocator: with rounding and guard
    uint64_t charge;  // counted against the limit
    Owner owner;
    bool large;
  };

  Result<uint64_t> allocate_large(uint64_t bytes, uint64_t alignment, Block& block);
  Result<uint64_t> allocate_small(uint64_t bytes, uint64_t alignment, Block& block);
  bool take(uint64_t charge);
  void give(uint64_t charge);
  bool holds(uint64_t address) const;
  void release_chunks(uint64_t base, uint64_t bytes);
  void give_back_empty_chunks(RangeAllocator::Range free);
  Result<void> commit(uint64_t address, uint64_t bytes);

  Reservation range_;
  uint64_t limit_;
  MemoryBudget* budget_;
  struct Reach {
    Range range;
    std::vector<const Arena*> others;
  };
  std::vector<std::unique_ptr<const Reach>> reaches_;  // read without a lock, so the old ones are kept
  std::atomic<const Reach*> reach_{nullptr};
  mutable std::shared_mutex mutex_;
  RangeAllocator chunks_;  // whole 2 MB chunks, not accessible
  RangeAllocator small_;   // free space inside committed chunks
  std::map<uint64_t, Block> blocks_;
  SharedChunks shared_;
  std::map<uint64_t, uint64_t> mapped_;  // by note_mapped: address -> bytes
  uint64_t used_ = 0;                    // charged to the program
  uint64_t heap_used_ = 0;               // as heap_charge counts
  std::atomic<uint64_t> heap_limit_{~uint64_t{0}};
  uint64_t resident_free_ = 0;  // freed bytes which may still hold host pages
};

}  // namespace qiao::machine
