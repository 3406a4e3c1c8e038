// Refusals (see the header): unknown instructions, barriers that part of a warp reaches, and lanes waiting for lanes.
#include "device_sim/jit/vectorize/refuse.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/waiting.h"

namespace qiao::jit {
namespace {

using namespace llvm;

bool constant_index(const Instruction& instruction) {
  if (const auto* extract = dyn_cast<ExtractElementInst>(&instruction)) {
    return isa<ConstantInt>(extract->getIndexOperand());
  }
  const auto* insert = dyn_cast<InsertElementInst>(&instruction);
  return !insert || isa<ConstantInt>(insert->getOperand(2));
}

bool composite(const Type* type) {
  return type->isAggregateType() || type->isVectorTy();
}

std::string refuse_call(const CallBase& call) {
  const Function* callee = call.getCalledFunction();
  if (!callee) {
    return "indirect call";
  }
  if (intrinsic_of(call) || is_lane_call(call) || is_pure_call(call) || callee->isIntrinsic()) {
    for (const Use& use : call.args()) {
      if (!callee->isIntrinsic() && composite(use->getType())) {
        return "aggregate argument of @" + callee->getName().str();
      }
    }
    return {};
  }
  return "call of @" + callee->getName().str() + " is not inlined";
}

std::string refuse_instruction(const Instruction& instruction) {
  if (const auto* call = dyn_cast<CallBase>(&instruction)) {
    return isa<CallInst>(call) ? refuse_call(*call) : "invoke";
  }
  if (const auto* alloca = dyn_cast<AllocaInst>(&instruction); alloca && !alloca->isStaticAlloca()) {
    return "alloca outside of the entry block";
  }
  if (const auto* load = dyn_cast<LoadInst>(&instruction); load && composite(load->getType())) {
    return "load of an aggregate";
  }
  if (const auto* store = dyn_cast<StoreInst>(&instruction); store && composite(store->getValueOperand()->getType())) {
    return "store of an aggregate";
  }
  const bool known =
      isa<BinaryOperator, UnaryOperator, CmpInst, CastInst, SelectInst, GetElementPtrInst, FreezeInst, ExtractValueInst,
          InsertValueInst, PHINode, AllocaInst, LoadInst, StoreInst, AtomicRMWInst, AtomicCmpXchgInst, FenceInst,
          BranchInst, SwitchInst, ReturnInst, UnreachableInst, ExtractElementInst, InsertElementInst>(instruction);
  if (!known || !constant_index(instruction)) {
    return std::string("unknown instruction ") + instruction.getOpcodeName();
  }
  return {};
}

bool is_meeting(const Instruction& instruction) {
  auto id = intrinsic_of(instruction);
  return id && row_of(*id).kind == IntrinsicKind::Barrier && *id != Intrinsic::WarpSync;
}

// Barriers a lane can still reach from `from`, `except` not counted.
bool reaches_barrier(const BasicBlock* from, const BasicBlock* except) {
  SmallPtrSet<const BasicBlock*, 16> seen;
  SmallVector<const BasicBlock*, 16> work{from};
  while (!work.empty()) {
    const BasicBlock* block = work.pop_back_val();
    if (block == except || !seen.insert(block).second) {
      continue;
    }
    if (any_of(*block, is_meeting)) {
      return true;
    }
    work.append(succ_begin(block), succ_end(block));
  }
  return false;
}

// The first of a node's children at which all its lanes arrive.
const BasicBlock* join_of(const std::vector<RegionNode*>& children) {
  for (const RegionNode* child : children) {
    if (!child->side && child->collects) {
      return child->block;
    }
  }
  return nullptr;
}

// The outermost loop which one way of the branch leaves.
const Loop* left_loop(const BranchInst& branch, const LoopInfo& loops) {
  const Loop* left = nullptr;
  for (const BasicBlock* successor : branch.successors()) {
    for (const Loop* loop = loops.getLoopFor(branch.getParent()); loop && !loop->contains(successor);
         loop = loop->getParentLoop()) {
      left = !left || loop->contains(left) ? loop : left;
    }
  }
  return left;
}

// A divergent branch must not part lanes of which some meet at a barrier while others can still come to that barrier
// or another: whoever is not at the barrier must be on its way out of the kernel.
std::string refuse_barriers(Function& lane, const LoopInfo& loops, const ShapeAnalysis& shapes, RegionTree& tree) {
  SmallVector<const BasicBlock*, 8> meetings;
  for (const BasicBlock& block : lane) {
    if (any_of(block, is_meeting)) {
      meetings.push_back(&block);
    }
  }
  if (meetings.empty()) {
    return {};
  }
  for (BasicBlock& block : lane) {
    auto* branch = dyn_cast<BranchInst>(block.getTerminator());
    if (!branch || !branch->isConditional() || shapes.is_uniform(*branch->getCondition())) {
      continue;
    }
    // Where all lanes of the branch meet again in the same pass of the loop it does not matter how they came.
    const BasicBlock* join = join_of(tree.of(&block).inside);
    if (const Loop* left = join ? nullptr : left_loop(*branch, loops)) {
      join = join_of(tree.of(left->getHeader()).after);  // whoever left the loop waits there for the others
    }
    for (unsigned way = 0; way < 2; ++way) {
      const BasicBlock* here = branch->getSuccessor(way);
      const BasicBlock* there = branch->getSuccessor(1 - way);
      const bool leaves = !reaches_barrier(there, nullptr);
      if (here != join && !leaves && reaches_barrier(here, join)) {
        return "barrier reached by part of a warp";
      }
    }
  }
  return {};
}

std::string refuse_waiting(const DominatorTree& dominators, const LoopInfo& loops, RegionTree& tree) {
  for (const Loop* loop : loops.getLoopsInPreorder()) {
    if (!tree.whole_warp(loop) && waits_on_memory(*loop, dominators)) {
      return "loop may wait for another lane (forward progress)";
    }
  }
  return {};
}

}  // namespace

std::string refuse_code(const Function& lane) {
  for (const Instruction& instruction : instructions(lane)) {
    std::string why = refuse_instruction(instruction);
    if (!why.empty()) {
      return why;
    }
  }
  return {};
}

std::string refuse_flow(Function& lane, const DominatorTree& dominators, const LoopInfo& loops,
                        const ShapeAnalysis& shapes, RegionTree& tree) {
  for (const Instruction& instruction : instructions(lane)) {
    auto id = intrinsic_of(instruction);
    const bool agreed = id && *id >= Intrinsic::MatchAllI32 && *id <= Intrinsic::ReduxXor;
    const auto* call = dyn_cast<CallBase>(&instruction);
    if (agreed && !shapes.is_uniform(*call->getArgOperand(0))) {
      return std::string(row_of(*id).name) + " whose lanes name different members";
    }
    for (unsigned index = 0;
         id && row_of(*id).kind == IntrinsicKind::Barrier && *id != Intrinsic::WarpSync && index < 2; ++index) {
      if (!shapes.is_uniform(*call->getArgOperand(index))) {
        return std::string(row_of(*id).name) + " whose lanes name different barriers";
      }
    }
    if (id == Intrinsic::Checked &&
        !(shapes.is_uniform(*call->getArgOperand(0)) && shapes.is_uniform(*call->getArgOperand(2)) &&
          isa<ConstantInt>(call->getArgOperand(3)) && shapes.is_uniform(*call->getArgOperand(4)))) {
      return "qiao.checked whose base or bytes differ between lanes";
    }
  }
  std::string why = refuse_barriers(lane, loops, shapes, tree);
  return why.empty() ? refuse_waiting(dominators, loops, tree) : why;
}

}  // namespace qiao::jit
