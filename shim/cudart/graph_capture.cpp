// Stream capture of the runtime API.
#include "shim/common/captures.h"

namespace qiao::shim {
namespace {

constexpr DefaultStream kLegacy = DefaultStream::Legacy;
constexpr DefaultStream kThread = DefaultStream::PerThread;
using Status = cudaStreamCaptureStatus;
using Node = cudaGraphNode_t;
using Edge = cudaGraphEdgeData;

cudaError_t begin(cudaStream_t stream, DefaultStream kind, cudaStreamCaptureMode mode) {
  return in_runtime_context([&](runtime::Context& context) { return begin_capture(context, stream, kind, mode); });
}

cudaError_t begin_to(cudaStream_t stream, DefaultStream kind, cudaGraph_t graph, const Node* after, const Edge* data,
                     size_t count, cudaStreamCaptureMode mode) {
  return in_runtime_context([&](runtime::Context& context) {
    return begin_capture_to(context, stream, kind, graph, after, data, count, mode);
  });
}

cudaError_t end(cudaStream_t stream, DefaultStream kind, cudaGraph_t* graph) {
  return in_runtime_context([&](runtime::Context& context) { return end_capture(context, stream, kind, graph); });
}

cudaError_t query(cudaStream_t stream, DefaultStream kind, Status* status, CaptureQuery out) {
  out.status = reinterpret_cast<int*>(status);
  return in_runtime_context([&](runtime::Context& context) { return query_capture(context, stream, kind, out); });
}

CaptureQuery all(unsigned long long* id, cudaGraph_t* graph, const Node** nodes, const Edge** edges, size_t* count) {
  return {.id = id, .graph = graph, .nodes = nodes, .edges = reinterpret_cast<const void**>(edges), .count = count};
}

cudaError_t update(cudaStream_t stream, DefaultStream kind, const Node* nodes, const Edge* data, size_t count,
                   unsigned flags) {
  return in_runtime_context(
      [&](runtime::Context& context) { return update_capture(context, stream, kind, nodes, data, count, flags); });
}

}  // namespace

// clang-format off
cudaError_t Cudart::cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) { return begin(stream, kLegacy, mode); }
cudaError_t Cudart::cudaStreamBeginCapture_ptsz(cudaStream_t stream, cudaStreamCaptureMode mode) { return begin(stream, kThread, mode); }
cudaError_t Cudart::cudaStreamBeginCaptureToGraph(cudaStream_t stream, cudaGraph_t graph, const Node* after, const Edge* data, size_t count, cudaStreamCaptureMode mode) { return begin_to(stream, kLegacy, graph, after, data, count, mode); }
cudaError_t Cudart::cudaStreamBeginCaptureToGraph_ptsz(cudaStream_t stream, cudaGraph_t graph, const Node* after, const Edge* data, size_t count, cudaStreamCaptureMode mode) { return begin_to(stream, kThread, graph, after, data, count, mode); }
cudaError_t Cudart::cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) { return end(stream, kLegacy, graph); }
cudaError_t Cudart::cudaStreamEndCapture_ptsz(cudaStream_t stream, cudaGraph_t* graph) { return end(stream, kThread, graph); }
cudaError_t Cudart::cudaStreamIsCapturing(cudaStream_t stream, Status* status) { return query(stream, kLegacy, status, {}); }
cudaError_t Cudart::cudaStreamIsCapturing_ptsz(cudaStream_t stream, Status* status) { return query(stream, kThread, status, {}); }
cudaError_t Cudart::cudaStreamGetCaptureInfo(cudaStream_t stream, Status* status, unsigned long long* id, cudaGraph_t* graph, const Node** nodes, const Edge** edges, size_t* count) { return query(stream, kLegacy, status, all(id, graph, nodes, edges, count)); }
cudaError_t Cudart::cudaStreamGetCaptureInfo_ptsz(cudaStream_t stream, Status* status, unsigned long long* id, cudaGraph_t* graph, const Node** nodes, const Edge** edges, size_t* count) { return query(stream, kThread, status, all(id, graph, nodes, edges, count)); }
cudaError_t Cudart::cudaStreamGetCaptureInfo_v3(cudaStream_t stream, Status* status, unsigned long long* id, cudaGraph_t* graph, const Node** nodes, const Edge** edges, size_t* count) { return query(stream, kLegacy, status, all(id, graph, nodes, edges, count)); }
cudaError_t Cudart::cudaStreamGetCaptureInfo_v3_ptsz(cudaStream_t stream, Status* status, unsigned long long* id, cudaGraph_t* graph, const Node** nodes, const Edge** edges, size_t* count) { return query(stream, kThread, status, all(id, graph, nodes, edges, count)); }
cudaError_t Cudart::cudaStreamGetCaptureInfo_v2(cudaStream_t stream, Status* status, unsigned long long* id, cudaGraph_t* graph, const Node** nodes, size_t* count) { return query(stream, kLegacy, status, all(id, graph, nodes, nullptr, count)); }
cudaError_t Cudart::cudaStreamGetCaptureInfo_v2_ptsz(cudaStream_t stream, Status* status, unsigned long long* id, cudaGraph_t* graph, const Node** nodes, size_t* count) { return query(stream, kThread, status, all(id, graph, nodes, nullptr, count)); }
cudaError_t Cudart::cudaStreamGetCaptureInfo_until13(cudaStream_t stream, Status* status, unsigned long long* id) { return query(stream, kLegacy, status, {.id = id}); }
cudaError_t Cudart::cudaStreamGetCaptureInfo_ptsz_until13(cudaStream_t stream, Status* status, unsigned long long* id) { return query(stream, kThread, status, {.id = id}); }
cudaError_t Cudart::cudaStreamUpdateCaptureDependencies(cudaStream_t stream, Node* nodes, const Edge* data, size_t count, unsigned int flags) { return update(stream, kLegacy, nodes, data, count, flags); }
cudaError_t Cudart::cudaStreamUpdateCaptureDependencies_ptsz(cudaStream_t stream, Node* nodes, const Edge* data, size_t count, unsigned int flags) { return update(stream, kThread, nodes, data, count, flags); }
cudaError_t Cudart::cudaStreamUpdateCaptureDependencies_v2(cudaStream_t stream, Node* nodes, const Edge* data, size_t count, unsigned int flags) { return update(stream, kLegacy, nodes, data, count, flags); }
cudaError_t Cudart::cudaStreamUpdateCaptureDependencies_v2_ptsz(cudaStream_t stream, Node* nodes, const Edge* data, size_t count, unsigned int flags) { return update(stream, kThread, nodes, data, count, flags); }
cudaError_t Cudart::cudaStreamUpdateCaptureDependencies_until13(cudaStream_t stream, Node* nodes, size_t count, unsigned int flags) { return update(stream, kLegacy, nodes, nullptr, count, flags); }
cudaError_t Cudart::cudaStreamUpdateCaptureDependencies_ptsz_until13(cudaStream_t stream, Node* nodes, size_t count, unsigned int flags) { return update(stream, kThread, nodes, nullptr, count, flags); }
cudaError_t Cudart::cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) { return runtime_answer(exchange_capture_mode(reinterpret_cast<int*>(mode))); }
// clang-format on

}  // namespace qiao::shim
