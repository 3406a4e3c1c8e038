#include "src/runtime/graph_memory.h"

#include <map>

#include "src/runtime/capture.h"
#include "src/runtime/memory_map.h"

namespace qiao::runtime {
namespace {

// All live allocations hold themselves here: a graph may be destroyed before the memory it made is freed.
struct Ledger {
  std::mutex mutex;
  std::map<uint64_t, std::shared_ptr<GraphMemory>> live;
  std::map<uint64_t, std::weak_ptr<GraphMemory>> known;
  std::map<const Device*, GraphMemoryCounts> counts;

  static Ledger& instance() {
    static auto* ledger = new Ledger;
    return *ledger;
  }
};

}  // namespace

Result<std::shared_ptr<GraphMemory>> GraphMemory::make(Device& device, uint64_t bytes) {
  if (bytes == 0) return invalid(Code::InvalidValue, "allocation node of zero bytes");
  Result<uint64_t> address = device.hal().allocate(bytes);
  if (!address) return address.error();
  Allocation made{.base = *address, .bytes = bytes, .kind = MemoryKind::Graph};
  made.device = &device;
  if (Result<void> added = MemoryMap::instance().add(made); !added) return added.error();
  auto memory = std::shared_ptr<GraphMemory>(new GraphMemory(device, *address, bytes));
  Ledger& ledger = Ledger::instance();
  std::lock_guard lock(ledger.mutex);
  GraphMemoryCounts& counts = ledger.counts[&device];
  counts.reserved += bytes;
  counts.reserved_high = std::max(counts.reserved_high, counts.reserved);
  ledger.known[*address] = memory;
  return memory;
}

GraphMemory::~GraphMemory() {
  Ledger& ledger = Ledger::instance();
  {
    std::lock_guard lock(ledger.mutex);
    ledger.known.erase(address_);
    ledger.counts[&device_].reserved -= bytes_;
  }
  (void)MemoryMap::instance().remove(address_, {MemoryKind::Graph});
  (void)device_.hal().release(address_);
}

bool GraphMemory::live() const {
  Ledger& ledger = Ledger::instance();
  std::lock_guard lock(ledger.mutex);
  return ledger.live.contains(address_);
}

void GraphMemory::set_live(bool live) {
  Ledger& ledger = Ledger::instance();
  std::shared_ptr<GraphMemory> self = shared_from_this();  // outlives the lock
  std::lock_guard lock(ledger.mutex);
  GraphMemoryCounts& counts = ledger.counts[&device_];
  if (live && ledger.live.emplace(address_, self).second) {
    counts.used += bytes_;
    counts.used_high = std::max(counts.used_high, counts.used);
  } else if (!live && ledger.live.erase(address_) != 0) {
    counts.used -= bytes_;
  }
}

Result<void> GraphMemory::free() {
  if (!live()) return invalid(Code::InvalidValue, "memory of a graph is freed that no launch has allocated");
  set_live(false);
  return {};
}

std::shared_ptr<GraphMemory> GraphMemory::at(uint64_t address) {
  Ledger& ledger = Ledger::instance();
  std::lock_guard lock(ledger.mutex);
  auto found = ledger.known.find(address);
  return found == ledger.known.end() ? nullptr : found->second.lock();
}

Result<uint64_t> capture_allocation(Stream& stream, Device& device, uint64_t bytes) {
  Result<std::shared_ptr<GraphMemory>> memory = GraphMemory::make(device, bytes);
  if (!memory) return memory.error();
  if (Result<void> captured = capture_work(stream, AllocationWork{*memory}); !captured) return captured.error();
  return (*memory)->address();
}

Result<void> capture_release(Stream& stream, uint64_t address) {
  std::shared_ptr<GraphMemory> memory = GraphMemory::at(address);
  if (!memory) return invalid(Code::InvalidValue, "a captured free of memory that no graph allocates");
  return capture_work(stream, ReleaseWork{std::move(memory)});
}

GraphMemoryCounts graph_memory_counts(const Device& device) {
  Ledger& ledger = Ledger::instance();
  std::lock_guard lock(ledger.mutex);
  return ledger.counts[&device];
}

void reset_graph_memory_high(const Device& device, bool used) {
  Ledger& ledger = Ledger::instance();
  std::lock_guard lock(ledger.mutex);
  GraphMemoryCounts& counts = ledger.counts[&device];
  if (used) counts.used_high = counts.used;
  if (!used) counts.reserved_high = counts.reserved;
}

}  // namespace qiao::runtime
