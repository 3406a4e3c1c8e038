// Bit-level pieces of floats, for every format: signs, NaN, subnormals. A domain may overload flush and canonical_nan
// (domain.h).
#pragma once

#include "src/isa/domain.h"
#include "src/isa/types.h"

namespace qiao::isa::meaning {

struct FloatFormat {
  unsigned width;
  unsigned fraction_bits;
  uint64_t canonical_nan;
  uint64_t one;
  constexpr uint64_t sign() const { return uint64_t{1} << (width - 1); }
  constexpr uint64_t infinity() const { return (sign() - 1) >> fraction_bits << fraction_bits; }
};

// f64: the NaN an invalid operation makes; f32, f16, bf16: PTX's canonical NaN.
constexpr FloatFormat kF16{16, 10, 0x7fff, 0x3c00};
constexpr FloatFormat kBf16{16, 7, 0x7fff, 0x3f80};
constexpr FloatFormat kF32{32, 23, 0x7fffffff, 0x3f800000};
constexpr FloatFormat kF64{64, 52, 0xfff8000000000000, 0x3ff0000000000000};

// clang-format off
constexpr const FloatFormat& format_of(Type type) {
  switch (type) {
    case Type::F16: case Type::F16x2: return kF16;
    case Type::Bf16: case Type::Bf16x2: return kBf16;
    case Type::F64: return kF64;
    default: return kF32;
  }
}
// clang-format on

constexpr bool is_half(Type type) {
  return type == Type::F16 || type == Type::Bf16;
}

template <class V>
V sign_bit(V a) {
  return constant(a, uint64_t{1} << (a.width() - 1));
}
template <class V>
V neg_float(V a) {
  return a ^ sign_bit(a);
}
template <class V>
V abs_float(V a) {
  return a & ~sign_bit(a);
}
template <class V>
V is_nan(Type type, V a) {
  if (is_half(type)) return ugt(abs_float(a), constant(a, format_of(type).infinity()));
  return funordered(a, a);
}
template <class V>
V is_infinite(Type type, V a) {
  return eq(abs_float(a), constant(a, format_of(type).infinity()));
}
template <class V>
V has_zero_exponent(Type type, V a) {  // zero or subnormal
  V infinity = constant(a, format_of(type).infinity());
  return eq(a & infinity, constant(a, 0));
}

// f32 subnormals to a zero of their sign.
template <class V>
V flush(V a) {
  return select(eq(a & constant(a, kF32.infinity()), constant(a, 0)), a & sign_bit(a), a);
}
template <class V>
V flush_if(bool ftz, V a) {
  return ftz ? flush(a) : a;
}
template <class V>
V flush_if(bool ftz, Type type, V a) {  // f16, bf16 (ex2), f32; f64 has no .ftz
  if (!ftz || !is_half(type)) return flush_if(ftz, a);
  return select(has_zero_exponent(type, a), a & sign_bit(a), a);
}

// Any f32 or f64 NaN to the one whose bits PTX defines.
template <class V>
V canonical_nan(V a) {
  return select(funordered(a, a), constant(a, a.width() == 32 ? kF32.canonical_nan : kF64.canonical_nan), a);
}

// An operand whose bits are used in a way that does not tell one NaN from another, nor, with .ftz, a subnormal from the
// zero of its sign: the result is the same for all of these.
template <class V>
V loose(V a) {
  return a;
}

// .sat: clamps to [0.0, 1.0], NaN to +0.
template <class V>
V saturate(V a) {
  V one = constant(a, a.width() == 32 ? kF32.one : kF64.one);
  V zero = constant(a, 0);
  V positive = select(fgt(a, zero), a, zero);
  return select(flt(positive, one), positive, one);
}

}  // namespace qiao::isa::meaning
