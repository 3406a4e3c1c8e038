// Markers of the counters (machine/counting_plan.h). What an access counts as is known while compiling where its lanes
// lie in a fixed pattern and all of them are here; the rest is worked out by calls.
#include <bit>

#include <llvm/ADT/DenseSet.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/MDBuilder.h>

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
SmallVector<uint64_t, 8> whole_warp(AccessKind kind, ArrayRef<int64_t> pattern, uint64_t start,
                                    machine::AccessScratch& scratch) {
  constexpr uint64_t kSomewhere = uint64_t{1} << 40;  // patterns reach to both sides
  std::array<uint64_t, kLanes> addresses{};
  for (unsigned lane = 0; lane < kLanes; ++lane)
    addresses[lane] = kSomewhere + start + static_cast<uint64_t>(pattern[lane]);
  AccessCounts counts;
  if (kind.space == isa::StateSpace::Shared) {
    count_shared(counts.shared, kind.bytes, addresses.data(), ~0u, scratch);
    return {counts.shared.requests, counts.shared.lanes, counts.shared.wavefronts, counts.shared.ideal_wavefronts};
  }
  count_global(counts.global, kind.bytes, addresses.data(), ~0u, scratch);
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

void Emitter::add_count(Value* place, Value* amount, bool of_access) {
  const Align align(layout_.getTypeStoreSize(amount->getType()));
  LoadInst* before = b_.CreateAlignedLoad(amount->getType(), place, align);
  counting_.emplace_back(before, of_access);
  counting_.emplace_back(b_.CreateAlignedStore(b_.CreateAdd(before, amount), place, align), of_access);
}

namespace {

// Whether a call neither counts what is counted in line nor runs other warps, which count too.
bool counts_nothing(const CallBase& call) {
  const Function* callee = call.getCalledFunction();
  if (callee == nullptr) return false;
  constexpr StringLiteral kOurs[] = {"qiao_rt_bad_access", "qiao_rt_check_lanes", "qiao_rt_lane_values",
                                     "qiao_rt_lane_wraps"};
  return callee->isIntrinsic() || is_contained(kOurs, callee->getName());
}

}  // namespace

// No memory of the program is a counter's, so counters may stay in registers while a loop runs. The calls that count
// accesses touch no others.
void Emitter::keep_counts_apart() {
  if (counting_.empty()) return;
  LLVMContext& context = warp_.getContext();
  MDBuilder metadata(context);
  MDNode* domain = metadata.createAnonymousAliasScopeDomain("counters");
  MDNode* of_blocks = metadata.createAnonymousAliasScope(domain, "blocks");
  MDNode* of_accesses = metadata.createAnonymousAliasScope(domain, "accesses");
  MDNode* blocks = MDNode::get(context, {of_blocks});
  MDNode* accesses = MDNode::get(context, {of_accesses});
  MDNode* both = MDNode::get(context, {of_blocks, of_accesses});
  DenseSet<const Instruction*> ours;
  for (auto [instruction, of_access] : counting_) {
    ours.insert(instruction);
    instruction->setMetadata(LLVMContext::MD_alias_scope, of_access ? accesses : blocks);
    instruction->setMetadata(LLVMContext::MD_noalias, of_access ? blocks : accesses);
  }
  for (Instruction& instruction : instructions(warp_)) {
    const auto* call = dyn_cast<CallBase>(&instruction);
    if (!instruction.mayReadOrWriteMemory() || ours.contains(&instruction)) continue;
    const Function* callee = call ? call->getCalledFunction() : nullptr;
    if (callee && callee->getName().starts_with("qiao_rt_count_")) {
      instruction.setMetadata(LLVMContext::MD_noalias, blocks);
    } else if (!call || counts_nothing(*call)) {
      instruction.setMetadata(LLVMContext::MD_noalias, both);
    }
  }
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
  const bool in_runs = shape.is_group() && !kind.atomic &&
                       (kind.space == isa::StateSpace::Global || kind.space == isa::StateSpace::Shared);
  if (!in_runs) {
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
  const Shape& shape = shapes_.of(pointer);
  ArrayRef<int64_t> pattern = shape.pattern;
  auto add_whole = [&] {
    SmallVector<Constant*, 32> rows;
    const auto scratch = std::make_unique<machine::AccessScratch>();
    for (uint64_t start = 0; start < machine::kLineBytes; start += kind.bytes) {
      rows.push_back(ConstantDataVector::get(warp_.getContext(), whole_warp(kind, pattern, start, *scratch)));
    }
    Value* amount = rows[0];
    if (!all_of(rows, [&](Constant* row) { return row == rows[0]; })) {
      auto* type = ArrayType::get(rows[0]->getType(), rows.size());
      Constant* table = constant_table(ConstantArray::get(type, rows));
      Value* base = b_.CreatePtrToInt(scalar(pointer), b_.getInt64Ty());
      Value* row = b_.CreateLShr(b_.CreateAnd(base, machine::kLineBytes - 1), std::countr_zero(uint32_t{kind.bytes}));
      amount = b_.CreateLoad(rows[0]->getType(), b_.CreateInBoundsGEP(type, table, {b_.getInt64(0), row}));
    }
    const bool is_shared = kind.space == isa::StateSpace::Shared;
    Value* place =
        b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), count_slot(call), is_shared ? offsetof(AccessCounts, shared) : 0);
    add_count(place, amount, true);
  };
  if (shape.groups != 1) {
    count_runs(call, mask);
  } else if (mask.all()) {
    add_whole();
  } else {
    Value* everybody = b_.CreateICmpEQ(mask_word(mask), b_.getInt32(~0u));
    when(everybody, false, add_whole);
    when(b_.CreateNot(everybody), true, [&] { count_runs(call, mask); });
  }
}

void Emitter::count_runs(CallBase& call, Mask mask) {
  Value& pointer = *call.getArgOperand(2);
  const Shape& shape = shapes_.of(pointer);
  Type* i64 = b_.getInt64Ty();
  SmallVector<Value*, 9> arguments{warp_.getArg(1), count_slot(call), call.getArgOperand(1),
                                   lane_table({shape.groups}, shape.pattern)};
  for (unsigned run = 0; run < kMaxGroups; ++run) {
    const unsigned lane = run < shape.groups ? shape.first_lane(run) : 0;
    arguments.push_back(b_.CreateSub(b_.CreatePtrToInt(scalar(pointer, lane), i64), b_.getInt64(shape.pattern[lane])));
  }
  arguments.push_back(mask_word(mask));
  SmallVector<Type*, 9> types;
  for (Value* argument : arguments) types.push_back(argument->getType());
  b_.CreateCall(module_.getOrInsertFunction("qiao_rt_count_runs", FunctionType::get(b_.getVoidTy(), types, false)),
                arguments);
}

}  // namespace qiao::jit
