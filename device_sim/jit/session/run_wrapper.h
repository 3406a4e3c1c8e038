// `@K.run`: the loop over the blocks of a BlockRun, with the code of a block inlined; for kernels that need no fibers.
#pragma once

#include <llvm/IR/Function.h>

#include "device_sim/jit/vectorize/barrier_split.h"
#include "device_sim/jit/vectorize/vectorize.h"

namespace qiao::jit {

// Warps never wait: one after the other. `warp` is erased. `counts_warps`: see VectorizeReport.
llvm::Function* add_run_wrapper(llvm::Function& warp, const BlockShape& shape, bool counts_warps);

// Warps meet at barriers: part by part. The parts are erased.
llvm::Function* add_run_wrapper(const BarrierSplit& split, const BlockShape& shape, bool counts_warps);

}  // namespace qiao::jit
