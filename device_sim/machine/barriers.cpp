// Block barriers (PTX ISA 9.7.13.1 bar, barrier): whole warps arrive. In lane mode a warp does when all of its threads
// which have not exited did; in warp mode at once, whatever lanes are active.
#include "device_sim/machine/barriers.h"

#include <bit>
#include <string>

#include "device_sim/machine/block_state.h"

namespace qiao::machine {

uint32_t BlockState::live_warps() const {
  if (unit_ != Unit::Lane) return live_;
  uint32_t warps = 0;
  for (uint32_t lanes : alive_) warps += lanes != 0;
  return warps;
}

bool BlockState::complete(const Barrier& barrier) const {
  if (barrier.count == 0) return barrier.arrivals >= live_warps();
  if (barrier.arrivals * kWarpLanes >= barrier.count) return true;
  // "Barriers exclusively waiting on arrivals from exited threads are always released" (PTX ISA 9.7.12.7 exit).
  return live_ < fibers_ && barrier.waiting == alive_;
}

void BlockState::warp_arrives(Barrier& barrier, uint32_t warp) {
  ++barrier.arrivals;
  runnable_[warp] |= barrier.arriving[warp];
  barrier.arriving[warp] = barrier.lanes[warp] = 0;
}

// After an arrival or an exit in `warp`.
void BlockState::settle(Barrier& barrier, uint32_t warp) {
  if (unit_ == Unit::Lane && barrier.lanes[warp] && !(alive_[warp] & ~barrier.lanes[warp])) warp_arrives(barrier, warp);
  if (barrier.arrivals != 0 && complete(barrier)) release(barrier);
}

void BlockState::release(Barrier& barrier) {
  went_on_ = true;
  uint32_t result = 0;
  if (barrier.reduction == BarrierReduction::Popc) result = barrier.popc;
  if (barrier.reduction == BarrierReduction::And) result = barrier.all;
  if (barrier.reduction == BarrierReduction::Or) result = barrier.any;
  for (uint32_t word = 0; word < kMaxWarps; ++word) {
    for (uint32_t waiting = barrier.waiting[word]; waiting; waiting &= waiting - 1)
      slots_[word * kWarpLanes + static_cast<uint32_t>(std::countr_zero(waiting))].result = result;
    runnable_[word] |= barrier.waiting[word];
  }
  open_barriers_ &= ~(1u << (&barrier - barriers_.data()));
  barrier = {};
}

bool BlockState::arrive(uint32_t id, uint32_t count, BarrierReduction reduction, uint32_t popc, bool all, bool wait) {
  if (stopping()) return false;
  if (id >= kBarrierCount) {
    raise_fault(context, Code::IllegalInstruction,
                "invalid barrier " + std::to_string(id) + ", expected one of 0 to 15");
    return false;
  }
  if (unit_ == Unit::Run) {
    raise_fault(context, Code::LaunchFailed, "a barrier in code prepared without barriers");
    return false;
  }
  Barrier& barrier = barriers_[id];
  open_barriers_ |= 1u << id;
  if (count != 0) barrier.count = count;
  if (reduction != BarrierReduction::None) barrier.reduction = reduction;
  barrier.popc += popc;
  barrier.all &= all;
  barrier.any |= popc != 0;
  const uint32_t word = current_ / kWarpLanes, bit = 1u << (current_ % kWarpLanes);
  const bool suspends = wait || unit_ == Unit::Lane;
  if (wait) barrier.waiting[word] |= bit;
  if (suspends) runnable_[word] &= ~bit;
  if (unit_ == Unit::Lane) {
    barrier.lanes[word] |= bit;
    if (!wait) barrier.arriving[word] |= bit;
  } else {
    ++barrier.arrivals;
  }
  settle(barrier, word);
  if (runnable_[word] & bit) return true;  // the last to arrive goes on at once
  return this->wait();
}

void BlockState::raise_deadlock() {
  std::string what = "the block can never go on:";
  for (uint32_t open = open_barriers_; open; open &= open - 1) {
    const auto id = static_cast<uint32_t>(std::countr_zero(open));
    const Barrier& barrier = barriers_[id];
    const uint32_t expected = barrier.count ? (barrier.count + kWarpLanes - 1) / kWarpLanes : live_warps();
    what += " barrier " + std::to_string(id) + " has " + std::to_string(barrier.arrivals) + " of " +
            std::to_string(expected) + " warps;";
  }
  uint32_t meeting = 0;
  for (uint32_t word : meeting_) meeting += static_cast<uint32_t>(std::popcount(word));
  if (meeting) what += " " + std::to_string(meeting) + " threads wait for others of their warp;";
  what.pop_back();
  raise_fault(context, Code::LaunchFailed, what);
}

bool barrier_wait(BlockContext& block, uint32_t, uint32_t mask, uint32_t id, uint32_t count, BarrierReduction reduction,
                  uint32_t predicates, uint32_t* result) {
  BlockState& state = BlockState::of(block);
  const uint32_t held = predicates & mask;
  const bool all = held == mask;
  if (!state.arrive(id, count, reduction, static_cast<uint32_t>(std::popcount(held)), all, true)) return false;
  if (result) *result = static_cast<uint32_t>(state.current().result);
  return true;
}

bool barrier_arrive(BlockContext& block, uint32_t, uint32_t, uint32_t id, uint32_t count) {
  return BlockState::of(block).arrive(id, count, BarrierReduction::None, 0, true, false);
}

bool yield_warp(BlockContext& block, bool waiting) {
  return BlockState::of(block).yield(waiting);
}

}  // namespace qiao::machine
