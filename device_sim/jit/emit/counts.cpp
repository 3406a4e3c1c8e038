// Markers for the counters (machine/counting_plan.h), where PTX stands: no optimisation comes between what the program
// says and what is counted.
#include "device_sim/jit/emit/function_emitter.h"

namespace qiao::jit {

using machine::kNoSlot;

void FunctionEmitter::begin_counting(uint32_t instruction, bool starts_block) {
  if (!shared_.plan) return;
  const machine::CountedInstruction* before = starts_block ? nullptr : counted_;
  counted_ = &shared_.plan->of(index_, instruction);
  const bool one_by_one = shared_.plan->warps() != kNoSlot;
  if (before == nullptr || before->executed != counted_->executed) {
    warp_call(Intrinsic::CountBlock, {imm(32, counted_->executed), imm(32, one_by_one ? counted_->stretch : 0)});
  }
}

void FunctionEmitter::count_guard(LaneValue guard) {
  if (counted_ == nullptr) return;
  warp_call(Intrinsic::CountLanes, {imm(32, counted_->guarded), guard});
  if (counted_->diverged != kNoSlot && counted_->instruction->form->kind == isa::Kind::Branch) {
    warp_call(Intrinsic::CountBranch, {imm(32, counted_->diverged), guard});
  }
}

// brx.idx: by the index; who does not take it goes a way of its own.
void FunctionEmitter::count_ways(LaneValue index) {
  if (counted_ != nullptr) warp_call(Intrinsic::CountWays, {imm(32, counted_->diverged), index});
}

void FunctionEmitter::count_access(isa::StateSpace space, llvm::Value* pointer) {
  if (counted_ == nullptr || counted_->access == kNoSlot) return;
  const bool is_stored = counted_->stored != kNoSlot && space == isa::StateSpace::Shared;
  const uint32_t slot = is_stored ? counted_->stored : counted_->access;
  const machine::AccessKind kind = is_stored ? counted_->stored_kind : counted_->kind;
  llvm::CallInst* call = builder_.CreateCall(declare(shared_.module(), Intrinsic::CountAccess),
                                             {builder_.getInt32(slot), builder_.getInt32(kind.encode()), pointer});
  mark_call(*call);
}

void FunctionEmitter::count_failed(llvm::Value* failed) {
  if (counted_ == nullptr || counted_->failed == kNoSlot) return;
  warp_call(Intrinsic::CountLanes, {imm(32, counted_->failed), value(failed)});
}

}  // namespace qiao::jit
