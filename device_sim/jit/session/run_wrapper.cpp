// for (i = run->first; i < run->last; ++i) { ctaid = delinearised i; for (w = 0; w < warp_count; ++w) K.warp(...); }
#include "device_sim/jit/session/run_wrapper.h"

#include <llvm/IR/IRBuilder.h>
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
  auto store_ctaid = [&](size_t axis, llvm::Value* value) {
    builder.CreateStore(builder.CreateTrunc(value, builder.getInt32Ty()),
                        field(block, offsetof(BlockContext, ctaid) + 4 * axis));
  };
  llvm::Value* row = builder.CreateUDiv(blocks.index, width);
  store_ctaid(0, builder.CreateURem(blocks.index, width));
  store_ctaid(1, builder.CreateURem(row, height));
  store_ctaid(2, builder.CreateUDiv(row, height));
  CountedLoop each(builder, builder.getInt32(0), warps);
  llvm::CallInst* call = builder.CreateCall(&warp, {params, block, each.index});
  each.finish();
  blocks.finish();
  builder.CreateRetVoid();

  llvm::InlineFunctionInfo info;
  if (llvm::InlineFunction(*call, info).isSuccess()) warp.eraseFromParent();
  return run;
}

}  // namespace qiao::jit
