// What a warp keeps across barriers once its code is cut there: a value live behind a barrier gets a place in the
// warp's frame, or is computed again where that is cheap.
#pragma once

#include <cstdint>

#include <llvm/ADT/ArrayRef.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/Instruction.h>

namespace qiao::jit {

// A barrier of the code: once cut, `before` ends in a return and `after`, which holds only a jump (and the barrier's
// result), is entered by a later call.
struct Cut {
  llvm::BasicBlock* before;
  llvm::BasicBlock* after;
};

struct LiveAcross {
  llvm::Instruction* value;
  llvm::SmallVector<unsigned, 4> cuts;  // indices of those behind which it is needed
};

// While control flow is still whole: before -> after.
std::vector<LiveAcross> find_live_across(llvm::Function& function, llvm::ArrayRef<Cut> cuts);

// On the cut code, whose entry block has the allocas and dominates all. Rewrites all uses; returns the frame's bytes, a
// multiple of 64, with which `frame` is aligned.
uint64_t keep_in_frame(llvm::Function& function, llvm::ArrayRef<Cut> cuts, llvm::ArrayRef<LiveAcross> live,
                       llvm::Value& frame);

}  // namespace qiao::jit
