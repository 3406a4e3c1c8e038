// Registered host memory: copy on write, lock-free to read.
#include "device_sim/machine/host_ranges.h"

#include <algorithm>

namespace qiao::machine {

void HostRanges::publish(List list) {
  lists_.push_back(std::make_unique<const List>(std::move(list)));
  current_.store(lists_.back().get(), std::memory_order_release);
}

Result<void> HostRanges::add(uint64_t base, uint64_t bytes) {
  if (base == 0 || bytes == 0 || base + bytes < base)
    return invalid(Code::InvalidValue, "registering an empty or wrapping range of host memory");
  std::lock_guard lock(mutex_);
  const List* old = current_.load(std::memory_order_relaxed);
  List list = old ? *old : List{};
  auto at = std::find_if(list.begin(), list.end(), [&](const Range& range) { return range.base + range.bytes > base; });
  if (at != list.end() && at->base < base + bytes)
    return invalid(Code::HostMemoryAlreadyRegistered, "this host memory is already registered");
  list.insert(at, Range{base, bytes});
  publish(std::move(list));
  return {};
}

Result<void> HostRanges::remove(uint64_t base) {
  std::lock_guard lock(mutex_);
  const List* old = current_.load(std::memory_order_relaxed);
  List list = old ? *old : List{};
  auto at = std::find_if(list.begin(), list.end(), [&](const Range& range) { return range.base == base; });
  if (at == list.end()) return invalid(Code::HostMemoryNotRegistered, "this host memory is not registered");
  list.erase(at);
  publish(std::move(list));
  return {};
}

bool HostRanges::contains(uint64_t address, uint64_t bytes) const {
  const List* list = current_.load(std::memory_order_acquire);
  if (!list) return false;
  auto next = std::upper_bound(list->begin(), list->end(), address,
                               [](uint64_t value, const Range& range) { return value < range.base; });
  if (next == list->begin()) return false;
  --next;
  const uint64_t offset = address - next->base;
  return offset < next->bytes && bytes <= next->bytes - offset;
}

}  // namespace qiao::machine
