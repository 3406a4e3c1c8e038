// Follows the lanes that a divergent branch keeps out of a loop, and those that leave it early (see the header).
#include "device_sim/jit/vectorize/wait_flow.h"

#include <llvm/ADT/SetVector.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/PatternMatch.h>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/barrier_flow.h"

namespace qiao::jit {
namespace {

using namespace llvm;
using namespace llvm::PatternMatch;

bool is_whole_barrier(const Instruction& instruction) {
  const bool waits = is_block_barrier(instruction) && intrinsic_of(instruction) != Intrinsic::BarrierArrive;
  return waits && match(cast<CallBase>(instruction).getArgOperand(1), m_Zero());
}

// At most one lane of a warp finds this true.
bool picks_one(const Value* condition, const ShapeAnalysis& shapes) {
  const Value* a = nullptr;
  const Value* b = nullptr;
  if (match(condition, m_LogicalAnd(m_Value(a), m_Value(b)))) {
    return picks_one(a, shapes) || picks_one(b, shapes);
  }
  const auto* compare = dyn_cast<ICmpInst>(condition);
  if (!compare || compare->getPredicate() != ICmpInst::ICMP_EQ) {
    return false;
  }
  const auto differs = [&](const Value* value) {
    const Shape& shape = shapes.of(*value);
    return shape.is_group() && !shape.assumed() && shape.strided(1, 1);
  };
  a = compare->getOperand(0);
  b = compare->getOperand(1);
  return (differs(a) && shapes.is_uniform(*b)) || (differs(b) && shapes.is_uniform(*a));
}

class WaitFlow {
 public:
  WaitFlow(const Loop& loop, const DominatorTree& dominators, const PostDominatorTree& ends,
           const ShapeAnalysis& shapes)
      : loop_(loop), dominators_(dominators), ends_(ends), shapes_(shapes) {}

  bool acts_outside() {
    find_ways_past();
    if (!has_one_lane(*loop_.getHeader())) {
      SmallVector<BasicBlock*, 8> exits;
      loop_.getExitBlocks(exits);
      work_.append(exits.begin(), exits.end());
    }
    SmallPtrSet<const BasicBlock*, 32> seen;
    while (!work_.empty()) {
      const BasicBlock* block = work_.pop_back_val();
      if (loop_.contains(block) || !seen.insert(block).second) {
        continue;
      }
      bool stands = false;
      for (const Instruction& instruction : *block) {
        stands = is_whole_barrier(instruction);
        if (stands) {
          break;
        }
        if (is_visible(instruction)) {
          return true;
        }
      }
      if (!stands) {
        work_.append(succ_begin(block), succ_end(block));
      }
    }
    return false;
  }

 private:
  // The ways that lanes take which do not come to the loop: the other successors of the branches it depends on.
  void find_ways_past() {
    SetVector<const BasicBlock*> deciding;
    deciding.insert(loop_.getHeader());
    for (size_t index = 0; index < deciding.size(); ++index) {
      const BasicBlock* target = deciding[index];
      for (const BasicBlock& block : *target->getParent()) {
        if (loop_.contains(&block) || ends_.properlyDominates(target, &block)) {
          continue;
        }
        const bool decides =
            any_of(successors(&block), [&](const BasicBlock* s) { return ends_.dominates(target, s); });
        if (!decides) {
          continue;
        }
        deciding.insert(&block);
        add_ways(block, *target);
      }
    }
  }

  void add_ways(const BasicBlock& block, const BasicBlock& target) {
    const auto* branch = dyn_cast<BranchInst>(block.getTerminator());
    const bool together = branch && branch->isConditional() && shapes_.is_uniform(*branch->getCondition());
    if (together || has_one_lane(block)) {
      return;
    }
    for (const BasicBlock* next : successors(&block)) {
      if (!ends_.dominates(&target, next)) {
        work_.push_back(next);
      }
    }
  }

  // Whether the block is only come to by one lane of a warp, that which a branch picks.
  bool has_one_lane(const BasicBlock& block) const {
    for (auto* node = dominators_.getNode(&block); node != nullptr; node = node->getIDom()) {
      const BasicBlock* before = node->getBlock()->getSinglePredecessor();
      const auto* branch = before ? dyn_cast<BranchInst>(before->getTerminator()) : nullptr;
      if (branch && branch->isConditional() && branch->getSuccessor(0) == node->getBlock() &&
          branch->getSuccessor(1) != node->getBlock() && picks_one(branch->getCondition(), shapes_)) {
        return true;
      }
    }
    return false;
  }

  const Loop& loop_;
  const DominatorTree& dominators_;
  const PostDominatorTree& ends_;
  const ShapeAnalysis& shapes_;
  SmallVector<const BasicBlock*, 16> work_;
};

}  // namespace

bool waits_for_sibling(const Loop& loop, const DominatorTree& dominators, const PostDominatorTree& ends,
                       const ShapeAnalysis& shapes) {
  return WaitFlow(loop, dominators, ends, shapes).acts_outside();
}

}  // namespace qiao::jit
