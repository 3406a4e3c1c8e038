// Best-fit allocation of address ranges, with O(log n) operations and coalescing. It only keeps books: committing
// memory is the arena's. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace qiao::machine {

class RangeAllocator {
 public:
  struct Range {
    uint64_t base = 0;
    uint64_t bytes = 0;
  };

  // Adds free space; touching neighbours are joined. Returns the whole free range which now contains it.
  Range add(uint64_t base, uint64_t bytes);
  // Takes [base, base + bytes) out of the free space; it must lie in one free range.
  void remove(uint64_t base, uint64_t bytes);
  bool is_free(uint64_t base, uint64_t bytes) const;  // all of it
  // The smallest free range that fits, lowest address first; alignment is a power of two.
  std::optional<uint64_t> allocate(uint64_t bytes, uint64_t alignment);
  uint64_t free_bytes() const { return free_bytes_; }

 private:
  void insert(uint64_t base, uint64_t bytes);
  void erase(std::map<uint64_t, uint64_t>::iterator range);

  std::map<uint64_t, uint64_t> by_base_;             // base -> bytes
  std::set<std::pair<uint64_t, uint64_t>> by_size_;  // (bytes, base)
  uint64_t free_bytes_ = 0;
};

}  // namespace qiao::machine
