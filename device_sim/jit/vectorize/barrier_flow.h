// Whether the lanes of a warp come to block barriers together: the machine counts whole warps, so a warp must not meet
// the others while some of its lanes can still come to a barrier by another way.
#pragma once

#include <llvm/Analysis/LoopInfo.h>

#include "device_sim/jit/vectorize/shape.h"

namespace qiao::jit {

bool parts_lanes_at_barrier(llvm::Function& lane, const llvm::LoopInfo& loops, const ShapeAnalysis& shapes);
// barrier.sync, barrier.arrive and barrier.red
bool is_block_barrier(const llvm::Instruction& instruction);
// Does something that other threads or the host could see.
bool is_visible(const llvm::Instruction& instruction);

}  // namespace qiao::jit
