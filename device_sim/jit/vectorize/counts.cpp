// Markers of the counters (machine/counting_plan.h). What an access counts as is known while compiling where its lanes
// lie in a fixed pattern and all of them are here; the rest is worked out by calls.
#include <bit>

#include <llvm/IR/Constants.h>

#include "device_sim/jit/vectorize/emitter.h"
#include "device_sim/machine/access_counts.h"

namespace qiao::jit {

using namespace llvm;
using machine::AccessCounts;
using machine::AccessKind;

namespace {

AccessKind kind_of(const CallBase& call) {
  return AccessKind::decode(static_cast<uint32_t>(cast<ConstantInt>(call.getArgOperand(1))->getZExtValue()));
}

// What is added for a whole warp whose first lane's address lies `start` bytes behind a line's (a row of banks').
SmallVector<uint64_t, 8> whole_warp(AccessKind kind, ArrayRef<int64_t> pattern, uint64_t start) {
  constexpr uint64_t kSomewhere = uint64_t{1} << 40;  // patterns reach to both sides
  std::array<uint64_t, kLanes> addresses{};
  for (unsigned lane = 0; lane < kLanes; ++lane)
    addresses[lane] = kSomewhere + start + static_cast<uint64_t>(pattern[lane]);
  AccessCounts counts;
  if (kind.space == isa::StateSpace::Shared) {
    count_shared(counts.shared, kind.bytes, addresses.data(), ~0u);
    return {counts.shared.requests, counts.shared.lanes, counts.shared.wavefronts, counts.shared.ideal_wavefronts};
  }
  count_global(counts.global, kind.bytes, addresses.data(), ~0u);
  const machine::GlobalCounts& sums = counts.global;
  return {sums.requests, sums.lanes,           sums.sectors,    sums.ideal_sectors,
          sums.lines,    sums.footprint_bytes, sums.misaligned, sums.unused};
}

}  // namespace

Value* Emitter::count_slot(const CallBase& call) {
  Value* counts = load_context(b_.getPtrTy(), offsetof(machine::BlockContext, counts), "counts");
  return b_.CreateConstInBoundsGEP1_64(b_.getInt64Ty(), counts,
                                       cast<ConstantInt>(call.getArgOperand(0))->getZExtValue());
}

void Emitter::add_count(Value* place, Value* amount) {
  const Align align(layout_.getTypeStoreSize(amount->getType()));
  b_.CreateAlignedStore(b_.CreateAdd(b_.CreateAlignedLoad(amount->getType(), place, align), amount), place, align);
}

Value* Emitter::popcount(Mask mask) {
  if (mask.all()) return b_.getInt64(kLanes);
  return b_.CreateZExt(b_.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, mask_word(mask)), b_.getInt64Ty());
}

void Emitter::emit_marker(CallBase& call, Intrinsic id, Mask mask) {
  Type* i64 = b_.getInt64Ty();
  switch (id) {
    case Intrinsic::CountBlock: {
      Value* place = count_slot(call);
      // Where warps run side by side, perhaps only lanes of another are here.
      add_count(place, jam_ == 1 || mask.all() ? b_.getInt64(1) : b_.CreateZExt(any(mask), i64));
      add_count(b_.CreateConstInBoundsGEP1_64(i64, place, 1), popcount(mask));
      return;
    }
    case Intrinsic::CountLanes: {
      Value& holds = *call.getArgOperand(1);
      Value* lanes = shapes_.of(holds).is_same() ? b_.CreateSelect(scalar(holds), popcount(mask), b_.getInt64(0))
                                                 : popcount(restrict(mask, vector(holds), true));
      add_count(count_slot(call), lanes);
      return;
    }
    case Intrinsic::CountAccess:
      count_access(call, mask);
      return;
    default:
      if (shapes_.of(*call.getArgOperand(1)).is_same()) return;  // one way for all
      add_count(count_slot(call), b_.CreateZExt(differing_ways(call, id, mask), i64));
  }
}

