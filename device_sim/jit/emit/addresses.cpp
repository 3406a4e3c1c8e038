// Addresses. In the shared, local and param windows an address is an offset from the window's start; elsewhere it is a
// host address, which is also the generic address (lane_code.md).
#include <bit>

#include "device_sim/jit/emit/function_emitter.h"

namespace qiao::jit {

using isa::StateSpace;

FunctionEmitter::Window FunctionEmitter::window_of(StateSpace space) {
  switch (space) {
    case StateSpace::Shared:
      return {position(Intrinsic::Shared), position(Intrinsic::SharedSize)};
    case StateSpace::Local:
      return {position(Intrinsic::Local), position(Intrinsic::LocalSize)};
    case StateSpace::Param: {
      LaneValue base = value(builder_.CreatePtrToInt(lane_->getArg(0), builder_.getInt64Ty()));
      return {base, imm(64, shared_.kernel.layout.param_bytes)};
    }
    default:
      return {position(Intrinsic::Arena), position(Intrinsic::ArenaSize)};
  }
}

static bool is_window(StateSpace space) {
  return space == StateSpace::Shared || space == StateSpace::Local || space == StateSpace::Param;
}

const ptx::Variable& FunctionEmitter::variable_of(const Operand& op) const {
  if (op.local) return function_.locals[op.id];
  return shared_.ptx().variables[shared_.ptx().symbols[op.id].index];
}

LaneValue FunctionEmitter::table_entry(uint32_t index) {
  llvm::GlobalVariable* table = shared_.module().getGlobalVariable(kAddressTable);
  llvm::Value* slot = builder_.CreateConstInBoundsGEP2_64(table->getValueType(), table, 0, index);
  llvm::LoadInst* load = builder_.CreateLoad(builder_.getInt64Ty(), slot);
  load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(builder_.getContext(), {}));
  return value(load);
}

Result<LaneValue> FunctionEmitter::symbol_address(const Operand& op) {
  LaneValue addend = imm(64, static_cast<uint64_t>(op.offset));
  if (!op.local && shared_.ptx().symbols[op.id].kind == ptx::Symbol::Kind::Function) return table_entry(op.id) + addend;
  const ptx::Variable& variable = variable_of(op);
  uint64_t offset = machine::kNoOffset;
  switch (variable.space) {
    case StateSpace::Shared:
    case StateSpace::Local: {
      if (framed_ && variable.space == StateSpace::Local) return frame_ + imm(64, frame_offsets_[op.id]) + addend;
      const auto& offsets = op.local ? layout_.local_offset : shared_.kernel.layout.shared_offset;
      if (op.id < offsets.size()) offset = offsets[op.id];
      break;
    }
    case StateSpace::Param:
      if (!function_.is_entry || layout_.local_offset[op.id] == machine::kNoOffset) {  // a slot of this call: no window
        return value(builder_.CreatePtrToInt(params_[op.id], builder_.getInt64Ty())) + addend;
      }
      offset = layout_.local_offset[op.id];
      break;
    default:
      return table_entry(op.id) + addend;
  }
  if (offset == machine::kNoOffset) return invalid(Code::InvalidPtx, "variable " + variable.name + " has no place");
  return imm(64, offset) + addend;
}

// Offsets in a window are numbers of 32 bits: one below zero and what is added to it meet inside. A window is far
// smaller than 2^31, so that reading a register's 32 bits as signed finds the same elements as a sum that wraps.
// Without an addend what is below zero is outside either way, and the unsigned reading is what the vectoriser knows
// best.
Result<LaneValue> FunctionEmitter::plain_address(const Operand& op, StateSpace space) {
  if (op.base_is_symbol) return symbol_address(op);
  if (op.id == ptx::kNoId) return imm(64, op.bits + static_cast<uint64_t>(op.offset));
  const LaneValue base = read_register(op.id);
  const bool may_wrap = is_window(space) && op.offset > 0;
  return (may_wrap ? resize_s(base, 64) : resize_u(base, 64)) + imm(64, static_cast<uint64_t>(op.offset));
}

llvm::Value* FunctionEmitter::pointer(LaneValue address) {
  return builder_.CreateIntToPtr(address.bits(), builder_.getPtrTy());
}

