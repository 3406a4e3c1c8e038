#include "shim/common/graphs.h"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "shim/common/events.h"
#include "src/runtime/capture.h"
#include "src/runtime/graph_dot.h"

namespace qiao::shim {
namespace {

using runtime::EdgeData;
using runtime::Graph;
using runtime::GraphEdge;
using runtime::GraphExec;
using runtime::GraphNode;

EdgeData edge_data(EdgeDataList list, size_t index) {
  EdgeData data;
  if (list != nullptr) std::memcpy(&data, static_cast<const EdgeData*>(list) + index, sizeof data);
  return data;
}

Error nowhere() {
  return invalid(Code::InvalidValue, "there is nowhere to put the answer");
}

// How many of `available` entries a query gives; sets *count as the manual says and clears what is left of the list.
size_t limit(size_t available, size_t* count, CUgraphNode* list, CUgraphNode* other = nullptr) {
  const size_t given = std::min(available, *count);
  for (size_t i = given; i < *count; ++i) {
    list[i] = nullptr;
    if (other != nullptr) other[i] = nullptr;
  }
  *count = given;
  return given;
}

Result<void> tell(const EdgeData& edge, void* data, size_t index) {
  if (data != nullptr) {
    std::memcpy(static_cast<EdgeData*>(data) + index, &edge, sizeof edge);
  } else if (edge != EdgeData{}) {
    return invalid(Code::LossyQuery, "an edge carries data that the call cannot tell");
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<Graph>> graph_of(CUgraph handle) {
  std::shared_ptr<Graph> graph = runtime::graph_handles().find(handle);
  if (!graph) return invalid(Code::InvalidValue, "graph handle is not live");
  return graph;
}

Result<std::shared_ptr<GraphNode>> node_of(CUgraphNode handle) {
  std::shared_ptr<GraphNode> node = runtime::node_handles().find(handle);
  if (!node) return invalid(Code::InvalidValue, "graph node handle is not live");
  return node;
}

Result<std::shared_ptr<GraphExec>> exec_of(CUgraphExec handle) {
  std::shared_ptr<GraphExec> exec = runtime::exec_handles().find(handle);
  if (!exec) return invalid(Code::InvalidValue, "handle of an instantiated graph is not live");
  return exec;
}

Result<std::vector<GraphEdge>> edges_of(const CUgraphNode* nodes, EdgeDataList data, size_t count) {
  if (nodes == nullptr && count != 0) return invalid(Code::InvalidValue, "the list of nodes is a null pointer");
  std::vector<GraphEdge> edges;
  for (size_t i = 0; i < count; ++i) {
    Result<std::shared_ptr<GraphNode>> node = node_of(nodes[i]);
    if (!node) return node.error();
    edges.push_back({node->get(), edge_data(data, i)});
  }
  return edges;
}

Result<void> create_graph(CUgraph* out, unsigned flags) {
  if (out == nullptr) return nowhere();
  if (flags != 0) return invalid(Code::InvalidValue, "flags of a new graph must be zero");
  *out = handle_of(Graph::make().get());
  return {};
}

Result<void> destroy_graph(CUgraph handle) {
  Result<std::shared_ptr<Graph>> graph = graph_of(handle);
  if (!graph) return graph.error();
  if ((*graph)->owned()) return invalid(Code::InvalidValue, "a child graph or body belongs to its node");
  runtime::graph_handles().remove(graph->get());
  return {};
}

Result<void> clone_graph(CUgraph* out, CUgraph original) {
  if (out == nullptr) return nowhere();
  Result<std::shared_ptr<Graph>> graph = graph_of(original);
  if (!graph) return graph.error();
  if ((*graph)->has_memory_nodes()) return unsupported("cloning a graph with memory nodes");
  *out = handle_of((*graph)->clone().get());
  return {};
}

Result<void> find_in_clone(CUgraphNode* out, CUgraphNode original, CUgraph clone) {
  if (out == nullptr) return nowhere();
  *out = nullptr;
  Result<std::shared_ptr<GraphNode>> node = node_of(original);
  if (!node) return node.error();
  Result<std::shared_ptr<Graph>> graph = graph_of(clone);
  if (!graph) return graph.error();
  GraphNode* found = (*graph)->find_clone_of(**node);
  if (found == nullptr) return invalid(Code::InvalidValue, "the graph is no clone with a copy of the node");
  *out = handle_of(found);
  return {};
}

Result<void> add_node(CUgraphNode* out, CUgraph handle, const CUgraphNode* after, EdgeDataList data, size_t count,
                      runtime::NodeWork work, runtime::Context& context) {
  if (out == nullptr) return nowhere();
  Result<std::shared_ptr<Graph>> graph = graph_of(handle);
  if (!graph) return graph.error();
  Result<std::vector<GraphEdge>> edges = edges_of(after, data, count);
  if (!edges) return edges.error();
  Result<GraphNode*> node = (*graph)->add(std::move(work), context.shared_from_this(), *edges);
  if (!node) return node.error();
  *out = handle_of(*node);
  return {};
}

Result<void> add_child(CUgraphNode* out, CUgraph graph, const CUgraphNode* after, EdgeDataList data, size_t count,
                       CUgraph child, bool move, runtime::Context& context) {
  Result<std::shared_ptr<Graph>> inner = graph_of(child);
  if (!inner) return inner.error();
  if (child == graph) return invalid(Code::InvalidValue, "a graph cannot be its own child");
  if (move && (*inner)->owned()) return invalid(Code::InvalidValue, "a child graph belongs to its node already");
  if (!move && (*inner)->has_memory_nodes()) return unsupported("memory nodes in a child graph that is not moved");
  std::shared_ptr<Graph> owned = move ? *inner : (*inner)->clone(true);
  Result<void> added = add_node(out, graph, after, data, count, runtime::ChildWork{owned}, context);
  if (added && move) owned->give_to_node();
  return added;
}

Result<void> destroy_node(CUgraphNode handle) {
  Result<std::shared_ptr<GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  return (*node)->graph().remove(**node);
}

Result<void> node_type(CUgraphNode handle, int* type) {
  if (type == nullptr) return nowhere();
  Result<std::shared_ptr<GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  *type = static_cast<int>((*node)->type());
  return {};
}

Result<void> set_node_work(CUgraphNode handle, runtime::NodeWork work) {
  Result<std::shared_ptr<GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  if ((*node)->work.index() != work.index()) return invalid(Code::InvalidValue, "the node is of another kind");
  (*node)->work = std::move(work);
  return {};
}

Result<void> child_graph(CUgraphNode handle, CUgraph* out) {
  if (out == nullptr) return nowhere();
  Result<std::shared_ptr<GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  Result<runtime::ChildWork*> work = work_of<runtime::ChildWork>(*node);
  if (!work) return work.error();
  *out = handle_of((*work)->graph.get());
  return {};
}

Result<runtime::NodeWork> event_work(bool record, const void* handle) {
  Result<std::shared_ptr<runtime::Event>> event = event_of(handle);
  if (!event) return event.error();
  if (record) return runtime::NodeWork(runtime::EventRecordWork{*std::move(event)});
  return runtime::NodeWork(runtime::EventWaitWork{*std::move(event)});
}

Result<void> node_event(CUgraphNode handle, bool record, CUevent* out) {
  if (out == nullptr) return nowhere();
  Result<std::shared_ptr<GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  runtime::Event* event = nullptr;
  if (auto* work = std::get_if<runtime::EventRecordWork>(&(*node)->work); work && record) event = work->event.get();
  if (auto* work = std::get_if<runtime::EventWaitWork>(&(*node)->work); work && !record) event = work->event.get();
  if (event == nullptr) return invalid(Code::InvalidValue, "the node is of another kind than the call is for");
  *out = reinterpret_cast<CUevent>(event);
  return {};
}

Result<void> list_nodes(CUgraph handle, bool roots, CUgraphNode* nodes, size_t* count) {
  if (count == nullptr) return nowhere();
  Result<std::shared_ptr<Graph>> graph = graph_of(handle);
  if (!graph) return graph.error();
  std::vector<GraphNode*> found;
  for (const auto& node : (*graph)->nodes()) {
    if (!roots || node->dependencies().empty()) found.push_back(node.get());
  }
  if (nodes == nullptr) return *count = found.size(), Result<void>();
  const size_t given = limit(found.size(), count, nodes);
  for (size_t i = 0; i < given; ++i) nodes[i] = handle_of(found[i]);
  return {};
}

Result<void> list_edges(CUgraph handle, CUgraphNode* from, CUgraphNode* to, void* data, size_t* count) {
  if (count == nullptr || (from == nullptr) != (to == nullptr)) return nowhere();
  Result<std::shared_ptr<Graph>> graph = graph_of(handle);
  if (!graph) return graph.error();
  size_t total = 0;
  for (const auto& node : (*graph)->nodes()) total += node->dependents().size();
  if (from == nullptr) return *count = total, Result<void>();
  const size_t given = limit(total, count, from, to);
  size_t at = 0;
  for (const auto& node : (*graph)->nodes()) {
    for (const GraphEdge& edge : node->dependents()) {
      if (at == given) return {};
      from[at] = handle_of(node.get());
      to[at] = handle_of(edge.node);
      if (Result<void> told = tell(edge.data, data, at); !told) return told;
      ++at;
    }
  }
  return {};
}

Result<void> list_neighbours(CUgraphNode handle, Side side, CUgraphNode* nodes, void* data, size_t* count) {
  if (count == nullptr) return nowhere();
  Result<std::shared_ptr<GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  const std::vector<GraphEdge>& edges = side == Side::Dependencies ? (*node)->dependencies() : (*node)->dependents();
  if (nodes == nullptr) return *count = edges.size(), Result<void>();
  const size_t given = limit(edges.size(), count, nodes);
  for (size_t i = 0; i < given; ++i) {
    nodes[i] = handle_of(edges[i].node);
    if (Result<void> told = tell(edges[i].data, data, i); !told) return told;
  }
  return {};
}

namespace {

// Runs `change(Graph&, from, to, data)` for each pair.
template <class Change>
Result<void> for_pairs(CUgraph handle, const CUgraphNode* from, const CUgraphNode* to, EdgeDataList data, size_t count,
                       Change change) {
  Result<std::shared_ptr<Graph>> graph = graph_of(handle);
  if (!graph) return graph.error();
  Result<std::vector<GraphEdge>> starts = edges_of(from, nullptr, count);
  if (!starts) return starts.error();
  Result<std::vector<GraphEdge>> ends = edges_of(to, nullptr, count);
  if (!ends) return ends.error();
  for (size_t i = 0; i < count; ++i) {
    Result<void> done = change(**graph, *(*starts)[i].node, *(*ends)[i].node, edge_data(data, i));
    if (!done) return done;
  }
  return {};
}

}  // namespace

Result<void> connect(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to, EdgeDataList data, size_t count) {
  return for_pairs(graph, from, to, data, count, [](Graph& in, GraphNode& start, GraphNode& end, EdgeData edge) {
    return in.connect(start, end, edge);
  });
}

Result<void> disconnect(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to, EdgeDataList data,
                        size_t count) {
  return for_pairs(graph, from, to, data, count, [](Graph& in, GraphNode& start, GraphNode& end, EdgeData edge) {
    return in.disconnect(start, end, edge);
  });
}

Result<void> instantiate(CUgraphExec* out, CUgraph handle, uint64_t flags) {
  if (out == nullptr) return nowhere();
  *out = nullptr;
  Result<std::shared_ptr<Graph>> graph = graph_of(handle);
  if (!graph) return graph.error();
  Result<std::shared_ptr<GraphExec>> exec = GraphExec::instantiate(**graph, flags);
  if (!exec) return exec.error();
  *out = reinterpret_cast<CUgraphExec>(runtime::exec_handles().add(*std::move(exec)));
  return {};
}

int instantiate_result(CUgraph handle, const Result<void>& done) {
  if (done) return CUDA_GRAPH_INSTANTIATE_SUCCESS;
  Result<std::shared_ptr<Graph>> graph = graph_of(handle);
  if (!graph) return CUDA_GRAPH_INSTANTIATE_ERROR;
  if ((*graph)->has_unused_conditional()) return CUDA_GRAPH_INSTANTIATE_CONDITIONAL_HANDLE_UNUSED;
  if (done.error().code == Code::NotSupported) return CUDA_GRAPH_INSTANTIATE_NODE_OPERATION_NOT_SUPPORTED;
  return CUDA_GRAPH_INSTANTIATE_INVALID_STRUCTURE;
}

Result<void> destroy_exec(CUgraphExec handle) {
  if (!runtime::exec_handles().remove(handle)) {
    return invalid(Code::InvalidValue, "handle of an instantiated graph is not live");
  }
  return {};
}

Result<void> launch_exec(runtime::Context& context, CUgraphExec handle, const void* stream, DefaultStream kind) {
  Result<std::shared_ptr<GraphExec>> exec = exec_of(handle);
  if (!exec) return exec.error();
  Result<std::shared_ptr<runtime::Stream>> where = stream_of(context, stream, kind);
  if (!where) return where.error();
  return (*exec)->launch(**where);
}

// Everything a launch needs is made when the graph is instantiated: there is nothing to upload.
Result<void> upload_exec(runtime::Context& context, CUgraphExec handle, const void* stream, DefaultStream kind) {
  Result<std::shared_ptr<GraphExec>> exec = exec_of(handle);
  if (!exec) return exec.error();
  Result<std::shared_ptr<runtime::Stream>> where = stream_of(context, stream, kind);
  if (!where) return where.error();
  return runtime::check_not_capturing(**where, "the upload of a graph");
}

Result<void> exec_flags(CUgraphExec handle, unsigned long long* flags) {
  if (flags == nullptr) return nowhere();
  Result<std::shared_ptr<GraphExec>> exec = exec_of(handle);
  if (!exec) return exec.error();
  *flags = (*exec)->flags();
  return {};
}

Result<void> set_exec_work(CUgraphExec handle, CUgraphNode node, runtime::NodeWork work) {
  Result<std::shared_ptr<GraphExec>> exec = exec_of(handle);
  if (!exec) return exec.error();
  Result<std::shared_ptr<GraphNode>> which = node_of(node);
  if (!which) return which.error();
  return (*exec)->set_work(**which, std::move(work));
}

Result<void> set_exec_child(CUgraphExec handle, CUgraphNode node, CUgraph child) {
  Result<std::shared_ptr<GraphExec>> exec = exec_of(handle);
  if (!exec) return exec.error();
  Result<std::shared_ptr<GraphNode>> which = node_of(node);
  if (!which) return which.error();
  Result<std::shared_ptr<Graph>> graph = graph_of(child);
  if (!graph) return graph.error();
  if ((*exec)->update_child(**which, **graph).code == runtime::UpdateCode::Success) return {};
  return invalid(Code::InvalidValue, "the child graph does not match the one that was instantiated");
}

Result<void> update_exec(CUgraphExec handle, CUgraph with, CUgraphNode* error_node, CUgraphNode* error_from,
                         int* result) {
  Result<std::shared_ptr<GraphExec>> exec = exec_of(handle);
  if (!exec) return exec.error();
  Result<std::shared_ptr<Graph>> graph = graph_of(with);
  if (!graph) return graph.error();
  const runtime::UpdateResult done = (*exec)->update(**graph);
  if (error_node != nullptr) *error_node = handle_of(done.node);
  if (error_from != nullptr) *error_from = handle_of(done.from);
  if (result != nullptr) *result = static_cast<int>(done.code);
  if (done.code == runtime::UpdateCode::Success) return {};
  return invalid(Code::GraphExecUpdateFailure,
                 "an instantiated graph is updated with one that differs by more than parameters (result " +
                     std::to_string(static_cast<int>(done.code)) + ")");
}

Result<void> print_dot(CUgraph handle, const char* path, unsigned flags) {
  constexpr unsigned kHandles = 1 << 10;
  if (path == nullptr) return invalid(Code::InvalidValue, "the path of a DOT file is a null pointer");
  Result<std::shared_ptr<Graph>> graph = graph_of(handle);
  if (!graph) return graph.error();
  std::ofstream file(path);
  const bool verbose = (flags & CU_GRAPH_DEBUG_DOT_FLAGS_VERBOSE) != 0;
  file << runtime::dot_text(**graph, (flags & ~kHandles) != 0, verbose || (flags & kHandles) != 0);
  if (!file.flush()) return invalid(Code::OperatingSystem, std::string("cannot write ") + path);
  return {};
}

Result<void> set_enabled(CUgraphExec handle, CUgraphNode node, bool enabled) {
  Result<std::shared_ptr<GraphExec>> exec = exec_of(handle);
  if (!exec) return exec.error();
  Result<std::shared_ptr<GraphNode>> which = node_of(node);
  if (!which) return which.error();
  return (*exec)->set_enabled(**which, enabled);
}

Result<void> get_enabled(CUgraphExec handle, CUgraphNode node, unsigned* enabled) {
  if (enabled == nullptr) return nowhere();
  Result<std::shared_ptr<GraphExec>> exec = exec_of(handle);
  if (!exec) return exec.error();
  Result<std::shared_ptr<GraphNode>> which = node_of(node);
  if (!which) return which.error();
  Result<bool> is = (*exec)->enabled(**which);
  if (!is) return is.error();
  *enabled = *is ? 1 : 0;
  return {};
}

}  // namespace qiao::shim
