#include "src/runtime/graph_memory.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

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
  std::set<uint64_t> counted;

  void count(const GraphMemory& memory) {
    if (!counted.insert(memory.address()).second) return;
    GraphMemoryCounts& sum = counts[&memory.device()];
    sum.now += memory.bytes();
    sum.used_high = std::max(sum.used_high, sum.now);
    sum.reserved_high = std::max(sum.reserved_high, sum.now);
  }
  void uncount(const GraphMemory& memory) {
    if (counted.erase(memory.address()) != 0) counts[&memory.device()].now -= memory.bytes();
  }

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
  ledger.known[*address] = memory;
  return memory;
}

GraphMemory::~GraphMemory() {
  Ledger& ledger = Ledger::instance();
  {
    std::lock_guard lock(ledger.mutex);
    ledger.known.erase(address_);
    ledger.uncount(*this);
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
  if (!live) {
    ledger.live.erase(address_);
    return;
  }
  ledger.live.emplace(address_, self);
  ledger.count(*this);
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
  (used ? counts.used_high : counts.reserved_high) = counts.now;
}

void trim_graph_memory(const Device& device) {
  Ledger& ledger = Ledger::instance();
  std::vector<std::shared_ptr<GraphMemory>> held;  // the last reference may not go under the lock
  std::lock_guard lock(ledger.mutex);
  for (const auto& [address, known] : ledger.known) {
    std::shared_ptr<GraphMemory> memory = known.lock();
    if (memory && &memory->device() == &device && !ledger.live.contains(address)) ledger.uncount(*memory);
    held.push_back(std::move(memory));
  }
}

}  // namespace qiao::runtime
