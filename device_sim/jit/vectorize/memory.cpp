// Loads, stores and address checks: one scalar access where lanes share an address, one vector access per run of
// neighbours, else a gather or scatter.
#include <llvm/IR/Constants.h>
#include <llvm/IR/MDBuilder.h>

#include "device_sim/jit/vectorize/emitter.h"

namespace qiao::jit {

using namespace llvm;

namespace {

// Types a hardware gather knows; the rest would be taken apart into hundreds of instructions.
bool gathers(Type* type) {
  return type->isPointerTy() || type->isFloatTy() || type->isDoubleTy() || type->isIntegerTy(32) ||
         type->isIntegerTy(64);
}

// Lane values of the type lie in a vector register as they lie in memory.
bool packs(Type* type, const DataLayout& layout) {
  return (type->isIntegerTy() || type->isFloatingPointTy() || type->isPointerTy()) &&
         layout.getTypeSizeInBits(type) == 8 * layout.getTypeAllocSize(type);
}

}  // namespace

// The least number of runs in which all neighbours either follow each other in memory or share their address; 0: none.
unsigned Emitter::runs_for(const Shape& shape, uint64_t size) {
  for (unsigned runs = 1; runs <= kMaxGroups; runs *= 2) {
    if (shape.strided(runs, static_cast<int64_t>(size)) || shape.flat(runs)) {
      return runs;
    }
  }
  return 0;
}

Value* Emitter::run_bits(Mask mask, unsigned run, unsigned runs) {
  const unsigned length = kLanes / runs;
  SmallVector<int, kLanes> order(length);
  std::iota(order.begin(), order.end(), static_cast<int>(run * length));
  return runs == 1 ? mask_bits(mask) : b_.CreateShuffleVector(mask_bits(mask), order);
}

Value* Emitter::load_runs(LoadInst& load, unsigned runs, Mask mask) {
  const unsigned length = kLanes / runs;
  const bool shared = shapes_.of(*load.getPointerOperand()).flat(runs);
  Type* type = FixedVectorType::get(load.getType(), length);
  SmallVector<Value*, 8> parts;
  for (unsigned run = 0; run < runs; ++run) {
    Value* address = scalar(*load.getPointerOperand(), run * length);
    if (shared) {
      if (!mask.all()) {
        // Nobody of this run may be active, then its address may be anything.
        Value* word = b_.CreateBitCast(run_bits(mask, run, runs), b_.getIntNTy(length));
        Value* used = b_.CreateICmpNE(word, ConstantInt::get(word->getType(), 0));
        address = b_.CreateSelect(used, address, scratch(ArrayType::get(b_.getInt64Ty(), 16), 0));
      }
      parts.push_back(b_.CreateVectorSplat(
          length, b_.CreateAlignedLoad(load.getType(), address, load.getAlign(), load.isVolatile())));
    } else if (mask.all()) {
      prefetch_ahead(load, address, layout_.getTypeStoreSize(type));
      parts.push_back(b_.CreateAlignedLoad(type, address, load.getAlign(), load.isVolatile()));
    } else {
      parts.push_back(b_.CreateMaskedLoad(type, address, load.getAlign(), run_bits(mask, run, runs)));
    }
  }
  return join_runs(b_, parts);
}

// By exact addresses, however they lie.
Value* Emitter::slow_load(LoadInst& load, Mask mask) {
  if (gathers(load.getType()) && !load.isVolatile()) {
    return gather(load, mask);
  }
  emit_serial(load, mask);
  return vector(load);
}

// For a gather or scatter.
Value* Emitter::pointers(Value& address) {
  const auto split = split_address(address);
  return split ? split_pointers(*split) : vector(address);
}

Value* Emitter::gather(LoadInst& load, Mask mask) {
  Type* type = vector_type(load.getType());
  return b_.CreateMaskedGather(type, pointers(*load.getPointerOperand()), load.getAlign(), mask_bits(mask));
}

void Emitter::emit_load(LoadInst& load, Mask mask) {
  const Shape& shape = shapes_.of(*load.getPointerOperand());
  if (shape.is_uniform()) {
    auto* clone = cast<LoadInst>(load.clone());
    clone->setOperand(0, scalar(*load.getPointerOperand()));
    clone->setDebugLoc({});
    clone->dropUnknownNonDebugMetadata();
    ++report_.uniform_loads;
    define_uniform_or_splat(load, b_.Insert(clone, load.getName()));
    return;
  }
  // Masked vector loads cannot be marked volatile; full ones can.
  const bool plain = !load.isAtomic() && packs(load.getType(), layout_);
  const bool whole = plain && (!load.isVolatile() || mask.all());
  const unsigned runs = whole ? runs_for(shape, layout_.getTypeStoreSize(load.getType())) : 0;
  if (runs) {
    ++report_.contiguous;
    define_vector(load, under_assumption(
                            *load.getPointerOperand(), [&] { return load_runs(load, runs, mask); },
                            [&] { return slow_load(load, mask); }));
  } else if (const auto wings =
                 plain && !load.isVolatile() ? butterfly(*load.getPointerOperand(), load.getType()) : std::nullopt) {
    ++report_.butterflies;
    define_vector(load, load_butterfly(load, *wings, mask));
  } else if (plain && gathers(load.getType()) && !load.isVolatile()) {
    ++report_.gathers;
    define_vector(load, gather(load, mask));
  } else {
    emit_serial(load, mask);
  }
}

void Emitter::store_runs(StoreInst& store, unsigned runs, Mask mask) {
  const unsigned length = kLanes / runs;
  Value* value = vector(*store.getValueOperand());
  for (unsigned run = 0; run < runs; ++run) {
    Value* address = scalar(*store.getPointerOperand(), run * length);
    SmallVector<int, kLanes> order(length);
    std::iota(order.begin(), order.end(), static_cast<int>(run * length));
    Value* part = runs == 1 ? value : b_.CreateShuffleVector(value, order);
    if (mask.all()) {
      b_.CreateAlignedStore(part, address, store.getAlign(), store.isVolatile());
    } else {
      b_.CreateMaskedStore(part, address, store.getAlign(), run_bits(mask, run, runs));
    }
  }
}

// One address for all: the last active lane's value stays.
void Emitter::store_last(StoreInst& store, Mask mask) {
  Value& stored = *store.getValueOperand();
  Value* value;
  if (shapes_.is_uniform(stored)) {
    value = scalar(stored);
  } else if (!packs(stored.getType(), layout_)) {
    emit_serial(store, mask);
    return;
  } else if (mask.all()) {
    value = b_.CreateExtractElement(vector(stored), kLanes - 1);
  } else {
    Value* leading = b_.CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, mask_word(mask), b_.getTrue());
    value = b_.CreateExtractElement(vector(stored), b_.CreateSub(b_.getInt32(kLanes - 1), leading));
  }
  auto* clone = cast<StoreInst>(store.clone());
  clone->setOperand(0, value);
  clone->setOperand(1, scalar(*store.getPointerOperand()));
  clone->setDebugLoc({});
  clone->dropUnknownNonDebugMetadata();
  b_.Insert(clone);
}

