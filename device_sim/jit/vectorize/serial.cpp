// Lane by lane: calls with side effects, atomics, and accesses no vector instruction does.
#include <llvm/IR/Constants.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/Transforms/Utils/LowerAtomic.h>

#include "device_sim/jit/vectorize/emitter.h"

namespace qiao::jit {

using namespace llvm;

namespace {

// In memory a lane's i1 takes a byte.
Type* stored_type(Type* type) {
  return type->isIntegerTy(1) ? Type::getInt8Ty(type->getContext()) : type;
}

}  // namespace

Emitter::Values Emitter::for_each_lane(Mask mask, ArrayRef<Type*> results, const LaneBody& body) {
  SmallVector<AllocaInst*, 4> arrays;
  for (unsigned index = 0; index < results.size(); ++index) {
    arrays.push_back(scratch(FixedVectorType::get(stored_type(results[index]), kLanes), 16 + index));
  }
  Value* word = mask_word(mask);
  BasicBlock* before = b_.GetInsertBlock();
  BasicBlock* loop = new_block("lanes");
  BasicBlock* next = new_block("lanes.end");
  b_.CreateCondBr(b_.CreateICmpNE(word, b_.getInt32(0)), loop, next);
  b_.SetInsertPoint(loop);
  PHINode* left = b_.CreatePHI(b_.getInt32Ty(), 2, "left");
  left->addIncoming(word, before);
  Value* lane = b_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, left, b_.getTrue());
  Values made = body(lane);
  for (unsigned index = 0; index < made.size(); ++index) {
    Type* type = stored_type(results[index]);
    Value* value = type == results[index] ? made[index] : b_.CreateZExt(made[index], type);
    b_.CreateStore(value, b_.CreateInBoundsGEP(type, arrays[index], lane));
  }
  Value* rest = b_.CreateAnd(left, b_.CreateSub(left, b_.getInt32(1)));
  left->addIncoming(rest, b_.GetInsertBlock());
  b_.CreateCondBr(b_.CreateICmpNE(rest, b_.getInt32(0)), loop, next);
  b_.SetInsertPoint(next);
  Values vectors;
  for (unsigned index = 0; index < results.size(); ++index) {
    Value* all = b_.CreateLoad(arrays[index]->getAllocatedType(), arrays[index]);
    const bool narrow = stored_type(results[index]) != results[index];
    vectors.push_back(narrow ? b_.CreateTrunc(all, FixedVectorType::get(results[index], kLanes)) : all);
  }
  return vectors;
}

// How to get the value in a lane known only at run time. To be called before the lane loop, `number` distinct in it.
std::function<Value*(Value*)> Emitter::lane_reader(Value& value, unsigned number) {
  if (isa<Constant>(value) || shapes_.is_uniform(value)) {
    Value* same = scalar(value);
    return [same](Value*) { return same; };
  }
  if (const auto split = value.getType()->isPointerTy() ? split_address(value) : std::nullopt) {
    return split_reader(*split, number);
  }
  Type* type = value.getType();
  Value* all = vector(value);
  Type* stored = stored_type(type);
  if (stored != type) {
    all = b_.CreateZExt(all, FixedVectorType::get(stored, kLanes));
  }
  AllocaInst* array = scratch(all->getType(), 32 + number);
  b_.CreateStore(all, array);
  return [this, array, stored, type](Value* lane) {
    Value* element = b_.CreateLoad(stored, b_.CreateInBoundsGEP(stored, array, lane));
    return stored == type ? element : b_.CreateTrunc(element, type);
  };
}

namespace {

// Whether a pointer or address is made from the block's shared window.
bool is_shared(const Value& address, unsigned depth = 0) {
  const auto* instruction = dyn_cast<Instruction>(&address);
  if (!instruction || depth > 8) {
    return false;
  }
  if (auto id = intrinsic_of(address)) {
    return *id == Intrinsic::Shared || (*id == Intrinsic::Checked && is_shared(*instruction->getOperand(0), depth + 1));
  }
  switch (instruction->getOpcode()) {
    case Instruction::Add:
      return is_shared(*instruction->getOperand(0), depth + 1) || is_shared(*instruction->getOperand(1), depth + 1);
    case Instruction::GetElementPtr:
    case Instruction::IntToPtr:
    case Instruction::PtrToInt:
      return is_shared(*instruction->getOperand(0), depth + 1);
    default:
      return false;
  }
}

}  // namespace

// A block runs on one thread of the host, so nobody else comes between the load and the store. (A float addition is
// expanded later, with the others.)
Value* Emitter::emit_atomic(AtomicRMWInst& atomic, Value* address, Value* operand) {
  const bool unlocked = is_shared(*atomic.getPointerOperand());
  if (!unlocked || atomic.getOperation() == AtomicRMWInst::FAdd) {
    auto* clone = cast<AtomicRMWInst>(atomic.clone());
    clone->setOperand(0, address);
    clone->setOperand(1, operand);
    clone->setDebugLoc({});
    if (unlocked) {
      clone->setMetadata(kUnlockedMark, MDNode::get(warp_.getContext(), {}));
    }
    return b_.Insert(clone);
  }
  LoadInst* old = b_.CreateAlignedLoad(atomic.getType(), address, atomic.getAlign(), atomic.isVolatile());
  b_.CreateAlignedStore(buildAtomicRMWValue(atomic.getOperation(), b_, old, operand), address, atomic.getAlign(),
                        atomic.isVolatile());
  return old;
}

