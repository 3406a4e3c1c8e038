// Lane mode's meeting points: a warp-synchronous instruction is done by the last of its lanes to arrive, for all of
// them.
#include <algorithm>
#include <bit>

#include "device_sim/machine/block_state.h"

namespace qiao::machine {
namespace {

// shfl.sync (PTX ISA 9.7.9.6), for one lane; the value in bits 0..31, the in-range predicate in bit 32. A source lane
// which does not take part is undefined there: zero here.
uint64_t shuffle(const FiberSlot* warp, uint32_t participants, uint32_t lane) {
  const MeetingRequest& request = warp[lane].meeting;
  const int self = static_cast<int>(lane);
  const int b = static_cast<int>(request.b & 31), clamp = static_cast<int>(request.c & 31);
  const int segment = static_cast<int>((request.c >> 8) & 31);
  const int max = (self & segment) | (clamp & ~segment), min = self & segment;
  int source = self;
  switch (request.kind) {
    case Meeting::ShflUp:
      source = self - b;
      break;
    case Meeting::ShflDown:
      source = self + b;
      break;
    case Meeting::ShflBfly:
      source = self ^ b;
      break;
    default:
      source = min | (b & ~segment);
      break;
  }
  const bool in_range = request.kind == Meeting::ShflUp ? source >= max : source <= max;
  if (!in_range) source = self;
  const bool present = participants >> source & 1;
  return (present ? static_cast<uint32_t>(warp[source].meeting.value) : 0) | uint64_t{in_range} << 32;
}

uint32_t redux(Meeting kind, uint32_t a, uint32_t b) {
  const auto sa = static_cast<int32_t>(a), sb = static_cast<int32_t>(b);
  switch (kind) {
    case Meeting::ReduxAdd:
      return a + b;
    case Meeting::ReduxUmin:
      return std::min(a, b);
    case Meeting::ReduxUmax:
      return std::max(a, b);
    case Meeting::ReduxSmin:
      return static_cast<uint32_t>(std::min(sa, sb));
    case Meeting::ReduxSmax:
      return static_cast<uint32_t>(std::max(sa, sb));
    case Meeting::ReduxAnd:
      return a & b;
    case Meeting::ReduxOr:
      return a | b;
    default:
      return a ^ b;
  }
}

template <class F>
void each_lane(uint32_t lanes, F&& body) {
  for (; lanes; lanes &= lanes - 1) body(static_cast<uint32_t>(std::countr_zero(lanes)));
}

uint32_t lanes_with_value(const FiberSlot* warp, uint32_t participants, uint64_t value) {
  uint32_t equal = 0;
  each_lane(participants, [&](uint32_t lane) { equal |= uint32_t{warp[lane].meeting.value == value} << lane; });
  return equal;
}

// The common result of the kinds which have one.
uint64_t common_result(const FiberSlot* warp, uint32_t participants, Meeting kind) {
  const auto first = static_cast<uint32_t>(std::countr_zero(participants));
  switch (kind) {
    case Meeting::Ballot:
      return participants & ~lanes_with_value(warp, participants, 0);
    case Meeting::MatchAll: {
      const bool all = lanes_with_value(warp, participants, warp[first].meeting.value) == participants;
      return all ? participants | uint64_t{1} << 32 : 0;
    }
    case Meeting::ActiveMask:
      return participants;
    case Meeting::WarpSync:
      return 0;
    default:
      break;
  }
  auto value = static_cast<uint32_t>(warp[first].meeting.value);
  each_lane(participants & (participants - 1),
            [&](uint32_t lane) { value = redux(kind, value, static_cast<uint32_t>(warp[lane].meeting.value)); });
  return value;
}

void finish(FiberSlot* warp, uint32_t participants, Meeting kind) {
  const bool is_shuffle = kind >= Meeting::ShflIdx && kind <= Meeting::ShflBfly;
  const uint64_t common = is_shuffle || kind == Meeting::MatchAny ? 0 : common_result(warp, participants, kind);
  each_lane(participants, [&](uint32_t lane) {
    warp[lane].result = is_shuffle                  ? shuffle(warp, participants, lane)
                        : kind == Meeting::MatchAny ? lanes_with_value(warp, participants, warp[lane].meeting.value)
                                                    : common;
  });
}

}  // namespace

bool BlockState::meet(const MeetingRequest& request) {
  if (stopping()) return false;
  FiberSlot& slot = slots_[current_];
  const uint32_t warp = current_ / kWarpLanes, bit = 1u << (current_ % kWarpLanes);
  slot.meeting = request;
  slot.meeting.members |= bit;
  meeting_[warp] |= bit;
  runnable_[warp] &= ~bit;
  if (request.kind != Meeting::ActiveMask) release_meetings(warp);
  if (runnable_[warp] & bit) return true;  // the last to arrive goes on at once
  return wait();
}

// A group is complete when every lane of `members` that is still alive waits with the same members and kind.
void BlockState::release_meetings(uint32_t warp) {
  FiberSlot* lanes = &slots_[warp * kWarpLanes];
  for (uint32_t todo = meeting_[warp]; todo; todo &= todo - 1) {
    const MeetingRequest& first = lanes[std::countr_zero(todo)].meeting;
    if (first.kind == Meeting::ActiveMask) continue;
    const uint32_t participants = first.members & alive_[warp];
    if (participants & ~meeting_[warp]) continue;
    bool agreed = true;
    each_lane(participants, [&](uint32_t lane) {
      agreed &= lanes[lane].meeting.kind == first.kind && lanes[lane].meeting.members == first.members;
    });
    if (!agreed) continue;
    finish(lanes, participants, first.kind);
    meeting_[warp] &= ~participants;
    runnable_[warp] |= participants;
    todo &= ~participants | (todo & -todo);
  }
}

// Lanes wait at activemask for as long as another lane of the warp may still come; one call site is released at a time.
bool BlockState::release_active_masks() {
  bool released = false;
  for (uint32_t warp = 0; warp < context.warp_count; ++warp) {
    if (!meeting_[warp] || (runnable_[warp] & ~spinning_[warp])) continue;
    FiberSlot* lanes = &slots_[warp * kWarpLanes];
    const void* site = nullptr;
    uint32_t group = 0;
    each_lane(meeting_[warp], [&](uint32_t lane) {
      const MeetingRequest& request = lanes[lane].meeting;
      if (request.kind != Meeting::ActiveMask || (site && site != request.call_site)) return;
      site = request.call_site;
      group |= 1u << lane;
    });
    if (!group) continue;
    finish(lanes, group, Meeting::ActiveMask);
    meeting_[warp] &= ~group;
    runnable_[warp] |= group;
    released = true;
  }
  return released;
}

}  // namespace qiao::machine
