// Stream capture: the streams of a capture sequence turn what is enqueued into nodes of a graph; each of them remembers
// the nodes that its next one depends on. What is not allowed meanwhile ends the sequence as invalid (CUDA programming
// guide, "Prohibited and unhandled operations"; CUDA runtime API, cudaThreadExchangeStreamCaptureMode).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "src/runtime/graph.h"
#include "src/runtime/stream.h"

namespace qiao::runtime {

enum class CaptureMode : int { Global = 0, ThreadLocal = 1, Relaxed = 2 };  // CUstreamCaptureMode
enum class CaptureStatus : int { None = 0, Active = 1, Invalidated = 2 };   // CUstreamCaptureStatus

class Capture {
 public:
  // A new graph, or `into`.
  Capture(std::shared_ptr<Graph> into, CaptureMode mode, const Stream& origin);
  // What it captured; a graph of its own goes when nothing becomes of the capture.
  std::shared_ptr<Graph> take_graph(bool keep);

  struct Branch {
    std::weak_ptr<Stream> stream;
    std::vector<GraphEdge> heads;         // what the stream's next node depends on
    std::vector<GraphNode*> shown_nodes;  // what the last query of the capture points at
    std::vector<EdgeData> shown_edges;
  };

  const uint64_t id;
  const CaptureMode mode;
  const std::thread::id thread = std::this_thread::get_id();
  const Stream* const origin;
  std::atomic<CaptureStatus> status{CaptureStatus::Active};
  std::mutex mutex;              // guards what follows, and what is in the graph
  std::shared_ptr<Graph> graph;  // null once the capture has ended
  const bool own_graph;
  std::map<const Stream*, Branch> branches;
  std::vector<GraphEdge> left;  // heads of branches whose streams were destroyed
};

// Where an event was recorded in a capture.
struct CapturedPoint {
  std::shared_ptr<Capture> capture;
  std::vector<GraphEdge> heads;
};

// `into`: an existing graph to add to, after `dependencies` (cudaStreamBeginCaptureToGraph); null: a new one.
Result<void> begin_capture(Stream& stream, CaptureMode mode, std::shared_ptr<Graph> into = nullptr,
                           std::vector<GraphEdge> dependencies = {});
Result<std::shared_ptr<Graph>> end_capture(Stream& stream);
// The stream is going away. A capture that began there ends without a graph; another one must have met its work.
void abandon_capture(Stream& stream);

struct CaptureInfo {
  CaptureStatus status = CaptureStatus::None;
  uint64_t id = 0;
  std::shared_ptr<Graph> graph;
  std::span<GraphNode* const> nodes;  // valid until the stream's next call
  std::span<const EdgeData> edges;
};
CaptureInfo capture_info(Stream& stream);
// `replace`: they become the only dependencies of the stream's next node; else they are added.
Result<void> update_capture(Stream& stream, std::vector<GraphEdge> dependencies, bool replace);

Result<void> capture_work(Stream& stream, NodeWork work);
Result<void> capture_record(Stream& stream, Event& event);
// Also for a stream that does not capture yet: it joins the capture that the event was recorded in.
Result<void> capture_wait(Stream& stream, Event& event);

// Work that no node can hold was enqueued in a stream that is capturing: its capture becomes invalid.
void refuse_uncaptured(Stream& stream);
// Something that no capture allows was asked of an event that was recorded in one.
void invalidate_capture_of(const Event& event);

// The calling thread's mode; gives the one before.
CaptureMode exchange_capture_mode(CaptureMode mode);

extern std::atomic<int> captures_in_progress;
inline bool any_capture() {
  return captures_in_progress.load(std::memory_order_relaxed) != 0;
}

// For calls that may wait for, or change, more than a stream (cudaMalloc, cudaEventQuery ...): refused where the
// thread's mode and the captures in progress say so.
Result<void> check_unsafe_call();
// The same for a call that waits for a stream or asks after it; a capturing one has nothing to wait for.
Result<void> check_unsafe_call(Stream& stream);
// The same for one that waits for all of a context.
Result<void> check_unsafe_call(Context& context);
// StreamCaptureUnsupported, and the capture is invalid, when the stream is capturing.
Result<void> check_not_capturing(Stream& stream, const char* what);
// The legacy stream would wait for blocking streams that are capturing. `invalidate`: their captures become invalid.
Result<void> check_legacy_use(Context& context, bool invalidate);

}  // namespace qiao::runtime
