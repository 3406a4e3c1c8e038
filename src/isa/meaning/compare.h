// set, setp, selp, slct, testp (PTX ISA 9.7.6, 9.7.7, 9.7.3.1).
#pragma once

#include "src/isa/meaning/half.h"
#include "src/isa/meaning/integer.h"

namespace qiao::isa::meaning {

// clang-format off
enum class Compare : unsigned char { Eq, Ne, Lt, Le, Gt, Ge, Lo, Ls, Hi, Hs, Equ, Neu, Ltu, Leu, Gtu, Geu, Num, Nan };

template <class V>
V compare_integer(Compare compare, Type type, V a, V b) {
  const bool is_signed_compare = is_signed(type);
  switch (compare) {
    case Compare::Eq: return eq(a, b);
    case Compare::Ne: return ne(a, b);
    case Compare::Lt: return is_signed_compare ? slt(a, b) : ult(a, b);
    case Compare::Le: return is_signed_compare ? sle(a, b) : ule(a, b);
    case Compare::Gt: return is_signed_compare ? sgt(a, b) : ugt(a, b);
    case Compare::Ge: return is_signed_compare ? sge(a, b) : uge(a, b);
    case Compare::Lo: return ult(a, b);
    case Compare::Ls: return ule(a, b);
    case Compare::Hi: return ugt(a, b);
    default: return uge(a, b);
  }
}

// Ordered comparisons are false with a NaN, their `u` forms true.
template <class V>
V compare_numbers(Compare compare, V a, V b) {
  V unordered = funordered(a, b);
  switch (compare) {
    case Compare::Eq: return feq(a, b);
    case Compare::Ne: return ~(feq(a, b) | unordered);
    case Compare::Lt: return flt(a, b);
    case Compare::Le: return fle(a, b);
    case Compare::Gt: return fgt(a, b);
    case Compare::Ge: return fge(a, b);
    case Compare::Equ: return feq(a, b) | unordered;
    case Compare::Neu: return ~feq(a, b);
    case Compare::Ltu: return ~fge(a, b);
    case Compare::Leu: return ~fgt(a, b);
    case Compare::Gtu: return ~fle(a, b);
    case Compare::Geu: return ~flt(a, b);
    case Compare::Num: return ~unordered;
    default: return unordered;
  }
}

template <class V>
V compare_float(Compare compare, Type type, bool ftz, V a, V b) {
  const V x = flush_if(ftz, type, a), y = flush_if(ftz, type, b);
  if (is_half(type)) return compare_numbers(compare, widen_half(type, x), widen_half(type, y));
  return compare_numbers(compare, x, y);
}

enum class BoolOp : unsigned char { None, And, Or, Xor };

template <class V>
V combine(BoolOp op, V t, V c) {
  switch (op) {
    case BoolOp::And: return t & c;
    case BoolOp::Or: return t | c;
    case BoolOp::Xor: return t ^ c;
    default: return t;
  }
}

// set writes 1.0 for a float destination, all ones for an integer one.
template <class V>
V set_result(Type type, V p) {
  V zero = constant_of_width(p, bits_of(type), 0);
  V truth = is_float(type) ? constant(zero, format_of(type).one) : all_ones_of(zero);
  return select(p, truth, zero);
}

template <class V>
V slct(V a, V b, V c) {  // c is .s32
  return select(is_negative(c), b, a);
}
template <class V>
V slct_float(bool ftz, V a, V b, V c) {  // c is .f32; NaN takes b
  V value = flush_if(ftz, c);
  return select(fge(value, constant(value, 0)), a, b);
}

enum class Test : unsigned char { Finite, Infinite, Number, NotANumber, Normal, Subnormal };

template <class V>
V testp(Test test, Type type, V a) {
  V magnitude = abs_float(a);
  V infinity = constant(a, format_of(type).infinity());
  V zero = zero_of(a);
  switch (test) {
    case Test::Finite: return ult(magnitude, infinity);
    case Test::Infinite: return eq(magnitude, infinity);
    case Test::Number: return ule(magnitude, infinity);
    case Test::NotANumber: return ugt(magnitude, infinity);
    case Test::Normal:  // zero counts as normal
      return (ult(magnitude, infinity) & ~has_zero_exponent(type, a)) | eq(magnitude, zero);
    default: return has_zero_exponent(type, a) & ne(magnitude, zero);
  }
}

// clang-format on

}  // namespace qiao::isa::meaning
