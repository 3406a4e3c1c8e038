// Each primitive of the value domain as LLVM instructions, made total where LLVM's own are not.
#include "device_sim/jit/emit/lane_value.h"

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

#include "device_sim/jit/flushing.h"
#include "device_sim/jit/intrinsics.h"

namespace qiao::jit {
namespace {

using llvm::Type;
using llvm::Value;
using llvm::Intrinsic::ID;

Type* float_type(const LaneValue& a, unsigned bits) {
  if (bits == 16) return a.builder().getHalfTy();
  return bits == 32 ? a.builder().getFloatTy() : a.builder().getDoubleTy();
}

Type* int_type(const LaneValue& a, unsigned bits) {
  return a.builder().getIntNTy(bits);
}

Value* intrinsic(const LaneValue& a, ID id, std::initializer_list<Value*> arguments) {
  llvm::SmallVector<Value*, 4> list(arguments);
  return a.builder().CreateIntrinsic(list[0]->getType(), id, list);
}

// Where the host flushes subnormals LLVM must not work out the function of constants: it knows for arithmetic, not for
// these.
Value* real_intrinsic(const LaneValue& a, ID id, std::initializer_list<Value*> arguments) {
  Value* result = intrinsic(a, id, arguments);
  auto* call = llvm::dyn_cast<llvm::CallInst>(result);
  if (call && is_flushing(*call->getFunction())) call->addFnAttr(llvm::Attribute::NoBuiltin);
  return result;
}

// The shift amount, any width, at a's width; only meaningful where it is below that width.
Value* amount(const LaneValue& a, const LaneValue& n) {
  return a.builder().CreateZExtOrTrunc(n.bits(), a.bits()->getType());
}

Value* in_range(const LaneValue& a, const LaneValue& n) {
  Value* limit = constant(n, a.width()).bits();
  if (n.width() < 8 || (n.width() == 8 && a.width() > 255)) return a.builder().getTrue();
  return a.builder().CreateICmpULT(n.bits(), limit);
}

Value* integral_division(const LaneValue& a, const LaneValue& b, bool is_signed, bool remainder) {
  auto& builder = a.builder();
  Value *x = a.bits(), *y = b.bits(), *one = constant(a, 1).bits();
  Value* zero_divisor = builder.CreateICmpEQ(y, constant(b, 0).bits());
  Value* unsafe = zero_divisor;
  if (is_signed) {
    Value* least = constant(a, uint64_t{1} << (a.width() - 1)).bits();
    Value* overflow =
        builder.CreateAnd(builder.CreateICmpEQ(x, least), builder.CreateICmpEQ(y, (~constant(b, 0)).bits()));
    unsafe = builder.CreateOr(unsafe, overflow);
  }
  Value* divisor = builder.CreateSelect(unsafe, one, y);  // x/1 and x%1 are what INT_MIN/-1 and INT_MIN%-1 shall be
  if (remainder) {
    Value* rest = is_signed ? builder.CreateSRem(x, divisor) : builder.CreateURem(x, divisor);
    return builder.CreateSelect(zero_divisor, x, rest);
  }
  Value* quotient = is_signed ? builder.CreateSDiv(x, divisor) : builder.CreateUDiv(x, divisor);
  return builder.CreateSelect(zero_divisor, (~constant(a, 0)).bits(), quotient);
}

LaneValue mul_hi(const LaneValue& a, const LaneValue& b, bool is_signed) {
  unsigned wide = 2 * a.width();
  LaneValue product = is_signed ? sext(a, wide) * sext(b, wide) : zext(a, wide) * zext(b, wide);
  return a.with(a.builder().CreateTrunc(a.builder().CreateLShr(product.bits(), a.width()), a.bits()->getType()));
}

LaneValue compare(llvm::CmpInst::Predicate predicate, const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateICmp(predicate, a.bits(), b.bits()));
}

LaneValue compare_real(llvm::CmpInst::Predicate predicate, const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateFCmp(predicate, a.real(), b.real()));
}

}  // namespace

Value* LaneValue::bits() const {
  if (value_->getType()->isIntegerTy()) return value_;
  return builder_->CreateBitCast(value_, builder_->getIntNTy(width()));
}

