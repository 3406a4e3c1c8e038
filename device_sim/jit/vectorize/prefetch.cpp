// Loops whose step is the grid's size (grid-stride loops) jump so far in each pass that no hardware prefetcher follows:
// their contiguous loads ask for what a later pass will read.
#include <llvm/IR/Constants.h>
#include <llvm/IR/Operator.h>

#include "device_sim/jit/llvm_versions.h"
#include "device_sim/jit/vectorize/emitter.h"

namespace qiao::jit {

using namespace llvm;

namespace {

constexpr unsigned kPassesAhead = 4;
constexpr unsigned kLineBytes = 64;
constexpr unsigned kMostSteps = 16;  // of an address's arithmetic that are followed

bool comes_from_grid(const Value& value, unsigned depth = 0) {
  const auto* instruction = dyn_cast<Instruction>(&value);
  if (!instruction || depth > 6) {
    return false;
  }
  if (const auto id = intrinsic_of(value)) {
    return *id >= Intrinsic::NctaidX && *id <= Intrinsic::NctaidZ;
  }
  return isa<BinaryOperator, CastInst>(instruction) &&
         any_of(instruction->operands(), [&](const Use& use) { return comes_from_grid(*use.get(), depth + 1); });
}

// How far an address moves in a pass: sum of steps times factors, as long as nothing wraps (a prefetch never faults).
class Advance {
 public:
  Advance(const Loop& loop, const ShapeAnalysis& shapes, const DataLayout& layout)
      : loop_(loop), shapes_(shapes), layout_(layout) {}

  bool follow(Value& value, uint64_t factor) {
    auto* instruction = dyn_cast<Instruction>(&value);
    if (!instruction || !loop_.contains(instruction)) {
      return true;
    }
    if (++followed_ > kMostSteps) {
      return false;
    }
    if (auto* phi = dyn_cast<PHINode>(instruction)) {
      return follow_phi(*phi, factor);
    }
    const auto* amount =
        instruction->getNumOperands() > 1 ? dyn_cast<ConstantInt>(instruction->getOperand(1)) : nullptr;
    switch (instruction->getOpcode()) {
      case Instruction::Add:
        return follow(*instruction->getOperand(0), factor) && follow(*instruction->getOperand(1), factor);
      case Instruction::Sub:
        return follow(*instruction->getOperand(0), factor) && follow(*instruction->getOperand(1), -factor);
      case Instruction::Shl:
        return amount && amount->getValue().ult(64) &&
               follow(*instruction->getOperand(0), factor << amount->getZExtValue());
      case Instruction::Mul:
        return amount && amount->getBitWidth() <= 64 &&
               follow(*instruction->getOperand(0), factor * static_cast<uint64_t>(amount->getSExtValue()));
      case Instruction::SExt:
      case Instruction::ZExt:
      case Instruction::PtrToInt:
      case Instruction::IntToPtr:
        return follow(*instruction->getOperand(0), factor);
      case Instruction::GetElementPtr:
        return follow_gep(cast<GEPOperator>(*instruction), factor);
      case Instruction::Call:
        return intrinsic_of(*instruction) == Intrinsic::Checked && follow(*instruction->getOperand(0), factor) &&
               follow(*instruction->getOperand(1), factor);
      default:
        return false;
    }
  }

  bool by_grid() const { return by_grid_; }
  ArrayRef<std::pair<Value*, uint64_t>> steps() const { return steps_; }

 private:
  bool follow_gep(const GEPOperator& gep, uint64_t factor) {
    OffsetScales scales;
    APInt constant(64, 0);
    return gep.collectOffset(layout_, 64, scales, constant) &&
           follow(*const_cast<Value*>(gep.getPointerOperand()), factor) &&
           all_of(scales, [&](auto& term) { return follow(*term.first, factor * term.second.getZExtValue()); });
  }

  bool follow_phi(PHINode& phi, uint64_t factor) {
    const BasicBlock* latch = loop_.getLoopLatch();
    if (phi.getParent() != loop_.getHeader() || !latch || !phi.getType()->isIntegerTy()) {
      return false;
    }
    auto* next = dyn_cast<BinaryOperator>(phi.getIncomingValueForBlock(latch));
    if (!next || next->getOpcode() != Instruction::Add) {
      return false;
    }
    Value* step = next->getOperand(0) == &phi ? next->getOperand(1) : next->getOperand(0);
    const bool advances = next->getOperand(0) == &phi || next->getOperand(1) == &phi;
    auto* inside = dyn_cast<Instruction>(step);
    if (!advances || (inside && loop_.contains(inside)) || !(isa<Constant>(step) || shapes_.of(*step).is_same())) {
      return false;
    }
    by_grid_ |= comes_from_grid(*step);
    steps_.emplace_back(step, factor);
    return true;
  }

  const Loop& loop_;
  const ShapeAnalysis& shapes_;
  const DataLayout& layout_;
  SmallVector<std::pair<Value*, uint64_t>, 4> steps_;
  unsigned followed_ = 0;
  bool by_grid_ = false;
};

}  // namespace

// Of a load of neighbours by all lanes, `bytes` from `address` on.
void Emitter::prefetch_ahead(LoadInst& load, Value* address, uint64_t bytes) {
  if (active_loops_.empty()) {
    return;
  }
  Advance advance(*active_loops_.back().loop, shapes_, layout_);
  if (!advance.follow(*load.getPointerOperand(), 1) || !advance.by_grid()) {
    return;
  }
  Value* distance = b_.getInt64(0);
  for (auto [step, factor] : advance.steps()) {
    Value* wide = b_.CreateSExtOrTrunc(scalar(*step), b_.getInt64Ty());
    distance = b_.CreateAdd(distance, b_.CreateMul(wide, b_.getInt64(factor * kPassesAhead)));
  }
  Value* ahead = b_.CreatePtrAdd(address, distance);
  for (uint64_t line = 0; line < bytes; line += kLineBytes) {
    b_.CreateIntrinsic(llvm::Intrinsic::prefetch, {b_.getPtrTy()},
                       {b_.CreatePtrAdd(ahead, b_.getInt64(line)), b_.getInt32(0), b_.getInt32(3), b_.getInt32(1)});
  }
  ++report_.prefetches;
}

}  // namespace qiao::jit
