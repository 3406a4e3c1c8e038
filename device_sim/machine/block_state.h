// One resident block: its context for compiled code, its windows, its fibers (one per run, warp or lane) and what they
// wait for. Belongs to one worker at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "device_sim/machine/access_counts.h"
#include "device_sim/machine/barriers.h"
#include "device_sim/machine/block_context.h"
#include "device_sim/machine/fiber.h"
#include "device_sim/machine/lanes_apart.h"
#include "device_sim/machine/launch_state.h"

namespace qiao::machine {

class BlockState;

// What a lane of lane mode does at a meeting point of its warp.
enum class Meeting : uint8_t {
  None,
  ShflIdx,
  ShflUp,
  ShflDown,
  ShflBfly,
  Ballot,
  MatchAny,
  MatchAll,
  ReduxAdd,
  ReduxUmin,
  ReduxUmax,
  ReduxSmin,
  ReduxSmax,
  ReduxAnd,
  ReduxOr,
  ReduxXor,
  WarpSync,
  ActiveMask,
};

struct MeetingRequest {
  Meeting kind = Meeting::None;
  uint32_t members = 0;
  uint64_t value = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  const void* call_site = nullptr;  // ActiveMask: tells the calls apart
};

struct FiberSlot {
  Fiber fiber;
  BlockState* block = nullptr;
  uint32_t index = 0;   // warp or thread of the block
  uint64_t result = 0;  // of the barrier or meeting it waited for
  MeetingRequest meeting;
  LaneContext lane{};
};

// Bits per fiber, one word per 32 (in lane mode: per warp).
using FiberSet = std::array<uint32_t, kMaxWarps>;

struct Barrier {
  uint32_t arrivals = 0;  // of warps
  uint32_t count = 0;     // threads expected, 0 = all of the block
  uint32_t popc = 0;
  bool all = true;
  bool any = false;
  FiberSet waiting{};  // until the barrier is complete
  // Lane mode: a warp arrives when all of its lanes which have not exited did.
  FiberSet lanes{};     // arrived, for a warp which has not
  FiberSet arriving{};  // of these, the ones which wait for their warp only (bar.arrive)
  BarrierReduction reduction = BarrierReduction::None;
};

class BlockState {
 public:
  BlockState() = default;
  ~BlockState();
  BlockState(const BlockState&) = delete;
  BlockState& operator=(const BlockState&) = delete;

  // Makes windows and fibers large enough for this launch; OutOfMemory when the host has none left.
  Result<void> prepare(LaunchState& launch, uint64_t* counts);
  void count_warps();  // at the end of a block: what its warps executed
  // Gives each warp or lane of a block its fiber; `linear` is the block's index, x fastest.
  bool start(StackPool& stacks, uint64_t linear);
  bool start_run(StackPool& stacks, BlockRun& run);
  // Resumes every runnable fiber once. `waiting` is set when they seem to wait for others: some yielded in this round
  // or the last, none ended and no barrier was passed. (Lanes that look at memory together meet every other round.)
  bool run_round(StackPool& stacks, bool& waiting);
  bool done() const { return live_ == 0; }
  // No fiber can go on and none will be woken: ends the launch.
  void raise_deadlock();

  static BlockState& of(const BlockContext& block) { return *static_cast<BlockState*>(block.machine); }
  FiberSlot& current() { return slots_[current_]; }
  LaunchState& launch() const { return *launch_; }
  bool stopping() const { return launch_->stop.load(std::memory_order_relaxed); }
  Unit unit() const { return unit_; }

  // Called on the current fiber; false: the launch is being stopped.
  bool arrive(uint32_t id, uint32_t count, BarrierReduction reduction, uint32_t popc, bool all, bool wait);
  bool meet(const MeetingRequest& request);
  bool yield(bool waiting = true);

  // Warp code's operations of lanes that some of those they name do not do with them (lanes_apart.h); false: a missed
  // meeting. `operation` tells qualifiers apart.
  bool done_apart(uint32_t warp, uint32_t operation, uint32_t members, uint32_t lanes);
  void level(uint32_t warp, uint32_t lanes);

  BlockContext context{};

 private:
  friend struct MeetingPoint;

  bool grow_window(uint64_t& address, uint64_t& capacity, uint64_t bytes);
  bool arm(StackPool& stacks, uint32_t index, Fiber::Entry entry);
  void fill_lane(uint32_t index);
  bool wait();
  void exited(uint32_t index);
  bool ending() const;
  void wake_all();
  void warp_arrives(Barrier& barrier, uint32_t warp);
  void settle(Barrier& barrier, uint32_t warp);
  uint32_t live_warps() const;
  bool complete(const Barrier& barrier) const;
  void release(Barrier& barrier);
  void release_meetings(uint32_t warp);
  LanesApart& apart_in(uint32_t warp);
  void forget_apart();
  bool release_active_masks();

  LaunchState* launch_ = nullptr;
  bool counts_warps_ = false;
  std::array<uint64_t, kMaxWarps> warp_counts_{};
  Unit unit_ = Unit::Run;
  uint32_t fibers_ = 0;
  uint32_t live_ = 0;
  uint32_t current_ = 0;
  bool yielded_ = false;  // how the current fiber came back
  bool waited_ = false;   // a fiber of this round waits for memory
  bool waited_before_ = false;
  bool went_on_ = false;  // a fiber of this round ended, or a barrier was passed
  FiberSet alive_{};
  FiberSet runnable_{};
  FiberSet spinning_{};  // yielded when they ran last
  FiberSet meeting_{};
  std::array<LanesApart, kMaxWarps> apart_;
  std::array<uint32_t, 3> apart_block_{};  // whose they are
  uint32_t open_barriers_ = 0;             // bit per barrier with arrivals
  std::array<Barrier, kBarrierCount> barriers_{};
  std::unique_ptr<FiberSlot[]> slots_;
  uint32_t slot_capacity_ = 0;
  BlockRun* run_ = nullptr;

  uint64_t shared_ = 0, shared_capacity_ = 0;
  uint64_t local_ = 0, local_capacity_ = 0;
  Arena* arena_ = nullptr;
};

}  // namespace qiao::machine
