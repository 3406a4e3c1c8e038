// Small passes (see the header).
#include "device_sim/jit/session/module_passes.h"

#include <array>
#include <map>

#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Transforms/IPO/AlwaysInliner.h>
#include <llvm/Transforms/IPO/GlobalDCE.h>
#include <llvm/Transforms/Scalar/SROA.h>

#include "device_sim/jit/emit/float_marks.h"
#include "device_sim/jit/emit/memory_order.h"
#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/vectorize.h"
#include "src/isa/meaning/float_bits.h"

namespace qiao::jit {
namespace {

bool flushes(const llvm::AtomicRMWInst& atomic) {
  llvm::SmallVector<llvm::StringRef, 8> names;
  atomic.getContext().getSyncScopeNames(names);
  return names[atomic.getSyncScopeID()] == kFlushingScope;
}

// A subnormal becomes the zero of its sign; any f32, as bits.
llvm::Value* flushed(llvm::IRBuilder<>& builder, llvm::Value* bits) {
  llvm::Value* small = builder.CreateICmpEQ(builder.CreateAnd(bits, 0x7f800000u), builder.getInt32(0));
  return builder.CreateSelect(small, builder.CreateAnd(bits, 0x80000000u), bits);
}

// The bits of a number, or PTX's NaN.
llvm::Value* stored_bits(llvm::IRBuilder<>& builder, llvm::Value* number) {
  const unsigned bits = number->getType()->getPrimitiveSizeInBits();
  const uint64_t nan = bits == 32 ? isa::meaning::kF32.canonical_nan : isa::meaning::kF64.canonical_nan;
  return builder.CreateSelect(builder.CreateFCmpUNO(number, number), builder.getIntN(bits, nan),
                              builder.CreateBitCast(number, builder.getIntNTy(bits)));
}

// old + operand as bits, with PTX's NaN and, where the atomic says so, flushed.
llvm::Value* sum_of(llvm::IRBuilder<>& builder, llvm::AtomicRMWInst& atomic, llvm::Value* old) {
  llvm::Type* type = atomic.getType();
  unsigned bits = type->getPrimitiveSizeInBits();
  llvm::Type* word = builder.getIntNTy(bits);
  llvm::Value* operands[2] = {old, builder.CreateBitCast(atomic.getValOperand(), word)};
  if (flushes(atomic)) {
    for (llvm::Value*& operand : operands) operand = flushed(builder, operand);
  }
  llvm::Value* sum =
      builder.CreateFAdd(builder.CreateBitCast(operands[0], type), builder.CreateBitCast(operands[1], type));
  llvm::Value* stored = stored_bits(builder, sum);
  return flushes(atomic) ? flushed(builder, stored) : stored;
}

// Nobody comes between: load, add, store.
void expand_unlocked(llvm::AtomicRMWInst* atomic) {
  llvm::IRBuilder<> builder(atomic);
  llvm::Type* word = builder.getIntNTy(atomic->getType()->getPrimitiveSizeInBits());
  llvm::Value* old = builder.CreateAlignedLoad(word, atomic->getPointerOperand(), atomic->getAlign());
  builder.CreateAlignedStore(sum_of(builder, *atomic, old), atomic->getPointerOperand(), atomic->getAlign());
  atomic->replaceAllUsesWith(builder.CreateBitCast(old, atomic->getType()));
  atomic->eraseFromParent();
}

// Around the instruction: load, then {add, canonical NaN, cmpxchg} until it succeeds.
void expand(llvm::AtomicRMWInst* atomic) {
  llvm::BasicBlock* before = atomic->getParent();
  llvm::BasicBlock* after = before->splitBasicBlock(atomic, "added");
  llvm::BasicBlock* loop = llvm::BasicBlock::Create(before->getContext(), "add", before->getParent(), after);
  llvm::Type* type = atomic->getType();
  before->getTerminator()->eraseFromParent();

  llvm::IRBuilder<> builder(before);
  llvm::Type* word = builder.getIntNTy(type->getPrimitiveSizeInBits());
  llvm::LoadInst* first = builder.CreateAlignedLoad(word, atomic->getPointerOperand(), atomic->getAlign());
  first->setAtomic(llvm::AtomicOrdering::Monotonic);
  builder.CreateBr(loop);

  builder.SetInsertPoint(loop);
  llvm::PHINode* old = builder.CreatePHI(word, 2);
  old->addIncoming(first, before);
  auto order = atomic->getOrdering();
  auto failure = llvm::AtomicCmpXchgInst::getStrongestFailureOrdering(order);
  llvm::Value* pair = builder.CreateAtomicCmpXchg(atomic->getPointerOperand(), old, sum_of(builder, *atomic, old),
                                                  atomic->getAlign(), order, failure);
  llvm::Value* seen = builder.CreateExtractValue(pair, 0);
  old->addIncoming(seen, loop);
  builder.CreateCondBr(builder.CreateExtractValue(pair, 1), after, loop);

  builder.SetInsertPoint(atomic);
  atomic->replaceAllUsesWith(builder.CreateBitCast(seen, type));
  atomic->eraseFromParent();
}

}  // namespace

void inline_device_functions(llvm::Module& module) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  passes.addPass(llvm::AlwaysInlinerPass(false));
  passes.addPass(llvm::GlobalDCEPass());
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(llvm::SROAPass(llvm::SROAOptions::ModifyCFG)));
  passes.run(module, modules);
  for (llvm::Function& function : module) {
    if (!function.isDeclaration()) resolve_float_marks(function);
  }
}

void merge_checks(llvm::Function& lane) {
  llvm::DominatorTree dominators(lane);
  std::map<std::array<llvm::Value*, 4>, llvm::SmallVector<llvm::CallBase*, 2>> passed;
  for (llvm::BasicBlock* block : llvm::ReversePostOrderTraversal<llvm::Function*>(&lane)) {
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(*block)) {
      if (intrinsic_of(instruction) != Intrinsic::Checked) continue;
      auto& check = llvm::cast<llvm::CallBase>(instruction);
      auto& same =
          passed[{check.getArgOperand(0), check.getArgOperand(1), check.getArgOperand(2), check.getArgOperand(3)}];
      auto earlier = llvm::find_if(same, [&](llvm::CallBase* other) { return dominators.dominates(other, &check); });
      if (earlier == same.end()) {
        same.push_back(&check);
        continue;
      }
      check.replaceAllUsesWith(*earlier);
      check.eraseFromParent();
    }
  }
}

void settle_float_exchanges(llvm::Function& function) {
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* atomic = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction);
    const bool folded = atomic && atomic->getOperation() == llvm::AtomicRMWInst::Xchg;
    if (!folded || !atomic->getType()->isFloatingPointTy()) continue;
    llvm::IRBuilder<> builder(atomic);
    llvm::Value* stored = stored_bits(builder, atomic->getValOperand());
    atomic->setOperand(1, builder.CreateBitCast(stored, atomic->getType()));
  }
}

void expand_float_atomics(llvm::Module& module) {
  llvm::SmallVector<llvm::AtomicRMWInst*, 8> found;
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      auto* atomic = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction);
      if (atomic && atomic->getOperation() == llvm::AtomicRMWInst::FAdd) found.push_back(atomic);
    }
    settle_float_exchanges(function);
  }
  for (llvm::AtomicRMWInst* atomic : found) {
    atomic->hasMetadata(kUnlockedMark) ? expand_unlocked(atomic) : expand(atomic);
  }
}

}  // namespace qiao::jit
