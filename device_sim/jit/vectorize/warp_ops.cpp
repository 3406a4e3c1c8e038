// Operations between lanes of a warp, and its meetings with other warps.
#include <llvm/IR/Constants.h>
#include <llvm/IR/Module.h>

#include "device_sim/jit/vectorize/barrier_flow.h"
#include "device_sim/jit/vectorize/emitter.h"
#include "device_sim/machine/block_context.h"

namespace qiao::jit {

using namespace llvm;

void Emitter::emit_warp_op(CallBase& call, Intrinsic id, Mask mask) {
  if (!watched_.empty()) {
    is_block_barrier(call) ? watch_barrier(id, mask) : watch_meeting(call, id, mask);
  }
  switch (id) {
    case Intrinsic::ActiveMask:
      define_uniform_or_splat(call, mask_word(mask));
      return;
    case Intrinsic::ShflIdx:
    case Intrinsic::ShflUp:
    case Intrinsic::ShflDown:
    case Intrinsic::ShflBfly:
      emit_shuffle(call, id, mask);
      return;
    case Intrinsic::Ballot: {
      Value* word = ballot_word(*call.getArgOperand(1), mask);
      Value& members = *call.getArgOperand(0);
      if (shapes_.is_uniform(members)) {
        define_uniform_or_splat(call, b_.CreateAnd(word, scalar(members)));
      } else {
        // Lanes name their own groups; each sees its group's votes.
        define_vector(call, b_.CreateAnd(splat(b_, word), vector(members)));
      }
      return;
    }
    case Intrinsic::MatchAnyI32:
    case Intrinsic::MatchAnyI64:
    case Intrinsic::MatchAllI32:
    case Intrinsic::MatchAllI64:
      emit_match(call, id, mask);
      return;
    case Intrinsic::WarpSync:
      return;  // lanes of a warp are always in step here, and memory is accessed in program order
    case Intrinsic::BarrierSync:
    case Intrinsic::BarrierArrive:
    case Intrinsic::BarrierPopc:
    case Intrinsic::BarrierAnd:
    case Intrinsic::BarrierOr:
      emit_barrier(call, id, mask);
      return;
    default:
      emit_redux(call, id, mask);
  }
}

// Poison in idle lanes must not reach the word.
Value* Emitter::ballot_word(Value& predicate, Mask mask) {
  return mask_word(restrict(mask, vector(predicate), true));
}

// vector[lanes[i]] for lanes in 0..31.
Value* Emitter::permute(Value* vector, Value* lanes) {
  SmallVector<int, kLanes> constant;
  if (auto* known = dyn_cast<Constant>(lanes)) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      constant.push_back(static_cast<int>(cast<ConstantInt>(known->getAggregateElement(lane))->getZExtValue()));
    }
    return b_.CreateShuffleVector(vector, constant);
  }
  return b_.CreateCall(declare_host_form(HostForm::Permute, module_, vector->getType()), {vector, lanes});
}

// PTX shfl.sync: c holds the clamp in bits 0..4 and the segment mask in bits 8..12. A lane whose source is out of range
// reads itself. What a lane reads from one that is not here, or not named a member, is undefined to PTX: here zero.
void Emitter::emit_shuffle(CallBase& call, Intrinsic id, Mask mask) {
  Value* value = vector(*call.getArgOperand(1));
  Value* zero = Constant::getNullValue(value->getType());
  Value& members = *call.getArgOperand(0);
  const bool agreed = shapes_.is_uniform(members);
  const bool everyone = isa<ConstantInt>(members) && cast<ConstantInt>(members).isMinusOne();
  if (agreed && !(everyone && mask.all())) {
    Value* present = everyone ? mask.bits : restrict(mask, b_.CreateBitCast(scalar(members), mask_type_), true).bits;
    value = b_.CreateSelect(present, value, zero);
  }
  Value* b = vector(*call.getArgOperand(2));
  Value* c = vector(*call.getArgOperand(3));
  auto same = [&](int64_t constant) { return splat(b_, b_.getInt32(constant)); };
  SmallVector<int64_t, kLanes> numbers(kLanes);
  std::iota(numbers.begin(), numbers.end(), 0);
  Value* lane = lane_constant(numbers, 32);
  Value* amount = b_.CreateAnd(b, same(31));
  Value* clamp = b_.CreateAnd(c, same(31));
  Value* segment = b_.CreateAnd(b_.CreateLShr(c, same(8)), same(31));
  Value* inside = b_.CreateAnd(lane, segment);
  Value* max_lane = b_.CreateOr(inside, b_.CreateAnd(clamp, b_.CreateNot(segment)));
  Value* source;
  Value* in_range;
  switch (id) {
    case Intrinsic::ShflUp:
      source = b_.CreateSub(lane, amount);
      in_range = b_.CreateICmpSGE(source, max_lane);
      break;
    case Intrinsic::ShflDown:
      source = b_.CreateAdd(lane, amount);
      in_range = b_.CreateICmpSLE(source, max_lane);
      break;
    case Intrinsic::ShflBfly:
      source = b_.CreateXor(lane, amount);
      in_range = b_.CreateICmpSLE(source, max_lane);
      break;
    default:
      source = b_.CreateOr(inside, b_.CreateAnd(amount, b_.CreateNot(segment)));
      in_range = b_.CreateICmpSLE(source, max_lane);
  }
  source = b_.CreateAnd(b_.CreateSelect(in_range, source, lane), same(31));
  Value* result = PoisonValue::get(vector_type(call.getType()));
  Value* read = permute(value, source);
  if (!agreed) {
    Value* present = b_.CreateAnd(vector(members), splat(b_, mask_word(mask)));
    present = b_.CreateAnd(b_.CreateLShr(present, source), same(1));
    read = b_.CreateSelect(b_.CreateICmpNE(present, same(0)), read, zero);
  }
  result = b_.CreateInsertValue(result, read, 0);
  define_vector(call, b_.CreateInsertValue(result, in_range, 1));
}

