#include "src/runtime/graph_exec.h"

#include <algorithm>

#include "src/runtime/capture.h"
#include "src/runtime/context.h"
#include "src/runtime/graph_memory.h"
#include "src/runtime/host_thread.h"

namespace qiao::runtime {
namespace {

Result<void> run_plan(const Plan& plan);

Result<void> run_conditional(const ConditionalWork& work, const std::vector<std::shared_ptr<Plan>>& bodies) {
  uint32_t value = work.value->get();
  switch (work.kind) {
    case ConditionalKind::If:
      if (value != 0) return run_plan(*bodies[0]);
      return bodies.size() > 1 ? run_plan(*bodies[1]) : Result<void>();
    case ConditionalKind::While:
      for (; value != 0; value = work.value->get()) {
        if (Result<void> done = run_plan(*bodies[0]); !done) return done;
      }
      return {};
    case ConditionalKind::Switch:
      return value < bodies.size() ? run_plan(*bodies[value]) : Result<void>();
  }
  return {};
}

// One overload per kind of work, so that none is passed over.
struct Runner {
  const Step& step;

  Result<void> operator()(const KernelWork& work) const { return work.launch.run(); }
  Result<void> operator()(const CopyWork& work) const { return perform(work.request), Result<void>(); }
  Result<void> operator()(const FillWork& work) const { return perform(work.request), Result<void>(); }
  Result<void> operator()(const HostWork& work) const {
    run_host_function([&work] { work.function(work.data); });
    return {};
  }
  Result<void> operator()(const LibraryWork& work) const { return (*work.run)(); }
  Result<void> operator()(const ConditionalWork& work) const { return run_conditional(work, step.bodies); }
  Result<void> operator()(const EmptyWork&) const { return {}; }
  Result<void> operator()(const ChildWork&) const { return {}; }        // laid in
  Result<void> operator()(const EventRecordWork&) const { return {}; }  // entries of their own in the stream
  Result<void> operator()(const EventWaitWork&) const { return {}; }
  Result<void> operator()(const AllocationWork&) const { return {}; }  // accounted for at the launch
  Result<void> operator()(const ReleaseWork&) const { return {}; }
};

Result<void> run_step(const Step& step) {
  if (!step.enabled) return {};
  return std::visit(Runner{step}, step.work);
}

Result<void> run_plan(const Plan& plan) {
  for (const Step& step : plan.steps) {
    if (Result<void> done = run_step(step); !done) return done;
  }
  return {};
}

Result<void> run_segment(const Plan& plan, const Segment& segment) {
  for (size_t step : segment.steps) {
    if (Result<void> done = run_step(plan.steps[step]); !done) return done;
  }
  return {};
}

Result<void> start(const Plan& plan) {
  for (const std::shared_ptr<ConditionalValue>& value : plan.conditionals) value->reset();
  return {};
}

std::shared_ptr<Plan> copy_of(const Plan& plan) {
  auto copy = std::make_shared<Plan>(plan);
  for (Step& step : copy->steps) {
    for (std::shared_ptr<Plan>& body : step.bodies) body = copy_of(*body);
  }
  return copy;
}

}  // namespace

Registry<GraphExec>& exec_handles() {
  static auto* live = new Registry<GraphExec>;
  return *live;
}

GraphExec::GraphExec(std::shared_ptr<Graph> graph, std::shared_ptr<Plan> plan, uint64_t flags)
    : graph_(std::move(graph)), plan_(std::move(plan)), flags_(flags) {}

Result<std::shared_ptr<GraphExec>> GraphExec::instantiate(const Graph& graph, uint64_t flags) {
  if ((flags & kDeviceLaunch) != 0) return unsupported("graphs that kernels launch (instantiate flag DeviceLaunch)");
  if ((flags & ~(kAutoFreeOnLaunch | kUpload | kUseNodePriority)) != 0) {
    return invalid(Code::InvalidValue, "flags of a graph instantiation are not known");
  }
  if (graph.has_unused_conditional()) {
    return invalid(Code::InvalidValue, "a conditional handle of the graph belongs to no conditional node");
  }
  std::shared_ptr<Graph> copy = graph.clone(true);
  Result<std::shared_ptr<Plan>> plan = make_plan(*copy);
  if (!plan) return plan.error();
  return std::make_shared<GraphExec>(std::move(copy), *std::move(plan), flags);
}

// What the launch does to the memory of allocation nodes, in the order of the program's calls.
Result<void> GraphExec::take_memory(const Plan& plan) {
  for (const std::shared_ptr<GraphMemory>& memory : plan.allocates) {
    if (!memory->live()) continue;
    if ((flags_ & kAutoFreeOnLaunch) == 0) {
      return invalid(Code::InvalidValue, "the graph is launched while memory it allocated before is not freed");
    }
  }
  for (const std::shared_ptr<GraphMemory>& memory : plan.releases) {
    const bool own = std::find(plan.allocates.begin(), plan.allocates.end(), memory) != plan.allocates.end();
    if (!own && !memory->live()) return invalid(Code::InvalidValue, "the graph frees memory that is not allocated");
  }
  for (const std::shared_ptr<GraphMemory>& memory : plan.allocates) memory->set_live(true);
  for (const std::shared_ptr<GraphMemory>& memory : plan.releases) memory->set_live(false);
  return {};
}

StreamPoint GraphExec::enqueue(Stream& stream, const Segment& segment, std::vector<StreamPoint> after) {
  const NodeWork& first = plan_->steps[segment.steps.front()].work;
  if (const auto* record = std::get_if<EventRecordWork>(&first)) return record->event->record(stream, std::move(after));
  if (const auto* wait = std::get_if<EventWaitWork>(&first)) after.push_back(wait->event->point());
  return stream.enqueue([plan = plan_, &segment] { return run_segment(*plan, segment); }, std::move(after));
}

StreamPoint GraphExec::launch_lanes(Stream& stream, std::vector<StreamPoint> after) {
  while (lanes_.size() + 1 < plan_->lanes) {
    lanes_.push_back(std::make_shared<Stream>(stream.context(), Stream::Options{.non_blocking = true}));
  }
  StreamPoint begin = stream.enqueue([plan = plan_] { return start(*plan); }, std::move(after));
  std::vector<StreamPoint> reached;
  std::vector<StreamPoint> tails(plan_->lanes);
  for (const Segment& segment : plan_->segments) {
    std::vector<StreamPoint> waits;
    if (segment.lane != 0 && !tails[segment.lane].stream) waits.push_back(begin);
    for (size_t before : segment.after) waits.push_back(reached[before]);
    reached.push_back(enqueue(segment.lane == 0 ? stream : *lanes_[segment.lane - 1], segment, std::move(waits)));
    tails[segment.lane] = reached.back();
  }
  if (plan_->lanes <= 1) return stream.tail();
  // The lanes live until the launch ends, even when the GraphExec does not.
  return stream.enqueue([lanes = lanes_]() -> Result<void> { return {}; }, std::move(tails));
}

Result<void> GraphExec::launch(Stream& stream) {
  Context& context = stream.context();
  if (context.sticky_error() != Code::Success) return Error{context.sticky_error(), "an earlier launch failed"};
  std::lock_guard lock(mutex_);
  if (stream.capturing()) {
    sync_graph();
    return capture_work(stream, ChildWork{graph_->clone(true)});
  }
  if (Result<void> taken = take_memory(*plan_); !taken) return taken;
  plan_launched_ = true;
  std::vector<StreamPoint> after;
  if (last_.stream.get() != &stream && !last_.reached()) after.push_back(last_);
  const bool simple = plan_->segments.size() == 1;
  if (!simple) {
    last_ = launch_lanes(stream, std::move(after));
    return {};
  }
  Result<void> (*run)(const Plan&) = [](const Plan& plan) -> Result<void> {
    if (Result<void> begun = start(plan); !begun) return begun;
    return run_plan(plan);
  };
  const NodeWork& first = plan_->steps[0].work;
  const bool event = std::holds_alternative<EventRecordWork>(first) || std::holds_alternative<EventWaitWork>(first);
  last_ = event ? enqueue(stream, plan_->segments[0], std::move(after))
                : stream.enqueue([run, plan = plan_] { return run(*plan); }, std::move(after));
  return {};
}

// The step of `node`, in a plan that no launch is using.
Result<Step*> GraphExec::own_step(const GraphNode& node) {
  if (plan_launched_ && !last_.reached()) plan_ = copy_of(*plan_);
  plan_launched_ = false;
  Step* step = find_step(*plan_, node.id());
  if (step == nullptr) return invalid(Code::InvalidValue, "the node is not one that the graph was instantiated with");
  return step;
}

Result<void> GraphExec::set_work(const GraphNode& node, NodeWork work) {
  std::lock_guard lock(mutex_);
  Result<Step*> step = own_step(node);
  if (!step) return step.error();
  if ((*step)->work.index() != work.index()) return invalid(Code::InvalidValue, "the node is of another kind");
  if (auto* made = std::get_if<KernelWork>(&work)) {
    const KernelWork& old = std::get<KernelWork>((*step)->work);
    made->attributes = old.attributes;
    made->launch.request.cooperative = old.launch.request.cooperative;
  }
  (*step)->work = std::move(work);
  return {};
}

Result<void> GraphExec::set_enabled(const GraphNode& node, bool enabled) {
  const NodeType type = node.type();
  if (type != NodeType::Kernel && type != NodeType::Copy && type != NodeType::Fill) {
    return invalid(Code::InvalidValue, "only kernel, memcpy and memset nodes can be disabled");
  }
  std::lock_guard lock(mutex_);
  Result<Step*> step = own_step(node);
  if (!step) return step.error();
  (*step)->enabled = enabled;
  return {};
}

Result<bool> GraphExec::enabled(const GraphNode& node) {
  std::lock_guard lock(mutex_);
  Result<Step*> step = own_step(node);
  if (!step) return step.error();
  return (*step)->enabled;
}

}  // namespace qiao::runtime
