// Comparisons of halves and saturating conversions: both were hundreds of instructions for 32 lanes, and the long
// blocks made of them took the scheduler seconds. And what the code generator gets wrong where the host flushes
// subnormals: choices between floats, and functions of constants. And sums rounded to odd, of which a multiply-add of
// halves is made: the host's directed roundings are a third of the exact error's steps.
#include "device_sim/jit/session/host_forms.h"

#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/IntrinsicsX86.h>

#include <numeric>

#include "device_sim/jit/flushing.h"
#include "device_sim/jit/intrinsics.h"

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

// The two directed sums of a host register's lanes: equal if exact, else neighbours, one of which is odd. Zero comes
// out as rounding to nearest has it: a sum of opposites is -0 downwards, and even.
constexpr unsigned kDown = 1 | 8, kUp = 2 | 8;  // of the instructions' rounding field: no exceptions

Value* add_register_to_odd(llvm::IRBuilder<>& builder, Value* a, Value* b) {
  llvm::Type* type = a->getType();
  const unsigned bits = type->getScalarSizeInBits();
  llvm::Type* word = as_lanes_of(type, builder.getIntNTy(bits));
  auto sum = [&](unsigned rounding) -> Value* {
    const auto id = bits == 32 ? llvm::Intrinsic::x86_avx512_add_ps_512 : llvm::Intrinsic::x86_avx512_add_pd_512;
    return builder.CreateIntrinsic(id, {}, {a, b, builder.getInt32(rounding)});
  };
  Value *down = sum(kDown), *up = sum(kUp);
  Value* lowest = builder.CreateAnd(builder.CreateBitCast(down, word), llvm::ConstantInt::get(word, 1));
  return builder.CreateSelect(builder.CreateICmpNE(lowest, llvm::Constant::getNullValue(word)), down, up);
}

// By the exact error of the sum rounded to nearest (Knuth), as in meaning/rounding.h.
Value* add_to_odd_by_hand(llvm::IRBuilder<>& builder, Value* a, Value* b) {
  llvm::Type* type = a->getType();
  const unsigned bits = type->getScalarSizeInBits();
  llvm::Type* word = as_lanes_of(type, builder.getIntNTy(bits));
  Value* sum = builder.CreateFAdd(a, b);
  Value* b_part = builder.CreateFSub(sum, a);
  Value* error =
      builder.CreateFAdd(builder.CreateFSub(a, builder.CreateFSub(sum, b_part)), builder.CreateFSub(b, b_part));
  Value* inexact = builder.CreateFCmpONE(error, llvm::Constant::getNullValue(type));
  Value* sum_bits = builder.CreateBitCast(sum, word);
  Value* differ = builder.CreateXor(builder.CreateBitCast(error, word), sum_bits);
  Value* truncated = builder.CreateAdd(sum_bits, builder.CreateAShr(differ, llvm::ConstantInt::get(word, bits - 1)));
  Value* odd = builder.CreateOr(truncated, llvm::ConstantInt::get(word, 1));
  return builder.CreateSelect(inexact, builder.CreateBitCast(odd, type), sum);
}

Value* add_to_odd(llvm::CallBase& call, bool has_directed_sums) {
  llvm::IRBuilder<> builder(&call);
  Value *a = call.getArgOperand(0), *b = call.getArgOperand(1);
  auto* lanes = llvm::dyn_cast<llvm::FixedVectorType>(a->getType());
  Value* result = nullptr;
  if (!lanes || !has_directed_sums) {
    result = add_to_odd_by_hand(builder, a, b);
  } else {
    const unsigned length = 512 / lanes->getScalarSizeInBits();
    llvm::SmallVector<int, 16> order(length);
    llvm::SmallVector<Value*, 4> parts;
    for (unsigned first = 0; first < lanes->getNumElements(); first += length) {
      std::iota(order.begin(), order.end(), static_cast<int>(first));
      parts.push_back(
          add_register_to_odd(builder, builder.CreateShuffleVector(a, order), builder.CreateShuffleVector(b, order)));
    }
    result = llvm::concatenateVectors(builder, parts);
  }
  return result;
}

// The lanes of these classes take the host's estimate of the root, which is right for them.
constexpr unsigned kSpecial = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80;  // NaN, zeros, infinities, negative

