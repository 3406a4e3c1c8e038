#include "device_sim/jit/vectorize/broadcast_reads.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/PostDominators.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Operator.h>

#include "device_sim/jit/intrinsics.h"

namespace qiao::jit {
namespace {

using llvm::CallInst;
using llvm::dyn_cast;
using llvm::isa;
using llvm::Value;

std::optional<Intrinsic> called(const Value& value) {
  const auto* call = dyn_cast<llvm::CallBase>(&value);
  return call ? intrinsic_of(*call) : std::nullopt;
}

// A barrier for all threads of the block.
bool is_full_barrier(const llvm::Instruction& instruction) {
  const auto id = called(instruction);
  if (!id || *id == Intrinsic::WarpSync || row_of(*id).kind != IntrinsicKind::Barrier) return false;
  const auto& call = llvm::cast<CallInst>(instruction);
  const auto* count = call.arg_size() > 1 ? dyn_cast<llvm::ConstantInt>(call.getArgOperand(1)) : nullptr;
  return count != nullptr && count->isZero();
}

bool is_arithmetic(const Value& value) {
  return isa<llvm::BinaryOperator, llvm::CastInst, llvm::GetElementPtrInst, llvm::SelectInst, llvm::CmpInst>(value) ||
         called(value) == Intrinsic::Checked;
}

// The same in all threads of the block, for all that can be told from what it is made of.
bool is_block_uniform(const Value& value) {
  if (isa<llvm::Constant, llvm::Argument>(value)) return true;
  const auto id = called(value);
  if (id && row_of(*id).kind == IntrinsicKind::Position) {
    return *id != Intrinsic::TidX && *id != Intrinsic::TidY && *id != Intrinsic::TidZ && *id != Intrinsic::LaneId &&
           *id != Intrinsic::WarpId && *id != Intrinsic::Local;
  }
  if (!is_arithmetic(value)) return false;
  return llvm::all_of(llvm::cast<llvm::Instruction>(value).operands(), [](const llvm::Use& operand) {
    return isa<llvm::Function>(operand) || is_block_uniform(*operand);
  });
}

// Whether an address is made from where shared memory lies.
bool is_shared(const Value& address) {
  llvm::SmallPtrSet<const Value*, 16> seen;
  llvm::SmallVector<const Value*, 8> work{&address};
  while (!work.empty()) {
    const Value* next = work.pop_back_val();
    if (!seen.insert(next).second) continue;
    if (called(*next) == Intrinsic::Shared) return true;
    if (!is_arithmetic(*next) && !isa<llvm::PHINode>(next)) continue;
    for (const llvm::Use& operand : llvm::cast<llvm::Instruction>(next)->operands()) work.push_back(operand);
  }
  return false;
}

bool writes_shared(const llvm::Instruction& instruction) {
  if (const auto* store = dyn_cast<llvm::StoreInst>(&instruction)) return is_shared(*store->getPointerOperand());
  if (const auto* atomic = dyn_cast<llvm::AtomicRMWInst>(&instruction)) return is_shared(*atomic->getPointerOperand());
  const auto* exchange = dyn_cast<llvm::AtomicCmpXchgInst>(&instruction);
  return exchange && is_shared(*exchange->getPointerOperand());
}

bool is_broadcast(const llvm::Instruction& instruction) {
  const auto* load = dyn_cast<llvm::LoadInst>(&instruction);
  return load && is_shared(*load->getPointerOperand()) && is_block_uniform(*load->getPointerOperand());
}

// What happens on all ways from the end of one block to another.
struct Between {
  bool reads = false, writes = false, waits = false;
};

Between between(const llvm::BasicBlock& from, const llvm::BasicBlock& to) {
  Between found;
  llvm::SmallPtrSet<const llvm::BasicBlock*, 16> seen{&to};
  llvm::SmallVector<const llvm::BasicBlock*, 16> work(llvm::succ_begin(&from), llvm::succ_end(&from));
  while (!work.empty()) {
    const llvm::BasicBlock* block = work.pop_back_val();
    if (!seen.insert(block).second) continue;
    for (const llvm::Instruction& instruction : *block) {
      found.reads |= is_broadcast(instruction);
      found.writes |= writes_shared(instruction);
      found.waits |= is_full_barrier(instruction);
    }
    work.append(llvm::succ_begin(block), llvm::succ_end(block));
  }
  return found;
}

// Follows, from a barrier on, the blocks that all threads behind it come by.
class Search {
 public:
  explicit Search(llvm::Function& lane) : dominators_(lane), later_(lane), loops_(dominators_) {}

  // Where the warps are to meet: behind such a read and before what may write; null: no need, or no such place.
  llvm::Instruction* place_behind(llvm::Instruction& barrier) const {
    bool read = false;
    llvm::Instruction* at = barrier.getNextNode();
    for (llvm::BasicBlock* block = barrier.getParent();;) {
      for (; !at->isTerminator(); at = at->getNextNode()) {
        if (is_full_barrier(*at)) return nullptr;
        if (writes_shared(*at)) return read ? at : nullptr;
        read |= is_broadcast(*at);
      }
      llvm::BasicBlock* next = next_for_all(*block);
      if (next == nullptr) return nullptr;
      const Between region = between(*block, *next);
      if (region.writes) return read && !region.waits ? at : nullptr;
      if (region.waits) return nullptr;
      read |= region.reads;
      block = next;
      at = &*block->getFirstInsertionPt();
    }
  }

 private:
  llvm::BasicBlock* next_for_all(llvm::BasicBlock& block) const {
    const auto* node = later_.getNode(&block);
    const auto* next = node ? node->getIDom() : nullptr;
    if (next == nullptr || next->getBlock() == nullptr) return nullptr;
    const bool same = dominators_.dominates(&block, next->getBlock()) &&
                      loops_.getLoopFor(&block) == loops_.getLoopFor(next->getBlock());
    return same ? next->getBlock() : nullptr;
  }

  llvm::DominatorTree dominators_;
  llvm::PostDominatorTree later_;
  llvm::LoopInfo loops_;
};

}  // namespace

void meet_behind_broadcast_reads(llvm::Function& lane) {
  llvm::SmallVector<llvm::Instruction*, 8> barriers;
  for (llvm::Instruction& instruction : llvm::instructions(lane)) {
    if (called(instruction) == Intrinsic::BarrierSync && is_full_barrier(instruction)) barriers.push_back(&instruction);
  }
  if (barriers.empty()) return;
  const Search search(lane);
  for (llvm::Instruction* barrier : barriers) {
    if (llvm::Instruction* place = search.place_behind(*barrier)) barrier->clone()->insertBefore(place);
  }
}

}  // namespace qiao::jit