void Emitter::scatter(StoreInst& store, Mask mask) {
  b_.CreateMaskedScatter(vector(*store.getValueOperand()), pointers(*store.getPointerOperand()), store.getAlign(),
                         mask_bits(mask));
}

void Emitter::emit_store(StoreInst& store, Mask mask) {
  Type* type = store.getValueOperand()->getType();
  const Shape& shape = shapes_.of(*store.getPointerOperand());
  if (shape.is_same()) {
    if (jam_ == 1 || mask.all()) {
      store_last(store, mask);
    } else {  // perhaps only lanes of another warp are here
      when(any(mask), false, [&] { store_last(store, mask); });
    }
    return;
  }
  const bool plain = !store.isAtomic() && packs(type, layout_);
  const uint64_t size = layout_.getTypeStoreSize(type);
  unsigned runs = 0;
  for (unsigned count = 1; plain && count <= kMaxGroups && !runs; count *= 2) {
    runs = shape.strided(count, static_cast<int64_t>(size)) ? count : 0;
  }
  if (runs && (!store.isVolatile() || mask.all())) {
    // Runs may overlap each other (rows of a matrix with pitch 0): later lanes come later here too.
    ++report_.contiguous;
    auto fast = [&]() -> Value* { return store_runs(store, runs, mask), nullptr; };
    auto slow = [&]() -> Value* {
      return gathers(type) && !store.isVolatile() ? scatter(store, mask) : emit_serial(store, mask), nullptr;
    };
    under_assumption(*store.getPointerOperand(), fast, slow);
  } else if (const auto wings =
                 plain && !store.isVolatile() ? butterfly(*store.getPointerOperand(), type) : std::nullopt) {
    ++report_.butterflies;
    store_butterfly(store, *wings, mask);
  } else if (plain && gathers(type) && !store.isVolatile()) {
    ++report_.gathers;
    scatter(store, mask);
  } else {
    emit_serial(store, mask);
  }
}

