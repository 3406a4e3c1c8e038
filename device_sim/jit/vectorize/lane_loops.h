// Loops that run lane by lane as scalar code: where each lane goes its own way through memory, gathers cost more than
// the vector unit gains, and all lanes would wait for the longest.
#pragma once

#include <llvm/Analysis/LoopInfo.h>

#include "device_sim/jit/vectorize/shape.h"

namespace qiao::jit {

// An innermost loop which lanes leave one by one from one place, that only computes and loads, most of it from places
// that lie anyhow.
bool is_lane_loop(const llvm::Loop& loop, const llvm::DominatorTree& dominators, const ShapeAnalysis& shapes);

}  // namespace qiao::jit
