// The approximate operations (PTX ISA 9.7.3: div, rcp, sqrt, rsqrt, sin, cos, lg2, ex2, tanh): our own sequences over
// the domain's primitives, within the manual's error bounds, with the same bits in every executor. f32 and the halves
// use f32 and selects alone, so that they run in as many lanes as f32 arithmetic. The coefficients are minimax ones,
// rounded to f32 (numbers.md says of what).
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

// What a result goes through which is no f32 subnormal.
template <class V>
V finish_normal(FloatMode mode, V a) {
  mode.ftz = mode.ftz && is_half(mode.type);
  return finish(mode, a);
}

// 1.5 * 2^23: added to |x| < 2^22 it leaves x, rounded to an integer, in the low bits.
template <class V>
V integer_in_low_bits(V a) {
  return number_like(a, 0x1.8p23);
}

// 2^x = 2^n 2^f, |f| <= 1/2; n is added to the exponent: 2^128 is infinity. Below -126 the result is zero, or made 2^64
// times as large and scaled back with one rounding. Any NaN gives NaN.
template <class V>
V ex2_f32(V x, bool keeps_subnormals, std::initializer_list<double> coefficients) {
  V end = number_like(x, 128.0);
  V bounded = select(flt(x, end), x, end);
  V small = flt(x, number_like(x, -126.0));
  if (keeps_subnormals) {
    V least = number_like(x, -152.0);
    bounded = select(fgt(bounded, least), bounded, least);
    bounded = select(small, fadd(bounded, number_like(x, 64.0)), bounded);
  }
  V magic = integer_in_low_bits(x);
  V n = fadd(bounded, magic);
  V p = polynomial(fsub(bounded, fsub(n, magic)), coefficients);
  V power = loose(p) + shl_clamp(loose(n), constant(n, kF32.fraction_bits));
  V scaled = keeps_subnormals ? fmul(power, number_like(x, 0x1p-64)) : constant(x, 0);
  return select(funordered(x, x), constant(x, kF32.canonical_nan), select(small, scaled, power));
}
template <class V>
V ex2(const FloatMode& mode, V a) {  // a flushed operand would give 1 just the same
  if (!is_half(mode.type)) {
    return ex2_f32(a, !mode.ftz,
                   {1.5353363415e-04, 1.3398875017e-03, 9.6184369177e-03, 5.5503323674e-02, 2.4022647738e-01,
                    6.9314718246e-01, 1.0});
  }
  return finish(mode,
                ex2_f32(widen_half(mode.type, a), false, {5.5008932948e-02, 2.4221095443e-01, 6.9328290224e-01, 1.0}));
}

// log2(2^e m) = e + log2(m), m in [2/3, 4/3). Relative error below 2^-23.
template <class V>
V lg2_f32(V x, bool keeps_subnormals) {
  V small = flt(x, number_like(x, 0x1p-126));
  V normal = keeps_subnormals ? select(small, fmul(x, number_like(x, 0x1p23)), x) : x;
  V two_thirds = constant(x, 0x3f2aaaab);
  V distance = loose(normal) - two_thirds;
  V fraction_bits = constant(x, kF32.fraction_bits);
  V m = (distance & constant(x, 0x007fffff)) + two_thirds;
  V e = sint_to_fp(ashr_clamp(distance, fraction_bits), 32);
  if (keeps_subnormals) e = select(small, fsub(e, number_like(x, 23.0)), e);
  V f = fsub(m, number_like(x, 1.0));
  V p = polynomial(f, {2.0278693736e-01, -2.2222121060e-01, 2.0179912448e-01, -2.3678651452e-01, 2.8871133924e-01,
                       -3.6078956723e-01, 4.8089596629e-01, -7.2134655714e-01, 1.4426950216e+00});
  V zero = constant(x, 0);
  V infinity = constant(x, kF32.infinity());
  V result = select(feq(x, infinity), infinity, fma(f, p, e));
  V of_others = select(feq(x, zero), neg_float(infinity), constant(x, kF32.canonical_nan));
  return select(fgt(x, zero), result, of_others);
}
template <class V>
V lg2(const FloatMode& mode, V a) {
  return lg2_f32(prepare(mode, a), !mode.ftz);
}

