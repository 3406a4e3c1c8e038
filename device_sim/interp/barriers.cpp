// bar and barrier (PTX ISA 9.7.13.1). A warp arrives when each of its lanes that has not left the kernel has come to
// the barrier, from whatever instruction: lanes that come apart wait in `at_barrier_` while the warp runs the others.
#include "device_sim/machine/barriers.h"

#include <algorithm>

#include "device_sim/interp/warp.h"

namespace qiao::interp {

using isa::Mod;

uint32_t Warp::live_lanes() const {
  return frames_.empty() ? 0 : ~exited_ & ~frames_.front()->returned;
}

bool Warp::execute_barrier(const Instruction& inst, uint32_t lanes) {
  Frame& f = frame();
  const Operand* threads = operand(inst, "b");
  const Operand* predicate = operand(inst, "c");
  while (lanes != 0) {  // lanes may name different barriers
    const auto first = static_cast<uint32_t>(std::countr_zero(lanes));
    AtBarrier group{&f, {0, f.block, f.next, &inst, 0}, 0, 0, 0};
    group.id = static_cast<uint32_t>(read(*operand(inst, "a"), 32, first).bits());
    group.count = threads == nullptr ? 0 : static_cast<uint32_t>(read(*threads, 32, first).bits());
    for_lanes(lanes, [&](uint32_t lane) {
      return group.place.lanes |= uint32_t{read(*operand(inst, "a"), 32, lane).bits() == group.id} << lane, true;
    });
    lanes &= ~group.place.lanes;
    if (predicate != nullptr) group.predicates = predicate_mask(*predicate, group.place.lanes);
    f.active &= ~group.place.lanes;
    at_barrier_.push_back(group);
  }
  return meet_at_barrier();
}

// The warp arrives at a barrier where all of its lanes are; they go on behind it.
bool Warp::meet_at_barrier() {
  for (size_t i = 0; i < at_barrier_.size(); ++i) {
    const uint32_t id = at_barrier_[i].id;
    uint32_t lanes = 0;
    for (const AtBarrier& group : at_barrier_) lanes |= group.id == id ? group.place.lanes : 0;
    if (lanes != live_lanes()) continue;
    const auto others = std::stable_partition(at_barrier_.begin(), at_barrier_.end(),
                                              [&](const AtBarrier& group) { return group.id == id; });
    const std::vector<AtBarrier> met(at_barrier_.begin(), others);
    at_barrier_.erase(at_barrier_.begin(), others);
    return pass_barrier(met);
  }
  return true;
}

bool Warp::pass_barrier(const std::vector<AtBarrier>& met) {
  auto reduction = machine::BarrierReduction::None;
  uint32_t predicates = 0, all = 0, reducing = 0;
  bool waits = false;
  for (const AtBarrier& group : met) {
    const isa::Modifiers& modifiers = group.place.inst->modifiers;
    all |= group.place.lanes;
    waits |= !modifiers.has(Mod::Arrive);
    if (!modifiers.has(Mod::Red)) continue;
    reducing |= group.place.lanes;
    predicates |= group.predicates;
    reduction = modifiers.has(Mod::And)  ? machine::BarrierReduction::And
                : modifiers.has(Mod::Or) ? machine::BarrierReduction::Or
                                         : machine::BarrierReduction::Popc;
  }
  const uint32_t id = met[0].id, count = met[0].count;
  uint32_t result = 0;
  if (waits) done_apart_.level(all);
  if (!waits) {
    if (!machine::barrier_arrive(block_, warp_, all, id, count)) return false;
  } else if (!machine::barrier_wait(block_, warp_, reducing != 0 ? reducing : all, id, count, reduction, predicates,
                                    &result)) {
    return false;
  }
  for (const AtBarrier& group : met) {
    group.frame->resumed.push_back(group.place);
    group.frame->resumed.back().result = result;
  }
  if (met.size() == 1 && met[0].frame == &frame()) resume();  // lanes that came together go on at once
  return true;
}

// Takes up the lanes which come first of those behind a barrier.
void Warp::resume() {
  Frame& f = frame();
  const uint32_t next = std::min_element(f.resumed.begin(), f.resumed.end(), [](const Place& a, const Place& b) {
                          return a.next < b.next;
                        })->next;
  for (const Place& place : f.resumed) {
    if (place.next != next) continue;
    f.active |= place.lanes;
    f.block = place.block;
    f.next = place.next;
    if (place.inst == nullptr || !place.inst->modifiers.has(Mod::Red)) continue;
    for_lanes(place.lanes,
              [&](uint32_t lane) { return write(place.inst->operands[0], lane, {32, place.result}), true; });
  }
  std::erase_if(f.resumed, [next](const Place& place) { return place.next == next; });
}

}  // namespace qiao::interp
