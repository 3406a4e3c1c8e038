// One resident block: windows, fibers and the round in which every runnable fiber is resumed once.
#include "device_sim/machine/block_state.h"

#include <algorithm>
#include <bit>

#include "device_sim/machine/arena.h"
#include "device_sim/machine/kernel_thread.h"

namespace qiao::machine {
namespace {

constexpr uint32_t bit_of(uint32_t index) {
  return 1u << (index % kWarpLanes);
}

void run_entry(void* argument) {
  auto& slot = *static_cast<FiberSlot*>(argument);
  BlockState& block = *slot.block;
  block.launch().code->run(*static_cast<BlockRun*>(reinterpret_cast<void*>(slot.result)));
}

void warp_entry(void* argument) {
  auto& slot = *static_cast<FiberSlot*>(argument);
  const LaunchState& launch = slot.block->launch();
  launch.code->run_warp(launch.params, slot.block->context, slot.index);
}

void lane_entry(void* argument) {
  auto& slot = *static_cast<FiberSlot*>(argument);
  const LaunchState& launch = slot.block->launch();
  launch.code->run_lane(launch.params, slot.block->context, slot.lane);
}

}  // namespace

BlockState::~BlockState() {
  if (shared_) (void)arena_->release(shared_, Arena::Owner::Internal);
  if (local_) (void)arena_->release(local_, Arena::Owner::Internal);
}

bool BlockState::grow_window(uint64_t& address, uint64_t& capacity, uint64_t bytes) {
  if (bytes <= capacity) return true;
  if (address) (void)arena_->release(address, Arena::Owner::Internal);
  address = capacity = 0;
  auto window = arena_->allocate(bytes, Arena::Owner::Internal);
  if (!window) return false;
  address = *window;
  capacity = bytes;
  return true;
}

Result<void> BlockState::prepare(LaunchState& launch, uint64_t* counts) {
  launch_ = &launch;
  arena_ = launch.arena;
  unit_ = launch.code->unit();
  const uint32_t warps = launch.warps_per_block();
  fibers_ = unit_ == Unit::Run ? 1 : unit_ == Unit::Warp ? warps : launch.threads_per_block();
  const uint64_t local_bytes = launch.local_stride * warps * kWarpLanes;
  if (!grow_window(shared_, shared_capacity_, std::max<uint64_t>(launch.shared_bytes, 1)) ||
      !grow_window(local_, local_capacity_, local_bytes))
    return Error{Code::OutOfMemory, "the host has no memory for the block's shared and local windows"};
  if (fibers_ > slot_capacity_) {
    slots_ = std::make_unique<FiberSlot[]>(fibers_);
    slot_capacity_ = fibers_;
  }
  for (int axis = 0; axis < 3; ++axis) {
    context.nctaid[axis] = launch.grid[axis];
    context.ntid[axis] = launch.block[axis];
  }
  context.warp_count = warps;
  context.shared = shared_;
  context.shared_bytes = launch.shared_bytes;
  context.dynamic_shared_bytes = launch.dynamic_shared_bytes;
  context.local = local_;
  context.local_stride = launch.local_stride;
  const Arena::Range reach = arena_->reach();
  context.arena = reach.base;
  context.arena_bytes = reach.bytes;
  context.counts = counts;
  counts_warps_ = counts != nullptr && launch.code->counting()->warps() != kNoSlot && unit_ != Unit::Lane;
  warp_counts_ = {};
  context.warp_counts = counts_warps_ ? warp_counts_.data() : nullptr;
  context.machine = this;
  forget_apart();
  return {};
}

void BlockState::count_warps() {
  if (!counts_warps_) return;
  constexpr uint64_t kMost = uint64_t{1} << 63;
  auto& sums = *reinterpret_cast<WarpCounts*>(context.counts + launch_->code->counting()->warps());
  for (uint32_t warp = 0; warp < context.warp_count; ++warp) {
    const uint64_t executed = std::exchange(warp_counts_[warp], 0);
    sums.most = std::max(sums.most, executed);
    sums.fewest_short = std::max(sums.fewest_short, kMost - executed);
    if (warp + 1 == context.warp_count) {
      sums.absent_lanes += executed * (context.warp_count * kWarpLanes - launch_->threads_per_block());
    }
  }
}

bool BlockState::arm(StackPool& stacks, uint32_t index, Fiber::Entry entry) {
  const FiberStack stack = stacks.take();
  if (!stack.low) {
    launch_->record_fault(Code::OutOfMemory, 0, kNoSite, kNoLane, context, "the host has no memory for fiber stacks");
    return false;
  }
  FiberSlot& slot = slots_[index];
  slot.block = this;
  slot.index = index;
  slot.meeting.kind = Meeting::None;
  slot.fiber.start(stack, entry, &slot, launch_->code->flush_denormals());
  alive_[index / kWarpLanes] |= bit_of(index);
  runnable_[index / kWarpLanes] |= bit_of(index);
  ++live_;
  return true;
}

bool BlockState::start_run(StackPool& stacks, BlockRun& run) {
  run_ = &run;
  slots_[0].result = reinterpret_cast<uint64_t>(&run);
  return arm(stacks, 0, &run_entry);
}

void BlockState::fill_lane(uint32_t index) {
  LaneContext& lane = slots_[index].lane;
  const uint32_t x = context.ntid[0], y = context.ntid[1];
  lane = {{index % x, index / x % y, index / (x * y)},
          index % kWarpLanes,
          index / kWarpLanes,
          index,
          context.local + context.local_stride * index};
}

bool BlockState::start(StackPool& stacks, uint64_t linear) {
  const uint64_t x = launch_->grid[0], y = launch_->grid[1];
  context.ctaid[0] = static_cast<uint32_t>(linear % x);
  context.ctaid[1] = static_cast<uint32_t>(linear / x % y);
  context.ctaid[2] = static_cast<uint32_t>(linear / (x * y));
  for (uint32_t open = open_barriers_; open; open &= open - 1) barriers_[std::countr_zero(open)] = {};
  open_barriers_ = 0;
  spinning_ = {};
  waited_ = false;
  meeting_ = {};
  for (uint32_t index = 0; index < fibers_; ++index) {
    if (unit_ == Unit::Lane) fill_lane(index);
    if (!arm(stacks, index, unit_ == Unit::Lane ? &lane_entry : &warp_entry)) return false;
  }
  return true;
}

bool BlockState::run_round(StackPool& stacks, bool& waiting) {
  if (stopping()) wake_all();
  bool ran = false;
  waited_before_ = waited_;
  waited_ = went_on_ = false;
  const uint32_t words = (fibers_ + kWarpLanes - 1) / kWarpLanes;
  for (uint32_t word = 0; word < words; ++word) {
    for (uint32_t ready = runnable_[word]; ready; ready &= ready - 1) {
      const auto bit = static_cast<uint32_t>(std::countr_zero(ready));
      current_ = word * kWarpLanes + bit;
      FiberSlot& slot = slots_[current_];
      yielded_ = false;
      if (!slot.fiber.started() && ending()) {
        stacks.give(slot.fiber.stack());
        exited(current_);
        ran = true;
        continue;
      }
      spinning_[word] &= ~(1u << bit);
      kernel_thread().running = this;
      kernel_thread().site = kNoSite;
      slot.fiber.resume();
      kernel_thread().running = nullptr;
      ran = true;
      if (slot.fiber.finished()) {
        stacks.give(slot.fiber.stack());
        exited(current_);
      }
      if (yielded_) spinning_[word] |= 1u << bit;
    }
  }
  waiting = (waited_ || waited_before_) && !went_on_;
  if (unit_ == Unit::Lane && live_ != 0) ran |= release_active_masks();
  return ran;
}

// Whether a fiber that has not begun would only begin what is being ended. After a failed assertion the other lanes of
// the warp are still to be heard, so in lane mode only the watchdog's word counts.
bool BlockState::ending() const {
  return unit_ == Unit::Lane ? launch_->overtime.load(std::memory_order_relaxed) != Overtime::No : stopping();
}

void BlockState::exited(uint32_t index) {
  const uint32_t word = index / kWarpLanes;
  went_on_ = true;
  alive_[word] &= ~bit_of(index);
  runnable_[word] &= ~bit_of(index);
  --live_;
  for (uint32_t open = open_barriers_; open; open &= open - 1) {
    settle(barriers_[std::countr_zero(open)], word);
  }
  if (unit_ == Unit::Lane) release_meetings(word);
}

void BlockState::forget_apart() {
  if (context.apart == 0) return;
  for (LanesApart& apart : apart_) apart.clear();
  context.apart = 0;
}

// What is known of the warp of the block that runs now. (Where one fiber runs many blocks, none of them is started
// here.)
LanesApart& BlockState::apart_in(uint32_t warp) {
  if (!std::equal(apart_block_.begin(), apart_block_.end(), context.ctaid)) {
    forget_apart();
    std::copy_n(context.ctaid, 3, apart_block_.begin());
  }
  return apart_[warp];
}

bool BlockState::done_apart(uint32_t warp, uint32_t operation, uint32_t members, uint32_t lanes) {
  const uint32_t left = launch_->threads_per_block() - warp * kWarpLanes;
  const uint32_t threads = left >= kWarpLanes ? ~0u : (1u << left) - 1;
  LanesApart& apart = apart_in(warp);
  const bool good = apart.done(operation, members, lanes, threads);
  context.apart = apart.empty() ? context.apart & ~bit_of(warp) : context.apart | bit_of(warp);
  return good;
}

void BlockState::level(uint32_t warp, uint32_t lanes) {
  LanesApart& apart = apart_in(warp);
  apart.level(lanes);
  if (apart.empty()) context.apart &= ~bit_of(warp);
}

void BlockState::wake_all() {
  runnable_ = alive_;
  meeting_ = {};
  for (uint32_t open = open_barriers_; open; open &= open - 1) barriers_[std::countr_zero(open)] = {};
  open_barriers_ = 0;
}

bool BlockState::wait() {
  runnable_[current_ / kWarpLanes] &= ~bit_of(current_);
  slots_[current_].fiber.suspend();
  return !stopping();
}

bool BlockState::yield(bool waiting) {
  if (stopping()) return false;
  if (unit_ == Unit::Run) return true;
  yielded_ = true;
  waited_ |= waiting;
  slots_[current_].fiber.suspend();
  return !stopping();
}

}  // namespace qiao::machine
