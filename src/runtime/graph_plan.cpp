#include "src/runtime/graph_plan.h"

#include <algorithm>
#include <array>

namespace qiao::runtime {
namespace {

// More lanes would only compete for the same processors: each kernel spreads over all of them.
constexpr size_t kMaxLanes = 4;

using StepList = std::vector<size_t>;

// What the body of a conditional node may hold (CUDA programming guide, "Conditional graph nodes").
Result<void> check_kinds(const Graph& graph, bool nested) {
  if (!nested) return {};
  for (const auto& node : graph.nodes()) {
    switch (node->type()) {
      case NodeType::Kernel:
      case NodeType::Empty:
      case NodeType::Copy:
      case NodeType::Fill:
      case NodeType::Child:
      case NodeType::Conditional:
        break;
      default:
        return unsupported("host, event and memory nodes in the body of a conditional node");
    }
  }
  return {};
}

class Planner {
 public:
  Planner(Plan& plan, bool nested) : plan_(plan), nested_(nested) {}

  // Appends the steps of `graph`, its roots after `before`; gives those that nothing of the graph follows.
  Result<StepList> lay(const Graph& graph, const StepList& before);
  void cut();

 private:
  size_t append(NodeWork work, StepList after);
  Result<size_t> lay_node(const GraphNode& node, StepList after);
  void note_memory(const NodeWork& work);
  void choose_lanes(size_t most);
  size_t lane_for(size_t step, size_t most);

  // How far each lane is known to be done: the number of its steps.
  using Clock = std::array<size_t, kMaxLanes>;