// A variable accessed at a constant offset inside it needs no check.
std::optional<llvm::Value*> FunctionEmitter::known_good(const Operand& op, StateSpace space, uint64_t bytes) {
  if (!op.base_is_symbol) return std::nullopt;
  const ptx::Variable& variable = variable_of(op);
  if (framed_ && variable.space == StateSpace::Local) return std::nullopt;
  uint64_t offset = static_cast<uint64_t>(op.offset);
  bool inside = bytes <= variable.bytes && offset <= variable.bytes - bytes;
  if (!inside || offset % bytes != 0 || variable.align % bytes != 0) {
    // Parameters come from the launch or from our own slots, at alignments which the declaration may not promise.
    if (!(inside && variable.space == StateSpace::Param)) return std::nullopt;
  }
  if (variable.space == StateSpace::Param) {
    return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), params_[op.id], offset);
  }
  auto address = symbol_address(op);
  if (!address) return std::nullopt;
  StateSpace home = variable.space;
  if (is_window(home) && (space == home)) return pointer(window_of(home).base + *address);
  return is_window(home) ? std::nullopt : std::optional(pointer(*address));
}

llvm::Value* FunctionEmitter::checked(const Instruction& inst, StateSpace space, LaneValue address, uint64_t bytes) {
  Window window = window_of(space);
  LaneValue offset = is_window(space) ? address : address - window.base;
  if (shared_.options.unchecked) return pointer(window.base + offset);
  const uint32_t site = new_site(inst, static_cast<uint32_t>(bytes));
  unsigned log2size = std::countr_zero(bytes);
  if (space == StateSpace::Local) {  // its start differs between lanes, which a checked base may not: check the offset
    LaneValue good =
        warp_call(Intrinsic::Checked, {imm(64, 0), offset, window.bytes, imm(32, log2size), imm(32, site)});
    return pointer(value(builder_.CreatePtrToInt(good.raw(), builder_.getInt64Ty())) + window.base);
  }
  return warp_call(Intrinsic::Checked, {window.base, offset, window.bytes, imm(32, log2size), imm(32, site)}).raw();
}

Result<llvm::Value*> FunctionEmitter::access(const Instruction& inst, const Operand& op, StateSpace space,
                                             uint64_t bytes) {
  auto place = place_of(inst, op, space, bytes);
  if (place) count_access(space, *place);
  return place;
}

Result<llvm::Value*> FunctionEmitter::place_of(const Instruction& inst, const Operand& op, StateSpace space,
                                               uint64_t bytes) {
  if (auto good = known_good(op, space, bytes)) return *good;
  auto address = plain_address(op, space);
  if (!address) return address.error();
  if (space == StateSpace::Param && !function_.is_entry) return pointer(*address);  // slots of a call (symbol_address)
  return checked(inst, space, *address, bytes);
}

// Whether the generic address lies in one of these variables of the module.
LaneValue FunctionEmitter::inside_variables(LaneValue address,
                                            const std::function<bool(const ptx::Variable&)>& wanted) {
  LaneValue inside = imm(1, 0);
  for (uint32_t id = 0; id < shared_.ptx().symbols.size(); ++id) {
    const ptx::Symbol& symbol = shared_.ptx().symbols[id];
    if (symbol.kind != ptx::Symbol::Kind::Variable) continue;
    const ptx::Variable& variable = shared_.ptx().variables[symbol.index];
    if (wanted(variable)) inside = inside | ult(address - table_entry(id), imm(64, variable.bytes));
  }
  return inside;
}

// A generic address is global unless it lies in one of the other windows (PTX ISA 6.4.1.1).
Result<void> FunctionEmitter::emit_is_space(const Instruction& inst) {
  auto address = read(inst.operands[1], 64);
  if (!address) return address.error();
  auto within = [&](StateSpace space) {
    Window window = window_of(space);
    return ult(*address - window.base, window.bytes);
  };
  auto is_const = [&] {
    return inside_variables(*address, [](const ptx::Variable& v) { return v.space == StateSpace::Const; });
  };
  StateSpace space = isa::space_of(inst.modifiers);
  LaneValue inside = space == StateSpace::Const ? is_const() : within(space);
  if (space == StateSpace::Global)
    inside = inside & ~within(StateSpace::Shared) & ~within(StateSpace::Local) & ~is_const();
  write(inst.operands[0], inside);
  return {};
}

Result<void> FunctionEmitter::emit_is_type(const Instruction& inst) {
  auto address = read(inst.operands[1], 64);
  if (!address) return address.error();
  isa::Mod wanted = inst.modifiers.at(isa::Axis::Mode);
  write(inst.operands[0], inside_variables(*address, [=](const ptx::Variable& v) { return v.opaque == wanted; }));
  return {};
}

}  // namespace qiao::jit
