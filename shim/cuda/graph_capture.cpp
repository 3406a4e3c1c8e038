// Stream capture of the driver API.
#include "shim/common/captures.h"

namespace qiao::shim {
namespace {

constexpr DefaultStream kLegacy = DefaultStream::Legacy;
constexpr DefaultStream kThread = DefaultStream::PerThread;
using Status = CUstreamCaptureStatus;
using Node = CUgraphNode;
using Edge = CUgraphEdgeData;

CUresult begin(CUstream stream, DefaultStream kind, CUstreamCaptureMode mode) {
  return in_driver_context([&](runtime::Context& context) { return begin_capture(context, stream, kind, mode); });
}

CUresult begin_to(CUstream stream, DefaultStream kind, CUgraph graph, const Node* after, const Edge* data, size_t count,
                  CUstreamCaptureMode mode) {
  return in_driver_context([&](runtime::Context& context) {
    return begin_capture_to(context, stream, kind, graph, after, data, count, mode);
  });
}

CUresult end(CUstream stream, DefaultStream kind, CUgraph* graph) {
  return in_driver_context([&](runtime::Context& context) { return end_capture(context, stream, kind, graph); });
}

CUresult query(CUstream stream, DefaultStream kind, Status* status, CaptureQuery out) {
  out.status = reinterpret_cast<int*>(status);
  return in_driver_context([&](runtime::Context& context) { return query_capture(context, stream, kind, out); });
}

CaptureQuery all(cuuint64_t* id, CUgraph* graph, const Node** nodes, const Edge** edges, size_t* count) {
  return {.id = reinterpret_cast<unsigned long long*>(id),
          .graph = graph,
          .nodes = nodes,
          .edges = reinterpret_cast<const void**>(edges),
          .count = count};
}

CUresult update(CUstream stream, DefaultStream kind, const Node* nodes, const Edge* data, size_t count,
                unsigned flags) {
  return in_driver_context(
      [&](runtime::Context& context) { return update_capture(context, stream, kind, nodes, data, count, flags); });
}

}  // namespace

// clang-format off
CUresult Driver::cuStreamBeginCapture(CUstream stream) { return begin(stream, kLegacy, CU_STREAM_CAPTURE_MODE_GLOBAL); }
CUresult Driver::cuStreamBeginCapture_ptsz(CUstream stream) { return begin(stream, kThread, CU_STREAM_CAPTURE_MODE_GLOBAL); }
CUresult Driver::cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode) { return begin(stream, kLegacy, mode); }
CUresult Driver::cuStreamBeginCapture_v2_ptsz(CUstream stream, CUstreamCaptureMode mode) { return begin(stream, kThread, mode); }
CUresult Driver::cuStreamBeginCaptureToGraph(CUstream stream, CUgraph graph, const Node* after, const Edge* data, size_t count, CUstreamCaptureMode mode) { return begin_to(stream, kLegacy, graph, after, data, count, mode); }
CUresult Driver::cuStreamBeginCaptureToGraph_ptsz(CUstream stream, CUgraph graph, const Node* after, const Edge* data, size_t count, CUstreamCaptureMode mode) { return begin_to(stream, kThread, graph, after, data, count, mode); }
CUresult Driver::cuStreamEndCapture(CUstream stream, CUgraph* graph) { return end(stream, kLegacy, graph); }
CUresult Driver::cuStreamEndCapture_ptsz(CUstream stream, CUgraph* graph) { return end(stream, kThread, graph); }
CUresult Driver::cuStreamIsCapturing(CUstream stream, Status* status) { return query(stream, kLegacy, status, {}); }
CUresult Driver::cuStreamIsCapturing_ptsz(CUstream stream, Status* status) { return query(stream, kThread, status, {}); }
CUresult Driver::cuStreamGetCaptureInfo_v3(CUstream stream, Status* status, cuuint64_t* id, CUgraph* graph, const Node** nodes, const Edge** edges, size_t* count) { return query(stream, kLegacy, status, all(id, graph, nodes, edges, count)); }
CUresult Driver::cuStreamGetCaptureInfo_v3_ptsz(CUstream stream, Status* status, cuuint64_t* id, CUgraph* graph, const Node** nodes, const Edge** edges, size_t* count) { return query(stream, kThread, status, all(id, graph, nodes, edges, count)); }
CUresult Driver::cuStreamGetCaptureInfo_v2(CUstream stream, Status* status, cuuint64_t* id, CUgraph* graph, const Node** nodes, size_t* count) { return query(stream, kLegacy, status, all(id, graph, nodes, nullptr, count)); }
CUresult Driver::cuStreamGetCaptureInfo_v2_ptsz(CUstream stream, Status* status, cuuint64_t* id, CUgraph* graph, const Node** nodes, size_t* count) { return query(stream, kThread, status, all(id, graph, nodes, nullptr, count)); }
CUresult Driver::cuStreamGetCaptureInfo(CUstream stream, Status* status, cuuint64_t* id) { return query(stream, kLegacy, status, {.id = reinterpret_cast<unsigned long long*>(id)}); }
CUresult Driver::cuStreamGetCaptureInfo_ptsz(CUstream stream, Status* status, cuuint64_t* id) { return query(stream, kThread, status, {.id = reinterpret_cast<unsigned long long*>(id)}); }
CUresult Driver::cuStreamUpdateCaptureDependencies_v2(CUstream stream, Node* nodes, const Edge* data, size_t count, unsigned int flags) { return update(stream, kLegacy, nodes, data, count, flags); }
CUresult Driver::cuStreamUpdateCaptureDependencies_v2_ptsz(CUstream stream, Node* nodes, const Edge* data, size_t count, unsigned int flags) { return update(stream, kThread, nodes, data, count, flags); }
CUresult Driver::cuStreamUpdateCaptureDependencies(CUstream stream, Node* nodes, size_t count, unsigned int flags) { return update(stream, kLegacy, nodes, nullptr, count, flags); }
CUresult Driver::cuStreamUpdateCaptureDependencies_ptsz(CUstream stream, Node* nodes, size_t count, unsigned int flags) { return update(stream, kThread, nodes, nullptr, count, flags); }
CUresult Driver::cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode) { return driver_answer(exchange_capture_mode(reinterpret_cast<int*>(mode))); }
// clang-format on

}  // namespace qiao::shim
