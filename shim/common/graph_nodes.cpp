#include "shim/common/graph_nodes.h"

#include <algorithm>
#include <cstring>

#include "src/runtime/device.h"
#include "src/runtime/graph_memory.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

Result<runtime::Device*> device_at(int ordinal) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  return (*platform)->device(ordinal);
}

Result<void> add_at(const NodePlace& place, runtime::NodeWork work, runtime::Context& context) {
  return add_node(place.out, place.graph, place.after, place.data, place.count, std::move(work), context);
}

// A conditional handle of the graph that no node uses yet.
Result<std::shared_ptr<runtime::ConditionalValue>> unused_value(const runtime::Graph& graph, uint64_t handle) {
  auto found = std::find_if(graph.conditionals.begin(), graph.conditionals.end(),
                            [&](const auto& value) { return value->handle() == handle; });
  if (found == graph.conditionals.end()) return invalid(Code::InvalidValue, "conditional handle is not the graph's");
  for (const auto& node : graph.nodes()) {
    const auto* other = std::get_if<runtime::ConditionalWork>(&node->work);
    if (other != nullptr && other->value == *found) {
      return invalid(Code::InvalidValue, "conditional handle belongs to another node already");
    }
  }
  return *found;
}

}  // namespace

Result<void> add_allocation(const NodePlace& place, AllocationFields& fields, runtime::Context& context) {
  if (!fields.plain) return unsupported("allocation nodes of anything but a device's own memory");
  Result<runtime::Device*> device = device_at(fields.device);
  if (!device) return device.error();
  Result<std::shared_ptr<runtime::GraphMemory>> memory = runtime::GraphMemory::make(**device, fields.bytes);
  if (!memory) return memory.error();
  if (Result<void> added = add_at(place, runtime::AllocationWork{*memory}, context); !added) return added;
  fields.address = (*memory)->address();
  return {};
}

Result<void> add_release(const NodePlace& place, uint64_t address, runtime::Context& context) {
  std::shared_ptr<runtime::GraphMemory> memory = runtime::GraphMemory::at(address);
  if (!memory) return invalid(Code::InvalidValue, "a free node names memory that no allocation node made");
  Result<std::shared_ptr<runtime::Graph>> graph = graph_of(place.graph);
  if (!graph) return graph.error();
  for (const auto& node : (*graph)->nodes()) {
    const auto* other = std::get_if<runtime::ReleaseWork>(&node->work);
    if (other != nullptr && other->memory == memory) {
      return invalid(Code::InvalidValue, "a graph frees the same memory twice");
    }
  }
  return add_at(place, runtime::ReleaseWork{std::move(memory)}, context);
}

Result<void> read_allocation(CUgraphNode handle, AllocationFields& fields) {
  Result<std::shared_ptr<runtime::GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  Result<runtime::AllocationWork*> work = work_of<runtime::AllocationWork>(*node);
  if (!work) return work.error();
  const runtime::GraphMemory& memory = *(*work)->memory;
  fields = {true, memory.device().ordinal(), memory.bytes(), memory.address()};
  return {};
}

Result<void> read_release(CUgraphNode handle, uint64_t* address) {
  if (address == nullptr) return invalid(Code::InvalidValue, "there is nowhere to put the address");
  Result<std::shared_ptr<runtime::GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  Result<runtime::ReleaseWork*> work = work_of<runtime::ReleaseWork>(*node);
  if (!work) return work.error();
  *address = (*work)->memory->address();
  return {};
}

Result<void> create_conditional(unsigned long long* handle, CUgraph which, unsigned initial, unsigned flags,
                                runtime::Context& context) {
  constexpr unsigned kAssignDefault = 1;
  if (handle == nullptr || flags > kAssignDefault) {
    return invalid(Code::InvalidValue, "arguments of a new conditional handle");
  }
  Result<std::shared_ptr<runtime::Graph>> graph = graph_of(which);
  if (!graph) return graph.error();
  Result<std::shared_ptr<runtime::ConditionalValue>> value =
      runtime::ConditionalValue::make(context.device(), initial, flags == kAssignDefault);
  if (!value) return value.error();
  *handle = (*value)->handle();
  (*graph)->conditionals.push_back(*std::move(value));
  return {};
}

Result<void> add_conditional(const NodePlace& place, unsigned long long handle, int kind, unsigned size,
                             CUgraph** bodies, runtime::Context& context) {
  Result<std::shared_ptr<runtime::Graph>> graph = graph_of(place.graph);
  if (!graph) return graph.error();
  Result<std::shared_ptr<runtime::ConditionalValue>> value = unused_value(**graph, handle);
  if (!value) return value.error();
  const auto what = static_cast<runtime::ConditionalKind>(kind);
  const bool known = kind >= 0 && kind <= static_cast<int>(runtime::ConditionalKind::Switch);
  const unsigned most = what == runtime::ConditionalKind::If ? 2 : what == runtime::ConditionalKind::While ? 1 : ~0U;
  if (!known || size == 0 || size > most) return invalid(Code::InvalidValue, "type or size of a conditional node");
  runtime::ConditionalWork work{*std::move(value), what, {}};
  for (unsigned i = 0; i < size; ++i) work.bodies.push_back(runtime::Graph::make(true));
  if (Result<void> added = add_at(place, std::move(work), context); !added) return added;
  runtime::GraphNode& node = **node_of(*place.out);
  for (const auto& body : std::get<runtime::ConditionalWork>(node.work).bodies) node.shown_bodies.push_back(body.get());
  *bodies = reinterpret_cast<CUgraph*>(node.shown_bodies.data());  // a handle is the graph's address
  return {};
}

Result<void> graph_memory_attribute(int ordinal, int attribute, void* value) {
  if (value == nullptr) return invalid(Code::InvalidValue, "there is nowhere to put the attribute's value");
  Result<runtime::Device*> device = device_at(ordinal);
  if (!device) return device.error();
  const runtime::GraphMemoryCounts counts = runtime::graph_memory_counts(**device);
  const uint64_t values[] = {counts.now, counts.used_high, counts.now, counts.reserved_high};
  if (attribute < 0 || attribute > 3) return invalid(Code::InvalidValue, "attribute of graph memory is not known");
  std::memcpy(value, &values[attribute], sizeof(uint64_t));
  return {};
}

Result<void> set_graph_memory_attribute(int ordinal, int attribute, const void* value) {
  Result<runtime::Device*> device = device_at(ordinal);
  if (!device) return device.error();
  uint64_t wanted = 1;
  if (value != nullptr) std::memcpy(&wanted, value, sizeof wanted);
  if ((attribute != 1 && attribute != 3) || wanted != 0) {
    return invalid(Code::InvalidValue, "only the high marks of graph memory can be set, and only to zero");
  }
  runtime::reset_graph_memory_high(**device, attribute == 1);
  return {};
}

Result<void> trim_graph_memory(int ordinal) {
  Result<runtime::Device*> device = device_at(ordinal);
  if (!device) return device.error();
  runtime::trim_graph_memory(**device);
  return {};
}

}  // namespace qiao::shim
