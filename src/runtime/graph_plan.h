// The order in which an instantiated graph runs: its nodes as a list of steps (child graphs laid in), each in one of a
// few lanes, and the lanes cut into segments where one waits for another. A graph without parallel branches is one
// segment: one entry in a stream.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "src/runtime/graph.h"

namespace qiao::runtime {

struct Plan;

struct Step {
  NodeWork work;
  bool enabled = true;
  std::vector<std::shared_ptr<Plan>> bodies;  // of a conditional node
};

struct Segment {
  size_t lane = 0;
  std::vector<size_t> steps;
  std::vector<size_t> after;  // segments of other lanes, all before this one
};

struct Plan {
  std::vector<Step> steps;  // every step after those it depends on
  std::vector<Segment> segments;
  size_t lanes = 0;
  std::unordered_map<uint64_t, size_t> step_of;  // id of the node the program knows -> its step; not those of bodies
  std::vector<std::shared_ptr<ConditionalValue>> conditionals;
  std::vector<std::shared_ptr<GraphMemory>> allocates;
  std::vector<std::shared_ptr<GraphMemory>> releases;
};

// `nested`: for the body of a conditional node, which is one lane.
Result<std::shared_ptr<Plan>> make_plan(const Graph& graph, bool nested = false);

// The step of a node, also in the bodies of conditional nodes; null when the plan has none.
Step* find_step(Plan& plan, uint64_t node);

}  // namespace qiao::runtime
