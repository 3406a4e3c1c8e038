// The 16-bit and 8-bit formats by arithmetic on doubles, which hold all their numbers and midpoints: no bit patterns
// but at the ends. The reference for what the meanings do with shifts and masks.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "src/isa/domain.h"

namespace qiao::isa {

struct SmallFloat {
  const char* name;
  int exponent_bits, fraction_bits;
  bool has_infinity;  // else the largest code alone is NaN, if any is
  bool has_nan = true;

  int width() const { return 1 + exponent_bits + fraction_bits; }
  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  int least_exponent() const { return 1 - bias() - fraction_bits; }  // of the smallest subnormal
  uint64_t magnitudes() const { return (uint64_t{1} << (exponent_bits + fraction_bits)) - 1; }
  uint64_t infinity() const { return ((uint64_t{1} << exponent_bits) - 1) << fraction_bits; }
  uint64_t largest() const { return has_infinity ? infinity() - 1 : has_nan ? magnitudes() - 1 : magnitudes(); }
  uint64_t sign() const { return magnitudes() + 1; }

  bool is_nan(uint64_t bits) const {
    const uint64_t magnitude = bits & magnitudes();
    return has_infinity ? magnitude > infinity() : has_nan && magnitude == magnitudes();
  }
  bool is_subnormal(uint64_t bits) const {
    return (bits & magnitudes()) != 0 && (bits & magnitudes()) >> fraction_bits == 0;
  }

  double number(uint64_t bits) const {
    if (is_nan(bits)) return std::numeric_limits<double>::quiet_NaN();
    const uint64_t magnitude = bits & magnitudes();
    const int exponent = static_cast<int>(magnitude >> fraction_bits);
    const auto fraction = static_cast<double>(magnitude & ((uint64_t{1} << fraction_bits) - 1));
    double value = exponent == 0 ? std::ldexp(fraction, least_exponent())
                                 : std::ldexp(fraction + std::ldexp(1, fraction_bits), least_exponent() + exponent - 1);
    if (has_infinity && magnitude == infinity()) value = std::numeric_limits<double>::infinity();
    return bits & sign() ? -value : value;
  }

  // Any double but NaN.
  uint64_t rounded(Rounding rounding, double value) const {
    const uint64_t sign_of_value = std::signbit(value) ? sign() : 0;
    const double magnitude = std::abs(value);
    if (std::isinf(value)) return sign_of_value | (has_infinity ? infinity() : largest());
    int exponent = least_exponent();
    if (magnitude > 0) exponent = std::max(exponent, std::ilogb(magnitude) - fraction_bits);
    const double units = std::ldexp(magnitude, -exponent);
    double whole = std::floor(units);
    if (carries(rounding, std::signbit(value), units - whole, std::fmod(whole, 2) == 1)) ++whole;
    const double result = std::ldexp(whole, exponent);
    if (result > number(largest())) {
      const bool inward =
          rounding == Rounding::Zero || rounding == (std::signbit(value) ? Rounding::Up : Rounding::Down);
      return sign_of_value | (inward || !has_infinity ? largest() : infinity());
    }
    return sign_of_value | code_of(result);
  }

 private:
  static bool carries(Rounding rounding, bool negative, double rest, bool odd) {
    switch (rounding) {
      case Rounding::NearestEven:
        return rest > 0.5 || (rest == 0.5 && odd);
      case Rounding::NearestAway:
        return rest >= 0.5;
      case Rounding::Down:
        return negative && rest > 0;
      case Rounding::Up:
        return !negative && rest > 0;
      case Rounding::Zero:
        return false;
    }
    return false;
  }

  uint64_t code_of(double magnitude) const {  // a number of the format
    if (magnitude == 0) return 0;
    const int exponent = std::max(std::ilogb(magnitude) - fraction_bits, least_exponent());
    const auto significand = static_cast<uint64_t>(std::ldexp(magnitude, -exponent));
    return significand + (static_cast<uint64_t>(exponent - least_exponent()) << fraction_bits);
  }
};

constexpr SmallFloat kSmallF16{"f16", 5, 10, true};
constexpr SmallFloat kSmallBf16{"bf16", 8, 7, true};

}  // namespace qiao::isa
