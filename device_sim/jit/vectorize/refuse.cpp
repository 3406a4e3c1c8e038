// Refusals (see the header): unknown instructions, barriers that part of a warp reaches, and lanes waiting for lanes.
#include "device_sim/jit/vectorize/refuse.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/barrier_flow.h"
#include "device_sim/jit/vectorize/meeting_flow.h"
#include "device_sim/jit/vectorize/wait_flow.h"
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

std::string refuse_waiting(Function& lane, const DominatorTree& dominators, const LoopInfo& loops,
                           const ShapeAnalysis& shapes, RegionTree& tree) {
  const PostDominatorTree ends(lane);
  for (const Loop* loop : loops.getLoopsInPreorder()) {
    if (!tree.whole_warp(loop) && waits_on_memory(*loop, dominators) &&
        waits_for_sibling(*loop, dominators, ends, shapes)) {
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
    for (unsigned index = 0; is_block_barrier(instruction) && index < 2; ++index) {
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
  if (parts_lanes_at_barrier(lane, loops, shapes)) {
    return "barrier reached by part of a warp";
  }
  if (std::string why = refuse_waiting(lane, dominators, loops, shapes, tree); !why.empty()) {
    return why;
  }
  const std::string meeting = meets_across_branch(lane, loops, shapes);
  return meeting.empty() ? meeting : meeting + " on both ways of a divergent branch";
}

}  // namespace qiao::jit
