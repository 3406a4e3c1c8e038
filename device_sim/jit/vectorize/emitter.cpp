// Sets the stage for the emitter and turns its slots into SSA values at the end.
#include "device_sim/jit/vectorize/emitter.h"

#include <llvm/Transforms/Utils/Local.h>
#include <llvm/Transforms/Utils/PromoteMemToReg.h>

namespace qiao::jit {

Emitter::Emitter(llvm::Function& lane, llvm::Function& warp, const BlockShape& shape, ShapeAnalysis& shapes,
                 RegionTree& tree, const llvm::DominatorTree& dominators, Meetings watched, VectorizeReport& report)
    : lane_(lane),
      warp_(warp),
      module_(*warp.getParent()),
      layout_(warp.getDataLayout()),
      block_shape_(shape),
      shapes_(shapes),
      tree_(tree),
      dominators_(dominators),
      report_(report),
      b_(warp.getContext()),
      jam_(shape.jam),
      mask_type_(llvm::FixedVectorType::get(b_.getInt1Ty(), kLanes)),
      watched_(std::move(watched)) {}

void Emitter::run() {
  entry_ = new_block("entry");
  BasicBlock* body = new_block("body");
  Value* arguments[3] = {warp_.getArg(0), warp_.getArg(1), llvm::ConstantPointerNull::get(b_.getPtrTy())};
  for (llvm::Argument& argument : lane_.args()) {
    emitted(argument) = {{arguments[argument.getArgNo()]}, {}, body, nullptr, nullptr};
  }
  b_.SetInsertPoint(body);
  emit_tree(tree_.root(), entry_masks());
  hand_in_warp_counts();
  b_.CreateRetVoid();
  b_.SetInsertPoint(entry_);
  b_.CreateBr(body);
  keep_counts_apart();
  llvm::removeUnreachableBlocks(warp_);
  llvm::DominatorTree dominators(warp_);
  llvm::PromoteMemToReg(promotable_, dominators);
}

}  // namespace qiao::jit
