// The shape analysis: an optimistic fixpoint over lane code. LLVM's uniformity comes first; what it calls divergent is
// refined to runs with constant differences where arithmetic allows.
#include "device_sim/jit/vectorize/shape.h"

#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/GetElementPtrTypeIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Operator.h>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/llvm_versions.h"

namespace qiao::jit {
namespace {

unsigned width_of(const llvm::Type* type) {
  if (type->isPointerTy()) {
    return 64;
  }
  return type->isIntegerTy() ? type->getIntegerBitWidth() : 0;
}

bool has_group_type(const llvm::Type* type) {
  const unsigned width = width_of(type);
  return width >= 8 && width <= 64;
}

}  // namespace

ShapeAnalysis::ShapeAnalysis(llvm::Function& lane, const BlockShape& block, llvm::UniformityInfo& uniformity,
                             const llvm::DominatorTree& dominators, const llvm::LoopInfo& loops)
    : layout_(lane.getDataLayout()), block_(block), uniformity_(uniformity), dominators_(dominators), loops_(loops) {
  llvm::ReversePostOrderTraversal<llvm::Function*> order(&lane);
  for (const llvm::BasicBlock* basic_block : order) {
    together_[basic_block] = find_arrives_together(*basic_block);
  }
  find_per_warp(lane);
  for (bool changed = true; changed;) {
    changed = false;
    for (const llvm::BasicBlock* basic_block : order) {
      for (const llvm::Instruction& instruction : *basic_block) {
        if (instruction.getType()->isVoidTy()) {
          continue;
        }
        Shape next = uniformity_.isDivergent(&instruction) ? compute(instruction) : operand(instruction);
        if (const PerWarp* known = next.is_uniform() ? nullptr : per_warp(instruction)) {
          next = Shape::uniform();
          next.irregular = block_.jam > 1 && !known->same();
        } else if (next.is_vector() && block_.jam > 1) {
          next.irregular = is_irregular(instruction);
        }
        auto [known, inserted] = shapes_.try_emplace(&instruction, next);
        if (!inserted && !(known->second == next)) {
          // Only ever downwards, so that the iteration ends.
          next = meet_shapes(known->second, next);
          changed |= !(known->second == next);
          known->second = next;
        } else if (inserted) {
          changed = true;
        }
      }
    }
  }
}

// Only for what must be uniform for the sake of control: conditions of branches, names of barriers, members of votes.
void ShapeAnalysis::find_per_warp(llvm::Function& lane) {
  ThreadTables tables(block_);
  auto want = [&](const llvm::Value* value) {
    if (llvm::isa<llvm::Instruction>(value) && !intrinsic_of(*value) && !per_warp_.contains(value)) {
      if (auto known = tables.per_warp(*value)) {
        per_warp_[value] = *known;
      }
    }
  };
  for (const llvm::BasicBlock& block : lane) {
    for (const llvm::Instruction& instruction : block) {
      const auto id = intrinsic_of(instruction);
      const bool meets = id && row_of(*id).kind == IntrinsicKind::Barrier;
      if (meets || (id && row_of(*id).kind == IntrinsicKind::Warp)) {
        const auto& call = llvm::cast<llvm::CallBase>(instruction);
        for (unsigned index = 0; index < std::min(call.arg_size(), meets ? 2u : 1u); ++index) {
          want(call.getArgOperand(index));
        }
      }
    }
    const auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
    if (branch && branch->isConditional()) {
      want(branch->getCondition());
    }
  }
}

const PerWarp* ShapeAnalysis::per_warp(const llvm::Value& value) const {
  auto found = per_warp_.find(&value);
  return found == per_warp_.end() ? nullptr : &found->second;
}

// A constant, or a value LLVM proves uniform, with what is known of its low bits. Flags such as nsw are no evidence:
// they hold for lanes that execute the instruction only, and a run's scalar may belong to one that does not.
Shape ShapeAnalysis::operand(const llvm::Value& value) const {
  if (auto found = shapes_.find(&value); found != shapes_.end()) {
    return found->second;
  }
  if (llvm::isa<llvm::Instruction>(value) && uniformity_.isDivergent(&value)) {
    return {};
  }
  Shape result = Shape::uniform();
  if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(&value); constant && constant->getBitWidth() <= 64) {
    return constant_shape(constant->getValue());
  }
  if (has_group_type(value.getType()) && !llvm::isa<llvm::UndefValue>(value)) {
    const llvm::KnownBits bits = known_bits(value, layout_);
    result.known = std::min((bits.Zero | bits.One).countr_one(), width_of(value.getType()));
    result.residue[0] = bits.One.getZExtValue();
    if (result.known < 64) {
      result.residue[0] &= (uint64_t{1} << result.known) - 1;
    }
  }
  return result;
}

