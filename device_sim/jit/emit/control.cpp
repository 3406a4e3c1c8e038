// Branches (PTX ISA 9.7.13) and the stack (9.7.17).
#include "device_sim/jit/emit/function_emitter.h"

namespace qiao::jit {

Result<void> FunctionEmitter::emit_terminator(const Instruction& inst, const ptx::Block& block) {
  if (inst.form->kind == isa::Kind::BranchIndex) return emit_branch_index(inst, block);
  if (inst.guard == ptx::kNoId) return builder_.CreateBr(blocks_[block.successors[0]]), Result<void>();
  LaneValue taken = read_register(inst.guard);
  if (inst.guard_negated) taken = ~taken;
  count_guard(taken);
  builder_.CreateCondBr(taken.bits(), blocks_[block.successors[0]], blocks_[block.successors.back()]);
  return {};
}

// An index beyond the list is undefined in PTX; here it ends the launch.
Result<void> FunctionEmitter::emit_branch_index(const Instruction& inst, const ptx::Block& block) {
  auto index = read(inst.operands[0], 32);
  if (!index) return index.error();
  LaneValue way = *index;
  if (inst.guard != ptx::kNoId) {
    LaneValue taken = read_register(inst.guard);
    if (inst.guard_negated) taken = ~taken;
    count_guard(taken);
    way = select(taken, way, imm(32, ~0u));
    count_ways(way);
    llvm::BasicBlock* jump = new_block("brx");
    builder_.CreateCondBr(taken.bits(), jump, blocks_[block.successors.back()]);
    start_block(jump);
  } else {
    count_ways(way);
  }
  const auto& targets = function_.branch_targets.at(inst.operands[1].id);
  llvm::BasicBlock* beyond = new_block("beyond");
  auto* jump = builder_.CreateSwitch(index->bits(), beyond, targets.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    jump->addCase(builder_.getInt32(i), blocks_[cfg_.block_of_label[targets[i]]]);
  }
  start_block(beyond);
  end_launch(inst, machine::TrapReason::NoTarget);
  return {};
}

// alloca, stacksave, stackrestore: the stack grows upwards in the lane's local frame, behind its .local variables.
Result<void> FunctionEmitter::emit_alloca(const Instruction& inst) {
  const Operand* size = operand(inst, "n");
  const Operand* restored = operand(inst, "a");
  if (restored != nullptr) {
    auto top = read(*restored, 64);
    if (top) builder_.CreateStore(top->bits(), stack_top_);
    return top ? Result<void>() : Result<void>(top.error());
  }
  LaneValue top = value(builder_.CreateLoad(builder_.getInt64Ty(), stack_top_));
  if (size == nullptr) return write(inst.operands[0], top), Result<void>();
  auto bytes = read(*size, isa::bits_of(inst.types[0]));
  if (!bytes) return bytes.error();
  const Operand* given = operand(inst, "align");
  const uint64_t alignment = given == nullptr ? 8 : std::max<uint64_t>(given->bits, 8);
  LaneValue start = (top + imm(64, alignment - 1)) & imm(64, ~(alignment - 1));
  LaneValue limit = position(Intrinsic::LocalSize);
  LaneValue wanted = resize_u(*bytes, 64);
  LaneValue fits = ~ult(limit, start) & ~ult(limit - start, wanted);
  llvm::BasicBlock* full = new_block("full");
  llvm::BasicBlock* taken = new_block("taken");
  builder_.CreateCondBr(fits.bits(), taken, full);
  start_block(full);
  end_launch(inst, machine::TrapReason::NoStack);
  start_block(taken);
  builder_.CreateStore((start + wanted).bits(), stack_top_);
  write(inst.operands[0], start);
  return {};
}

}  // namespace qiao::jit
