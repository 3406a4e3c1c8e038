// Extensions that shapes rest on: lanes' addresses lie in a row unless an index wraps before it is extended. Whether
// one does is tested where it is extended; and what single lanes' values are then, for cold paths.
#include <llvm/IR/Constants.h>
#include <llvm/IR/MDBuilder.h>

#include "device_sim/jit/vectorize/emitter.h"

namespace qiao::jit {

using namespace llvm;

bool extends_signed(const Instruction& extension) {
  return isa<SExtInst>(extension) || (isa<ZExtInst>(extension) && extension.hasNonNeg());
}

// A zext under a mask is taken for a sext where idle lanes alone are below zero: `if (t >= offset) ... a[t - offset]`.
void Emitter::emit_extension(Instruction& extension, const Masks& masks) {
  const bool is_signed = extends_signed(extension);
  if (is_signed || masks.all()) {
    emit_scalars(extension);
    emitted(extension).valid = does_not_wrap(extension, is_signed);
    emitted(extension).from_signed = is_signed;
    return;
  }
  const Shape& shape = shapes_.of(extension);
  Values scalars;
  Value* least = nullptr;
  for (unsigned run = 0; run < shape.groups; ++run) {
    Value* base = scalar(*extension.getOperand(0), shape.first_lane(run));
    scalars.push_back(b_.CreateSExt(base, extension.getType()));
    least = least ? b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, least, base) : base;
  }
  define(extension, scalars);
  Value* wraps_nowhere = does_not_wrap(extension, true);
  BasicBlock* before = b_.GetInsertBlock();
  BasicBlock* below = nullptr;
  Value* idle = nullptr;
  when(b_.CreateICmpSLT(least, b_.getInt32(0)), true, [&] {
    idle = b_.CreateAnd(wraps_nowhere, idle_below_zero(extension, masks));
    below = b_.GetInsertBlock();
  });
  PHINode* valid = b_.CreatePHI(b_.getInt1Ty(), 2, "valid");
  valid->addIncoming(wraps_nowhere, before);
  valid->addIncoming(idle, below);
  emitted(extension).valid = valid;
  emitted(extension).from_signed = true;
}

// No lane that executes the extension has an operand below zero; said only of runs in a row.
Value* Emitter::idle_below_zero(Instruction& extension, const Masks& masks) {
  Value& source = *extension.getOperand(0);
  const Shape& shape = shapes_.of(source);
  if (!shape.strided(1, shape.pattern[1])) {
    return b_.getFalse();
  }
  Value* holds = b_.getTrue();
  each_own_mask(source, masks, [&](Mask mask) {
    const ActiveSpan span = active_span(mask);
    Value* least = b_.CreateAdd(scalar(source), b_.CreateMul(span.first, b_.getInt32(shape.pattern[1])));
    holds = b_.CreateAnd(holds, b_.CreateOr(span.empty, b_.CreateICmpSGE(least, b_.getInt32(0))));
  });
  return holds;
}

// A run does not wrap when its largest value does not.
Value* Emitter::does_not_wrap(Instruction& extension, bool is_signed) {
  Value* valid = b_.getTrue();
  Value& source = *extension.getOperand(0);
  const Shape& shape = shapes_.of(source);
  const uint64_t most = is_signed ? 0x7fffffff : 0xffffffff;
  for (unsigned run = 0; run < shape.groups; ++run) {
    int64_t reach = 0;
    for (unsigned lane = shape.first_lane(run); lane < shape.first_lane(run) + shape.run(); ++lane) {
      reach = std::max(reach, shape.pattern[lane]);
    }
    reach += shape.step * (jam_ - 1);
    Value* limit = b_.getInt32(static_cast<uint32_t>(most - static_cast<uint64_t>(reach)));
    Value* base = scalar(source, shape.first_lane(run));
    valid = b_.CreateAnd(valid, is_signed ? b_.CreateICmpSLE(base, limit) : b_.CreateICmpULE(base, limit));
  }
  return valid;
}

Value* Emitter::under_assumption(Value& address, const std::function<Value*()>& fast,
                                 const std::function<Value*()>& slow) {
  const Shape& shape = shapes_.of(address);
  if (!shape.assumed()) {
    return fast();
  }
  Value* valid = emitted(*shape.origin).valid;
  BasicBlock* blocks[2] = {new_block("contiguous"), new_block("wrapped")};
  BasicBlock* next = new_block("next");
  MDNode* weights = MDBuilder(warp_.getContext()).createBranchWeights(1 << 20, 1);
  b_.CreateCondBr(valid, blocks[0], blocks[1], weights);
  Value* results[2];
  for (unsigned way = 0; way < 2; ++way) {
    b_.SetInsertPoint(blocks[way]);
    if (way == 0) {
      results[way] = fast();
    } else {
      with_exact_lanes(address, [&] { results[way] = slow(); });
    }
    blocks[way] = b_.GetInsertBlock();
    b_.CreateBr(next);
  }
  b_.SetInsertPoint(next);
  if (!results[0]) {
    return nullptr;
  }
  PHINode* result = b_.CreatePHI(results[0]->getType(), 2);
  result->addIncoming(results[0], blocks[0]);
  result->addIncoming(results[1], blocks[1]);
  return result;
}

