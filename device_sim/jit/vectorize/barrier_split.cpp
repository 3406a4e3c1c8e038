// Cuts warp code at its barriers (see the header): first one function that is told where to go on, then a copy for each
// place with the rest removed.
#include "device_sim/jit/vectorize/barrier_split.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/Cloning.h>
#include <llvm/Transforms/Utils/Local.h>

#include "device_sim/jit/vectorize/warp_frame.h"
#include "device_sim/machine/barriers.h"

namespace qiao::jit {

using namespace llvm;

namespace {

constexpr unsigned kMostBarriers = 64;
constexpr uint64_t kMostFrameBytes = uint64_t{96} << 10;  // of a block: they lie on a fiber's stack

StringRef runtime_name(const Instruction& instruction) {
  const auto* call = dyn_cast<CallInst>(&instruction);
  const Function* callee = call ? call->getCalledFunction() : nullptr;
  StringRef name = callee ? callee->getName() : "";
  return name.consume_front("qiao_rt_") ? name : "";
}

// A barrier for all threads of the block that still run: every warp comes to it, or to another of the same name.
bool is_for_all(const CallInst& call, const BlockShape& shape) {
  const auto* id = dyn_cast<ConstantInt>(call.getArgOperand(3));
  const auto* count = dyn_cast<ConstantInt>(call.getArgOperand(4));
  if (!id || !count || id->getZExtValue() >= machine::kBarrierCount) {
    return false;
  }
  return count->isZero() || (!shape.generic() && count->getZExtValue() == shape.threads());
}

std::string find_barriers(Function& warp, const BlockShape& shape, SmallVectorImpl<CallInst*>& barriers) {
  for (Instruction& instruction : instructions(warp)) {
    StringRef name = runtime_name(instruction);
    if (name == "yield") {
      return "a loop waits for other warps";
    }
    if (name == "barrier_arrive" || (name.starts_with("barrier_") && !is_for_all(cast<CallInst>(instruction), shape))) {
      return "a barrier is for a part of the block";
    }
    if (name.starts_with("barrier_")) {
      barriers.push_back(cast<CallInst>(&instruction));
    }
  }
  return barriers.size() > kMostBarriers ? "too many barriers" : "";
}

class Splitter {
 public:
  Splitter(Function& warp, ArrayRef<CallInst*> barriers)
      : warp_(warp),
        barriers_(barriers),
        b_(warp.getContext()),
        name_(warp.getName().substr(0, warp.getName().rfind(".warp")).str()) {}

  BarrierSplit run() {
    Function* step = take_body();
    make_cuts(*step);
    const auto live = find_live_across(*step, cuts_);
    enter(*step);
    for (unsigned index = 0; index < cuts_.size(); ++index) {
      cut(index);
    }
    result_.frame_bytes = keep_in_frame(*step, cuts_, live, *step->getArg(3));
    for (unsigned state = 0; state <= cuts_.size(); ++state) {
      result_.parts.push_back(make_part(*step, state));
    }
    step->eraseFromParent();
    return std::move(result_);
  }

 private:
  static constexpr unsigned kVotesArgument = 4, kStateArgument = 5;  // of a step
  static constexpr unsigned kVotingArguments = 5;                    // of a barrier without a result

  // Each barrier's call moves to the end of its block, with a block behind that has only the barrier's result.
  void make_cuts(Function& step) {
    result_.barrier_ids.push_back(0);
    for (CallInst* barrier : barriers_) {
      BasicBlock* before = barrier->getParent();
      BasicBlock* rest = before->splitBasicBlock(std::next(barrier->getIterator()), "behind");
      BasicBlock* after = BasicBlock::Create(step.getContext(), "after", &step, rest);
      b_.SetInsertPoint(after);
      if (barrier->arg_size() > kVotingArguments) {
        barrier->replaceAllUsesWith(result_of(step, runtime_name(*barrier)));
      }
      b_.CreateBr(rest);
      before->getTerminator()->setSuccessor(0, after);
      rest->replacePhiUsesWith(before, after);
      cuts_.push_back({before, after});
      result_.barrier_ids.push_back(cast<ConstantInt>(barrier->getArgOperand(3))->getZExtValue());
    }
  }

  // `i32 step(params, block, warp, frame, votes, state)`.
  Function* take_body() {
    Type* pointer = b_.getPtrTy();
    Type* i32 = b_.getInt32Ty();
    auto* type = FunctionType::get(i32, {pointer, pointer, i32, pointer, pointer, i32}, false);
    Function* step = Function::Create(type, GlobalValue::InternalLinkage, name_ + ".step", warp_.getParent());
    step->copyAttributesFrom(&warp_);
    step->addParamAttr(3, Attribute::NoAlias);
    step->addParamAttr(kVotesArgument, Attribute::NoAlias);
    step->splice(step->begin(), &warp_);
    for (unsigned index = 0; index < 3; ++index) {
      warp_.getArg(index)->replaceAllUsesWith(step->getArg(index));
      step->getArg(index)->takeName(warp_.getArg(index));
    }
    for (BasicBlock& block : *step) {
      if (auto* end = dyn_cast<ReturnInst>(block.getTerminator())) {
        ReplaceInstWithInst(end, ReturnInst::Create(step->getContext(), b_.getInt32(kWarpDone)));
      }
    }
    return step;
  }

