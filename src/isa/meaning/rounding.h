// Arithmetic with a rounding direction: the domain's own primitives round to nearest even, the rest is a host call.
#pragma once

#include "src/isa/domain.h"

namespace qiao::isa::meaning {

template <class V>
V rounding_argument(V a, Rounding rounding) {
  return constant_of_width(a, 32, static_cast<uint64_t>(rounding));
}
template <class V>
V call_rounded(Pure f32, Pure f64, Rounding rounding, V a) {
  return host_call(a.width() == 32 ? f32 : f64, {a, rounding_argument(a, rounding)});
}
template <class V>
V call_rounded(Pure f32, Pure f64, Rounding rounding, V a, V b) {
  return host_call(a.width() == 32 ? f32 : f64, {a, b, rounding_argument(a, rounding)});
}

template <class V>
V add_rounded(Rounding rounding, V a, V b) {
  return rounding == Rounding::NearestEven ? fadd(a, b) : call_rounded(Pure::add_f32, Pure::add_f64, rounding, a, b);
}
template <class V>
V sub_rounded(Rounding rounding, V a, V b) {
  return rounding == Rounding::NearestEven ? fsub(a, b) : call_rounded(Pure::sub_f32, Pure::sub_f64, rounding, a, b);
}
template <class V>
V mul_rounded(Rounding rounding, V a, V b) {
  return rounding == Rounding::NearestEven ? fmul(a, b) : call_rounded(Pure::mul_f32, Pure::mul_f64, rounding, a, b);
}
template <class V>
V div_rounded(Rounding rounding, V a, V b) {
  return rounding == Rounding::NearestEven ? fdiv(a, b) : call_rounded(Pure::div_f32, Pure::div_f64, rounding, a, b);
}
template <class V>
V fma_rounded(Rounding rounding, V a, V b, V c) {
  if (rounding == Rounding::NearestEven) return fma(a, b, c);
  return host_call(a.width() == 32 ? Pure::fma_f32 : Pure::fma_f64, {a, b, c, rounding_argument(a, rounding)});
}
template <class V>
V sqrt_rounded(Rounding rounding, V a) {
  return rounding == Rounding::NearestEven ? fsqrt(a) : call_rounded(Pure::sqrt_f32, Pure::sqrt_f64, rounding, a);
}

// f64 to f32.
template <class V>
V narrow_rounded(Rounding rounding, V a) {
  if (rounding == Rounding::NearestEven) return fp_resize(a, 32);
  return host_call(Pure::f32_from_f64, {a, rounding_argument(a, rounding)});
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
  V is_even = eq(nearest & one, constant(nearest, 0));
  V adjusted = select(too_far, nearest - one, nearest + one);
  return select(inexact & is_even, adjusted, nearest);
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
V add_to_odd(V a, V b) {  // f64
  V sum = fadd(a, b);
  V b_part = fsub(sum, a);
  V error = fadd(fsub(a, fsub(sum, b_part)), fsub(b, b_part));  // exact (Knuth); NaN where the sum is not finite
  V zero = constant(a, 0);
  V inexact = flt(error, zero) | fgt(error, zero);
  V opposite = slt(error ^ sum, zero);  // the error points towards zero
  return make_odd(sum, inexact, opposite);
}

}  // namespace qiao::isa::meaning
