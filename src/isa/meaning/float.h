// Floating-point arithmetic and comparison (PTX ISA 9.7.3, 9.7.4) on f16, bf16, f32 and f64; packed pairs are split by
// the caller. Every body: flush inputs, operate, flush the result, canonical NaN, saturate.
#pragma once

#include "src/isa/meaning/half.h"

namespace qiao::isa::meaning {

struct FloatMode {
  Type type = Type::F32;
  Rounding rounding = Rounding::NearestEven;
  bool ftz = false;
  bool sat = false;
  bool relu = false;
};

// What every arithmetic result goes through. f16 and bf16 results arrive as f32 (or f64, rounded to odd).
template <class V>
V finish(const FloatMode& mode, V a) {
  if (mode.sat) a = saturate(a);
  if (is_half(mode.type)) {
    V half = flush_if(mode.ftz, mode.type, narrow_to_half(mode.type, mode.rounding, a));
    if (!mode.relu) return half;
    V negative = slt(half, constant(half, 0)) & ~is_nan(mode.type, half);
    return select(negative, constant(half, 0), half);
  }
  a = flush_if(mode.ftz, a);
  return mode.sat ? a : canonical_nan(a);  // a saturated result is no NaN
}

template <class V>
V prepare(const FloatMode& mode, V a) {  // an operand, in the format the operation is done in
  V flushed = flush_if(mode.ftz, mode.type, a);
  return is_half(mode.type) ? widen_half(mode.type, flushed) : flushed;
}

// In f16 and bf16 only the last step rounds as the instruction says; f32 rounds to nearest before, harmlessly.
inline Rounding inner_rounding(const FloatMode& mode) {
  return is_half(mode.type) ? Rounding::NearestEven : mode.rounding;
}

template <class V>
V add_float(const FloatMode& mode, V a, V b) {
  return finish(mode, add_rounded(inner_rounding(mode), prepare(mode, a), prepare(mode, b)));
}
template <class V>
V sub_float(const FloatMode& mode, V a, V b) {
  return finish(mode, sub_rounded(inner_rounding(mode), prepare(mode, a), prepare(mode, b)));
}
template <class V>
V mul_float(const FloatMode& mode, V a, V b) {
  return finish(mode, mul_rounded(inner_rounding(mode), prepare(mode, a), prepare(mode, b)));
}
template <class V>
V fma_float(const FloatMode& mode, V a, V b, V c) {
  if (is_half(mode.type)) {
    const auto flushed = [&](V x) { return flush_if(mode.ftz, mode.type, x); };
    return finish(mode, fma_half(mode.type, flushed(a), flushed(b), flushed(c)));
  }
  return finish(mode, fma_rounded(mode.rounding, prepare(mode, a), prepare(mode, b), prepare(mode, c)));
}
template <class V>
V div_rnd(const FloatMode& mode, V a, V b) {
  return finish(mode, div_rounded(mode.rounding, prepare(mode, a), prepare(mode, b)));
}
template <class V>
V sqrt_rnd(const FloatMode& mode, V a) {
  return finish(mode, sqrt_rounded(mode.rounding, prepare(mode, a)));
}
template <class V>
V rcp_rnd(const FloatMode& mode, V a) {
  return div_rnd(mode, constant(a, format_of(mode.type).one), a);
}

// abs and neg of f32 and f64 touch the sign only, after .ftz.
template <class V>
V abs_ftz(const FloatMode& mode, V a) {
  return abs_float(flush_if(mode.ftz, mode.type, a));
}
template <class V>
V neg_ftz(const FloatMode& mode, V a) {
  return neg_float(flush_if(mode.ftz, mode.type, a));
}

struct MinMaxMode {
  Type type = Type::F32;
  bool maximum = false;
  bool ftz = false;
  bool nan = false;  // .NaN: a NaN operand makes the result NaN
  bool abs = false;
  bool xorsign = false;
};

// -0.0 < +0.0; a NaN operand gives the other operand, unless .NaN.
template <class V>
V two_inputs_min_max(const MinMaxMode& mode, V a, V b) {
  V x = is_half(mode.type) ? widen_half(mode.type, a) : a;
  V y = is_half(mode.type) ? widen_half(mode.type, b) : b;
  V equal = mode.maximum ? a & b : a | b;  // equal numbers differ in the sign of zero at most
  V less = select(flt(x, y), mode.maximum ? b : a, select(flt(y, x), mode.maximum ? a : b, equal));
  V nan = constant(a, format_of(mode.type).canonical_nan);
  if (mode.nan) return select(funordered(x, y), nan, less);
  V number = select(funordered(x, x), b, select(funordered(y, y), a, less));
  return select(funordered(x, x) & funordered(y, y), nan, number);
}

template <class V>
V min_max_operand(const MinMaxMode& mode, V a) {
  V value = flush_if(mode.ftz, mode.type, a);
  return mode.abs ? abs_float(value) : value;
}

template <class V>
V min_max(const MinMaxMode& mode, V a, V b) {
  V result = two_inputs_min_max(mode, min_max_operand(mode, a), min_max_operand(mode, b));
  if (!mode.xorsign) return result;
  V signed_result = abs_float(result) | ((a ^ b) & sign_bit(a));
  return select(is_nan(mode.type, result), result, signed_result);
}
template <class V>
V min_max(const MinMaxMode& mode, V a, V b, V c) {
  V first = two_inputs_min_max(mode, min_max_operand(mode, a), min_max_operand(mode, b));
  return two_inputs_min_max(mode, first, min_max_operand(mode, c));
}

template <class V>
V copysign(V a, V b) {  // the sign of a, the magnitude of b
  return (a & sign_bit(a)) | abs_float(b);
}

}  // namespace qiao::isa::meaning