Value* LaneValue::real() const {
  if (value_->getType()->isFloatingPointTy()) return value_;
  return builder_->CreateBitCast(value_, float_type(*this, width()));
}

LaneValue constant(const LaneValue& like, uint64_t value) {
  return constant_of_width(like, like.width(), value);
}

LaneValue constant_of_width(const LaneValue& like, unsigned bits, uint64_t value) {
  return like.with(llvm::ConstantInt::get(int_type(like, bits), llvm::APInt(64, value).zextOrTrunc(bits)));
}

LaneValue operator+(const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateAdd(a.bits(), b.bits()));
}
LaneValue operator-(const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateSub(a.bits(), b.bits()));
}
LaneValue operator*(const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateMul(a.bits(), b.bits()));
}
LaneValue operator&(const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateAnd(a.bits(), b.bits()));
}
LaneValue operator|(const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateOr(a.bits(), b.bits()));
}
LaneValue operator^(const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateXor(a.bits(), b.bits()));
}
LaneValue operator~(const LaneValue& a) {
  return a.with(a.builder().CreateNot(a.bits()));
}
LaneValue operator-(const LaneValue& a) {
  return a.with(a.builder().CreateNeg(a.bits()));
}

LaneValue udiv_total(const LaneValue& a, const LaneValue& b) {
  return a.with(integral_division(a, b, false, false));
}
LaneValue sdiv_total(const LaneValue& a, const LaneValue& b) {
  return a.with(integral_division(a, b, true, false));
}
LaneValue urem_total(const LaneValue& a, const LaneValue& b) {
  return a.with(integral_division(a, b, false, true));
}
LaneValue srem_total(const LaneValue& a, const LaneValue& b) {
  return a.with(integral_division(a, b, true, true));
}

LaneValue shl_clamp(const LaneValue& a, const LaneValue& n) {
  Value* shifted = a.builder().CreateShl(a.bits(), amount(a, n));  // poison is not chosen below
  return a.with(a.builder().CreateSelect(in_range(a, n), shifted, constant(a, 0).bits()));
}

LaneValue lshr_clamp(const LaneValue& a, const LaneValue& n) {
  Value* shifted = a.builder().CreateLShr(a.bits(), amount(a, n));
  return a.with(a.builder().CreateSelect(in_range(a, n), shifted, constant(a, 0).bits()));
}

LaneValue ashr_clamp(const LaneValue& a, const LaneValue& n) {
  Value* most = llvm::ConstantInt::get(a.bits()->getType(), a.width() - 1);
  return a.with(a.builder().CreateAShr(a.bits(), a.builder().CreateSelect(in_range(a, n), amount(a, n), most)));
}

LaneValue mul_hi_u(const LaneValue& a, const LaneValue& b) {
  return mul_hi(a, b, false);
}
LaneValue mul_hi_s(const LaneValue& a, const LaneValue& b) {
  return mul_hi(a, b, true);
}

LaneValue eq(const LaneValue& a, const LaneValue& b) {
  return compare(llvm::CmpInst::ICMP_EQ, a, b);
}
LaneValue ne(const LaneValue& a, const LaneValue& b) {
  return compare(llvm::CmpInst::ICMP_NE, a, b);
}
LaneValue ult(const LaneValue& a, const LaneValue& b) {
  return compare(llvm::CmpInst::ICMP_ULT, a, b);
}
LaneValue ule(const LaneValue& a, const LaneValue& b) {
  return compare(llvm::CmpInst::ICMP_ULE, a, b);
}
LaneValue ugt(const LaneValue& a, const LaneValue& b) {
  return compare(llvm::CmpInst::ICMP_UGT, a, b);
}
LaneValue uge(const LaneValue& a, const LaneValue& b) {
  return compare(llvm::CmpInst::ICMP_UGE, a, b);
}
LaneValue slt(const LaneValue& a, const LaneValue& b) {
  return compare(llvm::CmpInst::ICMP_SLT, a, b);
}
LaneValue sle(const LaneValue& a, const LaneValue& b) {
  return compare(llvm::CmpInst::ICMP_SLE, a, b);
}
LaneValue sgt(const LaneValue& a, const LaneValue& b) {
  return compare(llvm::CmpInst::ICMP_SGT, a, b);
}
LaneValue sge(const LaneValue& a, const LaneValue& b) {
  return compare(llvm::CmpInst::ICMP_SGE, a, b);
}

