// Operands as lane values: registers, immediates, special registers, and the calls of lane code's intrinsics.
#include "device_sim/jit/emit/function_emitter.h"
#include "src/ptx/sources.h"

namespace qiao::jit {

const ptx::Operand* FunctionEmitter::operand(const Instruction& inst, std::string_view slot) const {
  return ptx::find_operand(inst, slot);
}

LaneValue FunctionEmitter::imm(unsigned bits, uint64_t v) {
  return value(llvm::ConstantInt::get(builder_.getIntNTy(bits), llvm::APInt(64, v).zextOrTrunc(bits)));
}

llvm::Type* FunctionEmitter::type_of(isa::Type type) {
  if (type == isa::Type::F32) return builder_.getFloatTy();
  if (type == isa::Type::F64) return builder_.getDoubleTy();
  return builder_.getIntNTy(isa::bits_of(type));
}

LaneValue FunctionEmitter::read_register(ptx::RegisterId id) {
  return value(builder_.CreateLoad(registers_[id]->getAllocatedType(), registers_[id]));
}

// A wider register takes the value extended (loads and conversions), a narrower one its low bits.
void FunctionEmitter::write_register(ptx::RegisterId id, LaneValue v, bool sign_extend) {
  llvm::Type* type = registers_[id]->getAllocatedType();
  unsigned bits = type->getPrimitiveSizeInBits();
  if (v.width() != bits) v = sign_extend ? resize_s(v, bits) : resize_u(v, bits);
  llvm::Value* stored = type->isFloatingPointTy() ? v.real() : v.bits();
  if (guard_) stored = builder_.CreateSelect(guard_, stored, builder_.CreateLoad(type, registers_[id]));
  builder_.CreateStore(stored, registers_[id]);
}

LaneValue FunctionEmitter::read_predicate(const Operand& op) {
  if (op.kind == Operand::Kind::Immediate) return imm(1, (op.bits != 0) != op.negated);
  if (op.kind == Operand::Kind::Special) return imm(1, isa::fixed_value_of(op.special).value_or(0));
  LaneValue p = read_register(op.id);
  return op.negated ? ~p : p;
}

Result<LaneValue> FunctionEmitter::read(const Operand& op, unsigned bits) {
  switch (op.kind) {
    case Operand::Kind::Register: {
      LaneValue v = op.negated ? ~read_register(op.id) : read_register(op.id);
      return v.width() == bits ? v : resize_u(v, bits);
    }
    case Operand::Kind::Immediate:
      return imm(bits, op.bits);
    case Operand::Kind::Special: {
      auto special = read_special(op);
      return special ? Result<LaneValue>(resize_u(*special, bits)) : special;
    }
    case Operand::Kind::Symbol: {
      auto address = symbol_address(op);
      return address ? Result<LaneValue>(resize_u(*address, bits)) : address;
    }
    case Operand::Kind::Vector:
      return read_packed(op, bits);
    default:
      return unimplemented_here("an operand of this kind");
  }
}

void FunctionEmitter::write(const Operand& op, LaneValue v, bool sign_extend) {
  if (op.kind == Operand::Kind::Register) write_register(op.id, v, sign_extend);
  if (op.kind == Operand::Kind::Vector) write_packed(op, v);
}

LaneValue FunctionEmitter::position(Intrinsic id) {
  return value(builder_.CreateCall(declare(shared_.module(), id)));
}

LaneValue FunctionEmitter::warp_call(Intrinsic id, std::initializer_list<LaneValue> arguments) {
  llvm::SmallVector<llvm::Value*, 4> values;
  for (const LaneValue& argument : arguments) values.push_back(argument.bits());
  llvm::CallInst* call = builder_.CreateCall(declare(shared_.module(), id), values);
  mark_call(*call);
  return value(call);
}

// `result_bits` 0: void. The block comes first, as lane_code.md wants it.
LaneValue FunctionEmitter::lane_call(const char* name, unsigned result_bits, llvm::ArrayRef<LaneValue> arguments) {
  llvm::SmallVector<llvm::Value*, 6> values{lane_->getArg(function_.is_entry ? 1 : 0)};
  llvm::SmallVector<llvm::Type*, 6> types{builder_.getPtrTy()};
  for (const LaneValue& argument : arguments) {
    values.push_back(argument.bits());
    types.push_back(values.back()->getType());
  }
  llvm::Type* result = result_bits ? builder_.getIntNTy(result_bits) : builder_.getVoidTy();
  llvm::FunctionCallee callee =
      shared_.module().getOrInsertFunction(name, llvm::FunctionType::get(result, types, false));
  llvm::cast<llvm::Function>(callee.getCallee())->setDoesNotThrow();
  return value(builder_.CreateCall(callee, values));
}

}  // namespace qiao::jit