// All lanes, nobody asking for the old value, one instruction of the host each: the lanes' operations one after
// another, without a loop around.
bool Emitter::emit_all_atomics(AtomicRMWInst& atomic, Mask mask) {
  constexpr AtomicRMWInst::BinOp kDirect[] = {AtomicRMWInst::Add, AtomicRMWInst::Sub, AtomicRMWInst::And,
                                              AtomicRMWInst::Or, AtomicRMWInst::Xor};
  if (!mask.all() || !atomic.use_empty() || atomic.isVolatile() || !atomic.getType()->isIntegerTy() ||
      !(is_contained(kDirect, atomic.getOperation()) || is_shared(*atomic.getPointerOperand()))) {
    return false;
  }
  ++report_.serial;
  const auto address = lane_reader(*atomic.getPointerOperand(), 0);
  const auto operand = lane_reader(*atomic.getValOperand(), 1);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    Value* place = address(b_.getInt32(lane));
    emit_atomic(atomic, place, operand(b_.getInt32(lane)));
  }
  return true;
}

void Emitter::emit_serial(Instruction& instruction, Mask mask) {
  ++report_.serial;
  SmallVector<std::function<Value*(Value*)>, 4> readers;
  SmallVector<unsigned, 4> slots;
  for (Use& use : instruction.operands()) {
    auto* call = dyn_cast<CallBase>(&instruction);
    if (call && !call->isArgOperand(&use)) {
      continue;
    }
    readers.push_back(lane_reader(*use.get(), use.getOperandNo()));
    slots.push_back(use.getOperandNo());
  }
  Type* type = instruction.getType();
  SmallVector<Type*, 4> results;
  if (auto* structure = dyn_cast<StructType>(type)) {
    results.assign(structure->element_begin(), structure->element_end());
  } else if (!type->isVoidTy()) {
    results.push_back(type);
  }
  Values vectors = for_each_lane(mask, results, [&](Value* lane) -> Values {
    if (auto* atomic = dyn_cast<AtomicRMWInst>(&instruction)) {
      Value* address = readers[0](lane);
      return {emit_atomic(*atomic, address, readers[1](lane))};
    }
    Instruction* clone = instruction.clone();
    for (unsigned index = 0; index < slots.size(); ++index) {
      clone->setOperand(slots[index], readers[index](lane));
    }
    clone->setDebugLoc({});
    b_.Insert(clone);
    if (!type->isStructTy()) {
      return type->isVoidTy() ? Values{} : Values{clone};
    }
    Values members;
    for (unsigned index = 0; index < results.size(); ++index) {
      members.push_back(b_.CreateExtractValue(clone, index));
    }
    return members;
  });
  if (type->isVoidTy()) {
    return;
  }
  Value* result = vectors[0];
  if (type->isStructTy()) {
    result = PoisonValue::get(vector_type(type));
    for (unsigned index = 0; index < vectors.size(); ++index) {
      result = b_.CreateInsertValue(result, vectors[index], index);
    }
  }
  define_vector(instruction, result);
}

// One call for all active lanes: what differs between them, and the results, are lists in memory.
void Emitter::emit_warp_call(CallBase& call, const WarpCall& known, Mask mask) {
  SmallVector<Value*, 16> arguments{scalar(*call.getArgOperand(0)), mask_word(mask)};
  for (unsigned index = 1; index < call.arg_size(); ++index) {
    Value& argument = *call.getArgOperand(index);
    if (index < known.scalars) {
      arguments.push_back(scalar(argument));
      continue;
    }
    Value* all = vector(argument);
    arguments.push_back(scratch(all->getType(), 32 + index));
    b_.CreateStore(all, arguments.back());
  }
  auto* type = cast<StructType>(call.getType());
  SmallVector<AllocaInst*, 4> results;
  for (unsigned index = 0; index < type->getNumElements(); ++index) {
    results.push_back(scratch(vector_type(type->getElementType(index)), 16 + index));
    arguments.push_back(results.back());
  }
  SmallVector<Type*, 16> types;
  for (Value* argument : arguments) {
    types.push_back(argument->getType());
  }
  auto callee = module_.getOrInsertFunction(StringRef(known.name), FunctionType::get(b_.getVoidTy(), types, false));
  cast<Function>(callee.getCallee())->setDoesNotThrow();
  b_.CreateCall(callee, arguments);
  Value* made = PoisonValue::get(vector_type(type));
  for (unsigned index = 0; index < results.size(); ++index) {
    made = b_.CreateInsertValue(made, b_.CreateLoad(results[index]->getAllocatedType(), results[index]), index);
  }
  define_vector(call, made);
}

// Integer addition to one address by all lanes, nobody asking for the old value: one atomic with the lanes' sum.
bool Emitter::emit_combined_atomic(AtomicRMWInst& atomic, Mask mask) {
  Type* type = atomic.getType();
  if (!atomic.use_empty() || !type->isIntegerTy() || atomic.isVolatile() ||
      !shapes_.is_uniform(*atomic.getPointerOperand()) ||
      (atomic.getOperation() != AtomicRMWInst::Add && atomic.getOperation() != AtomicRMWInst::Sub)) {
    return false;
  }
  Value& operand = *atomic.getValOperand();
  Value* sum;
  if (shapes_.is_uniform(operand)) {
    Value* lanes = b_.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, mask_word(mask));
    sum = b_.CreateMul(scalar(operand), b_.CreateZExtOrTrunc(lanes, type));
  } else {
    Value* all = vector(operand);
    if (!mask.all()) {
      all = b_.CreateSelect(mask.bits, all, Constant::getNullValue(all->getType()));
    }
    sum = b_.CreateAddReduce(all);
  }
  emit_atomic(atomic, scalar(*atomic.getPointerOperand()), sum);
  return true;
}

}  // namespace qiao::jit
