// Graphs as both libraries see them: the handles, which they share, and what each call does that takes no parameter
// struct of its own library.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "shim/common/answer.h"
#include "src/runtime/graph.h"
#include "src/runtime/graph_exec.h"

namespace qiao::shim {

// Edge data comes as CUgraphEdgeData or cudaGraphEdgeData, which runtime::EdgeData lays out alike; null: all zero.
using EdgeDataList = const void*;

Result<std::shared_ptr<runtime::Graph>> graph_of(CUgraph handle);
Result<std::shared_ptr<runtime::GraphNode>> node_of(CUgraphNode handle);
Result<std::shared_ptr<runtime::GraphExec>> exec_of(CUgraphExec handle);
// The node's work; InvalidValue when it is of another kind.
template <class Work>
Result<Work*> work_of(const std::shared_ptr<runtime::GraphNode>& node) {
  if (Work* work = std::get_if<Work>(&node->work)) return work;
  return invalid(Code::InvalidValue, "the node is of another kind than the call is for");
}
Result<std::vector<runtime::GraphEdge>> edges_of(const CUgraphNode* nodes, EdgeDataList data, size_t count);

inline CUgraph handle_of(runtime::Graph* graph) {
  return reinterpret_cast<CUgraph>(graph);
}
inline CUgraphNode handle_of(runtime::GraphNode* node) {
  return reinterpret_cast<CUgraphNode>(node);
}

Result<void> create_graph(CUgraph* out, unsigned flags);
Result<void> destroy_graph(CUgraph graph);
Result<void> clone_graph(CUgraph* out, CUgraph original);
Result<void> find_in_clone(CUgraphNode* out, CUgraphNode original, CUgraph clone);
Result<void> print_dot(CUgraph graph, const char* path, unsigned flags);

Result<void> add_node(CUgraphNode* out, CUgraph graph, const CUgraphNode* after, EdgeDataList data, size_t count,
                      runtime::NodeWork work, runtime::Context& context);
Result<void> add_child(CUgraphNode* out, CUgraph graph, const CUgraphNode* after, EdgeDataList data, size_t count,
                       CUgraph child, bool move, runtime::Context& context);
Result<void> destroy_node(CUgraphNode node);
Result<void> node_type(CUgraphNode node, int* type);
Result<void> set_node_work(CUgraphNode node, runtime::NodeWork work);
Result<void> child_graph(CUgraphNode node, CUgraph* out);
Result<runtime::NodeWork> event_work(bool record, const void* event);
Result<void> node_event(CUgraphNode node, bool record, CUevent* out);

// Queries: a null list asks for the count alone; a list that is too long ends in null handles. The data of an edge is
// LossyQuery when there is some and nowhere to put it.
Result<void> list_nodes(CUgraph graph, bool roots, CUgraphNode* nodes, size_t* count);
Result<void> list_edges(CUgraph graph, CUgraphNode* from, CUgraphNode* to, void* data, size_t* count);
enum class Side { Dependencies, Dependents };
Result<void> list_neighbours(CUgraphNode node, Side side, CUgraphNode* nodes, void* data, size_t* count);
Result<void> connect(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to, EdgeDataList data, size_t count);
Result<void> disconnect(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to, EdgeDataList data, size_t count);

Result<void> instantiate(CUgraphExec* out, CUgraph graph, uint64_t flags);
// CUgraphInstantiateResult of an instantiation.
int instantiate_result(CUgraph graph, const Result<void>& done);
Result<void> destroy_exec(CUgraphExec exec);
Result<void> launch_exec(runtime::Context& context, CUgraphExec exec, const void* stream, DefaultStream kind);
Result<void> upload_exec(runtime::Context& context, CUgraphExec exec, const void* stream, DefaultStream kind);
Result<void> exec_flags(CUgraphExec exec, unsigned long long* flags);
Result<void> set_exec_work(CUgraphExec exec, CUgraphNode node, runtime::NodeWork work);
Result<void> set_exec_child(CUgraphExec exec, CUgraphNode node, CUgraph child);
Result<void> set_enabled(CUgraphExec exec, CUgraphNode node, bool enabled);
Result<void> get_enabled(CUgraphExec exec, CUgraphNode node, unsigned* enabled);
// GraphExecUpdateFailure when the graphs differ too much; the rest says how.
Result<void> update_exec(CUgraphExec exec, CUgraph graph, CUgraphNode* error_node, CUgraphNode* error_from,
                         int* result);

Result<void> create_user_object(CUuserObject* out, void* data, void (*destroy)(void*), unsigned count, unsigned flags);
Result<void> retain_user_object(CUuserObject object, unsigned count);
Result<void> release_user_object(CUuserObject object, unsigned count);
Result<void> graph_retain(CUgraph graph, CUuserObject object, unsigned count, unsigned flags);
Result<void> graph_release(CUgraph graph, CUuserObject object, unsigned count);

}  // namespace qiao::shim
