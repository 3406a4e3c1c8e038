// Comparisons of halves and saturating conversions: both were hundreds of instructions for 32 lanes, and the long
// blocks made of them took the scheduler seconds. And what the code generator gets wrong where the host flushes
// subnormals: choices between floats, and functions of constants.
#include "device_sim/jit/session/host_forms.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>

#include "device_sim/jit/flushing.h"

namespace qiao::jit {
namespace {

using llvm::APFloat;
using llvm::APInt;
using llvm::Value;

// The same lanes of another element type.
llvm::Type* as_lanes_of(llvm::Type* type, llvm::Type* element) {
  auto* vector = llvm::dyn_cast<llvm::VectorType>(type);
  return vector ? llvm::VectorType::get(element, vector->getElementCount()) : element;
}

// Extending is exact and keeps order and NaN.
void compare_as_floats(llvm::FCmpInst& compare) {
  llvm::IRBuilder<> builder(&compare);
  llvm::Type* wide = as_lanes_of(compare.getOperand(0)->getType(), builder.getFloatTy());
  Value* left = builder.CreateFPExt(compare.getOperand(0), wide);
  Value* right = builder.CreateFPExt(compare.getOperand(1), wide);
  compare.replaceAllUsesWith(builder.CreateFCmp(compare.getPredicate(), left, right));
  compare.eraseFromParent();
}

// Lanes in range are converted; the others, which become 0 first, take the nearest end of the range, NaN the 0.
void saturate_by_hand(llvm::IntrinsicInst& convert) {
  const bool is_signed = convert.getIntrinsicID() == llvm::Intrinsic::fptosi_sat;
  llvm::IRBuilder<> builder(&convert);
  Value* given = convert.getArgOperand(0);
  if (given->getType()->getScalarType()->isHalfTy()) {
    given = builder.CreateFPExt(given, as_lanes_of(given->getType(), builder.getFloatTy()));
  }
  llvm::Type* type = convert.getType();
  const unsigned bits = type->getScalarSizeInBits();
  const APInt lowest = is_signed ? APInt::getSignedMinValue(bits) : APInt::getMinValue(bits);
  const APInt highest = is_signed ? APInt::getSignedMaxValue(bits) : APInt::getMaxValue(bits);
  APFloat low(given->getType()->getScalarType()->getFltSemantics());
  APFloat above = low;  // the first number beyond the range: a power of two, as low is, so both are exact
  low.convertFromAPInt(lowest, is_signed, APFloat::rmTowardZero);
  above.convertFromAPInt(highest.zext(bits + 1) + 1, false, APFloat::rmTowardZero);

  Value* not_below = builder.CreateFCmpOGE(given, llvm::ConstantFP::get(given->getType(), low));
  Value* below_end = builder.CreateFCmpOLT(given, llvm::ConstantFP::get(given->getType(), above));
  Value* inside = builder.CreateSelect(builder.CreateAnd(not_below, below_end), given,
                                       llvm::Constant::getNullValue(given->getType()));
  Value* result = is_signed ? builder.CreateFPToSI(inside, type) : builder.CreateFPToUI(inside, type);
  Value* beyond = builder.CreateFCmpOGE(given, llvm::ConstantFP::get(given->getType(), above));
  result = builder.CreateSelect(beyond, llvm::ConstantInt::get(type, highest), result);
  if (is_signed) {
    Value* below = builder.CreateFCmpOLT(given, llvm::ConstantFP::get(given->getType(), low));
    result = builder.CreateSelect(below, llvm::ConstantInt::get(type, lowest), result);
  }
  convert.replaceAllUsesWith(result);
  convert.eraseFromParent();
}

bool saturates_lanes(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  if (!call || !call->getType()->isVectorTy()) return false;
  return call->getIntrinsicID() == llvm::Intrinsic::fptosi_sat || call->getIntrinsicID() == llvm::Intrinsic::fptoui_sat;
}

// The code generator makes `a < b ? a : b` the host's minimum, which flushes subnormals where arithmetic does; a choice
// does not.
bool is_like_minimum(llvm::SelectInst& select) {
  const auto* compare = llvm::dyn_cast<llvm::FCmpInst>(select.getCondition());
  if (!compare || !select.getType()->getScalarType()->isFloatTy()) return false;
  auto same = [](Value* a, Value* b) {
    auto zero = [](Value* v) { return llvm::isa<llvm::Constant>(v) && llvm::cast<llvm::Constant>(v)->isZeroValue(); };
    return a == b || (zero(a) && zero(b));
  };
  Value *left = compare->getOperand(0), *right = compare->getOperand(1);
  Value *yes = select.getTrueValue(), *no = select.getFalseValue();
  return (same(yes, left) && same(no, right)) || (same(yes, right) && same(no, left));
}

void choose_as_integers(llvm::SelectInst& select) {
  llvm::IRBuilder<> builder(&select);
  llvm::Type* type = as_lanes_of(select.getType(), builder.getInt32Ty());
  Value* chosen = builder.CreateSelect(select.getCondition(), builder.CreateBitCast(select.getTrueValue(), type),
                                       builder.CreateBitCast(select.getFalseValue(), type));
  select.replaceAllUsesWith(builder.CreateBitCast(chosen, select.getType()));
  select.eraseFromParent();
}

// It works out functions of constants, with subnormals: then one operand is no constant.
void hide_constants(llvm::Function& function) {
  llvm::SmallVector<llvm::IntrinsicInst*, 4> found;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
    const bool real = call && call->getType()->getScalarType()->isFloatTy();
    if (real && llvm::all_of(call->args(), [](Value* v) { return llvm::isa<llvm::Constant>(v); }))
      found.push_back(call);
  }
  for (llvm::IntrinsicInst* call : found) {
    Value* constant = call->getArgOperand(0);
    llvm::IRBuilder<> builder(&function.getEntryBlock(), function.getEntryBlock().begin());
    llvm::AllocaInst* place = builder.CreateAlloca(constant->getType());
    builder.SetInsertPoint(call);
    builder.CreateStore(constant, place, true);
    call->setArgOperand(0, builder.CreateLoad(constant->getType(), place, true));
  }
}

}  // namespace

void use_host_forms(llvm::Module& module, std::string_view features) {
  const bool has_halves = features.find("+avx512fp16") != std::string_view::npos;
  for (llvm::Function& function : module) {
    const bool flushing = is_flushing(function);
    if (flushing && !function.isDeclaration()) hide_constants(function);
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
      auto* select = llvm::dyn_cast<llvm::SelectInst>(&instruction);
      if (select && flushing && is_like_minimum(*select)) {
        choose_as_integers(*select);
        continue;
      }
      auto* compare = llvm::dyn_cast<llvm::FCmpInst>(&instruction);
      if (compare && !has_halves && compare->getOperand(0)->getType()->getScalarType()->isHalfTy()) {
        compare_as_floats(*compare);
      } else if (saturates_lanes(instruction)) {
        saturate_by_hand(llvm::cast<llvm::IntrinsicInst>(instruction));
      }
    }
  }
}

}  // namespace qiao::jit
