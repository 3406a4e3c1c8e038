// Conversion between f16 and f32 by integers.
#include "src/isa/half_bits.h"

#include <algorithm>
#include <bit>

namespace qiao::isa {
namespace {

constexpr uint32_t kF32Infinity = 0x7f800000;
constexpr uint16_t kF16Infinity = 0x7c00;
constexpr uint16_t kF16Max = 0x7bff;
constexpr uint16_t kF16Nan = 0x7fff;

// clang-format off
// Does the discarded part carry the magnitude up by one unit?
bool rounds_up(Rounding rounding, bool negative, bool odd, uint64_t rest, uint64_t half_unit) {
  switch (rounding) {
    case Rounding::NearestEven: return rest > half_unit || (rest == half_unit && odd);
    case Rounding::NearestAway: return rest >= half_unit;
    case Rounding::Zero: return false;
    case Rounding::Down: return negative && rest != 0;
    case Rounding::Up: return !negative && rest != 0;
  }
  return false;
}

// clang-format on

}  // namespace

uint32_t f32_bits_of_f16(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = half >> 10 & 0x1f;
  const uint32_t fraction = half & 0x3ff;
  if (exponent == 0x1f) return sign | kF32Infinity | fraction << 13 | (fraction ? 0x400000 : 0);
  if (exponent != 0) return sign | (exponent + 112) << 23 | fraction << 13;
  if (fraction == 0) return sign;
  const uint32_t shift = std::countl_zero(fraction) - 21;  // brings the leading one to bit 10
  return sign | (113 - shift) << 23 | (fraction << shift & 0x3ff) << 13;
}

uint16_t f16_bits_of_f32(uint32_t value, Rounding rounding) {
  const bool negative = value >> 31;
  const uint16_t sign = negative ? 0x8000 : 0;
  const uint32_t magnitude = value & 0x7fffffff;
  if (magnitude > kF32Infinity) return kF16Nan;
  if (magnitude == kF32Infinity) return sign | kF16Infinity;
  const int exponent = static_cast<int>(magnitude >> 23) - 112;  // biased as f16 has it
  if (exponent >= 0x1f) {
    const bool away = rounds_up(rounding, negative, true, 2, 1);
    return sign | (away ? kF16Infinity : kF16Max);
  }
  // significand with 23 fraction bits; a subnormal result drops more of it
  const uint64_t significand = exponent > 0      ? (magnitude & 0x7fffff) | static_cast<uint64_t>(exponent) << 23
                               : magnitude >> 23 ? (magnitude & 0x7fffff) | 0x800000
                                                 : 0;
  if (exponent <= 0 && significand == 0) {  // an f32 subnormal: far below f16's smallest
    return sign | (rounds_up(rounding, negative, false, magnitude ? 1 : 0, 2) ? 1 : 0);
  }
  const unsigned drop = exponent > 0 ? 13 : static_cast<unsigned>(std::min(14 - exponent, 40));
  uint64_t kept = significand >> drop;
  const uint64_t rest = significand & ((uint64_t{1} << drop) - 1);
  if (rounds_up(rounding, negative, kept & 1, rest, uint64_t{1} << (drop - 1)))
    ++kept;  // may carry into infinity: right
  return sign | static_cast<uint16_t>(kept);
}

}  // namespace qiao::isa
