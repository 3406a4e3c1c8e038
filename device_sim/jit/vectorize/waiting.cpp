// Finds loops whose exits depend on memory that others write (see the header).
#include "device_sim/jit/vectorize/waiting.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Instructions.h>

namespace qiao::jit {
namespace {

using namespace llvm;

bool reaches(const BasicBlock* from, const BasicBlock* to) {
  SmallPtrSet<const BasicBlock*, 16> seen;
  SmallVector<const BasicBlock*, 16> work{from};
  while (!work.empty()) {
    const BasicBlock* block = work.pop_back_val();
    if (block == to) {
      return true;
    }
    if (seen.insert(block).second) {
      work.append(succ_begin(block), succ_end(block));
    }
  }
  return false;
}

bool observes_others(const Instruction& instruction) {
  if (isa<AtomicRMWInst, AtomicCmpXchgInst>(instruction)) {
    return true;
  }
  const auto* load = dyn_cast<LoadInst>(&instruction);
  return load && (load->isVolatile() || load->isAtomic());
}

// Compare-and-swap tried again with the value it saw: some lane always succeeds, so nobody waits for a sibling.
bool is_retry(const AtomicCmpXchgInst& exchange, const Loop& loop) {
  const Value* expected = exchange.getCompareOperand();
  while (const auto* cast = dyn_cast<CastInst>(expected)) {
    expected = cast->getOperand(0);
  }
  const auto* phi = dyn_cast<PHINode>(expected);
  if (!phi || phi->getParent() != loop.getHeader() || !loop.getLoopLatch()) {
    return false;
  }
  const Value* again = phi->getIncomingValueForBlock(loop.getLoopLatch());
  while (const auto* cast = dyn_cast<CastInst>(again)) {
    again = cast->getOperand(0);
  }
  const auto* seen = dyn_cast<ExtractValueInst>(again);
  return seen && seen->getAggregateOperand() == &exchange && seen->getIndices()[0] == 0;
}

// Whether everything that `condition` depends on in the loop is a plain load from one place, or does not change: then
// only others can end the loop. (The load is in the loop because a fence or a store kept it there.)
bool watches_one_place(const Value* condition, const Loop& loop) {
  bool watches = false;
  SmallVector<const Value*, 16> work{condition};
  SmallPtrSet<const Value*, 32> seen;
  while (!work.empty()) {
    const auto* instruction = dyn_cast<Instruction>(work.pop_back_val());
    if (!instruction || !loop.contains(instruction) || !seen.insert(instruction).second) {
      continue;
    }
    if (isa<PHINode>(instruction)) {
      return false;
    }
    watches |= isa<LoadInst>(instruction);
    work.append(instruction->value_op_begin(), instruction->value_op_end());
  }
  return watches;
}

bool sleeps(const Loop& loop) {
  return any_of(loop.blocks(), [](const BasicBlock* block) {
    return any_of(*block, [](const Instruction& instruction) {
      const auto* call = dyn_cast<CallBase>(&instruction);
      const Function* callee = call ? call->getCalledFunction() : nullptr;
      return callee && callee->getName() == "qiao_lane_nanosleep";
    });
  });
}

// A call of a function of the program's own, which may look at memory.
bool calls_out(const Instruction& instruction) {
  const auto* call = dyn_cast<CallBase>(&instruction);
  return call && (!call->getCalledFunction() || !call->getCalledFunction()->isDeclaration());
}

}  // namespace

// Everything in the loop that the exits' conditions depend on, by data or by the way control came.
bool waits_on_memory(const Loop& loop, const DominatorTree& dominators) {
  SmallVector<BasicBlock*, 4> exiting;
  loop.getExitingBlocks(exiting);
  if (sleeps(loop)) {
    return true;
  }
  SmallVector<const Value*, 16> work;
  SmallPtrSet<const Value*, 32> seen;
  for (const BasicBlock* block : exiting) {
    work.push_back(block->getTerminator());
    const auto* branch = dyn_cast<BranchInst>(block->getTerminator());
    if (branch && branch->isConditional() && watches_one_place(branch->getCondition(), loop)) {
      return true;
    }
  }
  for (const BasicBlock* block : loop.blocks()) {
    if (any_of(*block, calls_out)) {
      return true;
    }
  }
  while (!work.empty()) {
    const auto* instruction = dyn_cast<Instruction>(work.pop_back_val());
    if (!instruction || !loop.contains(instruction) || !seen.insert(instruction).second) {
      continue;
    }
    const auto* exchange = dyn_cast<AtomicCmpXchgInst>(instruction);
    if (exchange && is_retry(*exchange, loop)) {
      continue;
    }
    if (observes_others(*instruction)) {
      return true;
    }
    for (const Value* operand : instruction->operands()) {
      work.push_back(operand);
    }
    if (isa<PHINode>(instruction) && instruction->getParent() != loop.getHeader()) {
      const BasicBlock* block = instruction->getParent();
      const BasicBlock* top = dominators.getNode(block)->getIDom()->getBlock();
      for (const BasicBlock* other : loop.blocks()) {
        if (other != block && dominators.dominates(top, other) && reaches(other, block)) {
          work.push_back(other->getTerminator());
        }
      }
    }
  }
  return false;
}

}  // namespace qiao::jit
