#include "src/runtime/memory_map.h"

#include <algorithm>
#include <mutex>

#include "src/perf/host_activity.h"

namespace qiao::runtime {
namespace {

void count(const Allocation& allocation, bool added) {
  if (!perf::host_recorded || allocation.is_host() || allocation.kind == MemoryKind::Imported) return;
  const auto bytes = static_cast<int64_t>(allocation.bytes);
  perf::record_allocated(added ? bytes : -bytes);
}

}  // namespace

MemoryMap& MemoryMap::instance() {
  static auto* map = new MemoryMap;  // never destroyed: programs free from atexit handlers
  return *map;
}

Result<void> MemoryMap::add(Allocation allocation) {
  std::unique_lock lock(mutex_);
  auto next = allocations_.lower_bound(allocation.base + std::max<uint64_t>(allocation.bytes, 1));
  if (next != allocations_.begin()) {
    const Allocation& before = std::prev(next)->second;
    if (before.base + std::max<uint64_t>(before.bytes, 1) > allocation.base)
      return invalid(Code::HostMemoryAlreadyRegistered, "host range overlaps memory that is already registered");
  }
  allocation.id = next_id_++;
  allocations_.emplace(allocation.base, allocation);
  count(allocation, true);
  return {};
}

Result<Allocation> MemoryMap::remove(uint64_t base, std::initializer_list<MemoryKind> kinds) {
  std::unique_lock lock(mutex_);
  auto found = allocations_.find(base);
  if (found == allocations_.end() || std::find(kinds.begin(), kinds.end(), found->second.kind) == kinds.end())
    return invalid(Code::InvalidValue, "pointer to free is not the start of an allocation of this kind");
  Allocation taken = found->second;
  allocations_.erase(found);
  count(taken, false);
  return taken;
}

std::optional<Allocation> MemoryMap::find(uint64_t address) const {
  std::shared_lock lock(mutex_);
  auto next = allocations_.upper_bound(address);
  if (next == allocations_.begin()) return std::nullopt;
  const Allocation& candidate = std::prev(next)->second;
  if (address - candidate.base >= std::max<uint64_t>(candidate.bytes, 1)) return std::nullopt;
  return candidate;
}

uint64_t MemoryMap::bytes_from(uint64_t address, bool writing) const {
  std::shared_lock lock(mutex_);
  auto next = allocations_.upper_bound(address);
  if (next == allocations_.begin()) return 0;
  const Allocation& first = std::prev(next)->second;
  if (address - first.base >= first.bytes || (writing && first.read_only)) return 0;
  uint64_t end = first.base + first.bytes;
  for (; first.kind == MemoryKind::Virtual && next != allocations_.end(); ++next) {
    if (next->first != end || next->second.kind != MemoryKind::Virtual) break;
    if (writing && next->second.read_only) break;
    end += next->second.bytes;
  }
  return end - address;
}

std::vector<Allocation> MemoryMap::take_all_of(const Context& context) {
  std::vector<Allocation> taken;
  std::unique_lock lock(mutex_);
  for (auto it = allocations_.begin(); it != allocations_.end();) {
    const bool mine = it->second.context == &context;
    if (mine) taken.push_back(it->second);
    if (mine) count(it->second, false);
    it = mine ? allocations_.erase(it) : std::next(it);
  }
  return taken;
}

}  // namespace qiao::runtime
