// What compiled code calls: each function is the C++ form of barriers.h, faults.h or a meeting point, and leaves its
// fiber where that says the launch is being stopped.
#include "device_sim/machine/runtime_calls.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "device_sim/machine/arena.h"
#include "device_sim/machine/block_state.h"
#include "device_sim/machine/device_printf.h"
#include "device_sim/machine/host_clock.h"
#include "device_sim/machine/host_ranges.h"

using qiao::Code;
using qiao::machine::Arena;
using qiao::machine::BarrierReduction;
using qiao::machine::BlockState;
using qiao::machine::Meeting;
using qiao::machine::MeetingRequest;

namespace {

[[noreturn]] void leave(BlockState& state) {
  state.current().fiber.leave();
}

uint32_t warp_barrier(QiaoBlock* block, uint32_t mask, uint32_t id, uint32_t count, BarrierReduction reduction,
                      uint32_t predicates) {
  uint32_t result = 0;
  if (!qiao::machine::barrier_wait(*block, 0, mask, id, count, reduction, predicates, &result))
    leave(BlockState::of(*block));
  return result;
}

uint32_t lane_barrier(QiaoBlock* block, uint32_t id, uint32_t count, BarrierReduction reduction, uint32_t predicate) {
  return warp_barrier(block, 1, id, count, reduction, predicate & 1);
}

// `back`: where the kernel's code goes on. The watchdog finds loops that wait mostly here.
void give_way(QiaoBlock* block, const void* back) {
  BlockState& state = BlockState::of(*block);
  qiao::machine::LaunchState& launch = state.launch();
  if (launch.overtime.load(std::memory_order_relaxed) != qiao::machine::Overtime::No) {
    const uint64_t call = reinterpret_cast<uint64_t>(back) - 1;
    launch.record_fault(Code::LaunchTimeout, 0, qiao::machine::kNoSite, qiao::machine::kNoLane, *block,
                        launch.overtime_text, launch.code->contains(call) ? call : 0);
  }
  if (!state.yield()) leave(state);
}

uint64_t meet(QiaoBlock* block, Meeting kind, uint32_t members, uint64_t value, uint32_t b = 0, uint32_t c = 0,
              const void* call_site = nullptr) {
  BlockState& state = BlockState::of(*block);
  if (!state.meet(MeetingRequest{kind, members, value, b, c, call_site})) leave(state);
  return state.current().result;
}

// For the code which reads strings and arguments of the device.
qiao::machine::ReadableCheck readable_by(const qiao::machine::LaunchState& launch) {
  return [&launch](uint64_t address, uint64_t bytes) -> qiao::Result<void> {
    if (launch.arena->is_allocated(address) || launch.host_ranges->contains(address, bytes)) return {};
    return qiao::Error{Code::IllegalAddress, "a string or argument which is not in device memory"};
  };
}

// A string of the device, cut where it is unreasonably long; a bad pointer faults like any access of the kernel.
std::string device_string(uint64_t address) {
  constexpr size_t kLongest = 512;
  const auto* text = reinterpret_cast<const char*>(address);
  return text ? std::string(text, strnlen(text, kLongest)) : std::string();
}

}  // namespace

