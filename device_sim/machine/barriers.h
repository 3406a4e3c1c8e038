// Barriers as C++ executors call them: as qiao_rt_barrier_* of runtime_calls.inc, but returning false when the launch
// is being stopped (then return from run_warp at once).
#pragma once

#include <cstdint>

#include "device_sim/machine/block_context.h"

namespace qiao::machine {

inline constexpr uint32_t kBarrierCount = 16;

enum class BarrierReduction : uint8_t { None, Popc, And, Or };

// Waits until the barrier is complete. `mask`: active lanes; `predicates`: bit per active lane; `count` 0: all threads
// of the block. `result` may be null.
bool barrier_wait(BlockContext& block, uint32_t warp, uint32_t mask, uint32_t id, uint32_t count,
                  BarrierReduction reduction = BarrierReduction::None, uint32_t predicates = 0,
                  uint32_t* result = nullptr);
bool barrier_arrive(BlockContext& block, uint32_t warp, uint32_t mask, uint32_t id, uint32_t count);
// Lets the other warps of the block run (long loops). `waiting`: the loop may end by what others write.
bool yield_warp(BlockContext& block, bool waiting);

}  // namespace qiao::machine
