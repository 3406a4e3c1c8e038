// Branches (PTX ISA 9.7.12).
#include "device_sim/jit/emit/function_emitter.h"

namespace qiao::jit {

Result<void> FunctionEmitter::emit_terminator(const Instruction& inst, const ptx::Block& block) {
  if (inst.form->kind == isa::Kind::BranchIndex) return emit_branch_index(inst, block);
  if (inst.guard == ptx::kNoId) return builder_.CreateBr(blocks_[block.successors[0]]), Result<void>();
  LaneValue taken = read_register(inst.guard);
  if (inst.guard_negated) taken = ~taken;
  builder_.CreateCondBr(taken.bits(), blocks_[block.successors[0]], blocks_[block.successors.back()]);
  return {};
}

// An index beyond the list is undefined in PTX; here it ends the launch.
Result<void> FunctionEmitter::emit_branch_index(const Instruction& inst, const ptx::Block& block) {
  if (inst.guard != ptx::kNoId) {
    LaneValue taken = read_register(inst.guard);
    if (inst.guard_negated) taken = ~taken;
    llvm::BasicBlock* jump = new_block("brx");
    builder_.CreateCondBr(taken.bits(), jump, blocks_[block.successors.back()]);
    start_block(jump);
  }
  const auto& targets = function_.branch_targets.at(inst.operands[1].id);
  auto index = read(inst.operands[0], 32);
  if (!index) return index.error();
  llvm::BasicBlock* beyond = new_block("beyond");
  auto* jump = builder_.CreateSwitch(index->bits(), beyond, targets.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    jump->addCase(builder_.getInt32(i), blocks_[cfg_.block_of_label[targets[i]]]);
  }
  start_block(beyond);
  lane_call("qiao_lane_trap", 0, {});
  builder_.CreateBr(exit_block_);
  return {};
}

}  // namespace qiao::jit
