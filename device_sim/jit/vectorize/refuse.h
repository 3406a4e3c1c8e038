// What the vectoriser does not do: found before anything is emitted, so that the kernel can go to lane mode.
#pragma once

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Dominators.h>

#include <string>

#include "device_sim/jit/vectorize/region_tree.h"
#include "device_sim/jit/vectorize/shape.h"

namespace qiao::jit {

// One line naming what defeats the vectoriser, or nothing. `refuse_code` looks at lane code as it came,
// `refuse_flow` at the prepared control flow.
std::string refuse_code(const llvm::Function& lane);
std::string refuse_flow(llvm::Function& lane, const llvm::DominatorTree& dominators, const llvm::LoopInfo& loops,
                        const ShapeAnalysis& shapes, RegionTree& tree);

}  // namespace qiao::jit
