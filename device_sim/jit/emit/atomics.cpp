// atom and red (PTX ISA 9.7.13): LLVM's atomic instructions where they have the operation, else a compare-and-swap loop
// around the operation's meaning.
#include "device_sim/jit/emit/function_emitter.h"
#include "device_sim/jit/emit/meaning_of.h"
#include "device_sim/jit/emit/memory_order.h"

namespace qiao::jit {
namespace {

using Rmw = llvm::AtomicRMWInst;

std::optional<Rmw::BinOp> integer_operation(isa::Mod op, bool is_signed) {
  switch (op) {
    case isa::Mod::Add:
      return Rmw::Add;
    case isa::Mod::And:
      return Rmw::And;
    case isa::Mod::Or:
      return Rmw::Or;
    case isa::Mod::Xor:
      return Rmw::Xor;
    case isa::Mod::Exch:
      return Rmw::Xchg;
    case isa::Mod::Min:
      return is_signed ? Rmw::Min : Rmw::UMin;
    case isa::Mod::Max:
      return is_signed ? Rmw::Max : Rmw::UMax;
    case isa::Mod::Inc:
      return Rmw::UIncWrap;
    case isa::Mod::Dec:
      return Rmw::UDecWrap;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<LaneValue> FunctionEmitter::emit_atomic_element(const Instruction& inst, llvm::Value* address, const Operand& b,
                                                       const Operand* c) {
  isa::Type type = inst.types[0];
  unsigned bits = isa::bits_of(type);
  llvm::Align align(isa::bytes_of(type));
  auto order = ordering_of(inst.modifiers, llvm::AtomicOrdering::Monotonic);
  isa::Mod op = inst.modifiers.at(isa::Axis::Op);
  auto operand_value = read(b, bits);
  if (!operand_value) return operand_value;
  if (op == isa::Mod::Cas) {
    auto replacement = read(*c, bits);
    if (!replacement) return replacement;
    auto failure = llvm::AtomicCmpXchgInst::getStrongestFailureOrdering(order);
    llvm::Value* pair =
        builder_.CreateAtomicCmpXchg(address, operand_value->bits(), replacement->bits(), align, order, failure);
    count_failed(builder_.CreateNot(builder_.CreateExtractValue(pair, 1)));
    return value(builder_.CreateExtractValue(pair, 0));
  }
  if (type == isa::Type::F32 || type == isa::Type::F64) {
    if (op != isa::Mod::Add) return unimplemented_here("this atomic operation on floats");
    return emit_float_add(inst, address, *operand_value, order);
  }
  auto operation = integer_operation(op, isa::is_signed(type));
  if (!operation || isa::is_float(type)) return emit_atomic_loop(inst, address, *operand_value, order);
  return value(builder_.CreateAtomicRMW(*operation, address, operand_value->bits(), align, order));
}

// f32 is flushed in global memory and not in shared memory, which a generic address tells at run time.
Result<LaneValue> FunctionEmitter::emit_float_add(const Instruction& inst, llvm::Value* address, LaneValue b,
                                                  llvm::AtomicOrdering order) {
  llvm::Align align(isa::bytes_of(inst.types[0]));
  auto flushing = builder_.getContext().getOrInsertSyncScopeID(kFlushingScope);
  auto add = [&](llvm::SyncScope::ID scope) {
    return builder_.CreateAtomicRMW(Rmw::FAdd, address, b.real(), align, order, scope);
  };
  isa::StateSpace space = isa::space_of(inst.modifiers);
  if (inst.types[0] == isa::Type::F64 || space == isa::StateSpace::Shared) return value(add(llvm::SyncScope::System));
  if (space == isa::StateSpace::Global) return value(add(flushing));
  Window shared = window_of(isa::StateSpace::Shared);
  LaneValue where = value(builder_.CreatePtrToInt(address, builder_.getInt64Ty())) - shared.base;
  llvm::BasicBlock* places[2] = {new_block("shared"), new_block("global")};
  const llvm::SyncScope::ID scopes[2] = {llvm::SyncScope::System, flushing};
  llvm::BasicBlock* after = new_block("after");
  builder_.CreateCondBr(ult(where, shared.bytes).bits(), places[0], places[1]);
  llvm::Value* old[2];
  for (unsigned i = 0; i < 2; ++i) {
    start_block(places[i]);
    old[i] = add(scopes[i]);
    builder_.CreateBr(after);
  }
  start_block(after);
  llvm::PHINode* result = builder_.CreatePHI(builder_.getFloatTy(), 2);
  for (unsigned i = 0; i < 2; ++i) result->addIncoming(old[i], places[i]);
  return value(result);
}

// The half formats: new = meaning(old, b), until nobody came between.
Result<LaneValue> FunctionEmitter::emit_atomic_loop(const Instruction& inst, llvm::Value* address, LaneValue b,
                                                    llvm::AtomicOrdering order) {
  std::string name(isa::spelling_of(inst.modifiers.at(isa::Axis::Op)));
  name += "." + std::string(isa::spelling_of(inst.types[0]));
  isa::FormMatch match = isa::match_form(name);
  if (match.outcome != isa::FormMatch::Outcome::Found) return unimplemented_here("atomic " + name);
  Instruction update;
  update.form = match.form;
  update.modifiers = match.modifiers;
  update.types = match.types;

  llvm::Align align(isa::bytes_of(inst.types[0]));
  llvm::LoadInst* first = builder_.CreateAlignedLoad(b.bits()->getType(), address, align);
  first->setAtomic(llvm::AtomicOrdering::Monotonic);
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* loop = new_block("cas");
  llvm::BasicBlock* done = new_block("swapped");
  builder_.CreateBr(loop);
  start_block(loop);
  llvm::PHINode* old = builder_.CreatePHI(b.bits()->getType(), 2);
  old->addIncoming(first, before);
  std::vector<LaneValue> results = meaning_of(update, {value(old), b});
  if (results.empty()) return unimplemented_here("atomic " + name);
  auto failure = llvm::AtomicCmpXchgInst::getStrongestFailureOrdering(order);
  llvm::Value* pair = builder_.CreateAtomicCmpXchg(address, old, results[0].bits(), align, order, failure);
  llvm::Value* seen = builder_.CreateExtractValue(pair, 0);
  old->addIncoming(seen, builder_.GetInsertBlock());
  builder_.CreateCondBr(builder_.CreateExtractValue(pair, 1), done, loop);
  start_block(done);
  return value(seen);
}

Result<void> FunctionEmitter::emit_atomic(const Instruction& inst) {
  const Operand* target = operand(inst, "d");
  const Operand& b = *operand(inst, "b");
  isa::StateSpace space = isa::space_of(inst.modifiers);
  size_t count = b.kind == Operand::Kind::Vector ? b.elements.size() : 1;
  uint64_t bytes = isa::bytes_of(inst.types[0]);
  auto address = access(inst, *operand(inst, "a"), space, bytes * count);
  if (!address) return address.error();
  for (size_t i = 0; i < count; ++i) {
    llvm::Value* slot = i ? builder_.CreateConstGEP1_64(builder_.getInt8Ty(), *address, i * bytes) : *address;
    const Operand& element = count > 1 ? b.elements[i] : b;
    auto old = emit_atomic_element(inst, slot, element, operand(inst, "c"));
    if (!old) return old.error();
    if (target) write(count > 1 ? target->elements[i] : *target, *old);
  }
  return {};
}

}  // namespace qiao::jit
