// Liveness across barriers, values computed again, frame slots (see the header).
#include "device_sim/jit/vectorize/warp_frame.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/Transforms/Utils/SSAUpdater.h>

#include "device_sim/jit/vectorize/vectorize.h"

namespace qiao::jit {

using namespace llvm;

namespace {

constexpr unsigned kRecomputeCost = 16;  // instructions; what takes more is kept in the frame
constexpr uint64_t kFrameAlign = 64;

using Blocks = SmallPtrSet<const BasicBlock*, 16>;

// Blocks at whose start the value is still needed.
Blocks live_in(const Instruction& value) {
  Blocks live;
  SmallVector<const BasicBlock*, 16> work;
  auto need = [&](const BasicBlock* block) {
    if (block != value.getParent() && live.insert(block).second) {
      work.push_back(block);
    }
  };
  for (const Use& use : value.uses()) {
    const auto* user = cast<Instruction>(use.getUser());
    const auto* phi = dyn_cast<PHINode>(user);
    need(phi ? phi->getIncomingBlock(use) : user->getParent());
  }
  while (!work.empty()) {
    for (const BasicBlock* from : predecessors(work.pop_back_val())) {
      need(from);
    }
  }
  return live;
}

bool reads_constant_memory(const LoadInst& load) {
  const auto* base = dyn_cast<Argument>(load.getPointerOperand()->stripInBoundsConstantOffsets());
  return load.isSimple() && base &&
         (base->hasAttribute(Attribute::ReadOnly) || load.hasMetadata(LLVMContext::MD_invariant_load));
}

// How many instructions compute the value from the function's arguments alone; above kRecomputeCost: too many, or it
// cannot be done.
unsigned cost_to_recompute(const Value& value, unsigned depth = 0) {
  if (isa<Constant, Argument>(value)) {
    return 0;
  }
  const auto* instruction = dyn_cast<Instruction>(&value);
  if (!instruction || depth > kRecomputeCost || isa<PHINode, AllocaInst>(instruction)) {
    return kRecomputeCost + 1;
  }
  const auto* load = dyn_cast<LoadInst>(instruction);
  const bool again = load ? reads_constant_memory(*load)
                          : !instruction->mayReadOrWriteMemory() && isSafeToSpeculativelyExecute(instruction);
  if (!again) {
    return kRecomputeCost + 1;
  }
  unsigned cost = 1;
  for (const Use& operand : instruction->operands()) {
    cost += cost_to_recompute(*operand.get(), depth + 1);
    if (cost > kRecomputeCost) {
      break;
    }
  }
  return cost;
}

class FrameKeeper {
 public:
  FrameKeeper(Function& function, ArrayRef<Cut> cuts, Value& frame)
      : layout_(function.getDataLayout()), cuts_(cuts), frame_(frame), again_(cuts.size()) {}

  // Arrays of the program must survive barriers; what the emitter uses within one instruction need not.
  void take_allocas(BasicBlock& entry) {
    for (Instruction& instruction : make_early_inc_range(entry)) {
      auto* array = dyn_cast<AllocaInst>(&instruction);
      if (array && !array->hasMetadata(kScratchMark)) {
        IRBuilder<> builder(array);
        array->replaceAllUsesWith(place(builder, new_slot(array->getAllocatedType())));
        array->eraseFromParent();
      }
    }
  }

  // All that is computed again is made before any use is rewritten: from the code as it was.
  void make(const LiveAcross& live) {
    const bool again = cost_to_recompute(*live.value) <= kRecomputeCost;
    Kept kept{&live, again ? 0 : new_slot(live.value->getType()), again, {}};
    for (unsigned index : live.cuts) {
      IRBuilder<> builder(cuts_[index].after->getTerminator());
      kept.made.push_back(again ? recompute(*live.value, builder, again_[index])
                                : builder.CreateAlignedLoad(live.value->getType(), place(builder, kept.offset),
                                                            slot_align(live.value->getType()), live.value->getName()));
    }
    kept_.push_back(std::move(kept));
  }

  void rewrite_all() {
    for (const Kept& kept : kept_) {
      rewrite(kept);
    }
  }

  uint64_t bytes() const { return alignTo(bytes_, kFrameAlign); }

