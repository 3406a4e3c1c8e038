// Markers of the counters (machine/counting_plan.h). What an access counts as is known while compiling where its lanes
// lie in a fixed pattern and all of them are here; the rest is worked out by calls.
#include <bit>

#include <llvm/ADT/DenseSet.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/PatternMatch.h>

#include "device_sim/jit/vectorize/emitter.h"
#include "device_sim/machine/access_counts.h"

namespace qiao::jit {

using namespace llvm;
using namespace llvm::PatternMatch;
using machine::AccessCounts;
using machine::AccessKind;

namespace {

AccessKind kind_of(const CallBase& call) {
  return AccessKind::decode(static_cast<uint32_t>(cast<ConstantInt>(call.getArgOperand(1))->getZExtValue()));
}

}  // namespace

Value* Emitter::count_slot(const CallBase& call) {
  Value* counts = load_context(b_.getPtrTy(), offsetof(machine::BlockContext, counts), "counts");
  return b_.CreateConstInBoundsGEP1_64(b_.getInt64Ty(), counts,
                                       cast<ConstantInt>(call.getArgOperand(0))->getZExtValue());
}

void Emitter::add_count(Value* place, Value* amount) {
  const Align align(layout_.getTypeStoreSize(amount->getType()));
  LoadInst* before = b_.CreateAlignedLoad(amount->getType(), place, align);
  counting_.push_back(before);
  counting_.push_back(b_.CreateAlignedStore(b_.CreateAdd(before, amount), place, align));
}

namespace {

// Whether a call touches nothing that is counted in line and runs no other warps, which count too.
bool counts_nothing(const CallBase& call) {
  const Function* callee = call.getCalledFunction();
  if (callee == nullptr) return false;
  constexpr StringLiteral kOurs[] = {"qiao_rt_bad_access", "qiao_rt_check_lanes", "qiao_rt_lane_values",
                                     "qiao_rt_lane_wraps", "qiao_rt_count_lanes"};
  return callee->isIntrinsic() || is_contained(kOurs, callee->getName());
}

}  // namespace

// No memory of the program is a counter's, so counters may stay in registers while a loop runs.
void Emitter::keep_counts_apart() {
  if (counting_.empty()) return;
  LLVMContext& context = warp_.getContext();
  MDBuilder metadata(context);
  MDNode* domain = metadata.createAnonymousAliasScopeDomain("counters");
  MDNode* counters = MDNode::get(context, {metadata.createAnonymousAliasScope(domain, "counters")});
  DenseSet<const Instruction*> ours;
  for (Instruction* instruction : counting_) {
    ours.insert(instruction);
    instruction->setMetadata(LLVMContext::MD_alias_scope, counters);
  }
  for (Instruction& instruction : instructions(warp_)) {
    const auto* call = dyn_cast<CallBase>(&instruction);
    if (!instruction.mayReadOrWriteMemory() || ours.contains(&instruction)) continue;
    if (!call || counts_nothing(*call)) instruction.setMetadata(LLVMContext::MD_noalias, counters);
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
      Value* here = jam_ == 1 || mask.all() ? b_.getInt64(1) : b_.CreateZExt(any(mask), i64);
      add_count(place, here);
      count_of_warp(here, *call.getArgOperand(1));
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

// In memory of the function's own, which becomes a register.
void Emitter::count_of_warp(Value* here, Value& instructions) {
  if (match(&instructions, m_Zero())) return;
  if (warp_counts_.empty()) warp_counts_.resize(jam_);
  AllocaInst*& sum = warp_counts_[turn_];
  if (!sum) {
    IRBuilder<> builder(entry_, entry_->begin());
    sum = builder.CreateAlloca(b_.getInt64Ty(), nullptr, "executed");
    builder.CreateStore(builder.getInt64(0), sum);
    promotable_.push_back(sum);
  }
  Value* more = b_.CreateMul(here, b_.CreateZExt(&instructions, b_.getInt64Ty()));
  b_.CreateStore(b_.CreateAdd(b_.CreateLoad(b_.getInt64Ty(), sum), more), sum);
}

// Where the function ends, into BlockContext::warp_counts.
void Emitter::hand_in_warp_counts() {
  for (turn_ = 0; turn_ < warp_counts_.size(); ++turn_) {
    if (!warp_counts_[turn_]) continue;
    Value* all = load_context(b_.getPtrTy(), offsetof(machine::BlockContext, warp_counts), "warp_counts");
    Value* place = b_.CreateInBoundsGEP(b_.getInt64Ty(), all, warp_number());
    add_count(place, b_.CreateLoad(b_.getInt64Ty(), warp_counts_[turn_]));
  }
  turn_ = 0;
  report_.counts_warps = !warp_counts_.empty();
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

namespace {

// Whether what a whole warp's access counts as is to be had as a table: qiao_rt_access_rows keeps one for each distance
// at which its two runs can meet.
bool has_rows(const Shape& shape) {
  constexpr int64_t kReach = 1024;
  const auto [low, high] = std::minmax_element(shape.pattern.begin(), shape.pattern.end());
  return shape.groups == 1 || (shape.groups == 2 && *high - *low <= kReach);
}

Value* integer_behind(Value* value) {
  Value* integer = nullptr;
  return match(value, m_PtrToInt(m_IntToPtr(m_Value(integer)))) ? integer : value;
}

// a - b, without what both are made of: what is left may stay the same in a loop in which they do not.
Value* difference(IRBuilder<>& b, Value* a, Value* other) {
  a = integer_behind(a);
  other = integer_behind(other);
  auto* left = dyn_cast<BinaryOperator>(a);
  auto* right = dyn_cast<BinaryOperator>(other);
  if (left && right && left->getOpcode() == right->getOpcode()) {
    Value *l0 = left->getOperand(0), *l1 = left->getOperand(1), *r0 = right->getOperand(0), *r1 = right->getOperand(1);
    const unsigned opcode = left->getOpcode();
    if (opcode == Instruction::Add && l0 == r0) return difference(b, l1, r1);
    if (opcode == Instruction::Add && l0 == r1) return difference(b, l1, r0);
    if (opcode == Instruction::Add && l1 == r0) return difference(b, l0, r1);
    if ((opcode == Instruction::Add || opcode == Instruction::Sub) && l1 == r1) return difference(b, l0, r0);
    if (opcode == Instruction::Shl && l1 == r1) return b.CreateShl(difference(b, l0, r0), l1);
  }
  return b.CreateSub(a, other);
}

}  // namespace

// Lanes at fixed distances: for a whole warp a row of a table, chosen by where in a line the first one lies. What is
// added in line has a place of its own, which no call touches.
void Emitter::count_pattern(CallBase& call, Mask mask) {
  if (!has_rows(shapes_.of(*call.getArgOperand(2)))) {
    count_lanes(call, mask);
    return;
  }
  constexpr uint64_t kInLine = offsetof(AccessCounts, in_line);
  Value* place = b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), count_slot(call), kInLine);
  if (mask.all()) {
    add_count(place, access_row(call));
    return;
  }
  Value* everybody = b_.CreateICmpEQ(mask_word(mask), b_.getInt32(~0u));
  Value* row = access_row(call);
  add_count(place, b_.CreateSelect(everybody, row, Constant::getNullValue(row->getType())));
  when(b_.CreateNot(everybody), true, [&] { count_lanes(call, mask); });
}

Value* Emitter::access_row(CallBase& call) {
  const AccessKind kind = kind_of(call);
  Value& pointer = *call.getArgOperand(2);
  const Shape& shape = shapes_.of(pointer);
  Type* i64 = b_.getInt64Ty();
  const unsigned length = kind.space == isa::StateSpace::Shared ? 4 : 8;
  auto run_at = [&](unsigned run) {
    const unsigned lane = shape.first_lane(run);
    return b_.CreateSub(b_.CreatePtrToInt(scalar(pointer, lane), i64), b_.getInt64(shape.pattern[lane]));
  };
  auto row_in = [&](Value* rows) -> Value* {
    Value* start = b_.CreateAnd(run_at(0), machine::kLineBytes - 1);
    Value* row = b_.CreateLShr(start, std::countr_zero(uint32_t{kind.bytes}));
    Value* place = b_.CreateInBoundsGEP(ArrayType::get(i64, 8), rows, row);
    return b_.CreateAlignedLoad(FixedVectorType::get(i64, length), place, Align(64));
  };
  if (shape.groups != 1) return row_in(access_rows_of_runs(call, difference(b_, run_at(1), run_at(0))));
  const std::vector<machine::AccessRow> rows = machine::access_rows(kind, shape.pattern);
  SmallVector<uint64_t, 64> words;
  for (const machine::AccessRow& row : rows) words.append(std::begin(row.amounts), std::end(row.amounts));
  const bool same =
      all_of(rows, [&](auto& row) { return std::equal(row.amounts, std::end(row.amounts), words.begin()); });
  LLVMContext& context = warp_.getContext();
  if (same) return ConstantDataVector::get(context, ArrayRef(words).take_front(length));
  return row_in(constant_table(ConstantDataArray::get(context, words)));
}

// Says so little of itself that it leaves every loop in which the distance stays.
Value* Emitter::access_rows_of_runs(CallBase& call, Value* distance) {
  const Shape& shape = shapes_.of(*call.getArgOperand(2));
  FunctionCallee callee = module_.getOrInsertFunction("qiao_rt_access_rows", b_.getPtrTy(), b_.getInt32Ty(),
                                                      b_.getPtrTy(), b_.getInt64Ty());
  auto& function = *cast<Function>(callee.getCallee());
  function.setDoesNotAccessMemory();
  function.setDoesNotThrow();
  function.setWillReturn();
  function.setSpeculatable();
  return b_.CreateCall(callee, {call.getArgOperand(1), lane_table({shape.groups}, shape.pattern), distance});
}

}  // namespace qiao::jit
