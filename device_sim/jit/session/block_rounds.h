// The rounds of a block whose code is cut at its barriers (vectorize/barrier_split.h): in each, all warps run the part
// they have come to. "Warp" here means what one call of a part runs: a warp, or several side by side.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include "device_sim/jit/vectorize/barrier_split.h"

namespace qiao::jit {

// A loop from `first` to below `last`, which is greater, built around the block the builder stands in; `finish` closes
// it. Tested at its end, so that what it always does can be hoisted.
struct CountedLoop {
  CountedLoop(llvm::IRBuilder<>& builder, llvm::Value* first, llvm::Value* last);
  void finish();

  llvm::IRBuilder<>& builder;
  llvm::Value* last;
  llvm::BasicBlock *body, *after;
  llvm::PHINode* index;
};

class BlockRounds {
 public:
  // Memory of the block goes to the block the builder stands in: a function's entry. At most `most_warps` per block.
  BlockRounds(llvm::IRBuilder<>& builder, const BarrierSplit& split, unsigned most_warps);

  // One block from its start to its end; the calls of parts are appended to `calls`.
  void emit(llvm::Value* params, llvm::Value* block, llvm::Value* warps, llvm::SmallVectorImpl<llvm::CallInst*>& calls);

 private:
  struct Turn {  // a part for some warps
    llvm::PHINode *part, *first, *last;
  };
  struct Outcome {  // of the warps of one turn: bits set in any and in every result
    llvm::PHINode *any, *every;
  };

  void emit_part(unsigned number, const Turn& turn, const Outcome& outcome, llvm::BasicBlock* joined);
  void emit_apart(const Turn& turn, llvm::BasicBlock* rounds, llvm::BasicBlock* done);
  void open_barrier();
  void add_turn(const Turn& turn, llvm::Value* part, llvm::Value* first, llvm::Value* last);

  llvm::IRBuilder<>& b_;
  const BarrierSplit& split_;
  llvm::Value *frames_, *states_, *votes_, *names_;
  bool may_part_ = false;  // warps may come to different barriers
  llvm::Value *params_ = nullptr, *block_ = nullptr, *warps_ = nullptr;
  llvm::SmallVectorImpl<llvm::CallInst*>* calls_ = nullptr;
};

}  // namespace qiao::jit
