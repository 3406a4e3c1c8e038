// `@K.run`: the loop over blocks and warps around the inlined `@K.warp`, for kernels whose warps never wait.
#pragma once

#include <llvm/IR/Function.h>

namespace qiao::jit {

llvm::Function* add_run_wrapper(llvm::Function& warp);

}  // namespace qiao::jit