// qiao_rt_bad_access for each active lane that fails the check.
void Emitter::report_lanes(AllocaInst* offsets, CallBase& check, Mask mask) {
  Type* i64 = b_.getInt64Ty();
  Type* i32 = b_.getInt32Ty();
  FunctionCallee function = module_.getOrInsertFunction("qiao_rt_check_lanes", b_.getVoidTy(), b_.getPtrTy(),
                                                        b_.getPtrTy(), i32, i64, i64, i32, i32);
  b_.CreateCall(function, {warp_.getArg(1), offsets, mask_word(mask), scalar(*check.getArgOperand(0)),
                           scalar(*check.getArgOperand(2)), check.getArgOperand(3), scalar(*check.getArgOperand(4))});
}

// offset rotated right by log2size: fails one compare when it is too large or misaligned.
Value* Emitter::rotated(Value* offset, const CallBase& check) {
  Type* type = offset->getType();
  Value* amount = ConstantInt::get(type, cast<ConstantInt>(check.getArgOperand(3))->getZExtValue());
  return b_.CreateIntrinsic(llvm::Intrinsic::fshr, {type}, {offset, offset, amount});
}

// qiao.checked: the good case is one compare for all 32 lanes where the address is uniform or differs by constants, and
// for all warps side by side; who exactly is wrong, and whether an active lane is, is settled in a cold block.
void Emitter::emit_checked(CallBase& call, const Masks& masks) {
  once_or_each(call, [&] { check_one(call, masks); });
}

void Emitter::check_one(CallBase& call, const Masks& masks) {
  Value* base = scalar(*call.getArgOperand(0));
  Value& offset = *call.getArgOperand(1);
  Value* limit =
      b_.CreateLShr(scalar(*call.getArgOperand(2)), cast<ConstantInt>(call.getArgOperand(3))->getZExtValue());
  const Shape& shape = shapes_.of(offset);
  if (shape.is_uniform()) {
    Value* value = scalar(offset);
    FunctionCallee bad_access = module_.getOrInsertFunction("qiao_rt_bad_access", b_.getVoidTy(), b_.getPtrTy(),
                                                            b_.getInt64Ty(), b_.getInt32Ty());
    when(b_.CreateICmpUGE(rotated(value, call), limit), true, [&] {
      b_.CreateCall(bad_access, {warp_.getArg(1), b_.CreateAdd(base, value), scalar(*call.getArgOperand(4))});
    });
    define_uniform_or_splat(call, b_.CreateIntToPtr(b_.CreateAdd(base, value), b_.getPtrTy()));
    return;
  }
  if (shape.is_vector()) {
    check_each(call, limit, shape.irregular ? masks[turn_] : together(masks));
    Value* address = b_.CreateAdd(vector(offset), splat(b_, base));
    define_vector(call, b_.CreateIntToPtr(address, vector_type(b_.getPtrTy())));
    return;
  }
  check_runs(call, limit, masks);
  const Shape& result = shapes_.of(call);
  Values scalars;
  for (unsigned run = 0; run < result.groups; ++run) {
    Value* address = b_.CreateAdd(base, scalar(offset, result.first_lane(run)));
    scalars.push_back(b_.CreateIntToPtr(address, b_.getPtrTy()));
  }
  define(call, scalars);
}

