// Best-fit allocation of address ranges: two ordered indices over the free ranges.
#include "device_sim/machine/range_allocator.h"

#include <cassert>
#include <iterator>

namespace qiao::machine {

void RangeAllocator::insert(uint64_t base, uint64_t bytes) {
  by_base_.emplace(base, bytes);
  by_size_.emplace(bytes, base);
  free_bytes_ += bytes;
}

void RangeAllocator::erase(std::map<uint64_t, uint64_t>::iterator range) {
  by_size_.erase({range->second, range->first});
  free_bytes_ -= range->second;
  by_base_.erase(range);
}

RangeAllocator::Range RangeAllocator::add(uint64_t base, uint64_t bytes) {
  Range whole{base, bytes};
  auto next = by_base_.lower_bound(base);
  if (next != by_base_.end() && next->first == base + bytes) {
    whole.bytes += next->second;
    erase(next);
  }
  auto after = by_base_.lower_bound(base);
  if (after != by_base_.begin()) {
    auto previous = std::prev(after);
    if (previous->first + previous->second == base) {
      whole = {previous->first, previous->second + whole.bytes};
      erase(previous);
    }
  }
  insert(whole.base, whole.bytes);
  return whole;
}

void RangeAllocator::remove(uint64_t base, uint64_t bytes) {
  auto range = std::prev(by_base_.upper_bound(base));
  const Range free{range->first, range->second};
  assert(free.base <= base && base + bytes <= free.base + free.bytes);
  erase(range);
  if (free.base < base) insert(free.base, base - free.base);
  const uint64_t end = base + bytes;
  if (end < free.base + free.bytes) insert(end, free.base + free.bytes - end);
}

bool RangeAllocator::is_free(uint64_t base, uint64_t bytes) const {
  auto next = by_base_.upper_bound(base);
  if (next == by_base_.begin()) return false;
  const auto& [start, size] = *std::prev(next);
  return base - start < size && bytes <= size - (base - start);
}

std::optional<uint64_t> RangeAllocator::allocate(uint64_t bytes, uint64_t alignment) {
  for (auto it = by_size_.lower_bound({bytes, 0}); it != by_size_.end(); ++it) {
    const uint64_t base = (it->second + alignment - 1) & ~(alignment - 1);
    if (base + bytes > it->second + it->first) continue;
    remove(base, bytes);
    return base;
  }
  return std::nullopt;
}

}  // namespace qiao::machine
