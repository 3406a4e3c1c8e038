// What LLVM's UniformityAnalysis must know of our machine: sources of divergence, and values proven uniform by us.
// With the host's own TargetTransformInfo it would call every value uniform.
#pragma once

#include <llvm/ADT/DenseSet.h>
#include <llvm/Analysis/TargetTransformInfo.h>

#include "device_sim/jit/vectorize/vectorize.h"

namespace qiao::jit {

using ValueSet = llvm::DenseSet<const llvm::Value*>;

// What we know better than LLVM; must outlive the result.
struct Overrides {
  ValueSet uniform;    // although their operands are not (tid.x / 32)
  ValueSet divergent;  // phis where lanes meet that came different ways; LLVM 19 misses some behind loops
};

llvm::TargetIRAnalysis warp_target_analysis(const BlockShape& shape, const Overrides* overrides);

}  // namespace qiao::jit
