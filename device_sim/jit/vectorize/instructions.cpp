// Element-wise operations: a scalar per run where the shape is a Group, else one operation on vectors.
#include <llvm/IR/Constants.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Operator.h>

#include "device_sim/jit/llvm_versions.h"
#include "device_sim/jit/vectorize/barrier_flow.h"
#include "device_sim/jit/vectorize/emitter.h"

namespace qiao::jit {

using namespace llvm;

// What is the same for all warps that run side by side, or differs by a step, is made once; else once for each.
void Emitter::emit(Instruction& instruction, const Masks& masks) {
  b_.SetCurrentDebugLocation(instruction.getDebugLoc());
  if (intrinsic_of(instruction) == Intrinsic::Checked) {
    emit_checked(cast<CallBase>(instruction), masks);
    return;
  }
  if (shapes_.of(instruction).origin == &instruction) {
    once_or_each(instruction, [&] { emit_extension(instruction, masks); });
    return;
  }
  const bool once =
      instruction.getType()->isVoidTy() ? is_block_barrier(instruction) : !shapes_.of(instruction).irregular;
  if (jam_ == 1 || once) {
    emit_once(instruction, together(masks));
    return;
  }
  VectorizeReport counted;
  each_warp([&] {
    emit_once(instruction, masks[turn_]);
    counted = turn_ == 0 ? report_ : counted;
  });
  report_ = counted;
}

void Emitter::emit_once(Instruction& instruction, Mask mask) {
  if (auto* call = dyn_cast<CallBase>(&instruction)) {
    emit_call(*call, mask);
  } else if (auto* load = dyn_cast<LoadInst>(&instruction)) {
    emit_load(*load, mask);
  } else if (auto* store = dyn_cast<StoreInst>(&instruction)) {
    emit_store(*store, mask);
  } else if (isa<AtomicRMWInst, AtomicCmpXchgInst>(instruction)) {
    auto* atomic = dyn_cast<AtomicRMWInst>(&instruction);
    if (!atomic || !(emit_combined_atomic(*atomic, mask) || emit_all_atomics(*atomic, mask))) {
      emit_serial(instruction, mask);
    }
  } else if (isa<FenceInst>(instruction)) {
    b_.Insert(instruction.clone());
  } else if (auto* alloca = dyn_cast<AllocaInst>(&instruction)) {
    IRBuilder<> builder(entry_, entry_->begin());
    auto* lanes = builder.CreateAlloca(ArrayType::get(alloca->getAllocatedType(), kLanes), nullptr, alloca->getName());
    lanes->setAlignment(std::max(alloca->getAlign(), Align(64)));
    define(instruction, {lanes});
  } else if (const PerWarp* known = shapes_.per_warp(instruction);
             known && !all_of(instruction.operands(), [&](Use& use) { return shapes_.is_uniform(*use.get()); })) {
    emit_per_warp(instruction, *known);
  } else if (shapes_.of(instruction).is_group()) {
    emit_scalars(instruction);
  } else {
    emit_vector(instruction, mask);
  }
}

// The scalar operation at each run's first lane. Flags go: they spoke of lanes that execute the instruction, and that
// lane may not.
void Emitter::emit_scalars(Instruction& instruction) {
  const Shape& shape = shapes_.of(instruction);
  Values scalars;
  for (unsigned group = 0; group < shape.groups; ++group) {
    const unsigned lane = shape.first_lane(group);
    SmallVector<Value*, 4> operands;
    for (Value* operand : instruction.operands()) {
      operands.push_back(scalar(*operand, lane));
    }
    if (isa<ZExtInst>(instruction) && extends_signed(instruction) && !shape.is_uniform()) {
      scalars.push_back(b_.CreateSExt(operands[0], instruction.getType()));
      continue;
    }
    Instruction* clone = instruction.clone();
    for (unsigned index = 0; index < operands.size(); ++index) {
      clone->setOperand(index, operands[index]);
    }
    if (!shape.is_uniform()) {
      clone->dropPoisonGeneratingFlags();
    }
    clone->setDebugLoc({});
    clone->dropUnknownNonDebugMetadata();
    scalars.push_back(b_.Insert(clone, instruction.getName()));
  }
  define(instruction, scalars);
}

void Emitter::emit_call(CallBase& call, Mask mask) {
  if (auto id = intrinsic_of(call)) {
    emit_intrinsic(call, *id, mask);
    return;
  }
  if (auto* intrinsic = dyn_cast<IntrinsicInst>(&call)) {
    emit_llvm_intrinsic(*intrinsic, mask);
    return;
  }
  if (is_pure_call(call) && all_of(call.args(), [this](Use& use) { return shapes_.is_uniform(*use.get()); })) {
    auto* clone = cast<CallBase>(call.clone());
    for (Use& use : clone->args()) {
      use.set(scalar(*use.get()));
    }
    define_uniform_or_splat(call, b_.Insert(clone));
    return;
  }
  if (const auto form = host_form_of(call)) {
    FunctionCallee all = declare_host_form(*form, module_, vector_type(call.getType()));
    define_vector(call, b_.CreateCall(all, {vector(*call.getArgOperand(0)), vector(*call.getArgOperand(1))}));
    return;
  }
  if (const WarpCall* known = warp_call_of(call)) {
    emit_warp_call(call, *known, mask);
    return;
  }
  emit_serial(call, mask);
}

void Emitter::emit_intrinsic(CallBase& call, Intrinsic id, Mask mask) {
  switch (row_of(id).kind) {
    case IntrinsicKind::Position:
      emit_position(call, id);
      return;
    case IntrinsicKind::Marker:
      emit_marker(call, id, mask);
      return;
    default:
      emit_warp_op(call, id, mask);
  }
}

void Emitter::emit_llvm_intrinsic(IntrinsicInst& call, Mask mask) {
  switch (call.getIntrinsicID()) {
    case llvm::Intrinsic::assume:
    case llvm::Intrinsic::lifetime_start:
    case llvm::Intrinsic::lifetime_end:
    case llvm::Intrinsic::donothing:
    case llvm::Intrinsic::experimental_noalias_scope_decl:
      return;
    default:
      break;
  }
  if (call.isDebugOrPseudoInst()) {
    return;
  }
  if (shapes_.of(call).is_group() && !call.getType()->isVoidTy()) {
    emit_scalars(call);
    return;
  }
  emit_vector(call, mask);
}

// Walks the members of a lane type down to scalars; `path` holds the indices.
Value* Emitter::map_elements(Type* type, const std::function<Value*(ArrayRef<unsigned>)>& make) {
  SmallVector<unsigned, 4> path;
  std::function<Value*(Type*)> walk = [&](Type* part) -> Value* {
    auto* small = dyn_cast<FixedVectorType>(part);
    if (!small && !part->isAggregateType()) {
      return make(path);
    }
    const unsigned count = small                ? small->getNumElements()
                           : part->isStructTy() ? part->getStructNumElements()
                                                : part->getArrayNumElements();
    Value* result = PoisonValue::get(vector_type(part));
    for (unsigned index = 0; index < count; ++index) {
      Type* member = small ? small->getElementType() : part->getContainedType(part->isStructTy() ? index : 0);
      path.push_back(index);
      result = b_.CreateInsertValue(result, walk(member), index);
      path.pop_back();
    }
    return result;
  };
  return walk(type);
}

Value* Emitter::element(Value* value, ArrayRef<unsigned> path) {
  return path.empty() ? value : b_.CreateExtractValue(value, path);
}

Value* Emitter::emit_division(BinaryOperator& division, Mask mask) {
  return map_elements(division.getType(), [&](ArrayRef<unsigned> path) -> Value* {
    Value* divisor = element(vector(*division.getOperand(1)), path);
    if (!mask.all()) {
      divisor = b_.CreateSelect(mask.bits, divisor, ConstantInt::get(divisor->getType(), 1));
    }
    Value* result = b_.CreateBinOp(division.getOpcode(), element(vector(*division.getOperand(0)), path), divisor);
    return result;
  });
}

namespace {

// Bits of a small vector of lane code told anew: interleave to lane order, cast, take apart.
Value* recast(IRBuilder<>& b, Value* source, Type* from, Type* to) {
  auto* from_small = dyn_cast<FixedVectorType>(from);
  auto* to_small = dyn_cast<FixedVectorType>(to);
  Value* flat = source;
  if (from_small) {
    const unsigned count = from_small->getNumElements();
    Type* wide = FixedVectorType::get(from_small->getElementType(), count * kLanes);
    flat = PoisonValue::get(wide);
    for (unsigned index = 0; index < count; ++index) {
      SmallVector<int, 128> spread(count * kLanes, -1), merge(count * kLanes);
      for (unsigned position = 0; position < count * kLanes; ++position) {
        const bool mine = position % count == index;
        spread[position] = mine ? static_cast<int>(position / count) : -1;
        merge[position] = static_cast<int>(mine ? position + count * kLanes : position);
      }
      Value* part = b.CreateShuffleVector(b.CreateExtractValue(source, index), spread);
      flat = b.CreateShuffleVector(flat, part, merge);
    }
  }
  if (!to_small) {
    return b.CreateBitCast(flat, FixedVectorType::get(to, kLanes));
  }
  const unsigned count = to_small->getNumElements();
  flat = b.CreateBitCast(flat, FixedVectorType::get(to_small->getElementType(), count * kLanes));
  Value* result = PoisonValue::get(ArrayType::get(FixedVectorType::get(to_small->getElementType(), kLanes), count));
  for (unsigned index = 0; index < count; ++index) {
    SmallVector<int, kLanes> pick(kLanes);
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      pick[lane] = static_cast<int>(lane * count + index);
    }
    result = b.CreateInsertValue(result, b.CreateShuffleVector(flat, pick), index);
  }
  return result;
}

}  // namespace

