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
      parts.push_back(b_.CreateAlignedLoad(type, address, load.getAlign(), load.isVolatile()));
    } else {
      parts.push_back(b_.CreateMaskedLoad(type, address, load.getAlign(), run_bits(mask, run, runs)));
    }
  }
  return join_runs(b_, parts);
}

Value* Emitter::under_assumption(Value& address, const std::function<Value*()>& fast,
                                 const std::function<Value*()>& slow) {
  const Shape& shape = shapes_.of(address);
  if (!shape.assumed()) {
    return fast();
  }
  Value* valid = values_[shape.origin].valid;
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
  Constant* data = ConstantDataArray::get(warp_.getContext(), words);
  Constant* table = module_.getOrInsertGlobal(("lanes." + Twine(module_.global_size())).str(), data->getType());
  auto* global = cast<GlobalVariable>(table);
  global->setInitializer(data);
  global->setConstant(true);
  global->setLinkage(GlobalValue::PrivateLinkage);
  return global;
}

// A Group's values in all lanes, as i64 in memory and by calls: for cold paths, where vectors would be hoisted out of
// the loops around them.
AllocaInst* Emitter::exact_lanes(Value& value) {
  AllocaInst* lanes = scratch(FixedVectorType::get(b_.getInt64Ty(), kLanes), 7);
  Type* i64 = b_.getInt64Ty();
  auto* type = FunctionType::get(b_.getVoidTy(), {b_.getPtrTy(), b_.getPtrTy(), i64, i64, i64, i64}, false);
  auto fill = [&](const char* name, Value& group, Constant* table) {
    SmallVector<Value*, 6> arguments{lanes, table};
    const Shape& shape = shapes_.of(group);
    for (unsigned run = 0; run < kMaxGroups; ++run) {
      Value* base = run < shape.groups ? scalar(group, shape.first_lane(run)) : b_.getInt64(0);
      arguments.push_back(base->getType()->isPointerTy() ? b_.CreatePtrToInt(base, i64) : b_.CreateZExt(base, i64));
    }
    b_.CreateCall(module_.getOrInsertFunction(name, type), arguments);
  };
  const Shape& shape = shapes_.of(value);
  fill("qiao_rt_lane_values", value, lane_table({shape.groups}, shape.pattern));
  if (shape.assumed()) {
    const auto& extension = *cast<Instruction>(shape.origin);
    Value& source = *extension.getOperand(0);
    const Shape& before = shapes_.of(source);
    SmallVector<int64_t, 2 * kLanes> patterns(before.pattern.begin(), before.pattern.end());
    const Shape claimed = shapes_.of(extension).split(before.groups);
    patterns.append(claimed.pattern.begin(), claimed.pattern.end());
    fill("qiao_rt_lane_wraps", source, lane_table({before.groups, extends_signed(extension), shape.factor}, patterns));
  }
  return lanes;
}

// In `body`, the address's vector is its exact one, made on this cold path.
void Emitter::with_exact_lanes(Value& address, const std::function<void()>& body) {
  AllocaInst* lanes = exact_lanes(address);
  Value* exact = b_.CreateLoad(lanes->getAllocatedType(), lanes);
  Value* known = std::exchange(values_[&address].vector, b_.CreateIntToPtr(exact, vector_type(address.getType())));
  body();
  values_[&address].vector = known;
}

// By exact addresses, however they lie.
Value* Emitter::slow_load(LoadInst& load, Mask mask) {
  if (gathers(load.getType()) && !load.isVolatile()) {
    return gather(load, mask);
  }
  emit_serial(load, mask);
  return values_[&load].vector;
}

Value* Emitter::gather(LoadInst& load, Mask mask) {
  Type* type = vector_type(load.getType());
  return b_.CreateMaskedGather(type, vector(*load.getPointerOperand()), load.getAlign(), mask_bits(mask));
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
  b_.CreateMaskedScatter(vector(*store.getValueOperand()), vector(*store.getPointerOperand()), store.getAlign(),
                         mask_bits(mask));
}

void Emitter::emit_store(StoreInst& store, Mask mask) {
  Type* type = store.getValueOperand()->getType();
  const Shape& shape = shapes_.of(*store.getPointerOperand());
  if (shape.is_uniform()) {
    store_last(store, mask);
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

// qiao.checked: the good case is one compare for all 32 lanes where the address is uniform or differs by constants;
// who exactly is wrong, and whether an active lane is, is settled in a cold block.
void Emitter::emit_checked(CallBase& call, Mask mask) {
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
    check_each(call, limit, mask);
    Value* address = b_.CreateAdd(vector(offset), splat(b_, base));
    define_vector(call, b_.CreateIntToPtr(address, vector_type(b_.getPtrTy())));
    return;
  }
  check_runs(call, limit, mask);
  const Shape& result = shapes_.of(call);
  Values scalars;
  for (unsigned run = 0; run < result.groups; ++run) {
    Value* address = b_.CreateAdd(base, scalar(offset, result.first_lane(run)));
    scalars.push_back(b_.CreateIntToPtr(address, b_.getPtrTy()));
  }
  define(call, scalars);
}

void Emitter::check_each(CallBase& call, Value* limit, Mask mask) {
  Value* offsets = vector(*call.getArgOperand(1));
  Value* bad = b_.CreateICmpUGE(rotated(offsets, call), splat(b_, limit));
  when(any(restrict(mask, bad, true)), true, [&] {
    AllocaInst* lanes = scratch(FixedVectorType::get(b_.getInt64Ty(), kLanes), 7);
    b_.CreateStore(offsets, lanes);
    report_lanes(lanes, call, mask);
  });
}

// All lanes of a run lie between its least and its most. Where idle lanes lie oddly, each lane is looked at.
void Emitter::check_runs(CallBase& call, Value* limit, Mask mask) {
  Value& offset = *call.getArgOperand(1);
  const Shape& shape = shapes_.of(offset);
  const uint64_t log2size = cast<ConstantInt>(call.getArgOperand(3))->getZExtValue();
  Value* bad = b_.getFalse();
  for (unsigned run = 0; run < shape.groups; ++run) {
    unsigned least = shape.first_lane(run), most = least;
    bool aligned = true;
    for (unsigned lane = shape.first_lane(run); lane < shape.first_lane(run) + shape.run(); ++lane) {
      least = shape.pattern[lane] < shape.pattern[least] ? lane : least;
      most = shape.pattern[lane] > shape.pattern[most] ? lane : most;
      aligned &= shape.pattern[lane] % (int64_t{1} << log2size) == 0;
    }
    const uint64_t span = static_cast<uint64_t>(shape.pattern[most]) - static_cast<uint64_t>(shape.pattern[least]);
    if (!aligned || span >> 40) {
      check_each(call, limit, mask);
      return;
    }
    Value* room = b_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, limit, b_.getInt64(span >> log2size));
    bad = b_.CreateOr(bad, b_.CreateICmpUGE(rotated(scalar(offset, least), call), room));
  }
  if (shape.assumed()) {
    bad = b_.CreateOr(bad, b_.CreateNot(values_[shape.origin].valid));
  }
  when(bad, true, [&] { report_lanes(exact_lanes(offset), call, mask); });
}

}  // namespace qiao::jit