// Each of the warps that run side by side has a value of its own, unless `compute` says otherwise.
bool ShapeAnalysis::is_irregular(const llvm::Instruction& instruction) const {
  if (llvm::isa<llvm::AtomicRMWInst, llvm::AtomicCmpXchgInst, llvm::AllocaInst>(instruction)) {
    return true;
  }
  if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(&instruction); phi && !arrives_together(*phi->getParent())) {
    return true;
  }
  if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) {
    const auto id = intrinsic_of(*call);
    const bool own = id ? row_of(*id).kind == IntrinsicKind::Warp || *id == Intrinsic::Local ||
                              *id == Intrinsic::WarpId || (*id >= Intrinsic::TidX && *id <= Intrinsic::TidZ)
                        : !llvm::isa<llvm::IntrinsicInst>(call) && !is_pure_call(*call);
    if (own) {
      return true;
    }
  }
  return llvm::any_of(instruction.operands(), [this](const llvm::Use& use) { return operand(*use.get()).varies(); });
}

const Shape& ShapeAnalysis::of(const llvm::Value& value) const {
  static const Shape uniform = Shape::uniform();
  auto found = shapes_.find(&value);
  return found == shapes_.end() ? uniform : found->second;
}

Shape ShapeAnalysis::compute(const llvm::Instruction& instruction) const {
  if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(&instruction)) {
    return compute_phi(*phi);
  }
  if (const auto* alloca = llvm::dyn_cast<llvm::AllocaInst>(&instruction)) {
    std::array<int64_t, kLanes> values;
    const int64_t size = layout_.getTypeAllocSize(alloca->getAllocatedType());
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      values[lane] = lane * size;
    }
    Shape result = pattern_shape(values, 1, 0);
    result.irregular = block_.jam > 1;
    return result;
  }
  if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) {
    return compute_call(*call);
  }
  llvm::SmallVector<Shape, 3> operands;
  for (const llvm::Value* value : instruction.operands()) {
    operands.push_back(operand(*value));
    if (operands.back().kind == Shape::Kind::Unknown) {
      return {};
    }
  }
  if (!instruction.mayReadOrWriteMemory() &&
      llvm::all_of(operands, [](const Shape& shape) { return shape.is_uniform(); })) {
    return Shape::uniform();
  }
  if (!has_group_type(instruction.getType())) {
    return Shape::vector();
  }
  const unsigned width = width_of(instruction.getType());
  if (llvm::isa<llvm::BinaryOperator>(instruction)) {
    return binary_shape(instruction.getOpcode(), operands[0], operands[1], width);
  }
  if (const auto* cast = llvm::dyn_cast<llvm::CastInst>(&instruction)) {
    return compute_cast(*cast);
  }
  if (llvm::isa<llvm::GetElementPtrInst>(instruction)) {
    return compute_gep(instruction);
  }
  if (llvm::isa<llvm::FreezeInst>(instruction)) {
    return operands[0];
  }
  if (llvm::isa<llvm::SelectInst>(instruction) && operands[0].is_uniform()) {
    return meet_shapes(operands[1], operands[2]);
  }
  return Shape::vector();
}

Shape ShapeAnalysis::compute_phi(const llvm::PHINode& phi) const {
  if (!has_group_type(phi.getType()) && !phi.getType()->isIntegerTy(1)) {
    return Shape::vector();
  }
  if (!arrives_together(*phi.getParent())) {
    return Shape::vector();
  }
  Shape result;
  for (const llvm::Use& use : phi.incoming_values()) {
    // Undef may become anything, but not a run's scalar which differs from one edge to the next: give up.
    result = meet_shapes(result, llvm::isa<llvm::UndefValue>(use.get()) ? Shape::vector() : operand(*use.get()));
  }
  if (result.is_group() && phi.getType()->isIntegerTy(1) && !result.is_uniform()) {
    return Shape::vector();
  }
  return result;
}

