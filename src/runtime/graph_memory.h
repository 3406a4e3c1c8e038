// The memory of an allocation node. Its address is fixed when the node is added; each launch makes it the program's,
// until a free node, cudaFree or cudaFreeAsync gives it back (CUDA programming guide, "Graph memory nodes").
#pragma once

#include <memory>
#include <mutex>

#include "src/runtime/device.h"

namespace qiao::runtime {

class GraphMemory : public std::enable_shared_from_this<GraphMemory> {
 public:
  static Result<std::shared_ptr<GraphMemory>> make(Device& device, uint64_t bytes);
  ~GraphMemory();
  GraphMemory(const GraphMemory&) = delete;
  GraphMemory& operator=(const GraphMemory&) = delete;

  uint64_t address() const { return address_; }
  uint64_t bytes() const { return bytes_; }
  Device& device() const { return device_; }
  bool live() const;
  // In the order of the program's calls: a launch that allocates, a launch or call that frees.
  void set_live(bool live);
  Result<void> free();  // by a call of the program; InvalidValue when it is not live

  // The one at `address`, for the calls that free memory; null when it is none of a graph.
  static std::shared_ptr<GraphMemory> at(uint64_t address);

 private:
  GraphMemory(Device& device, uint64_t address, uint64_t bytes) : device_(device), address_(address), bytes_(bytes) {}

  Device& device_;
  const uint64_t address_;
  const uint64_t bytes_;
};

// cudaMallocAsync and cudaFreeAsync in a stream that is capturing.
Result<uint64_t> capture_allocation(Stream& stream, Device& device, uint64_t bytes);
Result<void> capture_release(Stream& stream, uint64_t address);

// cudaGraphMemAttr*: bytes now and at most, since the last reset. Memory counts from its first launch until it is
// trimmed or its graphs are gone; what graphs use and what is reserved for them are one here, as each node has its own
// memory.
struct GraphMemoryCounts {
  uint64_t now = 0;
  uint64_t used_high = 0;
  uint64_t reserved_high = 0;
};
GraphMemoryCounts graph_memory_counts(const Device& device);
void reset_graph_memory_high(const Device& device, bool used);
// What is not live counts no more.
void trim_graph_memory(const Device& device);

}  // namespace qiao::runtime
