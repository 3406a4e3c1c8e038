// Finds such loops, and writes them: what lanes bring in and take out goes through arrays (see the header).
#include "device_sim/jit/vectorize/lane_loops.h"

#include <llvm/ADT/SetVector.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/Transforms/Utils/Cloning.h>
#include <llvm/Transforms/Utils/ValueMapper.h>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/emitter.h"
#include "device_sim/jit/vectorize/waiting.h"

namespace qiao::jit {

using namespace llvm;

namespace {

constexpr unsigned kMostInstructions = 150;
constexpr unsigned kWorthPerGather = 12;  // other instructions; with more of them, 32 lanes at once are faster

bool is_scalar(const Type* type) {
  return type->isIntegerTy() || type->isFloatingPointTy() || type->isPointerTy();
}

// Whether one thread can do it alone: no meetings, nothing that others see, nothing known of warps only.
bool is_plain(const Instruction& instruction) {
  if (const auto* load = dyn_cast<LoadInst>(&instruction)) {
    return load->isSimple() && is_scalar(load->getType());
  }
  if (const auto id = intrinsic_of(instruction)) {
    return *id == Intrinsic::Checked;
  }
  if (const auto* call = dyn_cast<CallBase>(&instruction)) {
    return (isa<IntrinsicInst>(call) || is_pure_call(*call)) && !call->mayReadOrWriteMemory();
  }
  return !instruction.mayReadOrWriteMemory() && !isa<AllocaInst>(instruction);
}

}  // namespace

bool is_lane_loop(const Loop& loop, const DominatorTree& dominators, const ShapeAnalysis& shapes) {
  const BasicBlock* from = loop.getExitingBlock();
  const auto* leave = from ? dyn_cast<BranchInst>(from->getTerminator()) : nullptr;
  if (!loop.isInnermost() || !loop.getLoopPreheader() || !loop.getExitBlock() || !leave || !leave->isConditional() ||
      shapes.is_uniform(*leave->getCondition()) || waits_on_memory(loop, dominators)) {
    return false;
  }
  unsigned gathers = 0, others = 0;
  for (const BasicBlock* block : loop.blocks()) {
    for (const Instruction& instruction : *block) {
      if (!is_plain(instruction)) {
        return false;
      }
      const auto* load = dyn_cast<LoadInst>(&instruction);
      const Shape* shape = load ? &shapes.of(*load->getPointerOperand()) : nullptr;
      if (shape && shape->is_group() && !shape->is_uniform()) {
        return false;  // lanes next to each other
      }
      ++(shape && shape->is_vector() ? gathers : others);
    }
  }
  for (const PHINode& phi : loop.getExitBlock()->phis()) {
    if (!is_scalar(phi.getType())) {
      return false;
    }
  }
  return gathers > 0 && others <= kWorthPerGather * gathers && gathers + others <= kMostInstructions;
}

namespace {

// The lane's own pass through the loop: its blocks as they are in lane code.
class LaneLoop {
 public:
  LaneLoop(const Loop& loop, Function& into) : loop_(loop), into_(into) {}

  ValueToValueMapTy& map() { return map_; }

