// Operations of a warp at which it is tested whether lanes they name are absent: some lanes may do one, others one that
// names the first, each alone, and nothing in the code says that they do not (lane_code.md, "Reconvergence").
#pragma once

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Dominators.h>

#include "device_sim/jit/vectorize/shape.h"

namespace qiao::jit {

using Meetings = llvm::SmallPtrSet<const llvm::CallBase*, 8>;

Meetings watched_meetings(llvm::Function& lane, const llvm::DominatorTree& dominators, const llvm::LoopInfo& loops,
                          const ShapeAnalysis& shapes);

}  // namespace qiao::jit
