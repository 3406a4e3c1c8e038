#include "src/runtime/capture.h"

#include <algorithm>
#include <set>

#include "src/base/log.h"
#include "src/runtime/context.h"

namespace qiao::runtime {

std::atomic<int> captures_in_progress{0};

namespace {

std::atomic<uint64_t> next_capture_id{1};
thread_local CaptureMode thread_mode = CaptureMode::Global;

struct InProgress {
  std::mutex mutex;
  std::vector<std::shared_ptr<Capture>> captures;

  static InProgress& instance() {
    static auto* list = new InProgress;
    return *list;
  }

  void add(std::shared_ptr<Capture> capture) {
    std::lock_guard lock(mutex);
    captures.push_back(std::move(capture));
    captures_in_progress.store(static_cast<int>(captures.size()));
  }
  void remove(const std::shared_ptr<Capture>& capture) {
    std::lock_guard lock(mutex);
    std::erase(captures, capture);
    captures_in_progress.store(static_cast<int>(captures.size()));
  }
  std::vector<std::shared_ptr<Capture>> all() {
    std::lock_guard lock(mutex);
    return captures;
  }
};

void invalidate(Capture& capture) {
  std::lock_guard lock(capture.mutex);
  if (capture.status == CaptureStatus::Active) capture.status = CaptureStatus::Invalidated;
}

Error not_permitted(const char* what) {
  return {Code::StreamCaptureUnsupported, std::string(what) + " is not permitted while a stream is capturing"};
}

const Error& invalidated() {
  static const Error error{Code::StreamCaptureInvalidated, "the capture is invalid since an earlier error"};
  return error;
}

// The nodes that `heads` depend on, and they themselves.
std::set<const GraphNode*> history(const std::vector<GraphEdge>& heads) {
  std::set<const GraphNode*> seen;
  std::vector<const GraphNode*> open;
  for (const GraphEdge& edge : heads) open.push_back(edge.node);
  while (!open.empty()) {
    const GraphNode* node = open.back();
    open.pop_back();
    if (!seen.insert(node).second) continue;
    for (const GraphEdge& edge : node->dependencies()) open.push_back(edge.node);
  }
  return seen;
}

void merge(std::vector<GraphEdge>& heads, const std::vector<GraphEdge>& more) {
  for (const GraphEdge& edge : more) {
    const bool there = std::any_of(heads.begin(), heads.end(), [&](const GraphEdge& h) { return h.node == edge.node; });
    if (!there) heads.push_back(edge);
  }
}

// Whether every stream of the capture has met the one it began in.
bool joined(const Capture& capture) {
  const std::set<const GraphNode*> done = history(capture.branches.at(capture.origin).heads);
  auto met = [&](const GraphEdge& edge) { return done.contains(edge.node); };
  if (!std::all_of(capture.left.begin(), capture.left.end(), met)) return false;
  return std::all_of(capture.branches.begin(), capture.branches.end(), [&](const auto& each) {
    return std::all_of(each.second.heads.begin(), each.second.heads.end(), met);
  });
}

void leave(Capture& capture) {
  for (const auto& [key, branch] : capture.branches) {
    if (std::shared_ptr<Stream> stream = branch.stream.lock()) stream->set_capture(nullptr);
  }
}

// Runs `body(Capture&, Branch&)` under the capture's lock, unless it is invalid.
template <class Body>
Result<void> in_branch(Stream& stream, Body body) {
  std::shared_ptr<Capture> capture = stream.capture();
  if (!capture) return invalid(Code::IllegalState, "the stream is not capturing");
  std::lock_guard lock(capture->mutex);
  if (capture->status != CaptureStatus::Active) return invalidated();
  return body(*capture, capture->branches.at(&stream));
}

}  // namespace

Capture::Capture(std::shared_ptr<Graph> into, CaptureMode how, const Stream& began)
    : id(next_capture_id.fetch_add(1)),
      mode(how),
      origin(&began),
      graph(into ? into : Graph::make()),
      own_graph(into == nullptr) {}

std::shared_ptr<Graph> Capture::take_graph(bool keep) {
  std::shared_ptr<Graph> taken = std::move(graph);
  if (!keep && own_graph) graph_handles().remove(taken.get());
  return taken;
}

Result<void> begin_capture(Stream& stream, CaptureMode mode, std::shared_ptr<Graph> into,
                           std::vector<GraphEdge> dependencies) {
  if (mode < CaptureMode::Global || mode > CaptureMode::Relaxed) {
    return invalid(Code::InvalidValue, "capture mode is not known");
  }
  if (stream.options().legacy) return not_permitted("a capture of the legacy default stream");
  if (stream.capturing()) return invalid(Code::IllegalState, "the stream is capturing already");
  for (const GraphEdge& edge : dependencies) {
    if (&edge.node->graph() != into.get()) {
      return invalid(Code::InvalidValue, "a dependency of the capture is a node of another graph");
    }
  }
  auto capture = std::make_shared<Capture>(std::move(into), mode, stream);
  capture->branches[&stream] = {stream.shared_from_this(), std::move(dependencies), {}, {}};
  InProgress::instance().add(capture);
  stream.set_capture(std::move(capture));
  return {};
}

Result<std::shared_ptr<Graph>> end_capture(Stream& stream) {
  std::shared_ptr<Capture> capture = stream.capture();
  if (!capture) return invalid(Code::IllegalState, "the stream is not capturing");
  if (capture->origin != &stream) {
    invalidate(*capture);
    return invalid(Code::StreamCaptureUnmatched, "the capture did not begin in this stream");
  }
  if (capture->mode != CaptureMode::Relaxed && capture->thread != std::this_thread::get_id()) {
    return invalid(Code::StreamCaptureWrongThread, "the capture began in another thread and is not relaxed");
  }
  std::lock_guard lock(capture->mutex);
  leave(*capture);
  InProgress::instance().remove(capture);
  const bool valid = capture->status == CaptureStatus::Active;
  const bool whole = joined(*capture);
  capture->status = CaptureStatus::None;
  std::shared_ptr<Graph> graph = capture->take_graph(valid && whole);  // taken, as events may keep the capture
  if (valid && whole) return graph;
  if (!valid) return invalidated();
  return invalid(Code::StreamCaptureUnjoined, "a stream of the capture has work that its first stream never waits for");
}

void abandon_capture(Stream& stream) {
  std::shared_ptr<Capture> capture = stream.capture();
  if (!capture) return;
  std::lock_guard lock(capture->mutex);
  if (capture->origin != &stream) {
    merge(capture->left, capture->branches.at(&stream).heads);
    capture->branches.erase(&stream);
    stream.set_capture(nullptr);
    return;
  }
  capture->status = CaptureStatus::None;
  leave(*capture);
  InProgress::instance().remove(capture);
  (void)capture->take_graph(false);
}

CaptureInfo capture_info(Stream& stream) {
  std::shared_ptr<Capture> capture = stream.capture();
  if (!capture) return {};
  std::lock_guard lock(capture->mutex);
  Capture::Branch& branch = capture->branches.at(&stream);
  branch.shown_nodes.clear();
  branch.shown_edges.clear();
  for (const GraphEdge& edge : branch.heads) {
    branch.shown_nodes.push_back(edge.node);
    branch.shown_edges.push_back(edge.data);
  }
  return {capture->status, capture->id, capture->graph, branch.shown_nodes, branch.shown_edges};
}

Result<void> update_capture(Stream& stream, std::vector<GraphEdge> dependencies, bool replace) {
  return in_branch(stream, [&](Capture& capture, Capture::Branch& branch) -> Result<void> {
    for (const GraphEdge& edge : dependencies) {
      if (&edge.node->graph() != capture.graph.get()) {
        return invalid(Code::InvalidValue, "a dependency is not a node of the graph being captured");
      }
      if (Result<void> known = check_edge(edge.node, edge.data); !known) return known;
    }
    if (replace) branch.heads.clear();
    merge(branch.heads, dependencies);
    return {};
  });
}

Result<void> capture_work(Stream& stream, NodeWork work) {
  return in_branch(stream, [&](Capture& capture, Capture::Branch& branch) -> Result<void> {
    Result<GraphNode*> node = capture.graph->add(std::move(work), stream.context().shared_from_this(), branch.heads);
    if (!node) return node.error();
    branch.heads = {{*node, {}}};
    return {};
  });
}

Result<void> capture_record(Stream& stream, Event& event) {
  std::shared_ptr<Capture> capture = stream.capture();
  return in_branch(stream, [&](Capture&, Capture::Branch& branch) -> Result<void> {
    event.set_captured(std::make_shared<CapturedPoint>(CapturedPoint{capture, branch.heads}));
    return {};
  });
}

Result<void> capture_wait(Stream& stream, Event& event) {
  std::shared_ptr<const CapturedPoint> point = event.captured();
  std::shared_ptr<Capture> own = stream.capture();
  if (!point) {
    if (!event.point().stream) return {};  // never recorded: nothing to wait for
    invalidate(*own);
    return invalid(Code::StreamCaptureIsolation, "a capturing stream waits for an event recorded outside the capture");
  }
  Capture& other = *point->capture;
  if (own && own.get() != &other && other.status != CaptureStatus::None) {
    invalidate(*own);
    invalidate(other);
    return invalid(Code::StreamCaptureMerge, "a capturing stream waits for an event of another capture");
  }
  if (own && own.get() != &other) {
    invalidate(*own);
    return invalid(Code::StreamCaptureIsolation, "a capturing stream waits for an event of a capture that has ended");
  }
  std::lock_guard lock(other.mutex);
  if (other.status == CaptureStatus::None) {
    return invalid(Code::CapturedEvent, "the event was last recorded in a stream that was capturing");
  }
  if (other.status == CaptureStatus::Invalidated) return invalidated();
  if (stream.options().legacy) {
    other.status = CaptureStatus::Invalidated;
    return not_permitted("work in the legacy default stream after captured work");
  }
  Capture::Branch& branch = other.branches[&stream];
  merge(branch.heads, point->heads);
  if (own) return {};
  branch.stream = stream.shared_from_this();
  stream.set_capture(point->capture);
  return {};
}

void refuse_uncaptured(Stream& stream) {
  std::shared_ptr<Capture> capture = stream.capture();
  if (!capture) return;
  invalidate(*capture);
  log::warn("unsupported: work of this kind in a stream that is capturing; it ran at once, and the capture is invalid");
}

void invalidate_capture_of(const Event& event) {
  std::shared_ptr<const CapturedPoint> point = event.captured();
  if (point) invalidate(*point->capture);
}

CaptureMode exchange_capture_mode(CaptureMode mode) {
  return std::exchange(thread_mode, mode);
}

Result<void> check_unsafe_call() {
  if (!any_capture() || thread_mode == CaptureMode::Relaxed) return {};
  Result<void> answer;
  for (const std::shared_ptr<Capture>& capture : InProgress::instance().all()) {
    const bool own = capture->thread == std::this_thread::get_id() && capture->mode != CaptureMode::Relaxed;
    const bool others = thread_mode == CaptureMode::Global && capture->mode == CaptureMode::Global;
    if (!own && !others) continue;
    invalidate(*capture);
    answer = not_permitted("a call that is potentially unsafe");
  }
  return answer;
}

Result<void> check_not_capturing(Stream& stream, const char* what) {
  std::shared_ptr<Capture> capture = stream.capture();
  if (!capture) return {};
  invalidate(*capture);
  return not_permitted(what);
}

Result<void> check_unsafe_call(Stream& stream) {
  if (!any_capture()) return {};
  if (Result<void> free = check_not_capturing(stream, "waiting for a stream or asking after it"); !free) return free;
  return check_unsafe_call();
}

Result<void> check_unsafe_call(Context& context) {
  if (!any_capture()) return {};
  Result<void> answer;
  context.for_each_stream([&](const std::shared_ptr<Stream>& stream) {
    Result<void> free = check_not_capturing(*stream, "waiting for a device or context");
    if (!free) answer = free;
  });
  if (!answer) return answer;
  return check_unsafe_call();
}

Result<void> check_legacy_use(Context& context, bool also_invalidate) {
  if (!any_capture()) return {};
  Result<void> answer;
  context.for_each_stream([&](const std::shared_ptr<Stream>& stream) {
    if (stream->options().non_blocking) return;
    std::shared_ptr<Capture> capture = stream->capture();
    if (!capture) return;
    if (also_invalidate) invalidate(*capture);
    answer =
        invalid(Code::StreamCaptureImplicit, "the legacy default stream would wait for a stream that is capturing");
  });
  return answer;
}

}  // namespace qiao::runtime
