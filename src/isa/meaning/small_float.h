// cvt to and from the small floats, fp8, fp6, fp4 and ue8m0, and stochastic rounding (PTX ISA 9.7.9.21). By integers on
// the bits of f32: every small float is exact there.
#pragma once

#include <array>

#include "src/isa/meaning/convert.h"

namespace qiao::isa::meaning {

// Codes are magnitudes. Without a NaN a NaN becomes the largest number. Stochastic rounding adds `random_bits` bits to
// the most significant of the discarded ones: the manual's figures of the layout say no more than that.
struct SmallFloat {
  unsigned exponent_bits;
  unsigned fraction_bits;
  uint32_t largest;
  uint32_t nan;  // 0: there is none
  unsigned random_bits;
  constexpr unsigned sign_position() const { return exponent_bits + fraction_bits; }
  constexpr unsigned bias() const { return (1u << (exponent_bits - 1)) - 1; }
};

// clang-format off
constexpr SmallFloat small_float_of(Type type) {
  switch (type) {
    case Type::E4m3x2: case Type::E4m3x4: return {4, 3, 0x7e, 0x7f, 16};
    case Type::E5m2x2: case Type::E5m2x4: return {5, 2, 0x7b, 0x7f, 16};
    case Type::E2m3x2: case Type::E2m3x4: return {2, 3, 0x1f, 0, 16};
    case Type::E3m2x2: case Type::E3m2x4: return {3, 2, 0x1f, 0, 16};
    case Type::E2m1x2: case Type::E2m1x4: return {2, 1, 0x7, 0, 16};
    case Type::Bf16x2: return {8, 7, 0x7f7f, kBf16.canonical_nan, 16};
    default: return {5, 10, 0x7bff, kF16.canonical_nan, 13};
  }
}

// How many bits of the packed value one element takes.
constexpr unsigned element_bits(Type type) {
  switch (type) {
    case Type::F16x2: case Type::Bf16x2: return 16;
    case Type::E2m1x2: case Type::E2m1x4: return 4;
    default: return 8;
  }
}
// clang-format on

// Where a float of the format lies between two: `kept` is the lower one's fraction with its implicit bit, `rest` the
// discarded part as a 64-bit fraction of the step between them.
template <class V>
struct Split {
  V kept;
  V rest;
  V exponent;  // steps above the smallest normal exponent
};

template <class V>
Split<V> split_magnitude(const SmallFloat& format, V magnitude) {
  V one = constant(magnitude, 1);
  V exponent = lshr_clamp(magnitude, constant(magnitude, 23));
  V implicit = select(eq(exponent, zero_of(exponent)), zero_of(exponent), constant(exponent, 0x800000));
  V significand = (magnitude & constant(magnitude, 0x7fffff)) | implicit;
  V field = select(eq(exponent, zero_of(exponent)), one, exponent);
  V smallest = constant(magnitude, 128 - format.bias());
  V base = select(ugt(field, smallest), field, smallest);
  V drop = constant(magnitude, 23 - format.fraction_bits) + (base - field);
  V most = constant(magnitude, 40);  // beyond, the rest is nearly nothing: what it is exactly does not matter
  drop = select(ugt(drop, most), most, drop);
  V wide = zext(significand, 64);
  V rest = shl_clamp(wide, constant(wide, 64) - zext(drop, 64));
  return {lshr_clamp(significand, drop), rest, base - smallest};
}

// Nearest even, or away from zero when the random bits carry out of their sum with the discarded bits.
template <class V>
V small_float_increment(const SmallFloat& format, const ConvertMode& mode, const Split<V>& split, V random) {
  const V& rest = split.rest;
  if (mode.stochastic) {
    V discarded = lshr_clamp(rest, constant(rest, 64 - format.random_bits));
    return resize_u(lshr_clamp(discarded + zext(random, 64), constant(rest, format.random_bits)), 32);
  }
  V half = highest_bit_of(rest);
  V odd = trunc(split.kept, 1);
  return zext(ugt(rest, half) | (eq(rest, half) & odd), 32);
}

// f32 to the code of one small float, in 32 bits. `random`: 32 bits, of which the format's number are set at most.
template <class V>
V to_small_float(const SmallFloat& format, const ConvertMode& mode, V a, V random) {
  V magnitude = abs_float(a);
  Split<V> split = split_magnitude(format, magnitude);
  V code = split.kept + small_float_increment(format, mode, split, random) +
           shl_clamp(split.exponent, constant(a, format.fraction_bits));
  V largest = constant(a, format.largest);
  code = select(ugt(code, largest), mode.satfinite ? largest : largest + constant(a, 1), code);
  V negative = lshr_clamp(a, constant(a, 31));
  code = mode.relu ? select(ne(negative, zero_of(a)), zero_of(a), code)
                   : code | shl_clamp(negative, constant(a, format.sign_position()));
  return select(funordered(a, a), format.nan != 0 ? constant(a, format.nan) : largest, code);
}

// ue8m0 has powers of two only, no sign and no zero: the least is 2^-127, code 255 is NaN. Toward zero or up.
template <class V>
V to_ue8m0(const ConvertMode& mode, V a) {
  V magnitude = abs_float(a);
  V code = lshr_clamp(magnitude, constant(a, 23));
  if (mode.rounding == Rounding::Up) {
    V fraction = magnitude & constant(a, 0x7fffff);
    V lowest = select(eq(code, zero_of(a)), constant(a, 0x400000), zero_of(a));  // 2^-127 is an f32 subnormal
    code = code + zext(ugt(fraction, lowest), 32);
    code = select(eq(magnitude, constant(a, kF32.infinity())), constant(a, 255), code);
  }
  if (mode.satfinite) code = select(ugt(code, constant(a, 254)), constant(a, 254), code);
  return select(funordered(a, a), constant(a, 255), code);
}

// The code of one small float, in 32 bits, to f16; exact.
template <class V>
V f16_from_small_float(const SmallFloat& format, bool relu, V code) {
  V magnitude = code & constant(code, (1u << format.sign_position()) - 1);
  V half = trunc(shl_clamp(magnitude, constant(code, 10 - format.fraction_bits)), 16);
  V scale = constant(code, static_cast<uint64_t>(127 + 15 - format.bias()) << 23);  // the difference of the biases
  V scaled = fp_resize(fmul(fp_resize(half, 32), scale), 16);
  if (format.nan != 0) {
    V nan = constant(scaled, kF16.canonical_nan);
    scaled = select(ugt(magnitude, constant(code, format.exponent_bits == 5 ? 0x7c : format.nan - 1)), nan, scaled);
  }
  V negative = trunc(lshr_clamp(code, constant(code, format.sign_position())), 1);
  V is_number = ule(scaled, constant(scaled, kF16.infinity()));
  V with_sign = relu ? zero_of(scaled) : scaled | highest_bit_of(scaled);
  return select(negative & is_number, with_sign, scaled);
}

template <class V>
V bf16_from_ue8m0(V code) {
  V shifted = trunc(shl_clamp(code, constant(code, 7)), 16);
  V least = constant(shifted, 0x40);
  V result = select(eq(code, zero_of(code)), least, shifted);
  return select(eq(code, constant(code, 255)), constant(shifted, kBf16.canonical_nan), result);
}

// One element of any packed destination, in 32 bits.
template <class V>
V to_packed_element(const ConvertMode& mode, V a, V random) {
  if (mode.to == Type::Ue8m0x2) return to_ue8m0(mode, a);
  if (mode.stochastic || element_bits(mode.to) < 16) return to_small_float(small_float_of(mode.to), mode, a, random);
  ConvertMode scalar = mode;
  scalar.to = mode.to == Type::F16x2 ? Type::F16 : Type::Bf16;
  return zext(cvt_float(scalar, a), 32);
}

// The elements side by side, the first one highest, at the destination's width.
template <class V, size_t kCount>
V pack_elements(Type to, const std::array<V, kCount>& elements) {
  V packed = elements[0];
  for (size_t i = 1; i < kCount; ++i) {
    packed = shl_clamp(packed, constant(packed, element_bits(to))) | elements[i];
  }
  return resize_u(packed, bits_of(to));
}

// cvt d, a, b of two f32: a goes to the upper half. `random`: the bits of the two elements, upper half and lower half.
template <class V>
V cvt_to_pair(const ConvertMode& mode, V a, V b, V random) {
  V low_bits = constant(random, mode.to == Type::F16x2 ? 0x1fff : 0xffff);
  V upper_bits = lshr_clamp(random, constant(random, 16)) & low_bits;
  return pack_elements<V, 2>(mode.to,
                             {to_packed_element(mode, a, upper_bits), to_packed_element(mode, b, random & low_bits)});
}
template <class V>
V cvt_to_pair(const ConvertMode& mode, V a, V b) {
  return cvt_to_pair(mode, a, b, constant_of_width(a, 32, 0));
}

// cvt d, a of a packed f16x2 or bf16x2.
template <class V>
V cvt_halves_to_pair(const ConvertMode& mode, V a) {
  const Type half = mode.from == Type::F16x2 ? Type::F16 : Type::Bf16;
  V upper = widen_half(half, trunc(lshr_clamp(a, constant(a, 16)), 16));
  return cvt_to_pair(mode, upper, widen_half(half, trunc(a, 16)));
}

// cvt.rs d, {a, b, e, f}, rbits: a and b share the upper random bits, e and f the lower ones; for e2m1x4 the upper and
// the lower bytes of both halves.
template <class V>
V cvt_to_four(const ConvertMode& mode, const std::array<V, 4>& a, V random) {
  const auto bits_at = [&](unsigned position, unsigned count) {
    return lshr_clamp(random, constant(random, position)) & constant(random, (1u << count) - 1);
  };
  V upper = bits_at(16, 16);
  V lower = bits_at(0, 16);
  if (mode.to == Type::E2m1x4) {
    upper = shl_clamp(bits_at(24, 8), constant(random, 8)) | bits_at(8, 8);
    lower = shl_clamp(bits_at(16, 8), constant(random, 8)) | bits_at(0, 8);
  }
  return pack_elements<V, 4>(mode.to, {to_packed_element(mode, a[0], upper), to_packed_element(mode, a[1], upper),
                                       to_packed_element(mode, a[2], lower), to_packed_element(mode, a[3], lower)});
}

// cvt d, a of two packed small floats to f16x2, or of ue8m0x2 to bf16x2.
template <class V>
V cvt_from_pair(const ConvertMode& mode, V a) {
  V wide = zext(a, 32);
  const unsigned bits = element_bits(mode.from);
  const auto element = [&](unsigned index) {
    V code = lshr_clamp(wide, constant(wide, uint64_t{bits} * index)) & constant(wide, (1u << bits) - 1);
    V half = mode.from == Type::Ue8m0x2 ? bf16_from_ue8m0(code)
                                        : f16_from_small_float(small_float_of(mode.from), mode.relu, code);
    return zext(half, 32);
  };
  return pack_elements<V, 2>(mode.to, {element(1), element(0)});
}

}  // namespace qiao::isa::meaning
