// Instructions whose meaning is a function of values, and moves: between registers, of addresses, packing and
// unpacking.
#include "device_sim/jit/emit/function_emitter.h"
#include "device_sim/jit/emit/meaning_of.h"
#include "src/isa/evaluate.h"
#include "src/ptx/sources.h"

namespace qiao::jit {

using isa::StateSpace;

Result<void> FunctionEmitter::emit_value(const Instruction& inst) {
  std::vector<LaneValue> sources;
  for (const auto& [op, type, selector] : ptx::sources_of(inst)) {
    const unsigned bits = isa::bits_of(type);
    auto v = op == nullptr             ? Result<LaneValue>(imm(bits, selector))
             : type == isa::Type::Pred ? Result<LaneValue>(read_predicate(*op))
                                       : read(*op, bits);
    if (!v) return v.error();
    sources.push_back(*v);
  }
  if (isa::reads_carry(inst.form->meaning)) {
    sources.push_back(value(builder_.CreateLoad(builder_.getInt1Ty(), carry_)));
  }
  std::vector<LaneValue> results = meaning_of(inst, sources);
  if (results.empty()) return unimplemented_here("an instruction without a meaning");
  size_t next = 0;
  for (size_t i = 0; i < inst.operands.size(); ++i) {
    const isa::OperandSlot& slot = inst.form->slots[i];
    if (!slot.is_destination) continue;
    write(inst.operands[i], results[next++], isa::is_signed(isa::type_of_slot(slot, inst.types)));
  }
  if (next < results.size() && isa::writes_carry(inst.modifiers)) {
    llvm::Value* carry = results[next].bits();
    if (guard_) carry = builder_.CreateSelect(guard_, carry, builder_.CreateLoad(builder_.getInt1Ty(), carry_));
    builder_.CreateStore(carry, carry_);
  }
  return {};
}

// {a, b, ...} as one value: the first element is the lowest.
Result<LaneValue> FunctionEmitter::read_packed(const Operand& op, unsigned bits) {
  unsigned part = bits / op.elements.size();
  LaneValue packed = imm(bits, 0);
  for (size_t i = 0; i < op.elements.size(); ++i) {
    auto element = read(op.elements[i], part);
    if (!element) return element;
    packed = packed | shl_clamp(resize_u(*element, bits), imm(bits, i * part));
  }
  return packed;
}

void FunctionEmitter::write_packed(const Operand& op, LaneValue v) {
  unsigned part = v.width() / op.elements.size();
  for (size_t i = 0; i < op.elements.size(); ++i) {
    write(op.elements[i], trunc(lshr_clamp(v, imm(v.width(), i * part)), part));
  }
}

Result<void> FunctionEmitter::emit_move(const Instruction& inst) {
  if (inst.modifiers.at(isa::Axis::Vec) != isa::Mod::None) return emit_vector_move(inst);
  const Operand& source = inst.operands[1];
  if (inst.types[0] == isa::Type::Pred) return write(inst.operands[0], read_predicate(source)), Result<void>();
  auto v = read(source, isa::bits_of(inst.types[0]));
  if (!v) return v.error();
  write(inst.operands[0], *v);
  return {};
}

// mov.v2, mov.v4: all elements are read before one is written.
Result<void> FunctionEmitter::emit_vector_move(const Instruction& inst) {
  std::vector<LaneValue> values;
  for (const Operand& element : inst.operands[1].elements) {
    auto v = read(element, isa::bits_of(inst.types[0]));
    if (!v) return v.error();
    values.push_back(*v);
  }
  for (size_t i = 0; i < values.size(); ++i) write(inst.operands[0].elements[i], values[i]);
  return {};
}

// A generic address is a host address: cvta adds the start of the window, cvta.to takes it away.
Result<void> FunctionEmitter::emit_convert_address(const Instruction& inst) {
  const Operand& source = inst.operands[1];
  unsigned bits = isa::bits_of(inst.types[0]);
  auto address = read(source, 64);
  if (!address) return address.error();
  StateSpace space = isa::space_of(inst.modifiers);
  bool offset = space == StateSpace::Shared || space == StateSpace::Local || space == StateSpace::Param;
  if (offset) {
    LaneValue base = window_of(space).base;
    *address = inst.modifiers.has(isa::Mod::To) ? *address - base : *address + base;
  }
  write(inst.operands[0], resize_u(*address, bits));
  return {};
}

}  // namespace qiao::jit