  void enter(Function& step) {
    BasicBlock& start = step.getEntryBlock();
    BasicBlock* entry = BasicBlock::Create(step.getContext(), "enter", &step, &start);
    b_.SetInsertPoint(entry);
    SwitchInst* choice = b_.CreateSwitch(step.getArg(kStateArgument), &start, cuts_.size());
    for (Instruction& instruction : make_early_inc_range(start)) {
      if (isa<AllocaInst>(instruction)) {
        instruction.moveBefore(choice);
      }
    }
    for (unsigned index = 0; index < cuts_.size(); ++index) {
      choice->addCase(b_.getInt32(index + 1), cuts_[index].after);
    }
  }

  Value* vote(Function& step, size_t offset) {
    return b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), step.getArg(kVotesArgument), offset);
  }

  // The barrier's call becomes: gather the warp's votes, return.
  void cut(unsigned index) {
    CallInst* barrier = barriers_[index];
    Function& step = *barrier->getFunction();
    if (barrier->arg_size() > kVotingArguments) {
      result_.votes = true;
      b_.SetInsertPoint(barrier);
      gather(step, *barrier->getArgOperand(2), *barrier->getArgOperand(5));
    }
    Instruction* jump = cuts_[index].before->getTerminator();
    b_.SetInsertPoint(jump);
    b_.CreateRet(b_.getInt32(index + 1));
    jump->eraseFromParent();
    barrier->eraseFromParent();
  }

  void gather(Function& step, Value& mask, Value& predicates) {
    Value* held = b_.CreateAnd(&predicates, &mask);
    auto update = [&](size_t offset, Instruction::BinaryOps operation, Value* amount) {
      Value* place = vote(step, offset);
      b_.CreateStore(b_.CreateBinOp(operation, b_.CreateLoad(b_.getInt32Ty(), place), amount), place);
    };
    auto flag = [&](Value* condition) { return b_.CreateZExt(condition, b_.getInt32Ty()); };
    update(offsetof(Votes, popc), Instruction::Add, b_.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, held));
    update(offsetof(Votes, any), Instruction::Or, flag(b_.CreateICmpNE(held, b_.getInt32(0))));
    update(offsetof(Votes, missed), Instruction::Or, flag(b_.CreateICmpNE(held, &mask)));
  }

  Value* result_of(Function& step, StringRef name) {
    const size_t field = name == "barrier_popc"  ? offsetof(Votes, popc)
                         : name == "barrier_and" ? offsetof(Votes, missed)
                                                 : offsetof(Votes, any);
    Value* said = b_.CreateLoad(b_.getInt32Ty(), vote(step, offsetof(BlockVotes, last) + field));
    return name == "barrier_and" ? b_.CreateXor(said, 1) : said;
  }

  BarrierSplit::Part make_part(Function& step, unsigned state) {
    ValueToValueMapTy map;
    map[step.getArg(kStateArgument)] = b_.getInt32(state);
    Function* part = CloneFunction(&step, map);  // without the argument that is known
    part->setName(name_ + ".part" + Twine(state));
    ConstantFoldTerminator(&part->getEntryBlock());
    removeUnreachableBlocks(*part);
    return {part, only_result(*part)};
  }

  static std::optional<uint32_t> only_result(const Function& part) {
    std::optional<uint32_t> result;
    for (const BasicBlock& block : part) {
      const auto* end = dyn_cast<ReturnInst>(block.getTerminator());
      if (!end) {
        continue;
      }
      const auto value = static_cast<uint32_t>(cast<ConstantInt>(end->getReturnValue())->getZExtValue());
      if (result && *result != value) {
        return {};
      }
      result = value;
    }
    return result;
  }

  Function& warp_;
  ArrayRef<CallInst*> barriers_;
  IRBuilder<> b_;
  std::string name_;
  SmallVector<Cut, 8> cuts_;
  BarrierSplit result_;
};

}  // namespace

BarrierSplit split_at_barriers(Function& warp, const BlockShape& shape) {
  ValueToValueMapTy map;
  Function* copy = CloneFunction(&warp, map);
  copy->setName(warp.getName());
  SmallVector<CallInst*, 8> barriers;
  BarrierSplit split;
  split.why_not = find_barriers(*copy, shape, barriers);
  if (split.why_not.empty()) {
    split = Splitter(*copy, barriers).run();
  }
  copy->eraseFromParent();
  if (split.frame_bytes * shape.most_calls() > kMostFrameBytes) {
    split.why_not = "warps keep too much across barriers";
  }
  if (!split.why_not.empty()) {
    for (const BarrierSplit::Part& part : split.parts) {
      part.code->eraseFromParent();
    }
    split.parts.clear();
  } else {
    warp.eraseFromParent();
  }
  return split;
}

}  // namespace qiao::jit
