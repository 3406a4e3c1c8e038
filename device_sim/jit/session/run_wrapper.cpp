// for (i = run->first; i < run->last; ++i) { ctaid = delinearised i; for (w = 0; w < warp_count; ++w) K.warp(...); }
#include "device_sim/jit/session/run_wrapper.h"

#include <array>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include "device_sim/machine/block_context.h"

namespace qiao::jit {
namespace {

using machine::BlockContext;
using machine::BlockRun;

// A loop from `first` to `last`, built around the block the builder stands in; `finish` closes it.
struct CountedLoop {
  CountedLoop(llvm::IRBuilder<>& builder, llvm::Value* first, llvm::Value* last) : builder(builder), last(last) {
    llvm::Function* function = builder.GetInsertBlock()->getParent();
    llvm::BasicBlock* before = builder.GetInsertBlock();
    head = llvm::BasicBlock::Create(builder.getContext(), "head", function);
    body = llvm::BasicBlock::Create(builder.getContext(), "body", function);
    after = llvm::BasicBlock::Create(builder.getContext(), "after", function);
    builder.CreateBr(head);
    builder.SetInsertPoint(head);
    index = builder.CreatePHI(first->getType(), 2);
    index->addIncoming(first, before);
    builder.CreateCondBr(builder.CreateICmpULT(index, last), body, after);
    builder.SetInsertPoint(body);
  }
  void finish() {
    llvm::Value* next = builder.CreateAdd(index, llvm::ConstantInt::get(index->getType(), 1));
    index->addIncoming(next, builder.GetInsertBlock());
    builder.CreateBr(head);
    builder.SetInsertPoint(after);
  }

  llvm::IRBuilder<>& builder;
  llvm::Value* last;
  llvm::BasicBlock *head, *body, *after;
  llvm::PHINode* index;
};

// The inlined code reads ctaid from the BlockContext as if it never changed (in one block it does not); here it is the
// loop's own value.
void use_ctaid(llvm::Function& run, llvm::Value* block, const std::array<llvm::Value*, 3>& ctaid) {
  const llvm::DataLayout& layout = run.getDataLayout();
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(run))) {
    auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
    if (!load) continue;
    llvm::APInt offset(64, 0);
    const llvm::Value* base = load->getPointerOperand()->stripAndAccumulateConstantOffsets(layout, offset, true);
    if (base != block || !offset.ult(offsetof(BlockContext, nctaid))) continue;
    load->setMetadata(llvm::LLVMContext::MD_invariant_load, nullptr);
    if (!load->getType()->isIntegerTy(32)) continue;
    load->replaceAllUsesWith(ctaid[offset.getZExtValue() / 4]);
    load->eraseFromParent();
  }
}

}  // namespace

llvm::Function* add_run_wrapper(llvm::Function& warp) {
  llvm::LLVMContext& context = warp.getContext();
  llvm::IRBuilder<> builder(context);
  std::string name = warp.getName().substr(0, warp.getName().size() - 5).str() + ".run";
  auto* type = llvm::FunctionType::get(builder.getVoidTy(), {builder.getPtrTy()}, false);
  auto* run = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, warp.getParent());
  run->addFnAttrs(llvm::AttrBuilder(context, warp.getAttributes().getFnAttrs()));
  builder.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", run));
  auto field = [&](llvm::Value* base, size_t offset) {
    return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, offset);
  };
  auto load = [&](llvm::Type* type, llvm::Value* base, size_t offset) {
    return builder.CreateLoad(type, field(base, offset));
  };
  llvm::Value* argument = run->getArg(0);
  llvm::Value* block = load(builder.getPtrTy(), argument, offsetof(BlockRun, block));
  llvm::Value* params = load(builder.getPtrTy(), argument, offsetof(BlockRun, params));
  llvm::Value* first = load(builder.getInt64Ty(), argument, offsetof(BlockRun, first));
  llvm::Value* last = load(builder.getInt64Ty(), argument, offsetof(BlockRun, last));
  auto extent = [&](size_t axis) {
    return builder.CreateZExt(load(builder.getInt32Ty(), block, offsetof(BlockContext, nctaid) + 4 * axis),
                              builder.getInt64Ty());
  };
  llvm::Value *width = extent(0), *height = extent(1);
  llvm::Value* warps = load(builder.getInt32Ty(), block, offsetof(BlockContext, warp_count));
  CountedLoop blocks(builder, first, last);
  llvm::Value* row = builder.CreateUDiv(blocks.index, width);
  std::array<llvm::Value*, 3> ctaid{builder.CreateURem(blocks.index, width), builder.CreateURem(row, height),
                                    builder.CreateUDiv(row, height)};
  for (size_t axis = 0; axis < 3; ++axis) {  // stored too, for the runtime's messages
    ctaid[axis] = builder.CreateTrunc(ctaid[axis], builder.getInt32Ty());
    builder.CreateStore(ctaid[axis], field(block, offsetof(BlockContext, ctaid) + 4 * axis));
  }
  CountedLoop each(builder, builder.getInt32(0), warps);
  llvm::CallInst* call = builder.CreateCall(&warp, {params, block, each.index});
  each.finish();
  blocks.finish();
  builder.CreateRetVoid();

  llvm::InlineFunctionInfo info;
  if (llvm::InlineFunction(*call, info).isSuccess()) {
    warp.eraseFromParent();
    use_ctaid(*run, block, ctaid);
  }
  return run;
}

}  // namespace qiao::jit