Value* rsqrt_unless_special(llvm::CallBase& call, bool has_classes) {
  llvm::IRBuilder<> builder(&call);
  Value *x = call.getArgOperand(0), *y = call.getArgOperand(1);
  llvm::Type* type = x->getType();
  if (auto* lanes = llvm::dyn_cast<llvm::FixedVectorType>(type); lanes && has_classes) {
    llvm::SmallVector<int, 16> order(16);
    llvm::SmallVector<Value*, 2> parts;
    for (unsigned first = 0; first < lanes->getNumElements(); first += 16) {
      std::iota(order.begin(), order.end(), static_cast<int>(first));
      Value* of = builder.CreateShuffleVector(x, order);
      Value* special =
          builder.CreateIntrinsic(llvm::Intrinsic::x86_avx512_fpclass_ps_512, {}, {of, builder.getInt32(kSpecial)});
      Value* mask = builder.CreateBitCast(special, builder.getInt16Ty());
      parts.push_back(builder.CreateIntrinsic(llvm::Intrinsic::x86_avx512_rsqrt14_ps_512, {},
                                              {of, builder.CreateShuffleVector(y, order), mask}));
    }
    return llvm::concatenateVectors(builder, parts);
  }
  Value* zero = llvm::Constant::getNullValue(type);
  Value* infinity = llvm::ConstantFP::getInfinity(type);
  Value* of_zero = builder.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, infinity, x);
  Value* of_others = builder.CreateSelect(builder.CreateFCmpOEQ(x, zero), of_zero, llvm::ConstantFP::getNaN(type));
  Value* of_positive = builder.CreateSelect(builder.CreateFCmpOLT(x, infinity), y, zero);
  return builder.CreateSelect(builder.CreateFCmpOGT(x, zero), of_positive, of_others);
}

// Words of two registers by number, for each of two registers; else through memory.
Value* permute(llvm::CallBase& call, bool has_permutations) {
  llvm::IRBuilder<> builder(&call);
  Value *words = call.getArgOperand(0), *lanes = call.getArgOperand(1);
  Value* result = nullptr;
  if (has_permutations) {
    llvm::SmallVector<int, 16> order(16);
    auto half = [&](Value* of, int first) {
      std::iota(order.begin(), order.end(), first);
      return builder.CreateShuffleVector(of, order);
    };
    Value* halves[2];
    for (int part = 0; part < 2; ++part) {
      halves[part] = builder.CreateIntrinsic(llvm::Intrinsic::x86_avx512_vpermi2var_d_512, {},
                                             {half(words, 0), half(lanes, 16 * part), half(words, 16)});
    }
    result = llvm::concatenateVectors(builder, halves);
  } else {
    llvm::BasicBlock& entry = call.getFunction()->getEntryBlock();
    llvm::AllocaInst* array =
        llvm::IRBuilder<>(&entry, entry.begin()).CreateAlloca(words->getType(), nullptr, "permuted");
    builder.CreateStore(words, array);
    Value* wide = builder.CreateZExt(lanes, as_lanes_of(lanes->getType(), builder.getInt64Ty()));
    Value* places = builder.CreateInBoundsGEP(builder.getInt32Ty(), array, wide);
    result = builder.CreateMaskedGather(words->getType(), places, llvm::Align(4));
  }
  return result;
}

Value* host_form(HostForm form, llvm::CallBase& call, bool has_wide_registers) {
  switch (form) {
    case HostForm::AddToOdd:
      return add_to_odd(call, has_wide_registers);
    case HostForm::RsqrtUnlessSpecial:
      return rsqrt_unless_special(call, has_wide_registers);
    case HostForm::Permute:
      return permute(call, has_wide_registers);
  }
  return nullptr;
}

}  // namespace

void use_host_forms(llvm::Module& module, std::string_view features) {
  const bool has_halves = features.find("+avx512fp16") != std::string_view::npos;
  const bool has_wide_registers = features.find("+avx512dq") != std::string_view::npos;
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
      if (const auto form = host_form_of(instruction)) {
        auto& call = llvm::cast<llvm::CallBase>(instruction);
        call.replaceAllUsesWith(host_form(*form, call, has_wide_registers));
        call.eraseFromParent();
      } else if (compare && !has_halves && compare->getOperand(0)->getType()->getScalarType()->isHalfTy()) {
        compare_as_floats(*compare);
      } else if (saturates_lanes(instruction)) {
        saturate_by_hand(llvm::cast<llvm::IntrinsicInst>(instruction));
      }
    }
  }
}

}  // namespace qiao::jit
