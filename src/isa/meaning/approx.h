// The approximate operations (PTX ISA 9.7.3: div, rcp, sqrt, rsqrt, sin, cos, lg2, ex2, tanh): our own sequences over
// the domain's primitives, within the manual's error bounds, with the same bits in every executor. Where f32 alone
// would not reach the bound they work in f64.
#pragma once

#include <bit>
#include <initializer_list>

#include "src/isa/meaning/float.h"

namespace qiao::isa::meaning {

template <class V>
V number_like(V a, double value) {  // a constant in a's format
  return constant(
      a, a.width() == 32 ? std::bit_cast<uint32_t>(static_cast<float>(value)) : std::bit_cast<uint64_t>(value));
}

// Horner's rule, highest coefficient first.
template <class V>
V polynomial(V x, std::initializer_list<double> coefficients) {
  const double* coefficient = coefficients.begin();
  V sum = number_like(x, *coefficient);
  while (++coefficient != coefficients.end()) sum = fma(sum, x, number_like(x, *coefficient));
  return sum;
}

template <class V>
V power_of_two(V exponent, unsigned bits) {  // an integer within the normal exponents, as a float
  const FloatFormat& format = bits == 32 ? kF32 : kF64;
  V biased = sext(exponent, bits) + constant_of_width(exponent, bits, bits == 32 ? 127 : 1023);
  return shl_clamp(biased, constant(biased, format.fraction_bits));
}

// 2^x = 2^n 2^f, |f| <= 1/2; the two last factors keep subnormal results to a single rounding. Error: 2 ulp.
template <class V>
V ex2_f32(V x) {
  V low = number_like(x, -151.0);
  V high = number_like(x, 129.0);
  V clamped = select(flt(x, low), low, select(fgt(x, high), high, x));
  V n = fround_even(clamped);
  V f = fsub(clamped, n);
  V p = polynomial(f, {1.525273380405984e-05, 1.540353039338161e-04, 1.333355814642844e-03, 9.618129107628477e-03,
                       5.550410866482158e-02, 2.402265069591007e-01, 6.931471805599453e-01, 1.0});
  V whole = fp_to_sint(n, 32);
  V first = ashr_clamp(whole, constant(whole, 1));
  return fmul(fmul(p, power_of_two(first, 32)), power_of_two(whole - first, 32));
}
template <class V>
V ex2(const FloatMode& mode, V a) {
  return finish(mode, ex2_f32(prepare(mode, a)));
}

// log2(2^e m) = e + log2(m), m in [sqrt(1/2), sqrt(2)), through atanh((m-1)/(m+1)). Relative error below 2^-23.
template <class V>
V lg2_f32(V x) {
  V wide = fp_resize(x, 64);                            // f32 subnormals are normal here
  V to_sqrt_half = constant(wide, 0x3fe6a09e00000000);  // bits of about sqrt(1/2)
  V exponent = ashr_clamp(wide - to_sqrt_half, constant(wide, 52));
  V m = wide - shl_clamp(exponent, constant(wide, 52));
  V one = number_like(wide, 1.0);
  V s = fdiv(fsub(m, one), fadd(m, one));
  V series = polynomial(fmul(s, s), {2.0 / 15, 2.0 / 13, 2.0 / 11, 2.0 / 9, 2.0 / 7, 2.0 / 5, 2.0 / 3, 2.0});
  V log = fma(fmul(s, series), number_like(wide, 1.4426950408889634), sint_to_fp(exponent, 64));
  V result = fp_resize(log, 32);
  V zero = constant(x, 0);
  V infinity = constant(x, kF32.infinity());
  result = select(eq(x, infinity), infinity, result);
  result = select(feq(x, zero), infinity | sign_bit(x), result);
  return select(fge(x, zero), result, constant(x, kF32.canonical_nan));  // negative and NaN
}
template <class V>
V lg2(const FloatMode& mode, V a) {
  return finish(mode, lg2_f32(prepare(mode, a)));
}

// sin and cos: x = k pi/2 + r in f64, |r| <= pi/4 (for |x| beyond 2^30 r is meaningless but stays within [-1, 1]).
template <class V>
V sine_or_cosine(bool cosine, V x) {
  V wide = fp_resize(x, 64);
  V k = fround_even(fmul(wide, number_like(wide, 0.6366197723675814)));
  V r = fma(k, number_like(wide, -1.5707963267948966), wide);
  r = fma(k, number_like(wide, -6.123233995736766e-17), r);
  V one = number_like(wide, 1.0);
  r = select(fgt(r, one), one, select(flt(r, neg_float(one)), neg_float(one), r));
  V square = fmul(r, r);
  V sine = fmul(r, polynomial(square, {-1.0 / 39916800, 1.0 / 362880, -1.0 / 5040, 1.0 / 120, -1.0 / 6, 1.0}));
  V cos = polynomial(square, {1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320, -1.0 / 720, 1.0 / 24, -0.5, 1.0});
  V quadrant = fp_to_sint(k, 64) + constant(wide, cosine ? 1 : 0);
  V zero = constant(wide, 0);
  V chosen = select(ne(quadrant & constant(wide, 1), zero), cos, sine);
  V flipped = select(ne(quadrant & constant(wide, 2), zero), neg_float(chosen), chosen);
  return fp_resize(flipped, 32);
}
template <class V>
V sin(const FloatMode& mode, V a) {
  V x = prepare(mode, a);
  return finish(mode, select(feq(x, constant(x, 0)), x, sine_or_cosine(false, x)));  // keeps -0
}
template <class V>
V cos(const FloatMode& mode, V a) {
  return finish(mode, sine_or_cosine(true, prepare(mode, a)));
}

// tanh(x) = 1 - 2 / (e^2x + 1); small x by the series, which keeps the relative error. Bound: 2^-11.
template <class V>
V tanh_f32(V x) {
  V magnitude = abs_float(x);
  V one = number_like(x, 1.0);
  V power = ex2_f32(fmul(magnitude, number_like(x, 2.885390081777927)));
  V far = fsub(one, fdiv(number_like(x, 2.0), fadd(power, one)));
  V square = fmul(x, x);
  V near = fmul(magnitude, polynomial(square, {62.0 / 2835, -17.0 / 315, 2.0 / 15, -1.0 / 3, 1.0}));
  V result = select(flt(magnitude, number_like(x, 0.5)), near, far);
  return result | (x & sign_bit(x));
}
template <class V>
V tanh(const FloatMode& mode, V a) {
  V x = prepare(mode, a);
  V result = tanh_f32(x);
  V subnormal = flt(abs_float(x), number_like(x, 0x1p-60));  // passes through
  return finish(mode, select(subnormal, x, result));
}

template <class V>
V rcp_approx(const FloatMode& mode, V a) {  // correctly rounded, which is within the bound of 1 ulp
  return rcp_rnd(mode, a);
}
template <class V>
V sqrt_approx(const FloatMode& mode, V a) {
  return sqrt_rnd(mode, a);
}
template <class V>
V rsqrt_f32(V x) {
  V wide = fp_resize(x, 64);
  return fp_resize(fdiv(number_like(wide, 1.0), fsqrt(wide)), 32);
}
template <class V>
V rsqrt_approx(const FloatMode& mode, V a) {
  V x = prepare(mode, a);
  if (mode.type == Type::F64) return finish(mode, fdiv(number_like(x, 1.0), fsqrt(x)));
  return finish(mode, rsqrt_f32(x));
}

// div.approx: correctly rounded, which is within the bound of 2 ulp; but for |b| beyond 2^126 the manual's a * (1/b)
// with the reciprocal flushed to zero: NaN for an infinite a, else zero.
template <class V>
V div_approx(const FloatMode& mode, V a, V b) {
  V x = prepare(mode, a), y = prepare(mode, b);
  V magnitude = abs_float(y);
  V beyond = fgt(magnitude, number_like(y, 0x1p126)) & flt(magnitude, constant(y, kF32.infinity()));
  return finish(mode, select(beyond, fmul(x, y & sign_bit(y)), fdiv(x, y)));
}

// rcp.approx.ftz.f64 and rsqrt.approx.ftz.f64: only the upper words of operand and result count.
template <class V>
V upper_word_ftz(V a) {
  V upper = a & constant(a, 0xffffffff00000000);
  return select(has_zero_exponent(Type::F64, upper), upper & sign_bit(upper), upper);
}
template <class V>
V gross_result(V result) {
  V nan = constant(result, 0x7fffffff00000000);
  return select(funordered(result, result), nan, upper_word_ftz(result));
}
template <class V>
V rcp_gross_f64(V a) {
  return gross_result(fdiv(number_like(a, 1.0), upper_word_ftz(a)));
}
template <class V>
V rsqrt_gross_f64(V a) {
  return gross_result(fdiv(number_like(a, 1.0), fsqrt(upper_word_ftz(a))));
}

}  // namespace qiao::isa::meaning
