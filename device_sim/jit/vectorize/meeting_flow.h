// Whether lanes may have to meet at a warp's operations in different places: one may name lanes that are on the other
// way of a divergent branch, and these come there to the same operation (lane_code.md, "Reconvergence").
#pragma once

#include <llvm/Analysis/LoopInfo.h>

#include <optional>
#include <string>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/shape.h"

namespace qiao::jit {

// The operation that waits for lanes of its member mask, or nothing.
std::optional<Intrinsic> meeting_of(const llvm::Instruction& instruction);

// The operation's name, or nothing.
std::string meets_across_branch(llvm::Function& lane, const llvm::LoopInfo& loops, const ShapeAnalysis& shapes);

}  // namespace qiao::jit