extern "C" {

void qiao_rt_bad_access(QiaoBlock* block, uint64_t address, uint32_t site) {
  BlockState& state = BlockState::of(*block);
  qiao::machine::LaunchState& launch = state.launch();
  const uint32_t bytes = launch.code->site(site).bytes;
  // Without the size: an address inside the arena fails the check of a global access only when it is misaligned.
  const bool misaligned =
      bytes ? address % bytes != 0 : address - block->arena < block->arena_bytes && address % 16 != 0;
  if (!misaligned && launch.host_ranges->contains(address, bytes ? bytes : 1)) return;
  launch.record_fault(misaligned ? Code::MisalignedAddress : Code::IllegalAddress, address, site,
                      qiao::machine::kNoLane, *block, "");
  leave(state);
}

void qiao_rt_barrier_sync(QiaoBlock* block, uint32_t, uint32_t mask, uint32_t id, uint32_t count) {
  warp_barrier(block, mask, id, count, BarrierReduction::None, 0);
}
void qiao_rt_barrier_arrive(QiaoBlock* block, uint32_t warp, uint32_t mask, uint32_t id, uint32_t count) {
  if (!qiao::machine::barrier_arrive(*block, warp, mask, id, count)) leave(BlockState::of(*block));
}
uint32_t qiao_rt_barrier_popc(QiaoBlock* block, uint32_t, uint32_t mask, uint32_t id, uint32_t count,
                              uint32_t predicates) {
  return warp_barrier(block, mask, id, count, BarrierReduction::Popc, predicates);
}
uint32_t qiao_rt_barrier_and(QiaoBlock* block, uint32_t, uint32_t mask, uint32_t id, uint32_t count,
                             uint32_t predicates) {
  return warp_barrier(block, mask, id, count, BarrierReduction::And, predicates);
}
uint32_t qiao_rt_barrier_or(QiaoBlock* block, uint32_t, uint32_t mask, uint32_t id, uint32_t count,
                            uint32_t predicates) {
  return warp_barrier(block, mask, id, count, BarrierReduction::Or, predicates);
}
uint64_t qiao_rt_next_warps(QiaoBlock* block, const uint32_t* states, const uint32_t* names, uint32_t from,
                            uint32_t calls) {
  constexpr uint32_t kDone = ~0u;
  const uint32_t jam = block->warp_count / calls;  // warps of one call
  auto live_from = [&](uint32_t call) {
    return static_cast<uint32_t>(
        std::find_if(states + call, states + calls, [](uint32_t state) { return state != kDone; }) - states);
  };
  uint32_t first = live_from(from);
  if (first == calls) {
    first = live_from(0);
    if (first == calls) return kDone;
    for (uint32_t call = first; call < calls; ++call) {
      if (states[call] == kDone || names[states[call]] == names[states[first]]) continue;
      const std::string what = "the block can never go on: warp " + std::to_string(first * jam) + " waits at barrier " +
                               std::to_string(names[states[first]]) + ", warp " + std::to_string(call * jam) +
                               " at barrier " + std::to_string(names[states[call]]);
      qiao::machine::raise_fault(*block, Code::LaunchFailed, what);
      break;
    }
    if (BlockState::of(*block).stopping()) leave(BlockState::of(*block));
  }
  const uint32_t* last =
      std::find_if(states + first, states + calls, [&](uint32_t state) { return state != states[first]; });
  return first | static_cast<uint64_t>(last - states) << 32;
}

void qiao_rt_apart(QiaoBlock* block, uint32_t warp, uint32_t mask, uint32_t operation, uint32_t members,
                   const uint32_t* differing) {
  BlockState& state = BlockState::of(*block);
  bool good = true;
  for (uint32_t todo = mask; todo != 0;) {
    uint32_t group = todo;
    if (differing != nullptr) {
      members = differing[std::countr_zero(todo)];
      for (uint32_t lane = 0; lane < 32; ++lane) group &= ~(uint32_t{differing[lane] != members} << lane);
    }
    todo &= ~group;
    good &= state.done_apart(warp, operation, members | group, group);
  }
  if (good) return;
  const auto call = reinterpret_cast<uint64_t>(__builtin_return_address(0)) - 1;
  state.launch().record_fault(Code::LaunchFailed, 0, qiao::machine::kNoSite, qiao::machine::kNoLane, *block,
                              qiao::machine::kMissedMeeting, state.launch().code->contains(call) ? call : 0);
  leave(state);
}

void qiao_rt_level(QiaoBlock* block, uint32_t warp, uint32_t mask) {
  BlockState::of(*block).level(warp, mask);
}

void qiao_rt_yield(QiaoBlock* block) {
  give_way(block, __builtin_return_address(0));
}

uint64_t qiao_rt_lane_shfl_idx(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value, uint32_t b, uint32_t c) {
  return meet(block, Meeting::ShflIdx, members, value, b, c);
}
uint64_t qiao_rt_lane_shfl_up(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value, uint32_t b, uint32_t c) {
  return meet(block, Meeting::ShflUp, members, value, b, c);
}
uint64_t qiao_rt_lane_shfl_down(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value, uint32_t b, uint32_t c) {
  return meet(block, Meeting::ShflDown, members, value, b, c);
}
uint64_t qiao_rt_lane_shfl_bfly(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value, uint32_t b, uint32_t c) {
  return meet(block, Meeting::ShflBfly, members, value, b, c);
}
uint32_t qiao_rt_lane_ballot(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t predicate) {
  return static_cast<uint32_t>(meet(block, Meeting::Ballot, members, predicate & 1));
}
uint32_t qiao_rt_lane_match_any_i32(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value) {
  return static_cast<uint32_t>(meet(block, Meeting::MatchAny, members, value));
}
uint32_t qiao_rt_lane_match_any_i64(QiaoBlock* block, QiaoLane*, uint32_t members, uint64_t value) {
  return static_cast<uint32_t>(meet(block, Meeting::MatchAny, members, value));
}
uint64_t qiao_rt_lane_match_all_i32(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value) {
  return meet(block, Meeting::MatchAll, members, value);
}
uint64_t qiao_rt_lane_match_all_i64(QiaoBlock* block, QiaoLane*, uint32_t members, uint64_t value) {
  return meet(block, Meeting::MatchAll, members, value);
}
uint32_t qiao_rt_lane_redux_add(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value) {
  return static_cast<uint32_t>(meet(block, Meeting::ReduxAdd, members, value));
}
uint32_t qiao_rt_lane_redux_umin(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value) {
  return static_cast<uint32_t>(meet(block, Meeting::ReduxUmin, members, value));
}
uint32_t qiao_rt_lane_redux_umax(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value) {
  return static_cast<uint32_t>(meet(block, Meeting::ReduxUmax, members, value));
}
uint32_t qiao_rt_lane_redux_smin(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value) {
  return static_cast<uint32_t>(meet(block, Meeting::ReduxSmin, members, value));
}
uint32_t qiao_rt_lane_redux_smax(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value) {
  return static_cast<uint32_t>(meet(block, Meeting::ReduxSmax, members, value));
}
uint32_t qiao_rt_lane_redux_and(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value) {
  return static_cast<uint32_t>(meet(block, Meeting::ReduxAnd, members, value));
}
uint32_t qiao_rt_lane_redux_or(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value) {
  return static_cast<uint32_t>(meet(block, Meeting::ReduxOr, members, value));
}
uint32_t qiao_rt_lane_redux_xor(QiaoBlock* block, QiaoLane*, uint32_t members, uint32_t value) {
  return static_cast<uint32_t>(meet(block, Meeting::ReduxXor, members, value));
}
void qiao_rt_lane_warpsync(QiaoBlock* block, QiaoLane*, uint32_t members) {
  meet(block, Meeting::WarpSync, members, 0);
}
uint32_t qiao_rt_lane_activemask(QiaoBlock* block, QiaoLane*) {
  return static_cast<uint32_t>(meet(block, Meeting::ActiveMask, 0, 0, 0, 0, __builtin_return_address(0)));
}
void qiao_rt_lane_barrier_sync(QiaoBlock* block, QiaoLane*, uint32_t id, uint32_t count) {
  lane_barrier(block, id, count, BarrierReduction::None, 0);
}
void qiao_rt_lane_barrier_arrive(QiaoBlock* block, QiaoLane* lane, uint32_t id, uint32_t count) {
  qiao_rt_barrier_arrive(block, lane->warp, 1, id, count);
}
uint32_t qiao_rt_lane_barrier_popc(QiaoBlock* block, QiaoLane*, uint32_t id, uint32_t count, uint32_t predicate) {
  return lane_barrier(block, id, count, BarrierReduction::Popc, predicate);
}
uint32_t qiao_rt_lane_barrier_and(QiaoBlock* block, QiaoLane*, uint32_t id, uint32_t count, uint32_t predicate) {
  return lane_barrier(block, id, count, BarrierReduction::And, predicate);
}
uint32_t qiao_rt_lane_barrier_or(QiaoBlock* block, QiaoLane*, uint32_t id, uint32_t count, uint32_t predicate) {
  return lane_barrier(block, id, count, BarrierReduction::Or, predicate);
}
void qiao_rt_lane_yield(QiaoBlock* block, QiaoLane*) {
  give_way(block, __builtin_return_address(0));
}

uint32_t qiao_lane_vprintf(QiaoBlock* block, uint64_t format, uint64_t arguments) {
  BlockState& state = BlockState::of(*block);
  {  // leave() runs no destructors, so everything that has one ends here
    const auto printed = qiao::machine::device_printf(format, arguments, readable_by(state.launch()));
    if (printed) return static_cast<uint32_t>(*printed);
    qiao::machine::raise_fault(*block, printed.error().code, "printf: " + printed.error().message);
  }
  leave(state);
}

void qiao_lane_assertfail(QiaoBlock* block, uint64_t message, uint64_t file, uint32_t line, uint64_t function, uint64_t,
                          uint32_t tid_x, uint32_t tid_y, uint32_t tid_z) {
  qiao::machine::DeviceAssert failure{message, file, line, function, {}, {tid_x, tid_y, tid_z}};
  std::copy_n(block->ctaid, 3, failure.block);
  (void)qiao::machine::print_device_assert(failure, readable_by(BlockState::of(*block).launch()));
  const std::string text = device_string(file) + ":" + std::to_string(line) + ": " + device_string(function) +
                           ": assertion `" + device_string(message) + "` failed";
  qiao::machine::raise_fault(*block, Code::Assert, text);
}

uint64_t qiao_lane_malloc(QiaoBlock* block, uint64_t bytes) {
  auto address = BlockState::of(*block).launch().arena->allocate(bytes, Arena::Owner::Heap);
  return address ? *address : 0;
}

void qiao_lane_free(QiaoBlock* block, uint64_t address) {
  if (address == 0) return;
  BlockState& state = BlockState::of(*block);
  if (state.launch().arena->release(address, Arena::Owner::Heap)) return;
  state.launch().record_fault(Code::LaunchFailed, address, qiao::machine::kNoSite, qiao::machine::kNoLane, *block,
                              "free of an address which malloc did not return");
  leave(state);
}

void qiao_lane_zero(QiaoBlock*, uint64_t address, uint64_t bytes) {
  std::memset(reinterpret_cast<void*>(address), 0, bytes);
}

void qiao_lane_trap(QiaoBlock* block, uint32_t site, uint32_t why) {
  BlockState& state = BlockState::of(*block);
  const qiao::machine::TrapMeaning meaning = qiao::machine::meaning_of(static_cast<qiao::machine::TrapReason>(why));
  state.launch().record_fault(meaning.code, 0, site, qiao::machine::kNoLane, *block, meaning.text);
  leave(state);
}

uint64_t qiao_lane_clock64(QiaoBlock* block) {
  static thread_local uint64_t last = 0;  // strictly monotone for every lane, as lanes stay on their thread
  const uint64_t now = qiao::machine::host_ns() / 1000 * BlockState::of(*block).launch().clock_khz / 1000;
  last = now > last ? now : last + 1;
  return last;
}

uint64_t qiao_lane_globaltimer(QiaoBlock*) {
  return qiao::machine::host_ns();
}

void qiao_lane_nanosleep(QiaoBlock* block, uint32_t) {
  give_way(block, __builtin_return_address(0));
}

uint32_t qiao_lane_smid(QiaoBlock* block) {
  const uint64_t linear =
      block->ctaid[0] + uint64_t{block->nctaid[0]} * (block->ctaid[1] + uint64_t{block->nctaid[1]} * block->ctaid[2]);
  return static_cast<uint32_t>(linear % BlockState::of(*block).launch().sm_count);
}
uint32_t qiao_lane_envreg(QiaoBlock* block, uint32_t number) {
  return BlockState::of(*block).launch().environment[number % 32];
}
uint32_t qiao_lane_nsmid(QiaoBlock* block) {
  return BlockState::of(*block).launch().sm_count;
}
uint64_t qiao_lane_gridid(QiaoBlock* block) {
  return BlockState::of(*block).launch().grid_id;
}

}  // extern "C"

namespace qiao::machine {

std::span<const RuntimeSymbol> runtime_symbols() {
  static const RuntimeSymbol kSymbols[] = {
#define QIAO_RUNTIME_CALL(result, name, parameters) {#name, reinterpret_cast<const void*>(&name)},
#include "device_sim/machine/runtime_calls.inc"
#undef QIAO_RUNTIME_CALL
  };
  return kSymbols;
}

}  // namespace qiao::machine
