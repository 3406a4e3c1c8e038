// Arithmetic with a rounding direction: the domain's own primitives round to nearest even. f32 is worked out in f64,
// without branches; f64 is a host call.
#pragma once

#include "src/isa/meaning/float_bits.h"

namespace qiao::isa::meaning {

template <class V>
V rounding_argument(V a, Rounding rounding) {
  return constant_of_width(a, 32, static_cast<uint64_t>(rounding));
}

// A result that was rounded to nearest, moved to the neighbour where the direction asks for it. `above`, `below`: on
// which side of the exact value it lies. Bits of magnitude and sign: the step past infinity is the largest number.
template <class V>
V directed(Rounding rounding, V nearest, V above, V below) {
  V one = constant(nearest, 1);
  V up = ashr_clamp(nearest, constant(nearest, nearest.width() - 1)) | one;  // 1, or -1 for negative numbers
  switch (rounding) {
    case Rounding::Down:
      return select(above, nearest - up, nearest);
    case Rounding::Up:
      return select(below, nearest + up, nearest);
    case Rounding::Zero:
      return select(select(slt(nearest, constant(nearest, 0)), below, above), nearest - one, nearest);
    default:
      return nearest;
  }
}

// f64 to f32, and f32 to f16; NaN becomes some NaN.
template <class V>
V narrow_rounded(Rounding rounding, V a) {
  V nearest = fp_resize(a, a.width() / 2);
  if (rounding == Rounding::NearestEven) return nearest;
  V back = fp_resize(nearest, a.width());
  return directed(rounding, nearest, fgt(back, a), flt(back, a));
}

// An f32 sum, rounded to nearest, moved in the direction; a + b is its exact value, in f64. Which is greater, two
// differences tell: rounding one can only make it equal to the other addend, and where that happens (an addend of less
// than 2^-28 of the other) the other difference is exact.
template <class V>
V directed_sum(Rounding rounding, V nearest, V a, V b) {
  V back = fp_resize(nearest, 64);
  V without_b = fsub(back, b);
  V without_a = fsub(back, a);
  return directed(rounding, nearest, flt(a, without_b) | flt(b, without_a), fgt(a, without_b) | fgt(b, without_a));
}
// a b + c. Downwards as the negation of what goes upwards: that gives exact zeros their sign, -0 (IEEE 754).
template <class V>
V directed_fma(Rounding rounding, V a, V b, V c) {
  const bool down = rounding == Rounding::Down;
  V x = down ? neg_float(a) : a;
  V z = down ? neg_float(c) : c;
  V product = fmul(fp_resize(x, 64), fp_resize(b, 64));
  V result = directed_sum(down ? Rounding::Up : rounding, fma(x, b, z), product, fp_resize(z, 64));
  return down ? neg_float(result) : result;
}

// f32 in a direction: f64 holds products exactly, quotients and roots with more bits than are needed to tell on which
// side of an f32 number they lie. f64 in a direction is a host call.
template <class V>
V wide(V a) {
  return fp_resize(a, 64);
}
template <class V>
V add_rounded(Rounding rounding, V a, V b) {
  if (rounding == Rounding::NearestEven) return fadd(a, b);
  if (a.width() == 32) return directed_fma(rounding, a, constant(a, kF32.one), b);
  return host_call(Pure::add_f64, {a, b, rounding_argument(a, rounding)});
}
template <class V>
V sub_rounded(Rounding rounding, V a, V b) {
  if (rounding == Rounding::NearestEven) return fsub(a, b);
  if (a.width() == 32) return directed_fma(rounding, a, constant(a, kF32.one), neg_float(b));
  return host_call(Pure::sub_f64, {a, b, rounding_argument(a, rounding)});
}
template <class V>
V mul_rounded(Rounding rounding, V a, V b) {
  if (rounding == Rounding::NearestEven) return fmul(a, b);
  if (a.width() == 32) return narrow_rounded(rounding, fmul(wide(a), wide(b)));
  return host_call(Pure::mul_f64, {a, b, rounding_argument(a, rounding)});
}
template <class V>
V div_rounded(Rounding rounding, V a, V b) {
  if (rounding == Rounding::NearestEven) return fdiv(a, b);
  if (a.width() == 32) return narrow_rounded(rounding, fdiv(wide(a), wide(b)));
  return host_call(Pure::div_f64, {a, b, rounding_argument(a, rounding)});
}
template <class V>
V fma_rounded(Rounding rounding, V a, V b, V c) {
  if (rounding == Rounding::NearestEven) return fma(a, b, c);
  if (a.width() == 32) return directed_fma(rounding, a, b, c);
  return host_call(Pure::fma_f64, {a, b, c, rounding_argument(a, rounding)});
}
template <class V>
V sqrt_rounded(Rounding rounding, V a) {
  if (rounding == Rounding::NearestEven) return fsqrt(a);
  if (a.width() == 32) return narrow_rounded(rounding, fsqrt(wide(a)));
  return host_call(Pure::sqrt_f64, {a, rounding_argument(a, rounding)});
}

// To an integral value in the same format.
template <class V>
V integral(Rounding rounding, V a) {
  switch (rounding) {
    case Rounding::Zero:
      return fround_zero(a);
    case Rounding::Down:
      return fround_down(a);
    case Rounding::Up:
      return fround_up(a);
    default:
      return fround_even(a);
  }
}

// Rounding to odd keeps the result's last bit set when anything was lost, so that a second, coarser rounding is right
// (Boldo and Melquiond). `nearest` is the result of round to nearest, `too_far`: its magnitude is above the exact one.
template <class V>
V make_odd(V nearest, V inexact, V too_far) {
  V one = constant(nearest, 1);
  V truncated = select(too_far, nearest - one, nearest);
  return select(inexact, truncated | one, nearest);
}
template <class V>
V narrow_to_odd(V a) {  // f64 to f32
  V nearest = fp_resize(a, 32);
  V back = fp_resize(nearest, 64);
  V inexact = flt(back, a) | fgt(back, a);
  V magnitude_mask = constant(a, ~uint64_t{0} >> 1);
  return make_odd(nearest, inexact, ugt(back & magnitude_mask, a & magnitude_mask));
}
template <class V>
V add_to_odd(V a, V b) {  // f32 and f64; nothing may underflow or overflow
  V sum = fadd(a, b);
  V b_part = fsub(sum, a);
  V error = fadd(fsub(a, fsub(sum, b_part)), fsub(b, b_part));  // exact (Knuth); NaN where the sum is not finite
  V zero = constant(a, 0);
  V inexact = flt(error, zero) | fgt(error, zero);
  V opposite = slt(error ^ sum, zero);  // the error points towards zero
  return make_odd(sum, inexact, opposite);
}

}  // namespace qiao::isa::meaning