Shape ShapeAnalysis::compute_call(const llvm::CallBase& call) const {
  auto id = intrinsic_of(call);
  if (!id) {
    const auto* intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(&call);
    if (intrinsic && !call.mayReadOrWriteMemory() &&
        llvm::all_of(call.args(), [this](const llvm::Use& use) { return operand(*use.get()).is_uniform(); })) {
      return Shape::uniform();
    }
    return Shape::vector();
  }
  switch (*id) {
    case Intrinsic::TidX:
    case Intrinsic::TidY:
    case Intrinsic::TidZ:
      return tid_shape(static_cast<unsigned>(*id) - static_cast<unsigned>(Intrinsic::TidX), block_);
    case Intrinsic::LaneId: {
      std::array<int64_t, kLanes> values;
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        values[lane] = lane;
      }
      return pattern_shape(values, 1, 32);
    }
    case Intrinsic::Checked:
      return binary_shape(llvm::Instruction::Add, operand(*call.getArgOperand(0)), operand(*call.getArgOperand(1)), 64);
    case Intrinsic::WarpId: {
      Shape result = Shape::uniform();
      result.step = 1;  // called divergent only where warps run side by side
      return result;
    }
    default: {
      const bool votes = *id == Intrinsic::Ballot || (*id >= Intrinsic::MatchAllI32 && *id <= Intrinsic::ReduxXor);
      const bool agreed = votes ? operand(*call.getArgOperand(0)).is_uniform() : *id == Intrinsic::ActiveMask;
      Shape result = agreed ? Shape::uniform() : Shape::vector();
      result.irregular = block_.jam > 1;
      return result;
    }
  }
}

Shape ShapeAnalysis::compute_cast(const llvm::CastInst& cast) const {
  const Shape source = operand(*cast.getOperand(0));
  if (!has_group_type(cast.getSrcTy())) {
    return Shape::vector();
  }
  const unsigned from = width_of(cast.getSrcTy());
  const unsigned to = width_of(cast.getDestTy());
  switch (cast.getOpcode()) {
    case llvm::Instruction::Trunc:
      return truncate_shape(source, to);
    case llvm::Instruction::SExt:
    case llvm::Instruction::ZExt: {
      const llvm::KnownBits bits = known_bits(*cast.getOperand(0), layout_);
      const bool active_never_negative = llvm::isa<llvm::ZExtInst>(cast) && cast.hasNonNeg();
      const bool is_signed = llvm::isa<llvm::SExtInst>(cast) || active_never_negative;
      return extend_shape({&cast, from, to, is_signed, bits.isNonNegative(), active_never_negative}, source,
                          block_.jam);
    }
    case llvm::Instruction::PtrToInt:
    case llvm::Instruction::IntToPtr:
      return from == to ? source : Shape::vector();
    default:
      return cast.getSrcTy() == cast.getDestTy() ? source : Shape::vector();
  }
}

Shape ShapeAnalysis::compute_gep(const llvm::Instruction& gep) const {
  OffsetScales scales;
  llvm::APInt constant(64, 0);
  const auto& address = llvm::cast<llvm::GEPOperator>(gep);
  if (!address.collectOffset(layout_, 64, scales, constant)) {
    return Shape::vector();
  }
  Shape result =
      binary_shape(llvm::Instruction::Add, operand(*address.getPointerOperand()), constant_shape(constant), 64);
  for (const auto& [index, scale] : scales) {
    Shape term = operand(*index);
    if (index->getType()->getScalarSizeInBits() != 64) {
      term = term.is_uniform() ? Shape::uniform() : Shape::vector();
    }
    term = binary_shape(llvm::Instruction::Mul, term, constant_shape(scale), 64);
    result = binary_shape(llvm::Instruction::Add, result, term, 64);
  }
  return result;
}

bool ShapeAnalysis::arrives_together(const llvm::BasicBlock& block) const {
  auto found = together_.find(&block);
  return found != together_.end() && found->second;
}