// sin(x) = (-1)^k sin(x - k pi), cos(x) = (-1)^k sin((k + 1/2) pi - |x|), with pi in two positive parts: sin keeps -0.
// Far beyond the manual's range (from 2^22 pi on) k is meaningless, but the result stays within [-1, 1].
template <class V>
V sine_of_rest(V n, V rest) {  // n: k in the lowest bit
  V end = number_like(rest, 1.5707964);
  V r = select(flt(end, rest), end, rest);
  r = select(flt(r, neg_float(end)), neg_float(end), r);
  V p = polynomial(fmul(r, r), {2.605445388e-06, -1.980989182e-04, 8.333054371e-03, -1.666665524e-01, 1.0});
  return loose(fmul(r, p)) ^ shl_clamp(loose(n), constant(n, 31));
}
constexpr double kPiHigh = 3.141592502593994, kPiLow = 1.5099580252808664e-07, kInversePi = 0.3183098861837907;
template <class V>
V sin(const FloatMode& mode, V a) {
  V x = prepare(mode, a);
  V magic = integer_in_low_bits(x);
  V n = fma(x, number_like(x, kInversePi), magic);
  V k = fsub(n, magic);
  V rest = fma(k, number_like(x, -kPiLow), fma(k, number_like(x, -kPiHigh), x));
  return finish_normal(mode, sine_of_rest(n, rest));
}
template <class V>
V cos(const FloatMode& mode, V a) {  // a subnormal operand gives 1, flushed or not
  V x = neg_float(abs_float(a));
  V magic = integer_in_low_bits(x);
  V half = number_like(x, 0.5);
  V n = fadd(fma(x, number_like(x, -kInversePi), neg_float(half)), magic);
  V k = fadd(fsub(n, magic), half);
  V rest = fma(k, number_like(x, kPiLow), fma(k, number_like(x, kPiHigh), x));
  return finish_normal(mode, sine_of_rest(n, rest));
}

// tanh(x) = x P(x^2) / Q(x^2); what is small passes through. The reciprocal of 1 <= Q < 25: a guess from the bits, off
// by at most e = 0.051, made better to e^3. Bound: 2^-11.
template <class V>
V tanh_f32(V x) {
  V magnitude = abs_float(x);
  V end = number_like(x, 5.5);
  V bounded = select(flt(magnitude, end), magnitude, end);
  V square = fmul(bounded, bounded);
  V p = polynomial(square, {6.534754725e-04, 1.018582469e-01, 9.999367786e-01});
  V q = polynomial(square, {1.264920724e-02, 4.348144917e-01, 1.0});
  V one = number_like(x, 1.0);
  V guess = constant(x, 0x7ef30000) - loose(q);
  V e = fma(neg_float(q), guess, one);
  V ratio = fmul(fmul(bounded, p), fma(guess, fma(e, e, e), guess));
  V limited = select(flt(ratio, one), ratio, one) | (loose(x) & sign_bit(x));
  return select(fge(magnitude, number_like(x, 0x1p-12)), limited, x);  // NaN is not greater either
}
template <class V>
V tanh(const FloatMode& mode, V a) {
  return finish_normal(mode, tanh_f32(prepare(mode, a)));
}

template <class V>
V rcp_approx(const FloatMode& mode, V a) {  // correctly rounded, which is within the bound of 1 ulp
  return rcp_rnd(mode, a);
}
template <class V>
V sqrt_approx(const FloatMode& mode, V a) {
  return sqrt_rnd(mode, a);
}
// A guess from the bits, then twice y (1 + d + 3/2 d^2 + ...), d = (1 - x y^2) / 2: the quadratic, made minimax, and
// the linear one.
template <class V>
V half_residual(V x, V y) {  // (1 - x y^2) / 2
  V half_y = loose(y) - constant(y, 0x00800000);
  return fma(neg_float(fmul(x, y)), half_y, number_like(x, 0.5));
}
// y; or what rsqrt is of zeros, infinities, negative numbers and NaN, with any NaN's bits.
template <class V>
V rsqrt_unless_special(V x, V y) {
  V zero = constant(x, 0);
  V infinity = constant(x, kF32.infinity());
  V of_zero = (loose(x) & sign_bit(x)) | infinity;
  V of_others = select(feq(x, zero), of_zero, constant(x, kF32.canonical_nan));
  return select(fgt(x, zero), select(flt(x, infinity), y, zero), of_others);
}
template <class V>
V rsqrt_f32(V x, bool keeps_subnormals) {
  V small = flt(x, number_like(x, 0x1p-126));
  V normal = keeps_subnormals ? select(small, fmul(x, number_like(x, 0x1p24)), x) : x;
  V y = constant(x, 0x5f319c00) - lshr_clamp(loose(normal), constant(x, 1));
  V d = half_residual(normal, y);
  y = fma(y, fmul(d, polynomial(d, {1.7196369, 0.99603665})), y);
  y = fma(y, half_residual(normal, y), y);
  if (keeps_subnormals) y = select(small, fmul(y, number_like(x, 0x1p12)), y);
  return canonical_nan(rsqrt_unless_special(x, y));
}
template <class V>
V rsqrt_approx(const FloatMode& mode, V a) {
  V x = prepare(mode, a);
  if (mode.type == Type::F64) return finish(mode, fdiv(number_like(x, 1.0), fsqrt(x)));
  return rsqrt_f32(x, !mode.ftz);
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