void Emitter::check_each(CallBase& call, Value* limit, Mask mask) {
  Value& offset = *call.getArgOperand(1);
  const auto split = split_address(offset);
  const auto misses = split ? split_misses(*split, call, limit) : std::nullopt;
  Value* offsets = vector(offset);
  Value* bad = misses ? misses->lanes : b_.CreateICmpUGE(rotated(offsets, call), splat(b_, limit));
  Value* some = any(restrict(mask, bad, true));
  when(misses ? b_.CreateOr(some, misses->always) : some, true, [&] {
    AllocaInst* lanes = scratch(FixedVectorType::get(b_.getInt64Ty(), kLanes), 7);
    b_.CreateStore(offsets, lanes);
    report_lanes(lanes, call, mask);
  });
}

// All lanes of a run lie between its least and its most. Where idle lanes lie oddly, each lane is looked at.
void Emitter::check_runs(CallBase& call, Value* limit, const Masks& masks) {
  Value& offset = *call.getArgOperand(1);
  const Shape& shape = shapes_.of(offset);
  const uint64_t log2size = cast<ConstantInt>(call.getArgOperand(3))->getZExtValue();
  const int64_t further = shape.step * (jam_ - 1);  // the last warp's scalars
  Value* bad = b_.getFalse();
  for (unsigned run = 0; run < shape.groups; ++run) {
    unsigned least = shape.first_lane(run), most = least;
    bool aligned = further % (int64_t{1} << log2size) == 0;
    for (unsigned lane = shape.first_lane(run); lane < shape.first_lane(run) + shape.run(); ++lane) {
      least = shape.pattern[lane] < shape.pattern[least] ? lane : least;
      most = shape.pattern[lane] > shape.pattern[most] ? lane : most;
      aligned &= shape.pattern[lane] % (int64_t{1} << log2size) == 0;
    }
    const uint64_t span = static_cast<uint64_t>(shape.pattern[most]) - static_cast<uint64_t>(shape.pattern[least]) +
                          static_cast<uint64_t>(std::abs(further));
    if (!aligned || span >> 40) {
      each_own_mask(offset, masks, [&](Mask mask) { check_each(call, limit, mask); });
      return;
    }
    Value* room = b_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, limit, b_.getInt64(span >> log2size));
    Value* first = offset_scalar(b_, scalar(offset, least), std::min<int64_t>(further, 0));
    bad = b_.CreateOr(bad, b_.CreateICmpUGE(rotated(first, call), room));
  }
  Value* wraps = shape.assumed() ? b_.CreateNot(emitted(*shape.origin).valid) : b_.getFalse();
  when(b_.CreateOr(bad, wraps), true, [&] {
    when(b_.CreateOr(wraps, any_bad(call, limit, masks)), true,
         [&] { each_own_mask(offset, masks, [&](Mask mask) { report_lanes(exact_lanes(offset), call, mask); }); });
  });
}

// Of a run whose idle lanes may lie oddly: whether the first or the last active one misses, or it is not in a row.
Value* Emitter::any_bad(CallBase& call, Value* limit, const Masks& masks) {
  Value& offset = *call.getArgOperand(1);
  const Shape& shape = shapes_.of(offset);
  if (masks.all() || !shape.strided(1, shape.pattern[1])) {
    return b_.getTrue();
  }
  Value* bad = b_.getFalse();
  each_own_mask(offset, masks, [&](Mask mask) {
    const ActiveSpan span = active_span(mask);
    Value* misses = b_.getFalse();
    for (Value* lane : {span.first, span.last}) {
      Value* distance = b_.CreateMul(b_.CreateZExt(lane, b_.getInt64Ty()), b_.getInt64(shape.pattern[1]));
      misses = b_.CreateOr(misses, b_.CreateICmpUGE(rotated(b_.CreateAdd(scalar(offset), distance), call), limit));
    }
    bad = b_.CreateOr(bad, b_.CreateAnd(misses, b_.CreateNot(span.empty)));
  });
  return bad;
}

}  // namespace qiao::jit