// Lane i's word is the set of active member lanes whose value equals lane i's: 32 broadcasts and compares.
void Emitter::emit_match(CallBase& call, Intrinsic id, Mask mask) {
  Value& members = *call.getArgOperand(0);
  Value* value = vector(*call.getArgOperand(1));
  if (id == Intrinsic::MatchAllI32 || id == Intrinsic::MatchAllI64) {
    Value* among = b_.CreateAnd(mask_word(mask), scalar(members));
    Value* first = b_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, among, b_.getFalse());
    Value* reference = b_.CreateExtractElement(value, b_.CreateAnd(first, 31));
    Value* equal = b_.CreateICmpEQ(value, b_.CreateVectorSplat(kLanes, reference));
    Value* word = b_.CreateAnd(mask_word(restrict(mask, equal, true)), among);
    Value* holds = b_.CreateICmpEQ(word, among);
    Value* result = PoisonValue::get(call.getType());
    result = b_.CreateInsertValue(result, b_.CreateSelect(holds, among, b_.getInt32(0)), 0);
    define_uniform_or_splat(call, b_.CreateInsertValue(result, holds, 1));
    return;
  }
  Value* words = Constant::getNullValue(FixedVectorType::get(b_.getInt32Ty(), kLanes));
  Values made = for_each_lane(mask, {b_.getInt32Ty()}, [&](Value* lane) -> Values {
    Value* reference = b_.CreateExtractElement(value, lane);
    Value* equal = b_.CreateICmpEQ(value, b_.CreateVectorSplat(kLanes, reference));
    return {mask_word(restrict(mask, equal, true))};
  });
  words = b_.CreateAnd(made[0], vector(members));
  define_vector(call, words);
}

void Emitter::emit_redux(CallBase& call, Intrinsic id, Mask mask) {
  llvm::Intrinsic::ID reduce;
  uint32_t neutral = 0;
  switch (id) {
    case Intrinsic::ReduxAdd:
      reduce = llvm::Intrinsic::vector_reduce_add;
      break;
    case Intrinsic::ReduxUmin:
      reduce = llvm::Intrinsic::vector_reduce_umin;
      neutral = ~0u;
      break;
    case Intrinsic::ReduxUmax:
      reduce = llvm::Intrinsic::vector_reduce_umax;
      break;
    case Intrinsic::ReduxSmin:
      reduce = llvm::Intrinsic::vector_reduce_smin;
      neutral = 0x7fffffff;
      break;
    case Intrinsic::ReduxSmax:
      reduce = llvm::Intrinsic::vector_reduce_smax;
      neutral = 0x80000000;
      break;
    case Intrinsic::ReduxAnd:
      reduce = llvm::Intrinsic::vector_reduce_and;
      neutral = ~0u;
      break;
    case Intrinsic::ReduxOr:
      reduce = llvm::Intrinsic::vector_reduce_or;
      break;
    default:
      reduce = llvm::Intrinsic::vector_reduce_xor;
  }
  Value* value = vector(*call.getArgOperand(1));
  Value* members = b_.CreateBitCast(scalar(*call.getArgOperand(0)), mask_type_);
  Value* among = restrict(mask, members, true).bits;
  Value* chosen = b_.CreateSelect(among, value, splat(b_, b_.getInt32(neutral)));
  define_uniform_or_splat(call, b_.CreateIntrinsic(reduce, {chosen->getType()}, {chosen}));
}

// The runtime switches fibers inside the call; a warp arrives as a whole, lanes that have left are not waited for.
void Emitter::emit_barrier(CallBase& call, Intrinsic id, Mask mask) {
  report_.waits = true;
  const char* names[] = {"sync", "arrive", "popc", "and", "or"};
  const char* name = names[static_cast<unsigned>(id) - static_cast<unsigned>(Intrinsic::BarrierSync)];
  const bool votes = call.arg_size() == 3;
  Type* i32 = b_.getInt32Ty();
  SmallVector<Value*, 6> arguments{warp_.getArg(1), warp_.getArg(2), mask_word(mask), scalar(*call.getArgOperand(0)),
                                   scalar(*call.getArgOperand(1))};
  SmallVector<Type*, 6> types{b_.getPtrTy(), i32, i32, i32, i32};
  if (votes) {
    arguments.push_back(ballot_word(*call.getArgOperand(2), mask));
    types.push_back(i32);
  }
  auto* type = FunctionType::get(votes ? i32 : b_.getVoidTy(), types, false);
  Value* result = b_.CreateCall(module_.getOrInsertFunction(std::string("qiao_rt_barrier_") + name, type), arguments);
  if (votes) {
    define_uniform_or_splat(call, call.getType()->isIntegerTy(1) ? b_.CreateICmpNE(result, b_.getInt32(0)) : result);
  }
}

}  // namespace qiao::jit
