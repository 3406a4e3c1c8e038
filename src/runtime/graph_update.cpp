// Changing an instantiated graph to match another one (cudaGraphExecUpdate). Nodes are paired in the order in which
// they were added, which a repeated capture or construction keeps.
#include <unordered_map>

#include "src/runtime/graph_exec.h"

namespace qiao::runtime {
namespace {

using Numbers = std::unordered_map<const GraphNode*, size_t>;

Numbers number(const Graph& graph) {
  Numbers numbers;
  for (const auto& node : graph.nodes()) numbers.emplace(node.get(), numbers.size());
  return numbers;
}

UpdateResult compare(const Graph& own, const Graph& graph);

// The same dependencies in any order.
UpdateResult compare_edges(const GraphNode& own, const Numbers& own_numbers, GraphNode& node, const Numbers& numbers) {
  if (own.dependencies().size() != node.dependencies().size()) return {UpdateCode::TopologyChanged, &node, nullptr};
  for (const GraphEdge& edge : node.dependencies()) {
    bool found = false;
    for (const GraphEdge& other : own.dependencies()) {
      found = found || (own_numbers.at(other.node) == numbers.at(edge.node) && other.data == edge.data);
    }
    if (!found) return {UpdateCode::TopologyChanged, &node, edge.node};
  }
  return {};
}

UpdateResult compare_conditional(const ConditionalWork& own, const ConditionalWork& work, GraphNode& node) {
  if (own.kind != work.kind || own.bodies.size() != work.bodies.size()) {
    return {UpdateCode::ParametersChanged, &node, nullptr};
  }
  for (size_t i = 0; i < own.bodies.size(); ++i) {
    UpdateResult inner = compare(*own.bodies[i], *work.bodies[i]);
    if (inner.code != UpdateCode::Success) return inner;
  }
  return {};
}

UpdateResult compare_work(const GraphNode& own, GraphNode& node) {
  if (own.work.index() != node.work.index()) return {UpdateCode::NodeTypeChanged, &node, nullptr};
  if (const auto* child = std::get_if<ChildWork>(&node.work)) {
    return compare(*std::get<ChildWork>(own.work).graph, *child->graph);
  }
  if (const auto* conditional = std::get_if<ConditionalWork>(&node.work)) {
    return compare_conditional(std::get<ConditionalWork>(own.work), *conditional, node);
  }
  // The memory of a node cannot change (CUDA runtime API, cudaGraphExecUpdate).
  const auto* made = std::get_if<AllocationWork>(&node.work);
  const auto* freed = std::get_if<ReleaseWork>(&node.work);
  if ((made != nullptr && made->memory != std::get<AllocationWork>(own.work).memory) ||
      (freed != nullptr && freed->memory != std::get<ReleaseWork>(own.work).memory)) {
    return {UpdateCode::ParametersChanged, &node, nullptr};
  }
  if (const auto* kernel = std::get_if<KernelWork>(&node.work)) {
    const KernelWork& old = std::get<KernelWork>(own.work);
    if (old.launch.device != kernel->launch.device) return {UpdateCode::UnsupportedFunctionChange, &node, nullptr};
  }
  return {};
}

UpdateResult compare(const Graph& own, const Graph& graph) {
  if (own.nodes().size() != graph.nodes().size()) {
    // The first node that has no partner, where the new graph has more of them.
    const size_t beyond = own.nodes().size();
    return {UpdateCode::TopologyChanged, beyond < graph.nodes().size() ? graph.nodes()[beyond].get() : nullptr,
            nullptr};
  }
  const Numbers own_numbers = number(own);
  const Numbers numbers = number(graph);
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    UpdateResult result = compare_work(*own.nodes()[i], *graph.nodes()[i]);
    if (result.code != UpdateCode::Success) return result;
    result = compare_edges(*own.nodes()[i], own_numbers, *graph.nodes()[i], numbers);
    if (result.code != UpdateCode::Success) return result;
  }
  return {};
}

void take(Graph& own, const Graph& graph) {
  own.conditionals = graph.conditionals;
  own.user_objects = graph.user_objects;
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    NodeWork& to = own.nodes()[i]->work;
    const NodeWork& from = graph.nodes()[i]->work;
    if (auto* child = std::get_if<ChildWork>(&to)) {
      take(*child->graph, *std::get<ChildWork>(from).graph);
    } else if (auto* conditional = std::get_if<ConditionalWork>(&to)) {
      const ConditionalWork& made = std::get<ConditionalWork>(from);
      conditional->value = made.value;
      for (size_t body = 0; body < made.bodies.size(); ++body) take(*conditional->bodies[body], *made.bodies[body]);
    } else {
      to = from;
    }
  }
}

void keep_enabled(const Plan& old, Plan& made) {
  for (size_t i = 0; i < old.steps.size(); ++i) {
    made.steps[i].enabled = old.steps[i].enabled;
    for (size_t body = 0; body < old.steps[i].bodies.size(); ++body) {
      keep_enabled(*old.steps[i].bodies[body], *made.steps[i].bodies[body]);
    }
  }
}

// The steps' works, which calls may have changed, as the nodes' own.
void sync(const Graph& graph, Plan& plan) {
  for (const auto& node : graph.nodes()) {
    if (const auto* child = std::get_if<ChildWork>(&node->work)) {
      sync(*child->graph, plan);
    } else if (const auto* conditional = std::get_if<ConditionalWork>(&node->work)) {
      for (const auto& body : conditional->bodies) sync(*body, plan);
    } else if (Step* step = find_step(plan, node->origin())) {
      node->work = step->work;
    }
  }
}

GraphNode* find_node(const Graph& graph, uint64_t origin) {
  for (const auto& node : graph.nodes()) {
    if (node->origin() == origin) return node.get();
    if (const auto* child = std::get_if<ChildWork>(&node->work)) {
      if (GraphNode* inner = find_node(*child->graph, origin)) return inner;
    }
  }
  return nullptr;
}

}  // namespace

void GraphExec::sync_graph() {
  sync(*graph_, *plan_);
}

UpdateResult GraphExec::adopt(Graph& own, const Graph& graph) {
  UpdateResult result = compare(own, graph);
  if (result.code != UpdateCode::Success) return result;
  sync_graph();
  take(own, graph);
  Result<std::shared_ptr<Plan>> made = make_plan(*graph_);
  if (!made) return {UpdateCode::Error, nullptr, nullptr};
  keep_enabled(*plan_, **made);
  plan_ = *std::move(made);
  plan_launched_ = false;
  return result;
}

UpdateResult GraphExec::update(const Graph& graph) {
  std::lock_guard lock(mutex_);
  return adopt(*graph_, graph);
}

UpdateResult GraphExec::update_child(const GraphNode& node, const Graph& child) {
  std::lock_guard lock(mutex_);
  GraphNode* own = find_node(*graph_, node.id());
  if (own == nullptr || !std::holds_alternative<ChildWork>(own->work)) return {UpdateCode::Error, nullptr, nullptr};
  return adopt(*std::get<ChildWork>(own->work).graph, child);
}

}  // namespace qiao::runtime
