// f16 and bf16 by way of f32: for one add, mul or division of 11-bit or 8-bit significands the 24 bits of f32 are
// enough (at least 2p+2) for the second rounding to be harmless; fma goes through a sum rounded to odd.
#pragma once

#include "src/isa/meaning/float_bits.h"
#include "src/isa/meaning/rounding.h"

namespace qiao::isa::meaning {

template <class V>
V widen_half(Type type, V a) {  // to f32, exact
  if (type == Type::F16) return fp_resize(a, 32);
  V wide = zext(a, 32);
  return shl_clamp(wide, constant(wide, 16));
}

template <class V>
V bf16_from_f32(Rounding rounding, V a) {
  V one = constant(a, 1);
  V sixteen = constant(a, 16);
  V kept = lshr_clamp(a, sixteen);
  V increment = constant(a, 0);
  V inexact = ne(a & constant(a, 0xffff), constant(a, 0));
  V negative = slt(a, constant(a, 0));
  switch (rounding) {
    case Rounding::NearestEven:
      increment = lshr_clamp((a & constant(a, 0xffff)) + constant(a, 0x7fff) + (kept & one), sixteen);
      break;
    case Rounding::NearestAway:
      increment = lshr_clamp((a & constant(a, 0xffff)) + constant(a, 0x8000), sixteen);
      break;
    case Rounding::Down:
      increment = zext(inexact & negative, 32);
      break;
    case Rounding::Up:
      increment = zext(inexact & ~negative, 32);
      break;
    case Rounding::Zero:
      break;
  }
  return trunc(select(funordered(a, a), constant(a, kBf16.canonical_nan), kept + increment), 16);
}

template <class V>
V f16_from_f32(Rounding rounding, V a) {
  V half = narrow_rounded(rounding, a);
  return select(funordered(a, a), constant(half, kF16.canonical_nan), half);
}

template <class V>
V narrow_to_half(Type type, Rounding rounding, V a) {  // f32, or f64 with a single rounding
  if (a.width() == 64) a = narrow_to_odd(a);
  return type == Type::F16 ? f16_from_f32(rounding, a) : bf16_from_f32(rounding, a);
}

// To odd: the product is exact, in f32 for f16's 11-bit significands and few exponents, in f64 for bf16.
template <class V>
V fma_half(Type type, V a, V b, V c) {
  V x = widen_half(type, a), y = widen_half(type, b), z = widen_half(type, c);
  if (type == Type::F16) return add_to_odd(fmul(x, y), z);
  return add_to_odd(fmul(wide(x), wide(y)), wide(z));
}

}  // namespace qiao::isa::meaning
