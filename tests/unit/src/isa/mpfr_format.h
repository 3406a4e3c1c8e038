// A floating-point format MPFR computes in: results are rounded once, in any direction, subnormals included.
#pragma once

#include <cstdint>

#include <mpfr.h>  // after <cstdint>: its intmax functions

#include <bit>
#include <cmath>

#include "src/isa/half_bits.h"

namespace qiao::isa {

class MpfrNumber {
 public:
  explicit MpfrNumber(mpfr_prec_t precision = 64) { mpfr_init2(value_, precision); }
  ~MpfrNumber() { mpfr_clear(value_); }
  MpfrNumber(const MpfrNumber&) = delete;
  operator mpfr_ptr() { return value_; }

 private:
  mpfr_t value_;
};

inline mpfr_rnd_t mpfr_rounding(Rounding rounding) {
  switch (rounding) {
    case Rounding::Zero:
      return MPFR_RNDZ;
    case Rounding::Down:
      return MPFR_RNDD;
    case Rounding::Up:
      return MPFR_RNDU;
    default:
      return MPFR_RNDN;
  }
}

struct MpfrFormat {
  const char* name;
  unsigned width, fraction_bits;
  mpfr_exp_t least, most;  // exponents of 0.1b * 2^e: of the smallest subnormal, beyond the largest number

  // Every format's numbers are doubles.
  double number(uint64_t bits) const {
    if (width == 64) return std::bit_cast<double>(bits);
    if (width == 16 && fraction_bits == 10) return std::bit_cast<float>(f32_bits_of_f16(static_cast<uint16_t>(bits)));
    return std::bit_cast<float>(static_cast<uint32_t>(width == 16 ? bits << 16 : bits));
  }

  // `operation(result, rounding)` gives MPFR's ternary value.
  template <class Operation>
  double rounded(Rounding rounding, const Operation& operation) const {
    mpfr_set_emin(least);
    mpfr_set_emax(most);
    MpfrNumber result(fraction_bits + 1);
    const mpfr_rnd_t mode = mpfr_rounding(rounding);
    int inexact = operation(static_cast<mpfr_ptr>(result), mode);
    inexact = mpfr_check_range(result, inexact, mode);
    mpfr_subnormalize(result, inexact, mode);
    const double value = mpfr_get_d(result, MPFR_RNDN);
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    return value;
  }
};

constexpr MpfrFormat kMpfrFormats[] = {
    {"f16", 16, 10, -23, 16}, {"bf16", 16, 7, -132, 128}, {"f32", 32, 23, -148, 128}, {"f64", 64, 52, -1073, 1024}};
inline constexpr const MpfrFormat &kMpfrF16 = kMpfrFormats[0], &kMpfrBf16 = kMpfrFormats[1],
                                  &kMpfrF32 = kMpfrFormats[2], &kMpfrF64 = kMpfrFormats[3];

inline bool same_number(double a, double b) {  // any NaN is any other
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

}  // namespace qiao::isa
