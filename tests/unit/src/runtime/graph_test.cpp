// Graphs: nodes and edges, the order of a plan and its lanes, launches, updates.
#include "src/runtime/graph.h"

#include <algorithm>
#include <mutex>

#include "src/runtime/graph_exec.h"
#include "tests/unit/catch.h"
#include "tests/unit/src/runtime/fake_device.h"

using namespace qiao;
using namespace qiao::runtime;

namespace {

// A host function that writes down its name.
struct Call {
  std::vector<int>* log;
  int name;
  static void run(void* data) {
    auto* call = static_cast<Call*>(data);
    call->log->push_back(call->name);
  }
};

struct Fixture {
  std::unique_ptr<Device> device = fake_device();
  std::shared_ptr<Context> context = device->primary_context();
  std::shared_ptr<Stream> stream = context->create_stream({});
  std::shared_ptr<Graph> graph = Graph::make();
  std::vector<int> log;
  std::vector<std::unique_ptr<Call>> calls;

  HostWork call(int name) {
    calls.push_back(std::make_unique<Call>(Call{&log, name}));
    return {Call::run, calls.back().get()};
  }
  GraphNode& add(int name, std::vector<GraphNode*> after = {}, Graph* to = nullptr) {
    std::vector<GraphEdge> edges;
    for (GraphNode* node : after) edges.push_back({node, {}});
    Result<GraphNode*> node = (to != nullptr ? *to : *graph).add(call(name), context, edges);
    REQUIRE(node);
    return **node;
  }
  std::vector<int> run(GraphExec& exec) {
    log.clear();
    REQUIRE(exec.launch(*stream));
    stream->synchronize();
    return log;
  }
  ~Fixture() { graph_handles().remove(graph.get()); }
};

std::shared_ptr<GraphExec> instantiate(const Graph& graph) {
  Result<std::shared_ptr<GraphExec>> exec = GraphExec::instantiate(graph, 0);
  REQUIRE(exec);
  return *exec;
}

size_t place(const std::vector<int>& log, int name) {
  return static_cast<size_t>(std::find(log.begin(), log.end(), name) - log.begin());
}

}  // namespace

