// What keeps warps from running side by side, and how many fit into registers (see the header).
#include "device_sim/jit/vectorize/jam.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/barrier_flow.h"
#include "device_sim/jit/vectorize/lane_loops.h"
#include "device_sim/jit/vectorize/waiting.h"

namespace qiao::jit {
namespace {

using namespace llvm;

constexpr unsigned kMostInstructions = 1200;  // of lane code, for all warps together

using ValueSet = SmallPtrSet<const Value*, 32>;

bool is_plain_barrier(const Instruction& instruction) {
  const auto& call = cast<CallBase>(instruction);
  const auto* count = dyn_cast<ConstantInt>(call.getArgOperand(1));
  return intrinsic_of(instruction) == Intrinsic::BarrierSync && isa<ConstantInt>(call.getArgOperand(0)) && count &&
         count->isZero();
}

bool keeps_warps_apart(const Function& lane, const DominatorTree& dominators, const LoopInfo& loops,
                       const ShapeAnalysis& shapes) {
  for (const Instruction& instruction : instructions(lane)) {
    if (is_block_barrier(instruction) && !is_plain_barrier(instruction)) {
      return true;
    }
  }
  return any_of(loops.getLoopsInPreorder(), [&](const Loop* loop) {
    return waits_on_memory(*loop, dominators) || is_lane_loop(*loop, dominators, shapes);
  });
}

// Short code without loops whose accesses are of halves or bytes: a warp's is a fraction of what the check before it
// costs.
bool accesses_little(const Function& lane, const ShapeAnalysis& shapes) {
  constexpr unsigned kMostShort = 150;
  constexpr uint64_t kEnoughBytes = 128;
  uint64_t widest = 0;
  for (const Instruction& instruction : instructions(lane)) {
    const Value* pointer = getLoadStorePointerOperand(&instruction);
    if (pointer && !shapes.is_uniform(*pointer)) {
      Type* type = getLoadStoreType(const_cast<Instruction*>(&instruction));
      widest = std::max<uint64_t>(widest, lane.getDataLayout().getTypeStoreSize(type));
    }
  }
  return widest != 0 && widest * kLanes < kEnoughBytes && lane.getInstructionCount() <= kMostShort;
}

// Bytes of registers that a warp's values of one innermost loop take: what the loop carries or reads, and the most that
// lives at once inside of a block.
class Pressure {
 public:
  Pressure(const Loop& loop, const ShapeAnalysis& shapes, const DataLayout& layout)
      : loop_(loop), shapes_(shapes), layout_(layout) {}

  uint64_t bytes() {
    ValueSet carried, read;
    uint64_t most = 0;
    for (const BasicBlock* block : loop_.blocks()) {
      for (const Instruction& instruction : *block) {
        for (const Value* operand : instruction.operands()) {
          const auto* outside = dyn_cast<Instruction>(operand);
          if (outside && is_vector(*operand) && (isa<PHINode>(operand) || !loop_.contains(outside))) {
            (loop_.contains(outside) ? carried : read).insert(operand);
          }
        }
      }
      most = std::max(most, most_inside(*block));
    }
    for (const Value* value : carried) {
      most += size(*value);
    }
    for (const Value* value : read) {
      most += size(*value) / 2;  // an operand may lie in memory
    }
    return most;
  }

 private:
  bool is_vector(const Value& value) const {
    return isa<Instruction>(value) && !value.getType()->isIntegerTy(1) && shapes_.of(value).is_vector();
  }
  uint64_t size(const Value& value) const { return kLanes * layout_.getTypeStoreSize(value.getType()).getFixedValue(); }

  uint64_t most_inside(const BasicBlock& block) const {
    ValueSet live;
    uint64_t now = 0, most = 0;
    for (const Instruction& instruction : reverse(block)) {
      if (is_vector(instruction) && !isa<PHINode>(instruction)) {
        const bool after = any_of(instruction.users(),
                                  [&](const User* user) { return cast<Instruction>(user)->getParent() != &block; });
        now += after && live.insert(&instruction).second ? size(instruction) : 0;
        most = std::max(most, now);
        now -= live.erase(&instruction) ? size(instruction) : 0;
      }
      for (const Value* operand : instruction.operands()) {
        const auto* inside = dyn_cast<Instruction>(operand);
        if (inside && inside->getParent() == &block && !isa<PHINode>(inside) && is_vector(*operand) &&
            live.insert(operand).second) {
          now += size(*operand);
        }
      }
      most = std::max(most, now);
    }
    return most;
  }

  const Loop& loop_;
  const ShapeAnalysis& shapes_;
  const DataLayout& layout_;
};

}  // namespace

unsigned choose_jam(Function& lane, const BlockShape& block, const DominatorTree& dominators, const LoopInfo& loops,
                    const ShapeAnalysis& shapes, const JamLimits& limits) {
  if (block.generic() || block.threads() % kLanes != 0 || limits.most == 1 ||
      keeps_warps_apart(lane, dominators, loops, shapes)) {
    return 1;
  }
  unsigned jam = std::min(limits.most, kMostJam);
  if (!limits.anyway) {
    if (loops.empty() && !accesses_little(lane, shapes)) {
      return 1;
    }
    while (jam > 1 && lane.getInstructionCount() * jam > kMostInstructions) {
      jam /= 2;
    }
    for (const Loop* loop : loops.getLoopsInPreorder()) {
      const uint64_t bytes = loop->isInnermost() ? Pressure(*loop, shapes, lane.getDataLayout()).bytes() : 0;
      while (jam > 1 && bytes * jam > limits.register_bytes + limits.register_bytes / 8) {  // a little spilling pays
        jam /= 2;
      }
    }
  }
  while (block.warps() % jam != 0) {
    jam /= 2;
  }
  return jam;
}

unsigned count_divergent_branches(const Function& lane, const ShapeAnalysis& shapes) {
  return static_cast<unsigned>(count_if(lane, [&](const BasicBlock& block) {
    const auto* branch = dyn_cast<BranchInst>(block.getTerminator());
    return branch && branch->isConditional() && !shapes.is_uniform(*branch->getCondition());
  }));
}

}  // namespace qiao::jit