Value* Emitter::emit_cast(CastInst& cast) {
  Value* source = vector(*cast.getOperand(0));
  const bool small = isa<FixedVectorType>(cast.getSrcTy()) || isa<FixedVectorType>(cast.getDestTy());
  if (small && cast.getOpcode() == Instruction::BitCast) {
    return recast(b_, source, cast.getSrcTy(), cast.getDestTy());
  }
  Type* scalar_type = cast.getDestTy()->getScalarType();
  return map_elements(cast.getDestTy(), [&](ArrayRef<unsigned> path) -> Value* {
    return b_.CreateCast(cast.getOpcode(), element(source, path), FixedVectorType::get(scalar_type, kLanes));
  });
}

Value* Emitter::emit_gep(GetElementPtrInst& gep) {
  SmallVector<Value*, 4> indices;
  for (Value* index : gep.indices()) {
    const bool constant = isa<Constant>(index);
    indices.push_back(constant ? index : shapes_.is_uniform(*index) ? scalar(*index) : vector(*index));
  }
  Value* pointer = gep.getPointerOperand();
  Value* base = shapes_.is_uniform(*pointer) ? scalar(*pointer) : vector(*pointer);
  Value* result = b_.CreateGEP(gep.getSourceElementType(), base, indices);
  return result->getType()->isVectorTy() ? result : splat(b_, result);
}