 private:
  struct Kept {
    const LiveAcross* live;
    uint64_t offset;
    bool again;
    SmallVector<Value*, 4> made;  // per cut of `live`
  };

  void rewrite(const Kept& kept) {
    Instruction& value = *kept.live->value;
    SSAUpdater updater;
    updater.Initialize(value.getType(), value.getName());
    updater.AddAvailableValue(value.getParent(), &value);
    for (unsigned index = 0; index < kept.made.size(); ++index) {
      updater.AddAvailableValue(cuts_[kept.live->cuts[index]].after, kept.made[index]);
    }
    SmallVector<Use*, 16> uses;
    for (Use& use : value.uses()) {
      uses.push_back(&use);
    }
    for (Use* use : uses) {
      const auto* user = cast<Instruction>(use->getUser());
      if (isa<PHINode>(user) || user->getParent() != value.getParent()) {
        updater.RewriteUse(*use);
      }
    }
    if (!kept.again) {
      store(kept, updater);
    }
  }

  // Only where the value may have been computed since the last barrier; else its place holds it already.
  void store(const Kept& kept, SSAUpdater& updater) {
    Blocks reached;
    SmallVector<BasicBlock*, 16> work{kept.live->value->getParent()};
    while (!work.empty()) {
      BasicBlock* block = work.pop_back_val();
      if (reached.insert(block).second) {
        work.append(succ_begin(block), succ_end(block));
      }
    }
    for (unsigned index : kept.live->cuts) {
      BasicBlock* before = cuts_[index].before;
      if (reached.contains(before)) {
        IRBuilder<> builder(before->getTerminator());
        Value* now = updater.GetValueAtEndOfBlock(before);
        builder.CreateAlignedStore(now, place(builder, kept.offset), slot_align(now->getType()));
      }
    }
  }

  Value* recompute(Value& value, IRBuilder<>& builder, DenseMap<Value*, Value*>& made) {
    auto* instruction = dyn_cast<Instruction>(&value);
    if (!instruction) {
      return &value;
    }
    if (Value* known = made.lookup(instruction)) {
      return known;
    }
    Instruction* clone = instruction->clone();
    for (Use& operand : clone->operands()) {
      operand.set(recompute(*operand.get(), builder, made));
    }
    builder.Insert(clone, instruction->getName());
    made[instruction] = clone;
    return clone;
  }

  Align slot_align(Type* type) const { return std::min(layout_.getPrefTypeAlign(type), Align(kFrameAlign)); }

  uint64_t new_slot(Type* type) {
    const uint64_t offset = alignTo(bytes_, slot_align(type));
    bytes_ = offset + layout_.getTypeAllocSize(type);
    return offset;
  }

  Value* place(IRBuilder<>& builder, uint64_t offset) {
    return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), &frame_, offset, "kept");
  }

  const DataLayout& layout_;
  ArrayRef<Cut> cuts_;
  Value& frame_;
  SmallVector<DenseMap<Value*, Value*>, 8> again_;  // per cut
  SmallVector<Kept, 32> kept_;
  uint64_t bytes_ = 0;
};

}  // namespace

std::vector<LiveAcross> find_live_across(Function& function, ArrayRef<Cut> cuts) {
  std::vector<LiveAcross> found;
  for (Instruction& value : instructions(function)) {
    auto outside = [&](const User* user) {
      return isa<PHINode>(user) || cast<Instruction>(user)->getParent() != value.getParent();
    };
    if (isa<AllocaInst>(value) || none_of(value.users(), outside)) {
      continue;
    }
    const Blocks live = live_in(value);
    LiveAcross entry{&value, {}};
    for (unsigned index = 0; index < cuts.size(); ++index) {
      if (live.contains(cuts[index].after)) {
        entry.cuts.push_back(index);
      }
    }
    if (!entry.cuts.empty()) {
      found.push_back(std::move(entry));
    }
  }
  return found;
}

uint64_t keep_in_frame(Function& function, ArrayRef<Cut> cuts, ArrayRef<LiveAcross> live, Value& frame) {
  FrameKeeper keeper(function, cuts, frame);
  keeper.take_allocas(function.getEntryBlock());
  for (const LiveAcross& entry : live) {
    keeper.make(entry);
  }
  keeper.rewrite_all();
  return keeper.bytes();
}

}  // namespace qiao::jit
