// Nodes that are more than their parameters, as both libraries see them: memory and conditional nodes; and the memory
// that a device's graphs hold.
#pragma once

#include "shim/common/graphs.h"

namespace qiao::shim {

// Where a node goes.
struct NodePlace {
  CUgraphNode* out = nullptr;
  CUgraph graph = nullptr;
  const CUgraphNode* after = nullptr;
  EdgeDataList data = nullptr;
  size_t count = 0;
};

// The fields that both libraries' structs of allocation nodes have; `address` is the answer.
struct AllocationFields {
  bool plain = true;  // pinned memory of a device, for that device, without handles
  int device = 0;
  size_t bytes = 0;
  uint64_t address = 0;
};
Result<void> add_allocation(const NodePlace& place, AllocationFields& fields, runtime::Context& context);
Result<void> add_release(const NodePlace& place, uint64_t address, runtime::Context& context);
Result<void> read_allocation(CUgraphNode node, AllocationFields& fields);
Result<void> read_release(CUgraphNode node, uint64_t* address);

Result<void> create_conditional(unsigned long long* handle, CUgraph graph, unsigned initial, unsigned flags,
                                runtime::Context& context);
// `bodies`: where to put the node's own list of `size` graphs.
Result<void> add_conditional(const NodePlace& place, unsigned long long handle, int kind, unsigned size,
                             CUgraph** bodies, runtime::Context& context);

Result<void> graph_memory_attribute(int device, int attribute, void* value);
Result<void> set_graph_memory_attribute(int device, int attribute, const void* value);
Result<void> trim_graph_memory(int device);

}  // namespace qiao::shim