void Emitter::emit_vector(Instruction& instruction, Mask mask) {
  Type* type = instruction.getType();
  Value* result = nullptr;
  if (auto* binary = dyn_cast<BinaryOperator>(&instruction)) {
    result = binary->isIntDivRem() ? emit_division(*binary, mask) : map_elements(type, [&](ArrayRef<unsigned> path) {
      Value* made = b_.CreateBinOp(binary->getOpcode(), element(vector(*binary->getOperand(0)), path),
                                   element(vector(*binary->getOperand(1)), path));
      if (auto* fresh = dyn_cast<Instruction>(made); fresh && isa<FPMathOperator>(fresh)) {
        fresh->copyFastMathFlags(binary);
      }
      return made;
    });
  } else if (auto* unary = dyn_cast<UnaryOperator>(&instruction)) {
    result = map_elements(type, [&](ArrayRef<unsigned> path) {
      return b_.CreateUnOp(unary->getOpcode(), element(vector(*unary->getOperand(0)), path));
    });
  } else if (auto* compare = dyn_cast<CmpInst>(&instruction)) {
    result = map_elements(type, [&](ArrayRef<unsigned> path) {
      return b_.CreateCmp(compare->getPredicate(), element(vector(*compare->getOperand(0)), path),
                          element(vector(*compare->getOperand(1)), path));
    });
  } else if (auto* cast = dyn_cast<CastInst>(&instruction)) {
    result = emit_cast(*cast);
  } else if (auto* select = dyn_cast<SelectInst>(&instruction)) {
    Value* condition = select->getCondition();
    const bool small = isa<FixedVectorType>(condition->getType());
    const bool uniform = !small && shapes_.is_uniform(*condition);
    Value* chooser = uniform ? scalar(*condition) : vector(*condition);
    result = map_elements(type, [&](ArrayRef<unsigned> path) {
      return b_.CreateSelect(small ? element(chooser, path) : chooser, element(vector(*select->getTrueValue()), path),
                             element(vector(*select->getFalseValue()), path));
    });
  } else if (auto* gep = dyn_cast<GetElementPtrInst>(&instruction)) {
    result = emit_gep(*gep);
  } else if (isa<FreezeInst>(instruction)) {
    result = map_elements(type, [&](ArrayRef<unsigned> path) {
      return b_.CreateFreeze(element(vector(*instruction.getOperand(0)), path));
    });
  } else if (auto* extract = dyn_cast<ExtractValueInst>(&instruction)) {
    result = b_.CreateExtractValue(vector(*extract->getAggregateOperand()), extract->getIndices());
  } else if (auto* insert = dyn_cast<InsertValueInst>(&instruction)) {
    result = b_.CreateInsertValue(vector(*insert->getAggregateOperand()), vector(*insert->getInsertedValueOperand()),
                                  insert->getIndices());
  } else if (auto* pick = dyn_cast<ExtractElementInst>(&instruction)) {
    const unsigned index = llvm::cast<ConstantInt>(pick->getIndexOperand())->getZExtValue();
    result = b_.CreateExtractValue(vector(*pick->getVectorOperand()), index);
  } else if (auto* put = dyn_cast<InsertElementInst>(&instruction)) {
    const unsigned index = llvm::cast<ConstantInt>(put->getOperand(2))->getZExtValue();
    result = b_.CreateInsertValue(vector(*put->getOperand(0)), vector(*put->getOperand(1)), index);
  } else if (auto* overflow = dyn_cast<WithOverflowInst>(&instruction)) {
    Value* left = vector(*overflow->getLHS());
    result = b_.CreateIntrinsic(overflow->getIntrinsicID(), {left->getType()}, {left, vector(*overflow->getRHS())});
  } else if (auto* call = dyn_cast<IntrinsicInst>(&instruction)) {
    if (call->mayReadOrWriteMemory() || !isTriviallyVectorizable(call->getIntrinsicID())) {
      emit_serial(instruction, mask);
      return;
    }
    result = map_elements(type, [&](ArrayRef<unsigned> path) -> Value* {
      SmallVector<Value*, 4> arguments;
      SmallVector<Type*, 2> types{FixedVectorType::get(type->getScalarType(), kLanes)};
      for (unsigned index = 0; index < call->arg_size(); ++index) {
        Value* argument = call->getArgOperand(index);
        const bool as_scalar = takes_scalar(call->getIntrinsicID(), index);
        arguments.push_back(as_scalar ? scalar(*argument) : element(vector(*argument), path));
        if (is_overloaded_on(call->getIntrinsicID(), index)) {
          types.push_back(arguments.back()->getType());
        }
      }
      if (!is_overloaded_on(call->getIntrinsicID(), -1)) {
        types.erase(types.begin());
      }
      return b_.CreateIntrinsic(call->getIntrinsicID(), types, arguments);
    });
  }
  assert(result && "the refusal pass lets only known instructions through");
  define_vector(instruction, result);
}

}  // namespace qiao::jit
