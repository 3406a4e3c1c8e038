#include "src/runtime/graph.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <unordered_map>

#include "src/runtime/context.h"
#include "src/runtime/device.h"

namespace qiao::runtime {
namespace {

std::atomic<uint64_t> next_id{1};

bool same_node(const std::vector<GraphEdge>& edges, const GraphNode* node) {
  return std::any_of(edges.begin(), edges.end(), [&](const GraphEdge& edge) { return edge.node == node; });
}

void drop_node(std::vector<GraphEdge>& edges, const GraphNode* node) {
  std::erase_if(edges, [&](const GraphEdge& edge) { return edge.node == node; });
}

std::vector<std::shared_ptr<Graph>> graphs_in(const NodeWork& work) {
  if (const auto* child = std::get_if<ChildWork>(&work)) return {child->graph};
  if (const auto* conditional = std::get_if<ConditionalWork>(&work)) return conditional->bodies;
  return {};
}

// Child graphs and conditional bodies belong to one node each.
void own_copies(NodeWork& work) {
  if (auto* child = std::get_if<ChildWork>(&work)) child->graph = child->graph->clone(true);
  if (auto* conditional = std::get_if<ConditionalWork>(&work)) {
    for (std::shared_ptr<Graph>& body : conditional->bodies) body = body->clone(true);
  }
}

}  // namespace

Registry<Graph>& graph_handles() {
  static auto* live = new Registry<Graph>;
  return *live;
}

Registry<GraphNode>& node_handles() {
  static auto* live = new Registry<GraphNode>;
  return *live;
}

NodeType type_of(const NodeWork& work) {
  constexpr NodeType kTypes[] = {NodeType::Empty,      NodeType::Kernel,  NodeType::Copy,        NodeType::Fill,
                                 NodeType::Host,       NodeType::Child,   NodeType::EventRecord, NodeType::EventWait,
                                 NodeType::Allocation, NodeType::Release, NodeType::Conditional, NodeType::Kernel};
  static_assert(std::size(kTypes) == std::variant_size_v<NodeWork>);
  return kTypes[work.index()];
}

Result<std::shared_ptr<ConditionalValue>> ConditionalValue::make(Device& device, uint32_t initial,
                                                                 bool assign_at_launch) {
  Result<hal::DevicePtr> word = device.hal().allocate(sizeof(uint32_t));
  if (!word) return word.error();
  auto value = std::shared_ptr<ConditionalValue>(new ConditionalValue(device, *word, initial, assign_at_launch));
  std::memset(reinterpret_cast<void*>(*word), 0, sizeof(uint32_t));
  return value;
}

ConditionalValue::~ConditionalValue() {
  (void)device_.hal().release(address_);
}

uint32_t ConditionalValue::get() const {
  return std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(address_)).load(std::memory_order_acquire);
}

void ConditionalValue::reset() {
  if (!assign_) return;
  std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(address_)).store(initial_, std::memory_order_release);
}

GraphNode::GraphNode(Graph& graph, std::shared_ptr<Context> context, NodeWork made)
    : work(std::move(made)), graph_(graph), context_(std::move(context)), id_(next_id.fetch_add(1)) {
  for (const std::shared_ptr<Graph>& inner : graphs_in(work)) graph_handles().add(inner);
}

GraphNode::~GraphNode() {
  for (const std::shared_ptr<Graph>& inner : graphs_in(work)) graph_handles().remove(inner.get());
}

Graph::Graph(bool owned) : id_(next_id.fetch_add(1)), owned_(owned) {}

Graph::~Graph() {
  for (const auto& node : nodes_) node_handles().remove(node.get());
}

std::shared_ptr<Graph> Graph::make(bool owned) {
  std::shared_ptr<Graph> graph(new Graph(owned));
  if (!owned) graph_handles().add(graph);
  return graph;
}

Result<void> check_edge(const GraphNode* from, const EdgeData& data) {
  const bool clean = std::all_of(std::begin(data.reserved), std::end(data.reserved), [](uint8_t b) { return b == 0; });
  // Ports: only kernels have others than 0 to leave by (programmatic completion, launch order).
  const uint8_t ports = from != nullptr && from->type() == NodeType::Kernel ? 2 : 0;
  if (!clean || data.type > 1 || data.from_port > ports || data.to_port != 0) {
    return invalid(Code::InvalidValue, "edge data of a graph is not known");
  }
  return {};
}

Result<void> Graph::check_dependencies(std::span<const GraphEdge> dependencies) const {
  for (size_t i = 0; i < dependencies.size(); ++i) {
    const GraphEdge& edge = dependencies[i];
    if (&edge.node->graph() != this) return invalid(Code::InvalidValue, "a dependency is a node of another graph");
    if (Result<void> known = check_edge(edge.node, edge.data); !known) return known;
    for (size_t j = 0; j < i; ++j) {
      if (dependencies[j].node == edge.node) return invalid(Code::InvalidValue, "a dependency is named twice");
    }
  }
  return {};
}