// Whether active lanes go different ways.
Value* Emitter::differing_ways(CallBase& call, Intrinsic id, Mask mask) {
  Value* ways = vector(*call.getArgOperand(1));
  if (id == Intrinsic::CountBranch) {
    return b_.CreateAnd(any(restrict(mask, ways, true)), any(restrict(mask, ways, false)));
  }
  Value* first = b_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, mask_word(mask), b_.getFalse());
  Value* way = b_.CreateExtractElement(ways, b_.CreateAnd(first, b_.getInt32(kLanes - 1)));
  return any(restrict(mask, b_.CreateICmpNE(ways, splat(b_, way)), true));
}

void Emitter::count_access(CallBase& call, Mask mask) {
  const AccessKind kind = kind_of(call);
  Value& pointer = *call.getArgOperand(2);
  const Shape& shape = shapes_.of(pointer);
  const bool one_pattern = shape.is_group() && shape.groups == 1 && !kind.atomic &&
                           (kind.space == isa::StateSpace::Global || kind.space == isa::StateSpace::Shared);
  if (!one_pattern) {
    count_lanes(call, mask);
    return;
  }
  under_assumption(
      pointer, [&] { return count_pattern(call, mask), nullptr; }, [&] { return count_lanes(call, mask), nullptr; });
}

void Emitter::count_lanes(CallBase& call, Mask mask) {
  AllocaInst* addresses = scratch(FixedVectorType::get(b_.getInt64Ty(), kLanes), 9);
  Value* pointers = vector(*call.getArgOperand(2));
  b_.CreateStore(b_.CreatePtrToInt(pointers, addresses->getAllocatedType()), addresses);
  FunctionCallee callee = module_.getOrInsertFunction("qiao_rt_count_lanes", b_.getVoidTy(), b_.getPtrTy(),
                                                      b_.getPtrTy(), b_.getInt32Ty(), b_.getPtrTy(), b_.getInt32Ty());
  b_.CreateCall(callee, {warp_.getArg(1), count_slot(call), call.getArgOperand(1), addresses, mask_word(mask)});
}

// Lanes at fixed distances: for a whole warp a row of a table, chosen by where in a line the first one lies.
void Emitter::count_pattern(CallBase& call, Mask mask) {
  const AccessKind kind = kind_of(call);
  Value& pointer = *call.getArgOperand(2);
  ArrayRef<int64_t> pattern = shapes_.of(pointer).pattern;
  Value* base = b_.CreatePtrToInt(scalar(pointer), b_.getInt64Ty());
  auto add_whole = [&] {
    SmallVector<Constant*, 32> rows;
    for (uint64_t start = 0; start < machine::kLineBytes; start += kind.bytes) {
      rows.push_back(ConstantDataVector::get(warp_.getContext(), whole_warp(kind, pattern, start)));
    }
    Value* amount = rows[0];
    if (!all_of(rows, [&](Constant* row) { return row == rows[0]; })) {
      auto* type = ArrayType::get(rows[0]->getType(), rows.size());
      Constant* table = constant_table(ConstantArray::get(type, rows));
      Value* row = b_.CreateLShr(b_.CreateAnd(base, machine::kLineBytes - 1), std::countr_zero(uint32_t{kind.bytes}));
      amount = b_.CreateLoad(rows[0]->getType(), b_.CreateInBoundsGEP(type, table, {b_.getInt64(0), row}));
    }
    const bool is_shared = kind.space == isa::StateSpace::Shared;
    Value* place =
        b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), count_slot(call), is_shared ? offsetof(AccessCounts, shared) : 0);
    add_count(place, amount);
  };
  if (mask.all()) {
    add_whole();
    return;
  }
  Value* here = mask_word(mask);
  Value* everybody = b_.CreateICmpEQ(here, b_.getInt32(~0u));
  when(everybody, false, add_whole);
  when(b_.CreateNot(everybody), true, [&] {
    Constant* offsets = lane_table({}, pattern);
    FunctionCallee callee =
        module_.getOrInsertFunction("qiao_rt_count_pattern", b_.getVoidTy(), b_.getPtrTy(), b_.getPtrTy(),
                                    b_.getInt32Ty(), b_.getInt64Ty(), b_.getPtrTy(), b_.getInt32Ty());
    b_.CreateCall(callee, {warp_.getArg(1), count_slot(call), call.getArgOperand(1), base, offsets, here});
  });
}

}  // namespace qiao::jit
