// Calls (PTX ISA 9.7.12.5). Parameters and results travel through memory slots of the caller, whose addresses are the
// callee's arguments; after inlining LLVM turns the slots into values.
#include "device_sim/jit/emit/function_emitter.h"
#include "device_sim/machine/system_calls.h"

namespace qiao::jit {
llvm::AllocaInst* FunctionEmitter::new_slot(llvm::Type* type) {
  llvm::BasicBlock& entry = lane_->getEntryBlock();
  llvm::IRBuilder<> at_entry(&entry, entry.begin());
  return at_entry.CreateAlloca(type, nullptr, "slot");
}

// The slot of one argument or result: the caller's own .param variable, or a new one for a register or constant.
Result<llvm::Value*> FunctionEmitter::call_slot(const Operand& op, llvm::Type* type, bool is_argument) {
  if (op.kind == Operand::Kind::Symbol && op.local && function_.locals[op.id].space == isa::StateSpace::Param) {
    return params_[op.id];
  }
  llvm::AllocaInst* slot = new_slot(type);
  if (is_argument) {
    auto v = read(op, type->getPrimitiveSizeInBits());
    if (!v) return v.error();
    builder_.CreateStore(type->isFloatingPointTy() ? v->real() : v->bits(), slot);
  }
  return slot;
}

Result<void> FunctionEmitter::emit_call(const Instruction& inst) {
  const Operand* results = operand(inst, "d");
  const Operand* target = operand(inst, "f");
  const Operand* arguments = operand(inst, "a");
  static const std::vector<Operand> kNone;
  const auto& outs = results ? results->elements : kNone;
  const auto& ins = arguments ? arguments->elements : kNone;
  if (target->kind != Operand::Kind::Symbol) return emit_indirect_call(inst, *target, outs, ins);
  const ptx::Symbol& symbol = shared_.ptx().symbols[target->id];
  if (symbol.kind != ptx::Symbol::Kind::Function) return invalid(Code::InvalidPtx, "a call of what is no function");
  if (shared_.functions.count(symbol.index)) return emit_direct_call(symbol.index, outs, ins);
  return emit_system_call(inst, shared_.ptx().functions[symbol.index].name, outs, ins);
}

Result<void> FunctionEmitter::emit_direct_call(uint32_t callee, const std::vector<Operand>& outs,
                                               const std::vector<Operand>& ins) {
  const ptx::Function& function = shared_.ptx().functions[callee];
  if (outs.size() != function.results.size() || ins.size() != function.params.size()) {
    return invalid(Code::InvalidPtx, "a call of " + function.name + " with the wrong number of arguments or results");
  }
  llvm::Value* block = lane_->getArg(function_.is_entry ? 1 : 0);
  llvm::Value* lane = lane_->getArg(function_.is_entry ? 2 : 1);
  std::vector<llvm::Value*> values{block, lane};
  if (shared_.stacked) values.push_back(builder_.CreateLoad(builder_.getInt64Ty(), stack_top_));
  const size_t first = values.size();
  auto slot_type = [&](const std::vector<uint32_t>& list, bool are_registers, size_t i) -> llvm::Type* {
    if (are_registers) return type_of(function.registers[list[i]].type);
    return builder_.getIntNTy(8 * std::min<uint64_t>(std::max<uint64_t>(function.locals[list[i]].bytes, 1), 16));
  };
  for (size_t i = 0; i < outs.size(); ++i) {
    auto slot = call_slot(outs[i], slot_type(function.results, function.results_are_registers, i), false);
    if (!slot) return slot.error();
    values.push_back(*slot);
  }
  for (size_t i = 0; i < ins.size(); ++i) {
    auto slot = call_slot(ins[i], slot_type(function.params, function.params_are_registers, i), true);
    if (!slot) return slot.error();
    values.push_back(*slot);
  }
  llvm::Value* exited = builder_.CreateCall(shared_.functions.at(callee), values);
  llvm::BasicBlock* back = new_block("back");
  builder_.CreateCondBr(exited, exit_block_, back);
  start_block(back);
  for (size_t i = 0; i < outs.size(); ++i) {
    if (outs[i].kind != Operand::Kind::Register) continue;
    write(outs[i], value(builder_.CreateLoad(llvm::cast<llvm::AllocaInst>(values[first + i])->getAllocatedType(),
                                             values[first + i])));
  }
  return {};
}

// A function's address is its handle (machine::ModuleStorage): a switch over the functions it may mean.
Result<void> FunctionEmitter::emit_indirect_call(const Instruction& inst, const Operand& target,
                                                 const std::vector<Operand>& outs, const std::vector<Operand>& ins) {
  const Operand* label = operand(inst, "t");
  auto prototype = label ? function_.prototypes.find(label->id) : function_.prototypes.end();
  if (prototype == function_.prototypes.end()) return unimplemented_here("an indirect call without .callprototype");
  auto address = read(target, 64);
  if (!address) return address.error();
  LaneValue handle = *address - table_entry(shared_.ptx().symbols.size());
  llvm::BasicBlock* wrong = new_block("wrong");
  llvm::BasicBlock* done = new_block("called");
  auto* choice = builder_.CreateSwitch(handle.bits(), wrong);
  for (uint32_t candidate : shared_.address_taken) {
    if (!ptx::same_signature(shared_.ptx().functions[candidate], shared_.ptx().prototypes[prototype->second])) continue;
    llvm::BasicBlock* block = new_block("callee");
    choice->addCase(builder_.getInt64(machine::ModuleStorage::kHandleStride * candidate), block);
    start_block(block);
    if (auto called = emit_direct_call(candidate, outs, ins); !called) return called;
    builder_.CreateBr(done);
  }
  for (uint32_t index = 0; index < shared_.ptx().functions.size(); ++index) {
    if (shared_.ptx().functions[index].name != machine::kPureVirtual || shared_.functions.count(index)) continue;
    llvm::BasicBlock* pure = new_block("pure");
    choice->addCase(builder_.getInt64(machine::ModuleStorage::kHandleStride * index), pure);
    start_block(pure);
    end_launch(inst, machine::TrapReason::PureVirtual);
  }
  start_block(wrong);
  llvm::BasicBlock* null = new_block("null");
  llvm::BasicBlock* other = new_block("other");
  builder_.CreateCondBr(builder_.CreateIsNull(address->bits()), null, other);
  start_block(null);
  end_launch(inst, machine::TrapReason::NullFunction);
  start_block(other);
  end_launch(inst, machine::TrapReason::NoFunction);
  start_block(done);
  return {};
}

Result<void> FunctionEmitter::emit_system_call(const Instruction& inst, const std::string& name,
                                               const std::vector<Operand>& outs, const std::vector<Operand>& ins) {
  const machine::SystemCall* call = machine::find_system_call(name);
  if (!call) return unimplemented_here("a call of " + name + ", which has no body here");
  if (ins.size() != call->argument_bits.size()) return invalid(Code::InvalidPtx, name + " with the wrong arguments");
  std::vector<LaneValue> values;
  for (size_t i = 0; i < ins.size(); ++i) {
    llvm::Type* type = builder_.getIntNTy(call->argument_bits[i]);
    auto slot = call_slot(ins[i], type, true);
    if (!slot) return slot.error();
    values.push_back(value(builder_.CreateLoad(type, *slot)));
  }
  if (call->fatal) {
    for (Intrinsic axis : {Intrinsic::TidX, Intrinsic::TidY, Intrinsic::TidZ}) values.push_back(position(axis));
  }
  LaneValue result = lane_call(call->lane_name, call->result_bits, values);
  if (call->result_bits && !outs.empty()) {
    auto slot = call_slot(outs[0], result.raw()->getType(), false);
    if (!slot) return slot.error();
    if (outs[0].kind == Operand::Kind::Register) {
      write(outs[0], result);
    } else {
      builder_.CreateStore(result.raw(), *slot);
    }
  }
  if (call->fatal) end_launch(inst, machine::TrapReason::Trap);
  return {};
}

}  // namespace qiao::jit
