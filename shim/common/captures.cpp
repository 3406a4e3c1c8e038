#include "shim/common/captures.h"

#include <algorithm>

namespace qiao::shim {
namespace {

// A query is no use of the legacy stream: where it would be implicit, nothing becomes invalid.
Result<std::shared_ptr<runtime::Stream>> asked_stream(runtime::Context& context, const void* handle,
                                                      DefaultStream kind) {
  Result<std::shared_ptr<runtime::Stream>> stream = plain_stream_of(context, handle, kind);
  if (!stream || !(*stream)->options().legacy) return stream;
  if (Result<void> free = runtime::check_legacy_use(context, false); !free) return free.error();
  return stream;
}

}  // namespace

Result<void> begin_capture(runtime::Context& context, const void* handle, DefaultStream kind, int mode) {
  Result<std::shared_ptr<runtime::Stream>> stream = plain_stream_of(context, handle, kind);
  if (!stream) return stream.error();
  return runtime::begin_capture(**stream, static_cast<runtime::CaptureMode>(mode));
}

Result<void> begin_capture_to(runtime::Context& context, const void* handle, DefaultStream kind, CUgraph graph,
                              const CUgraphNode* after, EdgeDataList data, size_t count, int mode) {
  Result<std::shared_ptr<runtime::Stream>> stream = plain_stream_of(context, handle, kind);
  if (!stream) return stream.error();
  Result<std::shared_ptr<runtime::Graph>> into = graph_of(graph);
  if (!into) return into.error();
  Result<std::vector<runtime::GraphEdge>> edges = edges_of(after, data, count);
  if (!edges) return edges.error();
  return runtime::begin_capture(**stream, static_cast<runtime::CaptureMode>(mode), *std::move(into), *std::move(edges));
}

Result<void> end_capture(runtime::Context& context, const void* handle, DefaultStream kind, CUgraph* out) {
  if (out != nullptr) *out = nullptr;  // null: of use when the capture adds to a graph that the program has
  Result<std::shared_ptr<runtime::Stream>> stream = plain_stream_of(context, handle, kind);
  if (!stream) return stream.error();
  Result<std::shared_ptr<runtime::Graph>> graph = runtime::end_capture(**stream);
  if (!graph) return graph.error();
  if (out != nullptr) *out = handle_of(graph->get());
  return {};
}

Result<void> is_capturing(runtime::Context& context, const void* handle, DefaultStream kind, int* status) {
  return query_capture(context, handle, kind, {.status = status});
}

Result<void> query_capture(runtime::Context& context, const void* handle, DefaultStream kind, const CaptureQuery& out) {
  if (out.status == nullptr) return invalid(Code::InvalidValue, "there is nowhere to put the capture's status");
  Result<std::shared_ptr<runtime::Stream>> stream = asked_stream(context, handle, kind);
  if (!stream) return stream.error();
  const runtime::CaptureInfo info = runtime::capture_info(**stream);
  *out.status = static_cast<int>(info.status);
  if (info.status != runtime::CaptureStatus::Active) return {};
  if (out.nodes != nullptr && out.edges == nullptr) {
    const bool plain = std::all_of(info.edges.begin(), info.edges.end(),
                                   [](const runtime::EdgeData& data) { return data == runtime::EdgeData{}; });
    if (!plain) return invalid(Code::LossyQuery, "dependencies of a capture carry edge data that the call cannot tell");
  }
  if (out.id != nullptr) *out.id = info.id;
  if (out.graph != nullptr) *out.graph = handle_of(info.graph.get());
  // A handle is the node's address.
  if (out.nodes != nullptr) *out.nodes = reinterpret_cast<const CUgraphNode*>(info.nodes.data());
  if (out.edges != nullptr) *out.edges = info.edges.data();
  if (out.count != nullptr) *out.count = info.nodes.size();
  return {};
}

Result<void> update_capture(runtime::Context& context, const void* handle, DefaultStream kind, const CUgraphNode* nodes,
                            EdgeDataList data, size_t count, unsigned flags) {
  if (flags > 1) return invalid(Code::InvalidValue, "flags of a change of capture dependencies are not known");
  Result<std::shared_ptr<runtime::Stream>> stream = asked_stream(context, handle, kind);
  if (!stream) return stream.error();
  Result<std::vector<runtime::GraphEdge>> edges = edges_of(nodes, data, count);
  if (!edges) return edges.error();
  return runtime::update_capture(**stream, *std::move(edges), flags == 1);
}

Result<void> exchange_capture_mode(int* mode) {
  if (mode == nullptr || *mode < 0 || *mode > 2) return invalid(Code::InvalidValue, "capture mode is not known");
  *mode = static_cast<int>(runtime::exchange_capture_mode(static_cast<runtime::CaptureMode>(*mode)));
  return {};
}

}  // namespace qiao::shim