TEST_CASE("a line of nodes is one segment and runs in order") {
  Fixture f;
  GraphNode* last = nullptr;
  for (int i = 0; i < 10; ++i)
    last = &f.add(i, last != nullptr ? std::vector<GraphNode*>{last} : std::vector<GraphNode*>{});
  Result<std::shared_ptr<Plan>> plan = make_plan(*f.graph);
  REQUIRE(plan);
  CHECK((*plan)->lanes == 1);
  CHECK((*plan)->segments.size() == 1);
  CHECK(f.run(*instantiate(*f.graph)) == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("branches take lanes, and what follows waits for all of them") {
  Fixture f;
  GraphNode& root = f.add(0);
  GraphNode& left = f.add(1, {&root});
  GraphNode& left_too = f.add(2, {&left});
  GraphNode& right = f.add(3, {&root});
  f.add(4, {&left_too, &right});
  Result<std::shared_ptr<Plan>> plan = make_plan(*f.graph);
  REQUIRE(plan);
  CHECK((*plan)->lanes == 2);
  auto exec = instantiate(*f.graph);
  for (int i = 0; i < 50; ++i) {
    std::vector<int> log = f.run(*exec);
    REQUIRE(log.size() == 5);
    CHECK(place(log, 0) == 0);
    CHECK(place(log, 1) < place(log, 2));
    CHECK(place(log, 4) == 4);
  }
}

TEST_CASE("a segment waits only for segments before it, and a wide graph keeps to its lanes") {
  Fixture f;
  std::vector<GraphNode*> row;
  for (int i = 0; i < 12; ++i) row.push_back(&f.add(i));
  for (int i = 0; i < 12; ++i) f.add(100 + i, {row[static_cast<size_t>(i)], row[static_cast<size_t>((i + 5) % 12)]});
  Result<std::shared_ptr<Plan>> plan = make_plan(*f.graph);
  REQUIRE(plan);
  CHECK((*plan)->lanes <= 4);
  size_t steps = 0;
  for (size_t i = 0; i < (*plan)->segments.size(); ++i) {
    steps += (*plan)->segments[i].steps.size();
    for (size_t before : (*plan)->segments[i].after) CHECK(before < i);
  }
  CHECK(steps == 24);
  std::vector<int> log = f.run(*instantiate(*f.graph));
  for (int i = 0; i < 12; ++i) {
    CHECK(place(log, 100 + i) > place(log, i));
    CHECK(place(log, 100 + i) > place(log, (i + 5) % 12));
  }
}

TEST_CASE("launches of one instantiated graph run one after another in any streams") {
  Fixture f;
  GraphNode& first = f.add(1);
  f.add(2, {&first});
  auto exec = instantiate(*f.graph);
  auto other = f.context->create_stream({.non_blocking = true});
  for (int i = 0; i < 20; ++i) REQUIRE(exec->launch(i % 2 == 0 ? *f.stream : *other));
  f.stream->synchronize();
  other->synchronize();
  REQUIRE(f.log.size() == 40);
  for (size_t i = 0; i < 40; ++i) CHECK(f.log[i] == static_cast<int>(i % 2) + 1);
}

TEST_CASE("a child graph is laid in between what is before and after its node") {
  Fixture f;
  auto child = Graph::make(true);
  GraphNode& inner = f.add(10, {}, child.get());
  f.add(11, {&inner}, child.get());
  GraphNode& before = f.add(0);
  std::vector<GraphEdge> edges{{&before, {}}};
  Result<GraphNode*> node = f.graph->add(ChildWork{child}, f.context, edges);
  REQUIRE(node);
  f.add(1, {*node});
  CHECK(f.run(*instantiate(*f.graph)) == std::vector<int>{0, 10, 11, 1});
}

TEST_CASE("changes to an instantiated graph hold for the launches that follow") {
  Fixture f;
  GraphNode& first = f.add(1);
  f.add(2, {&first});
  auto exec = instantiate(*f.graph);
  REQUIRE(exec->launch(*f.stream));
  REQUIRE(exec->set_work(first, f.call(3)));
  CHECK_FALSE(exec->set_work(first, EmptyWork{}));
  REQUIRE(exec->launch(*f.stream));
  f.stream->synchronize();
  CHECK(f.log == std::vector<int>{1, 2, 3, 2});
  CHECK(f.run(*instantiate(*f.graph)) == std::vector<int>{1, 2});
}

TEST_CASE("an update takes works from a graph of the same shape only") {
  Fixture f;
  GraphNode& first = f.add(1);
  f.add(2, {&first});
  auto exec = instantiate(*f.graph);
  auto same = Graph::make(true), wider = Graph::make(true), other = Graph::make(true);
  f.add(6, {&f.add(5, {}, same.get())}, same.get());
  CHECK(exec->update(*same).code == UpdateCode::Success);
  CHECK(f.run(*exec) == std::vector<int>{5, 6});
  f.add(7, {}, wider.get());
  GraphNode& loose = f.add(8, {}, wider.get());
  UpdateResult result = exec->update(*wider);
  CHECK(result.code == UpdateCode::TopologyChanged);
  CHECK(result.node == &loose);
  std::vector<GraphEdge> edges{{&f.add(9, {}, other.get()), {}}};
  Result<GraphNode*> empty = other->add(EmptyWork{}, f.context, edges);
  REQUIRE(empty);
  CHECK(exec->update(*other).code == UpdateCode::NodeTypeChanged);
  CHECK(f.run(*exec) == std::vector<int>{5, 6});
}

TEST_CASE("a cycle is found when the graph is instantiated") {
  Fixture f;
  GraphNode& a = f.add(1);
  GraphNode& b = f.add(2, {&a});
  REQUIRE(f.graph->connect(b, a, {}));
  Result<std::shared_ptr<GraphExec>> exec = GraphExec::instantiate(*f.graph, 0);
  REQUIRE_FALSE(exec);
  CHECK(exec.error().code == Code::InvalidValue);
  REQUIRE(f.graph->disconnect(b, a, {}));
  CHECK(GraphExec::instantiate(*f.graph, 0));
  CHECK_FALSE(GraphExec::instantiate(*f.graph, GraphExec::kDeviceLaunch));
}

TEST_CASE("handles of nodes live as long as their graph") {
  Fixture f;
  GraphNode* node = &f.add(1);
  CHECK(node_handles().find(node) != nullptr);
  REQUIRE(f.graph->remove(*node));
  CHECK(node_handles().find(node) == nullptr);
  auto clone = Graph::make();
  GraphNode* second = &f.add(2, {}, clone.get());
  graph_handles().remove(clone.get());
  clone.reset();
  CHECK(node_handles().find(second) == nullptr);
}