LaneValue select(const LaneValue& p, const LaneValue& a, const LaneValue& b) {
  bool real = a.raw()->getType()->isFloatingPointTy() || b.raw()->getType()->isFloatingPointTy();
  return a.with(a.builder().CreateSelect(p.bits(), real ? a.real() : a.bits(), real ? b.real() : b.bits()));
}

LaneValue zext(const LaneValue& a, unsigned bits) {
  return a.with(a.builder().CreateZExt(a.bits(), int_type(a, bits)));
}
LaneValue sext(const LaneValue& a, unsigned bits) {
  return a.with(a.builder().CreateSExt(a.bits(), int_type(a, bits)));
}
LaneValue trunc(const LaneValue& a, unsigned bits) {
  return a.with(a.builder().CreateTrunc(a.bits(), int_type(a, bits)));
}

LaneValue resize_u(const LaneValue& a, unsigned bits) {
  return bits == a.width() ? a : a.with(a.builder().CreateZExtOrTrunc(a.bits(), int_type(a, bits)));
}

LaneValue resize_s(const LaneValue& a, unsigned bits) {
  return bits == a.width() ? a : a.with(a.builder().CreateSExtOrTrunc(a.bits(), int_type(a, bits)));
}

LaneValue popc(const LaneValue& a) {
  return a.with(intrinsic(a, llvm::Intrinsic::ctpop, {a.bits()}));
}
LaneValue clz(const LaneValue& a) {
  return a.with(intrinsic(a, llvm::Intrinsic::ctlz, {a.bits(), a.builder().getFalse()}));
}
LaneValue bitreverse(const LaneValue& a) {
  return a.with(intrinsic(a, llvm::Intrinsic::bitreverse, {a.bits()}));
}
LaneValue byteswap(const LaneValue& a) {
  return a.with(intrinsic(a, llvm::Intrinsic::bswap, {a.bits()}));
}

LaneValue fshl(const LaneValue& hi, const LaneValue& lo, const LaneValue& n) {
  return hi.with(intrinsic(hi, llvm::Intrinsic::fshl, {hi.bits(), lo.bits(), amount(hi, n)}));
}
LaneValue fshr(const LaneValue& hi, const LaneValue& lo, const LaneValue& n) {
  return hi.with(intrinsic(hi, llvm::Intrinsic::fshr, {hi.bits(), lo.bits(), amount(hi, n)}));
}

LaneValue fadd(const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateFAdd(a.real(), b.real()));
}
LaneValue fsub(const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateFSub(a.real(), b.real()));
}
LaneValue fmul(const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateFMul(a.real(), b.real()));
}
LaneValue fdiv(const LaneValue& a, const LaneValue& b) {
  return a.with(a.builder().CreateFDiv(a.real(), b.real()));
}
LaneValue fma(const LaneValue& a, const LaneValue& b, const LaneValue& c) {
  return a.with(real_intrinsic(a, llvm::Intrinsic::fma, {a.real(), b.real(), c.real()}));
}
LaneValue fsqrt(const LaneValue& a) {
  return a.with(real_intrinsic(a, llvm::Intrinsic::sqrt, {a.real()}));
}

LaneValue feq(const LaneValue& a, const LaneValue& b) {
  return compare_real(llvm::CmpInst::FCMP_OEQ, a, b);
}
LaneValue flt(const LaneValue& a, const LaneValue& b) {
  return compare_real(llvm::CmpInst::FCMP_OLT, a, b);
}
LaneValue fle(const LaneValue& a, const LaneValue& b) {
  return compare_real(llvm::CmpInst::FCMP_OLE, a, b);
}
LaneValue fgt(const LaneValue& a, const LaneValue& b) {
  return compare_real(llvm::CmpInst::FCMP_OGT, a, b);
}
LaneValue fge(const LaneValue& a, const LaneValue& b) {
  return compare_real(llvm::CmpInst::FCMP_OGE, a, b);
}
LaneValue funordered(const LaneValue& a, const LaneValue& b) {
  return compare_real(llvm::CmpInst::FCMP_UNO, a, b);
}

