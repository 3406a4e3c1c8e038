// for (i = run->first; i < run->last; ++i) { ctaid = delinearised i; the block's warps; }
#include "device_sim/jit/session/run_wrapper.h"

#include <array>
#include <functional>

#include <llvm/ADT/DenseMap.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include "device_sim/jit/session/block_rounds.h"
#include "device_sim/machine/block_context.h"

namespace qiao::jit {
namespace {

using machine::BlockContext;
using machine::BlockRun;

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

// What the code of one block is made from.
struct BlockArguments {
  llvm::Value *params, *block, *warps;
};
using Calls = llvm::SmallVector<llvm::CallInst*, 8>;
using EmitBlock = std::function<void(const BlockArguments&, Calls&)>;

class RunWrapper {
 public:
  RunWrapper(llvm::Function& code, const BlockShape& shape, bool counts_warps)
      : shape_(shape), counts_warps_(counts_warps), b_(code.getContext()) {
    llvm::LLVMContext& context = code.getContext();
    param_bytes_ = code.getParamDereferenceableBytes(0);
    std::string name = code.getName().substr(0, code.getName().rfind('.')).str() + ".run";
    auto* type = llvm::FunctionType::get(b_.getVoidTy(), {b_.getPtrTy()}, false);
    run_ = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, code.getParent());
    run_->addFnAttrs(llvm::AttrBuilder(context, code.getAttributes().getFnAttrs()));
    b_.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", run_));
  }

  llvm::IRBuilder<>& builder() { return b_; }

  llvm::Function* finish(const EmitBlock& emit_block) {
    llvm::Value* argument = run_->getArg(0);
    llvm::Value* block = readable(offsetof(BlockRun, block), sizeof(BlockContext), alignof(BlockContext));
    llvm::Value* params = readable(offsetof(BlockRun, params), param_bytes_, 1);
    llvm::Value* first = load(b_.getInt64Ty(), argument, offsetof(BlockRun, first));
    llvm::Value* last = load(b_.getInt64Ty(), argument, offsetof(BlockRun, last));
    llvm::Value *width = extent(block, 0), *height = extent(block, 1);
    llvm::Value* warps = load(b_.getInt32Ty(), block, offsetof(BlockContext, warp_count));
    if (!shape_.generic()) warps = b_.getInt32(shape_.most_calls());
    CountedLoop blocks(b_, first, last);
    llvm::Value* row = b_.CreateUDiv(blocks.index, width);
    std::array<llvm::Value*, 3> ctaid{b_.CreateURem(blocks.index, width), b_.CreateURem(row, height),
                                      b_.CreateUDiv(row, height)};
    for (size_t axis = 0; axis < 3; ++axis) {  // stored too, for the runtime's messages
      ctaid[axis] = b_.CreateTrunc(ctaid[axis], b_.getInt32Ty());
      b_.CreateStore(ctaid[axis], field(block, offsetof(BlockContext, ctaid) + 4 * axis));
    }
    Calls calls;
    emit_block({params, block, warps}, calls);
    if (counts_warps_) {
      llvm::FunctionCallee count =
          run_->getParent()->getOrInsertFunction("qiao_rt_count_warps", b_.getVoidTy(), b_.getPtrTy());
      b_.CreateCall(count, {block});
    }
    blocks.finish();
    b_.CreateRetVoid();
    inline_calls(calls, block, ctaid);
    keep_params(params);
    return run_;
  }

 private:
  llvm::Value* field(llvm::Value* base, size_t offset) {
    return b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), base, offset);
  }
  llvm::Value* load(llvm::Type* type, llvm::Value* base, size_t offset) {
    return b_.CreateLoad(type, field(base, offset));
  }
  // A pointer of the BlockRun to so many bytes: what is read there may be read before the loops.
  llvm::Value* readable(size_t offset, uint64_t bytes, uint64_t alignment) {
    auto* pointer = llvm::cast<llvm::LoadInst>(load(b_.getPtrTy(), run_->getArg(0), offset));
    auto number = [&](uint64_t value) {
      return llvm::MDNode::get(b_.getContext(), llvm::ConstantAsMetadata::get(b_.getInt64(value)));
    };
    if (bytes != 0) pointer->setMetadata(llvm::LLVMContext::MD_dereferenceable, number(bytes));
    pointer->setMetadata(llvm::LLVMContext::MD_align, number(alignment));
    return pointer;
  }
  llvm::Value* extent(llvm::Value* block, size_t axis) {
    return b_.CreateZExt(load(b_.getInt32Ty(), block, offsetof(BlockContext, nctaid) + 4 * axis), b_.getInt64Ty());
  }

  // Nobody writes a launch's parameters while it runs.
  void keep_params(llvm::Value* params) {
    for (llvm::Instruction& instruction : llvm::instructions(*run_)) {
      auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
      if (!load || !load->isSimple() || llvm::getUnderlyingObject(load->getPointerOperand()) != params) continue;
      load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(b_.getContext(), {}));
    }
  }

  // The inlined code's scratch memory outlives none of its instructions: all parts share it. No marks of lifetimes,
  // which would keep what memory holds from being read before the loops.
  void share_scratch(llvm::ArrayRef<llvm::AllocaInst*> inlined) {
    llvm::DenseMap<llvm::Type*, unsigned> seen;
    for (llvm::AllocaInst* alloca : inlined) {
      if (!alloca->hasMetadata(kScratchMark)) continue;
      llvm::AllocaInst*& known = scratch_[{alloca->getAllocatedType(), seen[alloca->getAllocatedType()]++}];
      if (!known) {
        known = alloca;
        continue;
      }
      alloca->replaceAllUsesWith(known);
      alloca->eraseFromParent();
    }
  }

  void inline_calls(const Calls& calls, llvm::Value* block, const std::array<llvm::Value*, 3>& ctaid) {
    for (llvm::CallInst* call : calls) {
      llvm::Function* code = call->getCalledFunction();
      llvm::InlineFunctionInfo info;
      if (!llvm::InlineFunction(*call, info, false, nullptr, false).isSuccess()) continue;
      code->eraseFromParent();
      share_scratch(info.StaticAllocas);
    }
    use_ctaid(*run_, block, ctaid);
  }

  BlockShape shape_;
  bool counts_warps_;
  llvm::IRBuilder<> b_;
  llvm::Function* run_ = nullptr;
  uint64_t param_bytes_ = 0;
  llvm::DenseMap<std::pair<llvm::Type*, unsigned>, llvm::AllocaInst*> scratch_;
};

}  // namespace

llvm::Function* add_run_wrapper(llvm::Function& warp, const BlockShape& shape, bool counts_warps) {
  RunWrapper wrapper(warp, shape, counts_warps);
  return wrapper.finish([&](const BlockArguments& arguments, Calls& calls) {
    llvm::IRBuilder<>& builder = wrapper.builder();
    CountedLoop each(builder, builder.getInt32(0), arguments.warps);
    calls.push_back(builder.CreateCall(&warp, {arguments.params, arguments.block, each.index}));
    each.finish();
  });
}

llvm::Function* add_run_wrapper(const BarrierSplit& split, const BlockShape& shape, bool counts_warps) {
  RunWrapper wrapper(*split.parts.front().code, shape, counts_warps);
  BlockRounds rounds(wrapper.builder(), split, shape.most_calls());
  return wrapper.finish([&](const BlockArguments& arguments, Calls& calls) {
    rounds.emit(arguments.params, arguments.block, arguments.warps, calls);
  });
}

}  // namespace qiao::jit