  void clone(BasicBlock& behind) {
    SmallVector<BasicBlock*, 8> blocks;
    for (BasicBlock* block : loop_.blocks()) {
      BasicBlock* copy = CloneBasicBlock(block, map_, ".lane", &into_);
      map_[block] = copy;
      blocks.push_back(copy);
    }
    map_[loop_.getExitBlock()] = &behind;
    for (BasicBlock* block : blocks) {
      for (Instruction& instruction : *block) {
        instruction.setDebugLoc({});
        RemapInstruction(&instruction, map_, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
      }
    }
    for (BasicBlock* block : blocks) {
      for (Instruction& instruction : *block) {
        if (intrinsic_of(instruction) == Intrinsic::Checked) {
          checks_.push_back(cast<CallBase>(&instruction));
        }
      }
    }
  }

  ArrayRef<CallBase*> checks() const { return checks_; }

 private:
  const Loop& loop_;
  Function& into_;
  ValueToValueMapTy map_;
  SmallVector<CallBase*, 8> checks_;
};

// Values that leave the loop by the phis of its one exit.
SmallVector<Instruction*, 4> values_leaving(const Loop& loop) {
  SmallVector<Instruction*, 4> leaving;
  for (PHINode& phi : loop.getExitBlock()->phis()) {
    auto* value = dyn_cast<Instruction>(phi.getIncomingValueForBlock(loop.getExitingBlock()));
    if (value && loop.contains(value) && !is_contained(leaving, value)) {
      leaving.push_back(value);
    }
  }
  return leaving;
}

// The header's phis, which have their first values, and what else the loop reads of the code around it.
SmallSetVector<Value*, 16> values_entering(const Loop& loop) {
  SmallSetVector<Value*, 16> entering;
  for (PHINode& phi : loop.getHeader()->phis()) {
    entering.insert(&phi);
  }
  for (BasicBlock* block : loop.blocks()) {
    for (Instruction& instruction : *block) {
      for (Value* operand : instruction.operands()) {
        const auto* inside = dyn_cast<Instruction>(operand);
        if ((inside && !loop.contains(inside)) || isa<Argument>(operand)) {
          entering.insert(operand);
        }
      }
    }
  }
  return entering;
}

}  // namespace

// The check of one lane's access, in the place of the call.
void Emitter::check_lane(CallBase& call) {
  b_.SetInsertPoint(&call);
  Value* base = call.getArgOperand(0);
  Value* offset = call.getArgOperand(1);
  Value* limit = b_.CreateLShr(call.getArgOperand(2), cast<ConstantInt>(call.getArgOperand(3))->getZExtValue());
  Value* address = b_.CreateAdd(base, offset);
  Value* bad = b_.CreateICmpUGE(rotated(offset, call), limit);
  BasicBlock* block = call.getParent();
  BasicBlock* rest = block->splitBasicBlock(&call, "checked");
  BasicBlock* cold = new_block("cold");
  block->getTerminator()->eraseFromParent();
  b_.SetInsertPoint(block);
  b_.CreateCondBr(bad, cold, rest, MDBuilder(warp_.getContext()).createBranchWeights(1, 1 << 20));
  b_.SetInsertPoint(cold);
  FunctionCallee bad_access = module_.getOrInsertFunction("qiao_rt_bad_access", b_.getVoidTy(), b_.getPtrTy(),
                                                          b_.getInt64Ty(), b_.getInt32Ty());
  b_.CreateCall(bad_access, {warp_.getArg(1), address, call.getArgOperand(4)});
  b_.CreateBr(rest);
  b_.SetInsertPoint(&call);
  call.replaceAllUsesWith(b_.CreateIntToPtr(address, b_.getPtrTy()));
  call.eraseFromParent();
}

// In the place of a loop. Lanes leave it by its one exit.
void Emitter::emit_lane_loop(RegionNode& node, const Masks& masks) {
  const Loop& loop = *node.loop;
  load_phis(*node.block);
  const SmallVector<Instruction*, 4> leaving = values_leaving(loop);
  SmallVector<Type*, 4> types;
  for (const Instruction* value : leaving) {
    types.push_back(value->getType());
  }
  SmallVector<std::pair<Value*, std::function<Value*(Value*)>>, 16> readers;
  for (Value* value : values_entering(loop)) {
    readers.emplace_back(value, lane_reader(*value, static_cast<unsigned>(readers.size())));
  }
  Values vectors = for_each_lane(masks[0], types, [&](Value* lane) {
    LaneLoop one(loop, warp_);
    DenseMap<const Value*, Value*> own;
    for (auto& [value, read] : readers) {
      own[value] = read(lane);
      if (!isa<PHINode>(value) || !loop.contains(cast<Instruction>(value))) {
        one.map()[value] = own[value];
      }
    }
    BasicBlock* before = b_.GetInsertBlock();
    BasicBlock* behind = new_block("lane.end");
    one.clone(*behind);
    auto* header = cast<BasicBlock>(&*one.map()[node.block]);
    b_.CreateBr(header);
    for (auto [phi, copy] : zip(node.block->phis(), header->phis())) {
      const int entry = phi.getBasicBlockIndex(loop.getLoopPredecessor());
      copy.setIncomingBlock(entry, before);
      copy.setIncomingValue(entry, own[&phi]);
    }
    for (CallBase* check : one.checks()) {
      check_lane(*check);
    }
    b_.SetInsertPoint(behind);
    Values result;
    for (Instruction* value : leaving) {
      result.push_back(one.map()[value]);
    }
    return result;
  });
  for (auto [value, all] : zip(leaving, vectors)) {
    define_vector(*value, all);
  }
  ++report_.lane_loops;
  emit_edge(tree_.of(loop.getExitingBlock()), loop.getExitBlock(), masks);
}

}  // namespace qiao::jit
