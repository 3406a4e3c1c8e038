// cvt (PTX ISA 9.7.9.21): integers, f16, bf16, f32, f64, and tf32 as a destination.
#pragma once

#include "src/isa/meaning/float.h"
#include "src/isa/meaning/integer.h"

namespace qiao::isa::meaning {

struct ConvertMode {
  Type to = Type::F32;
  Type from = Type::F32;
  Rounding rounding = Rounding::NearestEven;
  bool rounds_to_integer = false;  // .rni .rzi .rmi .rpi
  bool ftz = false;
  bool sat = false;
  bool satfinite = false;
  bool relu = false;
  bool stochastic = false;  // .rs
};

// Integer to integer: resized by the source's sign; .sat clamps to the destination's range.
template <class V>
V cvt_int(const ConvertMode& mode, V a) {
  const unsigned bits = bits_of(mode.to);
  V resized = is_signed(mode.from) ? resize_s(a, bits) : resize_u(a, bits);
  if (!mode.sat) return resized;
  V wide = extend(mode.from, a, 64);
  const uint64_t maximum = ~uint64_t{0} >> (64 - bits + (is_signed(mode.to) ? 1 : 0));
  const uint64_t minimum = is_signed(mode.to) ? ~maximum : 0;
  V most = constant(wide, maximum);
  V least = constant(wide, minimum);
  if (!is_signed(mode.from)) return resize_u(select(ugt(wide, most), most, wide), bits);
  V clamped = select(slt(wide, least), least, wide);
  if (mode.to != Type::U64) clamped = select(sgt(clamped, most), most, clamped);
  return resize_u(clamped, bits);
}

template <class V>
V to_f32_or_f64(const ConvertMode& mode, V a) {  // a float source, in a format with arithmetic
  if (is_half(mode.from)) return widen_half(mode.from, a);
  return flush_if(mode.ftz && mode.from == Type::F32, a);
}

// Float to integer saturates always. NaN gives 0, but 1 << (bits-1) where the source is .f64 or the destination 64-bit.
template <class V>
V cvt_float_to_int(const ConvertMode& mode, V a) {
  const unsigned bits = bits_of(mode.to);
  V value = integral(mode.rounding, to_f32_or_f64(mode, a));
  V result = is_signed(mode.to) ? fp_to_sint(value, bits) : fp_to_uint(value, bits);
  if (mode.from != Type::F64 && bits != 64) return result;
  return select(funordered(value, value), highest_bit_of(result), result);
}

// Integer to f64, rounded to odd when more than 53 bits are needed.
template <class V>
V int_to_odd_f64(Type from, V a) {
  if (a.width() < 64) return is_signed(from) ? sint_to_fp(a, 64) : uint_to_fp(a, 64);
  V toward_zero = rounding_argument(a, Rounding::Zero);
  V truncated = host_call(is_signed(from) ? Pure::f64_from_s64 : Pure::f64_from_u64, {a, toward_zero});
  V back = is_signed(from) ? fp_to_sint(truncated, 64) : fp_to_uint(truncated, 64);
  return truncated | zext(ne(back, a), 64);
}

template <class V>
V cvt_int_to_float(const ConvertMode& mode, V a) {
  FloatMode finish_mode{mode.to, mode.rounding, mode.ftz, mode.sat, mode.relu};
  if (is_half(mode.to)) return finish(finish_mode, int_to_odd_f64(mode.from, a));
  const unsigned bits = bits_of(mode.to);
  if (mode.rounding == Rounding::NearestEven || (bits == 64 && a.width() < 64)) {
    return finish(finish_mode, is_signed(mode.from) ? sint_to_fp(a, bits) : uint_to_fp(a, bits));
  }
  V wide = extend(mode.from, a, 64);
  const Pure to_f32 = is_signed(mode.from) ? Pure::f32_from_s64 : Pure::f32_from_u64;
  const Pure to_f64 = is_signed(mode.from) ? Pure::f64_from_s64 : Pure::f64_from_u64;
  return finish(finish_mode, host_call(bits == 32 ? to_f32 : to_f64, {wide, rounding_argument(wide, mode.rounding)}));
}

template <class V>
V clamp_finite(Type type, V a) {  // .satfinite: infinity becomes the largest number of its sign
  V largest = constant(a, format_of(type).infinity() - 1);
  return select(is_infinite(type, a), (a & sign_bit(a)) | largest, a);
}

template <class V>
V clamp_relu(Type type, V a) {
  V nan = is_nan(type, a);
  return select(slt(a, constant(a, 0)) & ~nan, constant(a, 0), a);
}

// tf32: f32 with 10 fraction bits; the rest of the result is zero.
template <class V>
V cvt_tf32(const ConvertMode& mode, V a) {
  V dropped = constant(a, 0x1fff);
  V kept_odd = lshr_clamp(a, constant(a, 13)) & constant(a, 1);
  V increment = constant(a, 0);
  if (mode.rounding == Rounding::NearestAway) increment = constant(a, 0x1000);
  if (mode.rounding == Rounding::NearestEven) increment = constant(a, 0xfff) + kept_odd;
  V infinite = is_infinite(Type::F32, a);
  V result = select(infinite, a, (a + increment) & ~dropped);
  result = select(funordered(a, a), constant(a, kF32.canonical_nan) & ~dropped, result);
  if (mode.satfinite) {
    V largest = (a & sign_bit(a)) | constant(a, 0x7f7fe000);
    result = select(is_infinite(Type::F32, result), largest, result);
  }
  return mode.relu ? clamp_relu(Type::F32, result) : result;
}

// Float to float. With .rni etc. the value is rounded to an integral one of the same format.
template <class V>
V cvt_float(const ConvertMode& mode, V a) {
  if (mode.to == Type::Tf32) return cvt_tf32(mode, a);
  V value = to_f32_or_f64(mode, a);
  if (mode.rounds_to_integer) {
    V quiet = value | constant(value, value.width() == 64 ? uint64_t{1} << 51 : uint64_t{1} << 22);
    value = select(funordered(value, value), quiet, integral(mode.rounding, value));
  }
  if (mode.sat) value = saturate(value);
  if (is_half(mode.to)) {
    V half = narrow_to_half(mode.to, mode.rounding, value);
    if (mode.satfinite) half = clamp_finite(mode.to, half);
    return mode.relu ? clamp_relu(mode.to, half) : half;
  }
  if (value.width() == 64 && mode.to == Type::F32) value = narrow_rounded(mode.rounding, value);
  if (mode.to == Type::F64) return value.width() == 32 ? fp_resize(value, 64) : value;
  return canonical_nan(flush_if(mode.ftz, value));
}

// cvt.pack.sat: a and b, clamped to the range of the 2 to 16 bits of the type, side by side in the low bits of d; c
// fills the rest from below.
template <class V>
V clamp_to_range(Type to, V a) {
  const unsigned bits = bits_of(to);
  V most = constant(a, (uint64_t{1} << (bits - (is_signed(to) ? 1 : 0))) - 1);
  V least = is_signed(to) ? ~most : zero_of(a);
  V clamped = select(slt(a, least), least, select(sgt(a, most), most, a));
  return clamped & constant(a, (uint64_t{1} << bits) - 1);
}
template <class V>
V cvt_pack(const ConvertMode& mode, V a, V b) {
  return shl_clamp(clamp_to_range(mode.to, a), constant(a, bits_of(mode.to))) | clamp_to_range(mode.to, b);
}
template <class V>
V cvt_pack(const ConvertMode& mode, V a, V b, V c) {
  return cvt_pack(mode, a, b) | shl_clamp(c, constant(c, uint64_t{2} * bits_of(mode.to)));
}

}  // namespace qiao::isa::meaning
