// Loads, stores, fences and asynchronous copies (PTX ISA 9.7.9, 9.7.13).
#include "device_sim/jit/emit/function_emitter.h"
#include "device_sim/jit/emit/memory_order.h"

namespace qiao::jit {

llvm::AtomicOrdering ordering_of(const isa::Modifiers& modifiers, llvm::AtomicOrdering otherwise) {
  switch (modifiers.at(isa::Axis::Order)) {
    case isa::Mod::Relaxed:
      return llvm::AtomicOrdering::Monotonic;
    case isa::Mod::Acquire:
      return llvm::AtomicOrdering::Acquire;
    case isa::Mod::Release:
      return llvm::AtomicOrdering::Release;
    case isa::Mod::AcqRel:
      return llvm::AtomicOrdering::AcquireRelease;
    case isa::Mod::Sc:
      return llvm::AtomicOrdering::SequentiallyConsistent;
    default:
      return otherwise;
  }
}

namespace {

// A vector is checked as one access and then split, so that the vectoriser sees scalars only.
std::vector<const ptx::Operand*> elements_of(const ptx::Operand& op) {
  std::vector<const ptx::Operand*> list;
  if (op.kind != ptx::Operand::Kind::Vector) return {&op};
  for (const ptx::Operand& element : op.elements) list.push_back(&element);
  return list;
}

// mmio is never merged, left out or repeated (PTX ISA 8.4.1), as volatile.
bool is_volatile(const ptx::Instruction& inst) {
  return inst.modifiers.has(isa::Mod::Volatile) || inst.modifiers.has(isa::Mod::Mmio);
}

// A volatile access synchronises as a relaxed one (8.4.2): up to 8 bytes are one host access anyway.
llvm::AtomicOrdering order_of_access(const ptx::Instruction& inst) {
  bool wide = inst.types[0] == isa::Type::B128 && is_volatile(inst);
  return ordering_of(inst.modifiers, wide ? llvm::AtomicOrdering::Monotonic : llvm::AtomicOrdering::NotAtomic);
}

}  // namespace

Result<void> FunctionEmitter::emit_load(const Instruction& inst) {
  isa::Type type = inst.types[0];
  unsigned bytes = isa::bytes_of(type);
  auto elements = elements_of(inst.operands[0]);
  auto address = access(inst, inst.operands[1], isa::space_of(inst.modifiers), bytes * elements.size());
  if (!address) return address.error();
  auto order = order_of_access(inst);
  bool is_param = isa::space_of(inst.modifiers) == isa::StateSpace::Param;
  std::vector<LaneValue> values;
  for (size_t i = 0; i < elements.size(); ++i) {
    values.emplace_back();
    if (elements[i]->kind == Operand::Kind::Sink) continue;
    llvm::Value* slot = i ? builder_.CreateConstGEP1_64(builder_.getInt8Ty(), *address, i * bytes) : *address;
    llvm::LoadInst* load = builder_.CreateAlignedLoad(type_of(type), slot, llvm::Align(is_param ? 1 : bytes));
    load->setVolatile(is_volatile(inst));
    load->setAtomic(order);
    values.back() = value(load);
  }
  // Written last: `ld.v2 {%r1, %r2}, [%r1]` reads its address first.
  for (size_t i = 0; i < elements.size(); ++i) write(*elements[i], values[i], isa::is_signed(type));
  return {};
}

Result<void> FunctionEmitter::emit_store(const Instruction& inst) {
  isa::Type type = inst.types[0];
  unsigned bytes = isa::bytes_of(type);
  auto elements = elements_of(inst.operands[1]);
  isa::StateSpace space = isa::space_of(inst.modifiers);
  auto address = access(inst, inst.operands[0], space, bytes * elements.size());
  if (!address) return address.error();
  auto order = order_of_access(inst);
  for (size_t i = 0; i < elements.size(); ++i) {
    if (elements[i]->kind == Operand::Kind::Sink) continue;  // `_`: nothing is written there
    auto v = read(*elements[i], isa::bits_of(type));
    if (!v) return v.error();
    llvm::Value* slot = i ? builder_.CreateConstGEP1_64(builder_.getInt8Ty(), *address, i * bytes) : *address;
    llvm::Value* stored = v->raw()->getType()->getPrimitiveSizeInBits() == isa::bits_of(type) ? v->raw() : v->bits();
    llvm::Align align(space == isa::StateSpace::Param ? 1 : bytes);
    llvm::StoreInst* store = builder_.CreateAlignedStore(stored, slot, align);
    store->setVolatile(is_volatile(inst));
    store->setAtomic(order);
  }
  return {};
}

// st.bulk (PTX ISA 9.7.9.13): the first and the last word are checked, so all between is good.
Result<void> FunctionEmitter::emit_bulk_store(const Instruction& inst) {
  constexpr uint64_t kWord = 8;
  auto bytes = read(*operand(inst, "size"), 64);
  if (!bytes) return bytes.error();
  isa::StateSpace space = isa::space_of(inst.modifiers);
  llvm::BasicBlock* some = new_block("bulk");
  llvm::BasicBlock* after = new_block("after");
  builder_.CreateCondBr(ne(*bytes, imm(64, 0)).bits(), some, after);
  start_block(some);
  auto address = plain_address(*operand(inst, "a"), space);
  if (!address) return address.error();
  llvm::Value* first = checked(inst, space, *address, kWord);
  checked(inst, space, *address + *bytes - imm(64, kWord), kWord);
  lane_call("qiao_lane_zero", 0, {value(builder_.CreatePtrToInt(first, builder_.getInt64Ty())), *bytes});
  builder_.CreateBr(after);
  start_block(after);
  return {};
}

// A policy is an opaque hint to caches that we do not have: 0, or the access property it is made from.
Result<void> FunctionEmitter::emit_policy(const Instruction& inst) {
  bool converts = inst.modifiers.has(isa::Mod::ConvertPolicy);
  auto policy = converts ? read(inst.operands[1], 64) : Result<LaneValue>(imm(64, 0));
  if (!policy) return policy.error();
  write(inst.operands[0], *policy);
  return {};
}

// membar and fence without an order are fence.sc or fence.acq_rel; proxy fences order ways to memory that we do not
// have.
Result<void> FunctionEmitter::emit_fence(const Instruction& inst) {
  bool weaker = inst.modifiers.at(isa::Axis::Order) != isa::Mod::None && !inst.modifiers.has(isa::Mod::Sc);
  builder_.CreateFence(weaker ? llvm::AtomicOrdering::AcquireRelease : llvm::AtomicOrdering::SequentiallyConsistent);
  return {};
}

// Copies at once, which is one of the orders that PTX allows; so committing and waiting have nothing to do.
Result<void> FunctionEmitter::emit_async_copy(const Instruction& inst) {
  const Operand* from = operand(inst, "a");
  const Operand* to = operand(inst, "d");
  if (!from || !to) return {};
  uint64_t size = operand(inst, "size")->bits;
  auto target = access(inst, *to, isa::StateSpace::Shared, size);
  if (!target) return target.error();
  const Operand* count = operand(inst, "n");  // src-size: bytes beyond it are zero; or a predicate: ignore the source
  LaneValue taken = imm(32, size);
  if (count && count->kind == Operand::Kind::Register && function_.registers[count->id].type == isa::Type::Pred) {
    taken = select(read_predicate(*count), imm(32, 0), taken);
  } else if (count) {
    auto given = read(*count, 32);
    if (!given) return given.error();
    taken = *given;
  }
  auto slot = [&](llvm::Value* base, uint64_t at) {
    return builder_.CreateConstGEP1_64(builder_.getInt8Ty(), base, at);
  };
  llvm::BasicBlock* some = new_block("copied");
  llvm::BasicBlock* after = new_block("after");
  if (count) {  // an ignored source may be no address at all
    for (uint64_t at = 0; at < size; at += 4) {
      builder_.CreateAlignedStore(builder_.getInt32(0), slot(*target, at), llvm::Align(4));
    }
    builder_.CreateCondBr(ne(taken, imm(32, 0)).bits(), some, after);
  } else {
    builder_.CreateBr(some);
  }
  start_block(some);
  auto source = access(inst, *from, isa::StateSpace::Global, size);
  if (!source) return source.error();
  for (uint64_t at = 0; at < size; at += 4) {
    LaneValue word = value(builder_.CreateAlignedLoad(builder_.getInt32Ty(), slot(*source, at), llvm::Align(4)));
    LaneValue left = shl_clamp(select(ugt(taken, imm(32, at)), taken - imm(32, at), imm(32, 0)), imm(32, 3));
    LaneValue kept = count ? word & ~shl_clamp(imm(32, ~0u), left) : word;
    builder_.CreateAlignedStore(kept.bits(), slot(*target, at), llvm::Align(4));
  }
  builder_.CreateBr(after);
  start_block(after);
  return {};
}

}  // namespace qiao::jit