// All lanes leave the loop at once: each exit is taken by all lanes that are still inside.
bool ShapeAnalysis::left_together(const llvm::Loop& loop) const {
  const llvm::BasicBlock* latch = loop.getLoopLatch();
  llvm::SmallVector<llvm::BasicBlock*, 4> exiting;
  loop.getExitingBlocks(exiting);
  return latch && llvm::all_of(exiting, [&](const llvm::BasicBlock* block) {
           return !uniformity_.hasDivergentTerminator(*block) && dominators_.dominates(block, latch);
         });
}

// The block through which all ways to `block` in one pass of its loop lead: its dominator, or the header of a loop left
// on the way.
const llvm::BasicBlock* ShapeAnalysis::above(const llvm::BasicBlock& block, const llvm::Loop** left) const {
  const llvm::Loop* region = loops_.getLoopFor(&block);
  if (region && region->getHeader() == &block) {
    region = region->getParentLoop();
  }
  const llvm::BasicBlock* top = dominators_.getNode(&block)->getIDom()->getBlock();
  *left = nullptr;
  for (const llvm::Loop* loop = loops_.getLoopFor(top); loop != region; loop = loop->getParentLoop()) {
    *left = loop;
  }
  return *left ? (*left)->getHeader() : top;
}

// Whoever is at the block above comes here in the same pass of the loop, by whatever way.
bool ShapeAnalysis::reconverges(const llvm::BasicBlock& block) const {
  const llvm::Loop* left;
  const llvm::BasicBlock* top = above(block, &left);
  const llvm::Loop* region = loops_.getLoopFor(top);
  region = left ? left->getParentLoop() : region;
  llvm::SmallPtrSet<const llvm::BasicBlock*, 16> seen;
  llvm::SmallVector<const llvm::BasicBlock*, 16> work;
  if (left) {
    llvm::SmallVector<llvm::BasicBlock*, 4> exits;
    left->getExitBlocks(exits);
    work.append(exits.begin(), exits.end());
  } else {
    work.append(succ_begin(top), succ_end(top));
  }
  while (!work.empty()) {
    const llvm::BasicBlock* next = work.pop_back_val();
    if (next == &block || !seen.insert(next).second) {
      continue;
    }
    const bool escapes = region && (!region->contains(next) || next == region->getHeader());
    if (escapes || succ_empty(next)) {
      return false;
    }
    work.append(succ_begin(next), succ_end(next));
  }
  return true;
}

// A loop's header: in one pass all lanes come from before the loop or all from the latch. Elsewhere: no divergent
// branch between the immediate dominator and the block but those whose lanes meet again on the way, and no loop which
// lanes leave one by one.
bool ShapeAnalysis::find_arrives_together(const llvm::BasicBlock& block) const {
  if (loops_.isLoopHeader(&block) || pred_empty(&block)) {
    return true;
  }
  const llvm::BasicBlock* top = dominators_.getNode(&block)->getIDom()->getBlock();
  llvm::SmallPtrSet<const llvm::BasicBlock*, 16> seen;
  llvm::SmallVector<std::pair<const llvm::BasicBlock*, bool>, 16> work;
  for (const llvm::BasicBlock* from : predecessors(&block)) {
    work.emplace_back(from, true);
  }
  while (!work.empty()) {
    auto [next, branches] = work.pop_back_val();
    if (branches) {
      if (uniformity_.hasDivergentTerminator(*next)) {
        return false;
      }
      for (const llvm::Loop* loop = loops_.getLoopFor(next); loop && !loop->contains(&block);
           loop = loop->getParentLoop()) {
        if (!left_together(*loop)) {
          return false;
        }
      }
    }
    if (next == top || !seen.insert(next).second) {
      continue;
    }
    const llvm::Loop* left;
    if (!next->getSinglePredecessor() && !loops_.isLoopHeader(next) && reconverges(*next)) {
      // Behind a loop that `top` is in: who is at its header comes here, and with them who is at `top`.
      const llvm::BasicBlock* meets = above(*next, &left);
      if (!dominators_.properlyDominates(meets, top)) {
        work.emplace_back(meets, false);
      }
      continue;
    }
    for (const llvm::BasicBlock* from : predecessors(next)) {
      work.emplace_back(from, true);
    }
  }
  return true;
}

}  // namespace qiao::jit
