// How many warps of a block run side by side in one call of warp code (unroll and jam): their dependency chains
// overlap, and what they have in common is worked out once.
#pragma once

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Dominators.h>

#include "device_sim/jit/vectorize/shape.h"

namespace qiao::jit {

// From the shapes of warps that run alone. 1 where warps wait for each other through memory, where barriers count or
// vote, and where nothing would be gained.
unsigned choose_jam(llvm::Function& lane, const BlockShape& block, const llvm::DominatorTree& dominators,
                    const llvm::LoopInfo& loops, const ShapeAnalysis& shapes, const JamLimits& limits);

unsigned count_divergent_branches(const llvm::Function& lane, const ShapeAnalysis& shapes);

}  // namespace qiao::jit
