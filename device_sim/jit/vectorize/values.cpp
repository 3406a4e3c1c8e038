// The scalars and vectors that lane values became.
#include <llvm/IR/Constants.h>

#include "device_sim/jit/vectorize/emitter.h"

namespace qiao::jit {

using namespace llvm;

// Aggregates and small vectors of lane code become aggregates of warp vectors, element by element.
Type* Emitter::vector_type(Type* type) {
  if (auto* structure = dyn_cast<StructType>(type)) {
    SmallVector<Type*, 4> members;
    for (Type* member : structure->elements()) {
      members.push_back(vector_type(member));
    }
    return StructType::get(type->getContext(), members);
  }
  if (auto* array = dyn_cast<ArrayType>(type)) {
    return ArrayType::get(vector_type(array->getElementType()), array->getNumElements());
  }
  if (auto* small = dyn_cast<FixedVectorType>(type)) {
    return ArrayType::get(vector_type(small->getElementType()), small->getNumElements());
  }
  return FixedVectorType::get(type, kLanes);
}

Value* Emitter::lane_constant(ArrayRef<int64_t> values, unsigned bits) {
  SmallVector<Constant*, kLanes> elements;
  for (int64_t value : values) {
    elements.push_back(ConstantInt::get(b_.getIntNTy(bits), APInt(64, value).sextOrTrunc(bits)));
  }
  return ConstantVector::get(elements);
}

Value* Emitter::splat(IRBuilder<>& builder, Value* value) {
  Type* type = value->getType();
  if (isa<PoisonValue>(value)) {
    return PoisonValue::get(vector_type(type));
  }
  if (isa<UndefValue>(value)) {
    return UndefValue::get(vector_type(type));
  }
  auto* small = dyn_cast<FixedVectorType>(type);
  if (!type->isAggregateType() && !small) {
    return builder.CreateVectorSplat(kLanes, value);
  }
  Value* result = PoisonValue::get(vector_type(type));
  const unsigned count = small                ? small->getNumElements()
                         : type->isStructTy() ? type->getStructNumElements()
                                              : type->getArrayNumElements();
  for (unsigned index = 0; index < count; ++index) {
    Value* part = small ? builder.CreateExtractElement(value, index) : builder.CreateExtractValue(value, index);
    result = builder.CreateInsertValue(result, splat(builder, part), index);
  }
  return result;
}

Value* Emitter::offset_scalar(IRBuilder<>& builder, Value* base, int64_t difference) {
  if (difference == 0) {
    return base;
  }
  if (base->getType()->isPointerTy()) {
    return builder.CreatePtrAdd(base, builder.getInt64(difference));
  }
  const unsigned width = base->getType()->getIntegerBitWidth();
  return builder.CreateAdd(base, builder.getInt(APInt(64, difference).sextOrTrunc(width)));
}

// Concatenates vectors of equal length, a power of two of them.
Value* Emitter::join_runs(IRBuilder<>& builder, ArrayRef<Value*> parts) {
  SmallVector<Value*, 8> level(parts.begin(), parts.end());
  while (level.size() > 1) {
    const unsigned length = cast<FixedVectorType>(level[0]->getType())->getNumElements();
    SmallVector<int, kLanes> order(2 * length);
    std::iota(order.begin(), order.end(), 0);
    for (unsigned index = 0; index < level.size() / 2; ++index) {
      level[index] = builder.CreateShuffleVector(level[2 * index], level[2 * index + 1], order);
    }
    level.resize(level.size() / 2);
  }
  return level[0];
}

// `scalars` are those of the first of the warps that run side by side; the vector is that of the one whose turn it is.
Value* Emitter::widen(IRBuilder<>& builder, const Shape& shape, Type* type, ArrayRef<Value*> scalars) {
  const int64_t further = shape.step * turn_;
  if (shape.groups == 1 && shape.flat(1)) {
    return splat(builder, offset_scalar(builder, scalars[0], further));
  }
  SmallVector<Value*, kMaxGroups> runs;
  for (Value* value : scalars) {
    runs.push_back(builder.CreateVectorSplat(shape.run(), offset_scalar(builder, value, further)));
  }
  Value* result = join_runs(builder, runs);
  if (shape.flat(shape.groups)) {
    return result;
  }
  if (type->isPointerTy()) {
    return builder.CreateGEP(builder.getInt8Ty(), result, lane_constant(shape.pattern, 64));
  }
  return builder.CreateAdd(result, lane_constant(shape.pattern, type->getIntegerBitWidth()));
}

// The value of a Group in one lane.
Value* Emitter::scalar(Value& value, unsigned lane) {
  if (isa<Constant>(value)) {
    return &value;
  }
  const Emitted& known = emitted(value);
  const Shape& shape = shapes_.of(value);
  assert(shape.is_group() && !known.scalars.empty());
  return offset_scalar(b_, known.scalars[lane / shape.run()], shape.pattern[lane] + shape.step * turn_);
}

Value* Emitter::vector(Value& value) {
  if (isa<Constant>(value)) {
    return splat(b_, &value);
  }
  if (Value* known = vector_place(value)) {
    return known;
  }
  const Emitted group = emitted(value);
  IRBuilder<> builder(warp_.getContext());
  builder.SetInsertPoint(group.block, group.anchor ? std::next(group.anchor->getIterator()) : group.block->begin());
  const Shape& shape = shapes_.of(value);
  Value* made = widen(builder, shape, value.getType(), group.scalars);
  return vector_place(value) = shape.assumed() ? correct(builder, made, shape) : made;
}

void Emitter::define(Instruction& instruction, Values scalars) {
  BasicBlock* block = b_.GetInsertBlock();
  emitted(instruction) = {std::move(scalars), {}, block, block->empty() ? nullptr : &block->back(), nullptr};
}

void Emitter::define_vector(Instruction& instruction, Value* vector) {
  emitted(instruction) = {{}, {vector}, nullptr, nullptr, nullptr};
}

// A scalar computed once for all lanes of a warp, in the form the analysis promised.
void Emitter::define_uniform_or_splat(Instruction& instruction, Value* scalar) {
  if (shapes_.of(instruction).is_same()) {
    define(instruction, {scalar});
  } else {
    define_vector(instruction, splat(b_, scalar));
  }
}

Value* Emitter::blend(Value* mask, Value* yes, Value* no) {
  Type* type = yes->getType();
  if (!type->isAggregateType()) {
    return b_.CreateSelect(mask, yes, no);
  }
  const unsigned count = type->isStructTy() ? type->getStructNumElements() : type->getArrayNumElements();
  Value* result = PoisonValue::get(type);
  for (unsigned index = 0; index < count; ++index) {
    Value* part = blend(mask, b_.CreateExtractValue(yes, index), b_.CreateExtractValue(no, index));
    result = b_.CreateInsertValue(result, part, index);
  }
  return result;
}

// A variable of the emitted function that becomes SSA values at the end.
AllocaInst* Emitter::slot(Type* type, const Twine& name) {
  IRBuilder<> builder(entry_, entry_->begin());
  promotable_.push_back(builder.CreateAlloca(type, nullptr, name));
  return promotable_.back();
}

// Memory of a lane-by-lane sequence; reused by the next, since none outlives its instruction.
AllocaInst* Emitter::scratch(Type* type, unsigned index) {
  constexpr unsigned kPerWarp = 64;  // so that warps side by side need not wait for each other
  AllocaInst*& known = scratch_[{type, index + kPerWarp * turn_}];
  if (!known) {
    IRBuilder<> builder(entry_, entry_->begin());
    known = builder.CreateAlloca(type, nullptr, "scratch");
    known->setAlignment(Align(64));
    known->setMetadata(kScratchMark, MDNode::get(warp_.getContext(), {}));
  }
  return known;
}

}  // namespace qiao::jit
