// An instantiated graph: a private copy of the graph with every kernel resolved and the order fixed, so that a launch
// only enqueues. Changes to it hold for launches that follow.
#pragma once

#include <memory>
#include <mutex>

#include "src/runtime/graph_plan.h"

namespace qiao::runtime {

// The numbers of CUgraphExecUpdateResult.
enum class UpdateCode : int {
  Success = 0,
  Error = 1,
  TopologyChanged = 2,
  NodeTypeChanged = 3,
  FunctionChanged = 4,
  ParametersChanged = 5,
  NotSupported = 6,
  UnsupportedFunctionChange = 7,
  AttributesChanged = 8,
};

// How an update ended; of the graph that was to be taken, the node that does not fit and one before it, if an edge.
struct UpdateResult {
  UpdateCode code = UpdateCode::Success;
  GraphNode* node = nullptr;
  GraphNode* from = nullptr;
};

class GraphExec : public std::enable_shared_from_this<GraphExec> {
 public:
  static constexpr uint64_t kAutoFreeOnLaunch = 1;
  static constexpr uint64_t kUpload = 2;
  static constexpr uint64_t kDeviceLaunch = 4;
  static constexpr uint64_t kUseNodePriority = 8;

  static Result<std::shared_ptr<GraphExec>> instantiate(const Graph& graph, uint64_t flags);
  GraphExec(std::shared_ptr<Graph> graph, std::shared_ptr<Plan> plan, uint64_t flags);

  uint64_t id() const { return graph_->id(); }
  uint64_t flags() const { return flags_; }
  const Graph& graph() const { return *graph_; }

  // Launches of one GraphExec run one after another, whatever their streams.
  Result<void> launch(Stream& stream);

  // Takes the works of `graph`, which must have the same nodes and edges. Nothing changes when it does not.
  UpdateResult update(const Graph& graph);
  // The same for the child graph of one node.
  UpdateResult update_child(const GraphNode& node, const Graph& child);

  // Replaces the work of the step made from `node`, which must stay of its kind.
  Result<void> set_work(const GraphNode& node, NodeWork work);
  Result<void> set_enabled(const GraphNode& node, bool enabled);
  Result<bool> enabled(const GraphNode& node);

 private:
  void sync_graph();
  UpdateResult adopt(Graph& own, const Graph& graph);
  Result<Step*> own_step(const GraphNode& node);
  Result<void> take_memory(const Plan& plan);
  StreamPoint enqueue(Stream& stream, const Segment& segment, std::vector<StreamPoint> after);
  StreamPoint launch_lanes(Stream& stream, std::vector<StreamPoint> after);

  std::mutex mutex_;
  std::shared_ptr<Graph> graph_;
  std::shared_ptr<Plan> plan_;  // shared with launches that have not ended: copied before it changes
  bool plan_launched_ = false;
  const uint64_t flags_;
  std::vector<std::shared_ptr<Stream>> lanes_;  // for lanes 1 and up; lane 0 is the stream of the launch
  StreamPoint last_;
};

Registry<GraphExec>& exec_handles();

}  // namespace qiao::runtime