LaneValue fround_even(const LaneValue& a) {
  return a.with(real_intrinsic(a, llvm::Intrinsic::roundeven, {a.real()}));
}
LaneValue fround_zero(const LaneValue& a) {
  return a.with(real_intrinsic(a, llvm::Intrinsic::trunc, {a.real()}));
}
LaneValue fround_down(const LaneValue& a) {
  return a.with(real_intrinsic(a, llvm::Intrinsic::floor, {a.real()}));
}
LaneValue fround_up(const LaneValue& a) {
  return a.with(real_intrinsic(a, llvm::Intrinsic::ceil, {a.real()}));
}

LaneValue fp_resize(const LaneValue& a, unsigned bits) {
  if (bits == a.width()) return a;
  Type* type = float_type(a, bits);
  if (bits > a.width()) return a.with(a.builder().CreateFPExt(a.real(), type));
  LaneValue narrow = a.with(a.builder().CreateFPTrunc(a.real(), type));
  return bits == 16 ? a.with(narrow.bits()) : narrow;  // halves travel as integers: the host rarely computes with them
}

LaneValue fp_to_uint(const LaneValue& a, unsigned bits) {
  return a.with(
      a.builder().CreateIntrinsic(llvm::Intrinsic::fptoui_sat, {int_type(a, bits), a.real()->getType()}, {a.real()}));
}
LaneValue fp_to_sint(const LaneValue& a, unsigned bits) {
  return a.with(
      a.builder().CreateIntrinsic(llvm::Intrinsic::fptosi_sat, {int_type(a, bits), a.real()->getType()}, {a.real()}));
}
LaneValue uint_to_fp(const LaneValue& a, unsigned bits) {
  return a.with(a.builder().CreateUIToFP(a.bits(), float_type(a, bits)));
}
LaneValue sint_to_fp(const LaneValue& a, unsigned bits) {
  return a.with(a.builder().CreateSIToFP(a.bits(), float_type(a, bits)));
}

LaneValue neg_float(const LaneValue& a) {
  if (a.raw()->getType()->isFloatingPointTy()) return a.with(a.builder().CreateFNeg(a.raw()));
  return a ^ constant(a, uint64_t{1} << (a.width() - 1));
}

LaneValue abs_float(const LaneValue& a) {
  if (a.raw()->getType()->isFloatingPointTy()) return a.with(intrinsic(a, llvm::Intrinsic::fabs, {a.raw()}));
  return a & constant(a, (uint64_t{1} << (a.width() - 1)) - 1);
}

LaneValue add_to_odd(const LaneValue& a, const LaneValue& b) {
  llvm::Module& module = *a.builder().GetInsertBlock()->getModule();
  return a.with(
      a.builder().CreateCall(declare_host_form(HostForm::AddToOdd, module, a.real()->getType()), {a.real(), b.real()}));
}

LaneValue rsqrt_unless_special(const LaneValue& x, const LaneValue& y) {
  llvm::Module& module = *x.builder().GetInsertBlock()->getModule();
  return x.with(x.builder().CreateCall(declare_host_form(HostForm::RsqrtUnlessSpecial, module, x.real()->getType()),
                                       {x.real(), y.real()}));
}

}  // namespace qiao::jit

qiao::jit::LaneValue qiao::isa::host_call(Pure function, std::initializer_list<jit::LaneValue> arguments) {
  using jit::LaneValue;
  using llvm::Type;
  using llvm::Value;
  const isa::PureSignature& signature = signature_of(function);
  const LaneValue& first = *arguments.begin();
  llvm::SmallVector<Value*, 4> values;
  llvm::SmallVector<Type*, 4> types;
  for (const LaneValue& argument : arguments) {
    values.push_back(argument.bits());
    types.push_back(values.back()->getType());
  }
  llvm::Module& module = *first.builder().GetInsertBlock()->getModule();
  auto* type = llvm::FunctionType::get(first.builder().getIntNTy(signature.result_bits), types, false);
  llvm::FunctionCallee callee = module.getOrInsertFunction(signature.symbol, type);
  auto* declaration = llvm::cast<llvm::Function>(callee.getCallee());
  declaration->setDoesNotAccessMemory();
  declaration->setDoesNotThrow();
  declaration->setWillReturn();
  declaration->addFnAttr(llvm::Attribute::Speculatable);
  return first.with(first.builder().CreateCall(callee, values));
}