Constant* Emitter::lane_table(ArrayRef<int64_t> head, ArrayRef<int64_t> lanes) {
  SmallVector<uint64_t, 40> words(head.begin(), head.end());
  words.append(lanes.begin(), lanes.end());
  return constant_table(ConstantDataArray::get(warp_.getContext(), words));
}

Constant* Emitter::constant_table(Constant* data) {
  Constant* table = module_.getOrInsertGlobal(("lanes." + Twine(module_.global_size())).str(), data->getType());
  auto* global = cast<GlobalVariable>(table);
  global->setInitializer(data);
  global->setConstant(true);
  global->setLinkage(GlobalValue::PrivateLinkage);
  global->setAlignment(Align(64));  // rows of counters are read as vectors
  return global;
}

// A Group's values in all lanes, as i64 in memory and by calls: for cold paths, where vectors would be hoisted out of
// the loops around them.
AllocaInst* Emitter::exact_lanes(Value& value) {
  AllocaInst* lanes = scratch(FixedVectorType::get(b_.getInt64Ty(), kLanes), 7);
  Type* i64 = b_.getInt64Ty();
  auto* type = FunctionType::get(b_.getVoidTy(), {b_.getPtrTy(), b_.getPtrTy(), i64, i64, i64, i64}, false);
  // The scalars are those of the first of the warps that run side by side: tables have the steps to this one.
  auto fill = [&](const char* name, Value& group, Constant* table) {
    SmallVector<Value*, 6> arguments{lanes, table};
    const Shape& shape = shapes_.of(group);
    for (unsigned run = 0; run < kMaxGroups; ++run) {
      Value* base = run >= shape.groups ? b_.getInt64(0) : isa<Constant>(group) ? &group : emitted(group).scalars[run];
      arguments.push_back(base->getType()->isPointerTy() ? b_.CreatePtrToInt(base, i64) : b_.CreateZExt(base, i64));
    }
    b_.CreateCall(module_.getOrInsertFunction(name, type), arguments);
  };
  auto differences = [&](const Shape& shape) {
    SmallVector<int64_t, 2 * kLanes> result;
    for (int64_t difference : shape.pattern) {
      result.push_back(difference + shape.step * turn_);
    }
    return result;
  };
  const Shape& shape = shapes_.of(value);
  fill("qiao_rt_lane_values", value, lane_table({shape.groups}, differences(shape)));
  if (shape.assumed()) {
    const auto& extension = *cast<Instruction>(shape.origin);
    Value& source = *extension.getOperand(0);
    const Shape& before = shapes_.of(source);
    SmallVector<int64_t, 2 * kLanes> patterns = differences(before);
    patterns.append(differences(shapes_.of(extension).split(before.groups)));
    const bool promised_signed = emitted(extension).from_signed;
    fill("qiao_rt_lane_wraps", source,
         lane_table({before.groups, extends_signed(extension), promised_signed, shape.factor}, patterns));
  }
  return lanes;
}

// In `body`, the address's vector is its exact one, made on this cold path.
void Emitter::with_exact_lanes(Value& address, const std::function<void()>& body) {
  AllocaInst* lanes = exact_lanes(address);
  Value* exact = b_.CreateLoad(lanes->getAllocatedType(), lanes);
  Value* known = std::exchange(vector_place(address), b_.CreateIntToPtr(exact, vector_type(address.getType())));
  body();
  vector_place(address) = known;
}

// From what an assumption promises to what is, whether or not it holds.
Value* Emitter::correct(IRBuilder<>& builder, Value* promised, const Shape& shape) {
  auto& extension = *const_cast<Instruction*>(cast<Instruction>(shape.origin));
  Value* source = vector(*extension.getOperand(0));
  Type* wide = vector_type(extension.getType());
  Value* exact = extends_signed(extension) ? builder.CreateSExt(source, wide) : builder.CreateZExt(source, wide);
  Value* claimed = widen(builder, shapes_.of(extension), extension.getType(), emitted(extension).scalars);
  Value* factor = splat(builder, ConstantInt::get(extension.getType(), shape.factor, true));
  Value* missing = builder.CreateMul(builder.CreateSub(exact, claimed), factor);
  return promised->getType()->isPtrOrPtrVectorTy() ? builder.CreateGEP(builder.getInt8Ty(), promised, missing)
                                                   : builder.CreateAdd(promised, missing);
}

}  // namespace qiao::jit
