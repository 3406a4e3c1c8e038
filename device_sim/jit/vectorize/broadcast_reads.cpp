#include "device_sim/jit/vectorize/broadcast_reads.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/CFG.h>
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

// Whether shared memory may be written from `first` on before the warps meet again.
bool written_unmet(const llvm::Instruction& first) {
  llvm::SmallPtrSet<const llvm::BasicBlock*, 16> seen;
  llvm::SmallVector<const llvm::Instruction*, 16> work{&first};
  while (!work.empty()) {
    const llvm::Instruction* at = work.pop_back_val();
    for (; at != nullptr && !is_full_barrier(*at); at = at->getNextNode()) {
      if (writes_shared(*at)) return true;
      if (!at->isTerminator()) continue;
      for (const llvm::BasicBlock* next : llvm::successors(at)) {
        if (seen.insert(next).second) work.push_back(&next->front());
      }
    }
  }
  return false;
}

// The last read at an address that all threads have in common, between a barrier and what writes or waits.
llvm::LoadInst* last_broadcast(llvm::Instruction& barrier) {
  llvm::LoadInst* last = nullptr;
  for (llvm::Instruction* at = barrier.getNextNode(); !at->isTerminator(); at = at->getNextNode()) {
    if (is_full_barrier(*at) || writes_shared(*at)) break;
    auto* load = dyn_cast<llvm::LoadInst>(at);
    if (load && is_shared(*load->getPointerOperand()) && is_block_uniform(*load->getPointerOperand())) last = load;
  }
  return last;
}

}  // namespace

void meet_behind_broadcast_reads(llvm::Function& lane) {
  llvm::SmallVector<std::pair<llvm::Instruction*, llvm::LoadInst*>, 4> meetings;
  for (llvm::BasicBlock& block : lane) {
    for (llvm::Instruction& instruction : block) {
      if (called(instruction) != Intrinsic::BarrierSync || !is_full_barrier(instruction)) continue;
      llvm::LoadInst* load = last_broadcast(instruction);
      if (load && written_unmet(*load->getNextNode())) meetings.emplace_back(&instruction, load);
    }
  }
  for (auto [barrier, load] : meetings) barrier->clone()->insertAfter(load);
}

}  // namespace qiao::jit
