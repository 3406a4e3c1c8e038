// Forward progress within a warp: may a loop that waits for memory wait for what a sibling lane has yet to write? Warp
// code runs the loop until the last of its lanes has left it, so then it would never end.
#pragma once

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/PostDominators.h>

#include "device_sim/jit/vectorize/shape.h"

namespace qiao::jit {

// Safe, not clever: true unless lanes which are not in the loop, and those that left it, do nothing which others could
// see before they stand at a barrier of the whole block, where they wait for the loop's lanes anyway.
bool waits_for_sibling(const llvm::Loop& loop, const llvm::DominatorTree& dominators,
                       const llvm::PostDominatorTree& ends, const ShapeAnalysis& shapes);

}  // namespace qiao::jit
