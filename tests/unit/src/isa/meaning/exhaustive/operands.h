// Random operands, made so that sums cancel, products and quotients reach both ends of the exponents, and ties occur.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "src/isa/host_value.h"
#include "tests/unit/src/isa/mpfr_format.h"
#include "tests/unit/src/isa/meaning/exhaustive/sweep.h"

namespace qiao::isa {

class Operands {
 public:
  explicit Operands(uint64_t seed) : random_(seed) {}

  uint64_t bits() { return random_(); }
  bool one_of(unsigned n) { return random_() % n == 0; }

  uint64_t number(const MpfrFormat& format) {
    const int bias = static_cast<int>(format.most) - 1;
    const int reach = static_cast<int>(format.fraction_bits) + 3;
    return number(format, one_of(3) ? static_cast<int>(random_() % (2 * static_cast<unsigned>(bias) + 2))
                                    : bias - reach + static_cast<int>(random_() % (2 * static_cast<unsigned>(reach))));
  }

  uint64_t number(const MpfrFormat& format, int biased_exponent) {
    const int last = 2 * static_cast<int>(format.most) - 1;  // infinities and NaNs
    const auto exponent = static_cast<uint64_t>(std::clamp(biased_exponent, 0, one_of(8) ? last : last - 1));
    uint64_t fraction = random_() & HostValue::mask(format.fraction_bits);
    if (one_of(3)) fraction &= ~uint64_t{0} << random_() % format.fraction_bits;
    if (one_of(16)) fraction = HostValue::mask(format.fraction_bits);
    return exponent << format.fraction_bits | fraction | (one_of(2) ? uint64_t{1} << (format.width - 1) : 0);
  }

  uint64_t related(const MpfrFormat& format, uint64_t first) {
    const int bias = static_cast<int>(format.most) - 1, exponent = exponent_of(format, first);
    const int end = one_of(2) ? 1 : 2 * bias;
    switch (random_() % 5) {
      case 0:
        return first ^ uint64_t { 1 } << (format.width - 1) ^ random_() % 4;
      case 1:
        return number(format, exponent - static_cast<int>(format.fraction_bits + random_() % 3));
      case 2:
        return number(format, end + bias - exponent + static_cast<int>(random_() % 3) - 1);
      case 3:
        return number(format, exponent - end + bias + static_cast<int>(random_() % 3) - 1);
      default:
        return number(format, exponent);
    }
  }

  uint64_t addend(const MpfrFormat& format, uint64_t a, uint64_t b) {
    const int bias = static_cast<int>(format.most) - 1;
    const int product = exponent_of(format, a) + exponent_of(format, b) - bias;
    const int far = static_cast<int>(format.fraction_bits) + 1;
    const int steps[] = {0, 0, 1, -far, far, static_cast<int>(random_() % 19) - 9};
    return number(format, product + steps[random_() % 6]);
  }

 private:
  static int exponent_of(const MpfrFormat& format, uint64_t bits) {
    return static_cast<int>((bits & HostValue::mask(format.width - 1)) >> format.fraction_bits);
  }
  std::mt19937_64 random_;
};

inline size_t sample_size() {
  return sweeps_everything() ? 1 << 20 : 1 << 10;
}

inline std::vector<std::vector<uint64_t>> float_operands(const MpfrFormat& format, unsigned count, uint64_t seed) {
  Operands random(seed);
  std::vector<std::vector<uint64_t>> operands(count, std::vector<uint64_t>(sample_size()));
  for (size_t i = 0; i < sample_size(); ++i) {
    const uint64_t a = operands[0][i] = random.number(format);
    if (count > 1) operands[1][i] = random.related(format, a);
    if (count > 2) operands[2][i] = random.addend(format, a, operands[1][i]);
  }
  return operands;
}

}  // namespace qiao::isa