Result<GraphNode*> Graph::add(NodeWork work, std::shared_ptr<Context> context,
                              std::span<const GraphEdge> dependencies) {
  if (Result<void> checked = check_dependencies(dependencies); !checked) return checked.error();
  auto node = std::make_shared<GraphNode>(*this, std::move(context), std::move(work));
  for (const GraphEdge& edge : dependencies) {
    node->dependencies_.push_back(edge);
    edge.node->dependents_.push_back({node.get(), edge.data});
  }
  node_handles().add(node);
  nodes_.push_back(node);
  return node.get();
}

Result<void> Graph::connect(GraphNode& from, GraphNode& to, EdgeData data) {
  if (&from.graph() != this || &to.graph() != this) {
    return invalid(Code::InvalidValue, "an edge names a node of another graph");
  }
  if (&from == &to) return invalid(Code::InvalidValue, "an edge from a node to itself");
  if (Result<void> known = check_edge(&from, data); !known) return known;
  if (same_node(to.dependencies_, &from)) return invalid(Code::InvalidValue, "the edge is in the graph already");
  to.dependencies_.push_back({&from, data});
  from.dependents_.push_back({&to, data});
  return {};
}

Result<void> Graph::disconnect(GraphNode& from, GraphNode& to, EdgeData data) {
  auto found = std::find(to.dependencies_.begin(), to.dependencies_.end(), GraphEdge{&from, data});
  if (&from.graph() != this || found == to.dependencies_.end()) {
    return invalid(Code::InvalidValue, "the edge to remove is not in the graph");
  }
  to.dependencies_.erase(found);
  drop_node(from.dependents_, &to);
  return {};
}

Result<void> Graph::remove(GraphNode& node) {
  auto found = std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& each) { return each.get() == &node; });
  if (found == nodes_.end()) return invalid(Code::InvalidValue, "the node is not of this graph");
  const bool memory = node.type() == NodeType::Allocation || node.type() == NodeType::Release;
  if (memory) return unsupported("destroying a memory node of a graph");
  for (const GraphEdge& edge : node.dependencies_) drop_node(edge.node->dependents_, &node);
  for (const GraphEdge& edge : node.dependents_) drop_node(edge.node->dependencies_, &node);
  node_handles().remove(&node);
  nodes_.erase(found);
  return {};
}

std::shared_ptr<Graph> Graph::clone(bool owned) const {
  std::shared_ptr<Graph> copy = make(owned);
  copy->conditionals = conditionals;
  copy->user_objects = user_objects;
  std::unordered_map<const GraphNode*, GraphNode*> twin;
  for (const auto& node : nodes_) {
    NodeWork work = node->work;
    own_copies(work);
    auto made = std::make_shared<GraphNode>(*copy, node->context_, std::move(work));
    made->origin_ = node->id_;
    twin[node.get()] = made.get();
    node_handles().add(made);
    copy->nodes_.push_back(std::move(made));
  }
  for (const auto& node : nodes_) {
    GraphNode* made = twin[node.get()];
    for (const GraphEdge& edge : node->dependencies_) made->dependencies_.push_back({twin[edge.node], edge.data});
    for (const GraphEdge& edge : node->dependents_) made->dependents_.push_back({twin[edge.node], edge.data});
  }
  return copy;
}

bool Graph::has_unused_conditional() const {
  return std::any_of(conditionals.begin(), conditionals.end(), [&](const std::shared_ptr<ConditionalValue>& value) {
    return std::none_of(nodes_.begin(), nodes_.end(), [&](const std::shared_ptr<GraphNode>& node) {
      const auto* work = std::get_if<ConditionalWork>(&node->work);
      return work != nullptr && work->value == value;
    });
  });
}

bool Graph::has_memory_nodes() const {
  return std::any_of(nodes_.begin(), nodes_.end(), [](const std::shared_ptr<GraphNode>& node) {
    if (node->type() == NodeType::Allocation || node->type() == NodeType::Release) return true;
    const std::vector<std::shared_ptr<Graph>> inner = graphs_in(node->work);
    return std::any_of(inner.begin(), inner.end(), [](const auto& graph) { return graph->has_memory_nodes(); });
  });
}

GraphNode* Graph::find_clone_of(const GraphNode& original) const {
  for (const auto& node : nodes_) {
    if (node->origin_ == original.id_) return node.get();
  }
  return nullptr;
}

Result<std::vector<GraphNode*>> Graph::sorted() const {
  std::unordered_map<const GraphNode*, size_t> missing;
  std::vector<GraphNode*> order;
  order.reserve(nodes_.size());
  std::vector<GraphNode*> ready;
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
    missing[node->get()] = (*node)->dependencies_.size();
    if ((*node)->dependencies_.empty()) ready.push_back(node->get());
  }
  while (!ready.empty()) {
    GraphNode* next = ready.back();
    ready.pop_back();
    order.push_back(next);
    for (auto edge = next->dependents_.rbegin(); edge != next->dependents_.rend(); ++edge) {
      if (--missing[edge->node] == 0) ready.push_back(edge->node);
    }
  }
  if (order.size() != nodes_.size()) return invalid(Code::InvalidValue, "the graph has a cycle");
  return order;
}

}  // namespace qiao::runtime
