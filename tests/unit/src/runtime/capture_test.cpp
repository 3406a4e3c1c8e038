// Stream capture: what becomes a node, what a fork and a join depend on, which captures an error ends.
#include "src/runtime/capture.h"

#include <thread>

#include "tests/unit/catch.h"
#include "tests/unit/src/runtime/fake_device.h"

using namespace qiao;
using namespace qiao::runtime;

namespace {

struct Fixture {
  std::unique_ptr<Device> device = fake_device();
  std::shared_ptr<Context> context = device->primary_context();
  std::shared_ptr<Stream> a = context->create_stream({.non_blocking = true});
  std::shared_ptr<Stream> b = context->create_stream({.non_blocking = true});
  std::shared_ptr<Event> event = std::make_shared<Event>(*context, Event::Options{});

  void work(Stream& stream) { REQUIRE(capture_work(stream, EmptyWork{})); }
  void fork() {
    REQUIRE(capture_record(*a, *event));
    REQUIRE(capture_wait(*b, *event));
  }
  void join() {
    REQUIRE(capture_record(*b, *event));
    REQUIRE(capture_wait(*a, *event));
  }
  std::shared_ptr<Graph> end() {
    Result<std::shared_ptr<Graph>> graph = end_capture(*a);
    REQUIRE(graph);
    graph_handles().remove(graph->get());
    return *graph;
  }
};

template <class T>
Code code_of(const Result<T>& result) {
  return result ? Code::Success : result.error().code;
}

}  // namespace

TEST_CASE("each node of a captured stream depends on the one before") {
  Fixture f;
  REQUIRE(begin_capture(*f.a, CaptureMode::Global));
  CHECK(any_capture());
  for (int i = 0; i < 3; ++i) f.work(*f.a);
  CHECK(capture_info(*f.a).nodes.size() == 1);
  std::shared_ptr<Graph> graph = f.end();
  CHECK_FALSE(any_capture());
  REQUIRE(graph->nodes().size() == 3);
  CHECK(graph->nodes()[0]->dependencies().empty());
  CHECK(graph->nodes()[2]->dependencies() == std::vector<GraphEdge>{{graph->nodes()[1].get(), {}}});
}

TEST_CASE("a stream joins by an event and depends on what was before it") {
  Fixture f;
  REQUIRE(begin_capture(*f.a, CaptureMode::Relaxed));
  f.work(*f.a);
  f.fork();
  CHECK(f.b->capturing());
  f.work(*f.a);
  f.work(*f.b);
  f.join();
  f.work(*f.a);
  std::shared_ptr<Graph> graph = f.end();
  CHECK_FALSE(f.b->capturing());
  REQUIRE(graph->nodes().size() == 4);
  CHECK(graph->nodes()[1]->dependencies()[0].node == graph->nodes()[0].get());
  CHECK(graph->nodes()[2]->dependencies()[0].node == graph->nodes()[0].get());
  CHECK(graph->nodes()[3]->dependencies().size() == 2);
}

TEST_CASE("a branch that is never joined ends the capture without a graph") {
  Fixture f;
  REQUIRE(begin_capture(*f.a, CaptureMode::Relaxed));
  f.fork();
  f.work(*f.b);
  CHECK(code_of(end_capture(*f.a)) == Code::StreamCaptureUnjoined);
  CHECK_FALSE(f.a->capturing());
  CHECK_FALSE(f.b->capturing());
}

TEST_CASE("a joined stream may be destroyed before the capture ends, an unjoined one may not") {
  for (bool joined : {true, false}) {
    Fixture f;
    REQUIRE(begin_capture(*f.a, CaptureMode::Relaxed));
    f.fork();
    f.work(*f.b);
    if (joined) f.join();
    REQUIRE(f.context->destroy_stream(f.b.get()));
    Result<std::shared_ptr<Graph>> graph = end_capture(*f.a);
    CHECK(code_of(graph) == (joined ? Code::Success : Code::StreamCaptureUnjoined));
    if (graph) graph_handles().remove(graph->get());
  }
}

TEST_CASE("a capture whose first stream is destroyed is over") {
  Fixture f;
  REQUIRE(begin_capture(*f.a, CaptureMode::Relaxed));
  f.fork();
  REQUIRE(f.context->destroy_stream(f.a.get()));
  CHECK_FALSE(f.b->capturing());
  CHECK_FALSE(any_capture());
}

TEST_CASE("a capture into a graph that exists leaves the graph alone when it fails") {
  Fixture f;
  std::shared_ptr<Graph> graph = Graph::make();
  REQUIRE(begin_capture(*f.a, CaptureMode::Relaxed, graph));
  f.work(*f.a);
  CHECK(code_of(check_not_capturing(*f.a, "a test")) == Code::StreamCaptureUnsupported);
  CHECK(code_of(capture_work(*f.a, EmptyWork{})) == Code::StreamCaptureInvalidated);
  CHECK(code_of(end_capture(*f.a)) == Code::StreamCaptureInvalidated);
  CHECK(graph_handles().remove(graph.get()) == graph);
}

TEST_CASE("modes decide who may make unsafe calls") {
  struct Row {
    CaptureMode capture, thread;
    bool same_allowed, other_allowed;
  };
  // CUDA runtime API, cudaThreadExchangeStreamCaptureMode.
  const Row rows[] = {{CaptureMode::Global, CaptureMode::Global, false, false},
                      {CaptureMode::Global, CaptureMode::ThreadLocal, false, true},
                      {CaptureMode::Global, CaptureMode::Relaxed, true, true},
                      {CaptureMode::ThreadLocal, CaptureMode::Global, false, true},
                      {CaptureMode::ThreadLocal, CaptureMode::ThreadLocal, false, true},
                      {CaptureMode::Relaxed, CaptureMode::Global, true, true},
                      {CaptureMode::Relaxed, CaptureMode::ThreadLocal, true, true}};
  for (const Row& row : rows) {
    for (bool same : {true, false}) {
      Fixture f;
      auto ask = [&] {
        CaptureMode before = exchange_capture_mode(row.thread);
        Code code = code_of(check_unsafe_call());
        exchange_capture_mode(before);
        CHECK((code == Code::Success) == (same ? row.same_allowed : row.other_allowed));
      };
      REQUIRE(begin_capture(*f.a, row.capture));
      if (same) ask();
      if (!same) std::thread(ask).join();
      (void)end_capture(*f.a);
    }
  }
}
