// The LLVM value domain (src/isa/domain.h): the meanings, run over LaneValue, write lane code instead of computing.
// Every primitive gives the bits the host domain gives: no poison, no undefined shift, no trapping division.
#pragma once

#include <cstdint>
#include <initializer_list>

#include <llvm/IR/IRBuilder.h>

#include "src/isa/domain.h"

namespace qiao::jit {

class LaneValue {
 public:
  LaneValue() = default;
  // `value`: an integer, or float, double; its bits are what counts.
  LaneValue(llvm::IRBuilder<>& builder, llvm::Value* value) : builder_(&builder), value_(value) {}

  unsigned width() const { return value_->getType()->getPrimitiveSizeInBits(); }
  llvm::IRBuilder<>& builder() const { return *builder_; }
  llvm::Value* raw() const { return value_; }  // integer or float, as it was last computed
  llvm::Value* bits() const;                   // as an integer of width()
  llvm::Value* real() const;                   // as float or double, by width()
  LaneValue with(llvm::Value* value) const { return {*builder_, value}; }

 private:
  llvm::IRBuilder<>* builder_ = nullptr;
  llvm::Value* value_ = nullptr;
};

LaneValue constant(const LaneValue& like, uint64_t value);
LaneValue constant_of_width(const LaneValue& like, unsigned bits, uint64_t value);

LaneValue operator+(const LaneValue& a, const LaneValue& b);
LaneValue operator-(const LaneValue& a, const LaneValue& b);
LaneValue operator*(const LaneValue& a, const LaneValue& b);
LaneValue operator&(const LaneValue& a, const LaneValue& b);
LaneValue operator|(const LaneValue& a, const LaneValue& b);
LaneValue operator^(const LaneValue& a, const LaneValue& b);
LaneValue operator~(const LaneValue& a);
LaneValue operator-(const LaneValue& a);
LaneValue udiv_total(const LaneValue& a, const LaneValue& b);
LaneValue sdiv_total(const LaneValue& a, const LaneValue& b);
LaneValue urem_total(const LaneValue& a, const LaneValue& b);
LaneValue srem_total(const LaneValue& a, const LaneValue& b);
LaneValue shl_clamp(const LaneValue& a, const LaneValue& n);
LaneValue lshr_clamp(const LaneValue& a, const LaneValue& n);
LaneValue ashr_clamp(const LaneValue& a, const LaneValue& n);
LaneValue mul_hi_u(const LaneValue& a, const LaneValue& b);
LaneValue mul_hi_s(const LaneValue& a, const LaneValue& b);

LaneValue eq(const LaneValue& a, const LaneValue& b);
LaneValue ne(const LaneValue& a, const LaneValue& b);
LaneValue ult(const LaneValue& a, const LaneValue& b);
LaneValue ule(const LaneValue& a, const LaneValue& b);
LaneValue ugt(const LaneValue& a, const LaneValue& b);
LaneValue uge(const LaneValue& a, const LaneValue& b);
LaneValue slt(const LaneValue& a, const LaneValue& b);
LaneValue sle(const LaneValue& a, const LaneValue& b);
LaneValue sgt(const LaneValue& a, const LaneValue& b);
LaneValue sge(const LaneValue& a, const LaneValue& b);
LaneValue select(const LaneValue& p, const LaneValue& a, const LaneValue& b);

LaneValue zext(const LaneValue& a, unsigned bits);
LaneValue sext(const LaneValue& a, unsigned bits);
LaneValue trunc(const LaneValue& a, unsigned bits);
LaneValue resize_u(const LaneValue& a, unsigned bits);
LaneValue resize_s(const LaneValue& a, unsigned bits);
LaneValue popc(const LaneValue& a);
LaneValue clz(const LaneValue& a);
LaneValue bitreverse(const LaneValue& a);
LaneValue byteswap(const LaneValue& a);
LaneValue fshl(const LaneValue& hi, const LaneValue& lo, const LaneValue& n);
LaneValue fshr(const LaneValue& hi, const LaneValue& lo, const LaneValue& n);

LaneValue fadd(const LaneValue& a, const LaneValue& b);
LaneValue fsub(const LaneValue& a, const LaneValue& b);
LaneValue fmul(const LaneValue& a, const LaneValue& b);
LaneValue fdiv(const LaneValue& a, const LaneValue& b);
LaneValue fma(const LaneValue& a, const LaneValue& b, const LaneValue& c);
LaneValue fsqrt(const LaneValue& a);
LaneValue feq(const LaneValue& a, const LaneValue& b);
LaneValue flt(const LaneValue& a, const LaneValue& b);
LaneValue fle(const LaneValue& a, const LaneValue& b);
LaneValue fgt(const LaneValue& a, const LaneValue& b);
LaneValue fge(const LaneValue& a, const LaneValue& b);
LaneValue funordered(const LaneValue& a, const LaneValue& b);
LaneValue fround_even(const LaneValue& a);
LaneValue fround_zero(const LaneValue& a);
LaneValue fround_down(const LaneValue& a);
LaneValue fround_up(const LaneValue& a);
LaneValue fp_resize(const LaneValue& a, unsigned bits);
LaneValue fp_to_uint(const LaneValue& a, unsigned bits);
LaneValue fp_to_sint(const LaneValue& a, unsigned bits);
LaneValue uint_to_fp(const LaneValue& a, unsigned bits);
LaneValue sint_to_fp(const LaneValue& a, unsigned bits);

// Overloads of the meanings' helpers (meaning/float_bits.h), with the same bits.
LaneValue neg_float(const LaneValue& a);
LaneValue abs_float(const LaneValue& a);
LaneValue canonical_nan(const LaneValue& a);  // float_marks.h
LaneValue flush(const LaneValue& a);
LaneValue loose(const LaneValue& a);
LaneValue add_to_odd(const LaneValue& a, const LaneValue& b);  // meaning/rounding.h; a call that host_forms.h resolves

LaneValue rsqrt_unless_special(const LaneValue& x, const LaneValue& y);  // meaning/approx.h; another such call

}  // namespace qiao::jit

namespace qiao::isa {
// Here, because the meanings call it with braces: only Pure's namespace is looked at.
jit::LaneValue host_call(Pure function, std::initializer_list<jit::LaneValue> arguments);
}  // namespace qiao::isa