  Plan& plan_;
  const bool nested_;
  std::vector<StepList> after_;     // by step
  std::vector<size_t> lane_;        // by step
  std::vector<size_t> position_;    // by step: its number in its lane, from 1
  std::vector<Clock> clock_;        // by step: what is done once it is
  std::vector<size_t> lane_tail_;   // by lane: its newest step
  std::vector<StepList> crossing_;  // by step: those of other lanes it has to wait for
};

size_t Planner::append(NodeWork work, StepList after) {
  plan_.steps.push_back({std::move(work), true, {}});
  after_.push_back(std::move(after));
  return plan_.steps.size() - 1;
}

void Planner::note_memory(const NodeWork& work) {
  if (const auto* made = std::get_if<AllocationWork>(&work)) plan_.allocates.push_back(made->memory);
  if (const auto* freed = std::get_if<ReleaseWork>(&work)) plan_.releases.push_back(freed->memory);
}

// Gives the step that ends the node.
Result<size_t> Planner::lay_node(const GraphNode& node, StepList after) {
  note_memory(node.work);
  if (const auto* child = std::get_if<ChildWork>(&node.work)) {
    const size_t begin = append(EmptyWork{}, std::move(after));
    plan_.step_of[node.origin()] = begin;
    Result<StepList> leaves = lay(*child->graph, {begin});
    if (!leaves) return leaves.error();
    return append(EmptyWork{}, *std::move(leaves));
  }
  const size_t step = append(node.work, std::move(after));
  plan_.step_of[node.origin()] = step;
  if (const auto* conditional = std::get_if<ConditionalWork>(&node.work)) {
    for (const std::shared_ptr<Graph>& body : conditional->bodies) {
      Result<std::shared_ptr<Plan>> inner = make_plan(*body, true);
      if (!inner) return inner.error();
      const auto& values = (*inner)->conditionals;
      plan_.conditionals.insert(plan_.conditionals.end(), values.begin(), values.end());
      plan_.steps[step].bodies.push_back(*std::move(inner));
    }
  }
  return step;
}

Result<StepList> Planner::lay(const Graph& graph, const StepList& before) {
  if (Result<void> allowed = check_kinds(graph, nested_); !allowed) return allowed.error();
  Result<std::vector<GraphNode*>> order = graph.sorted();
  if (!order) return order.error();
  plan_.conditionals.insert(plan_.conditionals.end(), graph.conditionals.begin(), graph.conditionals.end());
  std::unordered_map<const GraphNode*, size_t> end_of;
  StepList leaves;
  for (const GraphNode* node : *order) {
    StepList after;
    for (const GraphEdge& edge : node->dependencies()) after.push_back(end_of[edge.node]);
    if (after.empty()) after = before;
    Result<size_t> end = lay_node(*node, std::move(after));
    if (!end) return end.error();
    end_of[node] = *end;
    if (node->dependents().empty()) leaves.push_back(*end);
  }
  return leaves.empty() ? before : leaves;
}

// A lane that ends where this step begins, else one whose end the step waits for anyway, else a new one.
size_t Planner::lane_for(size_t step, size_t most) {
  for (size_t before : after_[step]) {
    if (lane_tail_[lane_[before]] == before) return lane_[before];
  }
  Clock known{};
  for (size_t before : after_[step]) {
    for (size_t lane = 0; lane < kMaxLanes; ++lane) known[lane] = std::max(known[lane], clock_[before][lane]);
  }
  for (size_t lane = 0; lane < lane_tail_.size(); ++lane) {
    if (known[lane] == position_[lane_tail_[lane]]) return lane;
  }
  return lane_tail_.size() < most ? lane_tail_.size() : step % most;
}

void Planner::choose_lanes(size_t most) {
  const size_t count = plan_.steps.size();
  lane_.resize(count);
  position_.resize(count);
  clock_.resize(count);
  crossing_.resize(count);
  for (size_t step = 0; step < count; ++step) {
    const size_t lane = lane_for(step, most);
    if (lane == lane_tail_.size()) lane_tail_.push_back(step);
    const size_t previous = lane_tail_[lane];
    Clock clock = previous == step ? Clock{} : clock_[previous];
    for (size_t before : after_[step]) {
      if (clock[lane_[before]] < position_[before]) crossing_[step].push_back(before);
      for (size_t i = 0; i < kMaxLanes; ++i) clock[i] = std::max(clock[i], clock_[before][i]);
    }
    lane_[step] = lane;
    position_[step] = previous == step ? 1 : position_[previous] + 1;
    clock[lane] = position_[step];
    clock_[step] = clock;
    lane_tail_[lane] = step;
  }
}

bool is_event(const NodeWork& work) {
  return std::holds_alternative<EventRecordWork>(work) || std::holds_alternative<EventWaitWork>(work);
}

void Planner::cut() {
  choose_lanes(nested_ ? 1 : kMaxLanes);
  plan_.lanes = lane_tail_.size();
  std::vector<bool> awaited(plan_.steps.size());
  for (const StepList& crossing : crossing_) {
    for (size_t step : crossing) awaited[step] = true;
  }
  constexpr size_t kNone = ~size_t{0};
  std::vector<size_t> open(plan_.lanes, kNone);
  std::vector<size_t> segment_of(plan_.steps.size());
  for (size_t step = 0; step < plan_.steps.size(); ++step) {
    const bool alone = is_event(plan_.steps[step].work);
    size_t& current = open[lane_[step]];
    if (current == kNone || alone || !crossing_[step].empty()) {
      current = plan_.segments.size();
      plan_.segments.push_back({lane_[step], {}, {}});
      for (size_t before : crossing_[step]) plan_.segments.back().after.push_back(segment_of[before]);
    }
    plan_.segments[current].steps.push_back(step);
    segment_of[step] = current;
    if (alone || awaited[step]) current = kNone;
  }
}

}  // namespace

Result<std::shared_ptr<Plan>> make_plan(const Graph& graph, bool nested) {
  auto plan = std::make_shared<Plan>();
  Planner planner(*plan, nested);
  Result<StepList> leaves = planner.lay(graph, {});
  if (!leaves) return leaves.error();
  planner.cut();
  return plan;
}

Step* find_step(Plan& plan, uint64_t node) {
  auto found = plan.step_of.find(node);
  if (found != plan.step_of.end()) return &plan.steps[found->second];
  for (Step& step : plan.steps) {
    for (const std::shared_ptr<Plan>& body : step.bodies) {
      if (Step* inner = find_step(*body, node)) return inner;
    }
  }
  return nullptr;
}

}  // namespace qiao::runtime
