// A graph as a program builds or captures it: nodes of work and the edges that order them. Nothing runs here; GraphExec
// is made from it. Graphs are not synchronised inside: programs may not use one in two threads at once (CUDA runtime
// API, "Graph object thread safety").
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "src/runtime/graph_work.h"
#include "src/runtime/registry.h"
#include "src/runtime/user_object.h"

namespace qiao::runtime {

// As cudaGraphEdgeData lays it out. Only the type is ours to keep: every edge is a full dependency here, which
// satisfies the programmatic ones too (they allow an early start, and never demand it).
struct EdgeData {
  uint8_t from_port = 0;
  uint8_t to_port = 0;
  uint8_t type = 0;
  uint8_t reserved[5] = {};
  bool operator==(const EdgeData&) const = default;
};

class GraphNode;
struct GraphEdge {
  GraphNode* node = nullptr;
  EdgeData data;
  bool operator==(const GraphEdge&) const = default;
};

class GraphNode {
 public:
  GraphNode(Graph& graph, std::shared_ptr<Context> context, NodeWork work);
  ~GraphNode();
  GraphNode(const GraphNode&) = delete;
  GraphNode& operator=(const GraphNode&) = delete;

  Graph& graph() const { return graph_; }
  Context& context() const { return *context_; }
  NodeType type() const { return type_of(work); }
  uint64_t id() const { return id_; }
  uint64_t origin() const { return origin_; }  // id of the node it was cloned from; 0: none
  const std::vector<GraphEdge>& dependencies() const { return dependencies_; }
  const std::vector<GraphEdge>& dependents() const { return dependents_; }

  NodeWork work;
  std::vector<void*> shown_parameters;  // what the last query of a kernel node's parameters points at
  std::vector<Graph*> shown_bodies;     // a conditional node's, as long as it lives

 private:
  friend class Graph;
  Graph& graph_;
  std::shared_ptr<Context> context_;
  const uint64_t id_;
  uint64_t origin_ = 0;
  std::vector<GraphEdge> dependencies_;
  std::vector<GraphEdge> dependents_;
};

class Graph : public std::enable_shared_from_this<Graph> {
 public:
  // `owned`: it is to be the child or body of a node, goes with it, and becomes a live handle with it.
  static std::shared_ptr<Graph> make(bool owned = false);
  ~Graph();

  uint64_t id() const { return id_; }
  bool owned() const { return owned_; }
  void give_to_node() { owned_ = true; }
  bool has_unused_conditional() const;  // a handle that no node took
  bool has_memory_nodes() const;        // child graphs and bodies included
  const std::vector<std::shared_ptr<GraphNode>>& nodes() const { return nodes_; }

  // InvalidValue when a dependency is not of this graph or named twice.
  Result<GraphNode*> add(NodeWork work, std::shared_ptr<Context> context, std::span<const GraphEdge> dependencies);
  Result<void> connect(GraphNode& from, GraphNode& to, EdgeData data);
  Result<void> disconnect(GraphNode& from, GraphNode& to, EdgeData data);
  Result<void> remove(GraphNode& node);

  // Child graphs are cloned with it, conditional bodies too. An owned clone that no node takes is no live handle.
  std::shared_ptr<Graph> clone(bool owned = false) const;
  GraphNode* find_clone_of(const GraphNode& original) const;  // null when there is none

  // Every node after its dependencies, in the order of addition where that is free; InvalidValue for a cycle.
  Result<std::vector<GraphNode*>> sorted() const;

  // Conditional handles made for this graph.
  std::vector<std::shared_ptr<ConditionalValue>> conditionals;
  UserReferences user_objects;

 private:
  explicit Graph(bool owned);
  Result<void> check_dependencies(std::span<const GraphEdge> dependencies) const;

  const uint64_t id_;
  bool owned_;
  std::vector<std::shared_ptr<GraphNode>> nodes_;
};

Result<void> check_edge(const GraphNode* from, const EdgeData& data);

// The handles programs hold. A graph is live from its creation or capture to its destruction, a node as long as its
// graph has it.
Registry<Graph>& graph_handles();
Registry<GraphNode>& node_handles();

}  // namespace qiao::runtime
