// IEEE operations in every rounding direction against MPFR: the domain's primitives (to nearest) and the pure functions
// (all four), on operands biased to the edges.
#include <cstdint>
#include <random>
#include <vector>

#include "src/isa/host_value.h"
#include "src/isa/pure_functions.h"
#include "tests/unit/catch.h"
#include "tests/unit/src/isa/mpfr_format.h"

using namespace qiao::isa;

namespace {

constexpr Rounding kRoundings[] = {Rounding::NearestEven, Rounding::Zero, Rounding::Down, Rounding::Up};

std::vector<uint64_t> operands(unsigned width, size_t count) {
  const unsigned fraction = width == 32 ? 23 : 52;
  const uint64_t one = (width == 32 ? uint64_t{127} : uint64_t{1023}) << fraction;
  const uint64_t infinity = width == 32 ? 0x7f800000 : 0x7ff0000000000000;
  std::vector<uint64_t> values = {0,
                                  1,
                                  2,
                                  (uint64_t{1} << fraction) - 1,
                                  uint64_t{1} << fraction,
                                  one,
                                  one + 1,
                                  one - 1,
                                  infinity - 1,
                                  infinity,
                                  infinity + 1,
                                  one + (uint64_t{24} << fraction)};
  std::mt19937_64 random(width);
  while (values.size() < count) {
    uint64_t bits = random() & HostValue::mask(width);
    if (values.size() % 2) bits = one + (random() & ((uint64_t{1} << fraction) - 1)) - (random() % 60 << fraction);
    if (values.size() % 3 == 0) bits &= ~uint64_t{0} << random() % fraction;
    values.push_back(bits & HostValue::mask(width - 1));
  }
  const size_t positive = values.size();
  for (size_t i = 0; i < positive; ++i) values.push_back(values[i] | uint64_t{1} << (width - 1));
  return values;
}

struct Binary {
  const char* name;
  Pure f32, f64;
  HostValue (*nearest)(HostValue, HostValue);
  int (*exact)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);
};
const Binary kBinary[] = {{"add", Pure::add_f32, Pure::add_f64, fadd, mpfr_add},
                          {"sub", Pure::sub_f32, Pure::sub_f64, fsub, mpfr_sub},
                          {"mul", Pure::mul_f32, Pure::mul_f64, fmul, mpfr_mul},
                          {"div", Pure::div_f32, Pure::div_f64, fdiv, mpfr_div}};

uint64_t count_wrong(const Binary& op, const MpfrFormat& format, uint64_t x, uint64_t y) {
  const double a = format.number(x), b = format.number(y);
  uint64_t wrong = 0;
  for (Rounding r : kRoundings) {
    const double wanted = format.rounded(r, [&](mpfr_ptr result, mpfr_rnd_t mode) {
      MpfrNumber p(53), q(53);
      mpfr_set_d(p, a, MPFR_RNDN);
      mpfr_set_d(q, b, MPFR_RNDN);
      return op.exact(result, p, q, mode);
    });
    const HostValue left(format.width, x), right(format.width, y);
    const HostValue got =
        host_call(format.width == 32 ? op.f32 : op.f64, {left, right, {32, static_cast<uint64_t>(r)}});
    wrong += !same_number(format.number(got.bits()), wanted);
    if (r == Rounding::NearestEven) wrong += !same_number(format.number(op.nearest(left, right).bits()), wanted);
  }
  return wrong;
}

}  // namespace

TEST_CASE("add, sub, mul and div round as MPFR in every direction") {
  for (const MpfrFormat& format : {kMpfrF32, kMpfrF64}) {
    const std::vector<uint64_t> values = operands(format.width, 40);
    for (const Binary& op : kBinary) {
      uint64_t wrong = 0;
      for (uint64_t x : values) {
        for (uint64_t y : values) wrong += count_wrong(op, format, x, y);
      }
      INFO(op.name << " f" << format.width);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("fma rounds once, as MPFR in every direction") {
  for (const MpfrFormat& format : {kMpfrF32, kMpfrF64}) {
    const std::vector<uint64_t> values = operands(format.width, 14);
    uint64_t wrong = 0;
    for (uint64_t x : values) {
      for (uint64_t y : values) {
        for (uint64_t z : values) {
          for (Rounding r : kRoundings) {
            const double wanted = format.rounded(r, [&](mpfr_ptr result, mpfr_rnd_t mode) {
              MpfrNumber p(53), q(53), s(53);
              mpfr_set_d(p, format.number(x), MPFR_RNDN);
              mpfr_set_d(q, format.number(y), MPFR_RNDN);
              mpfr_set_d(s, format.number(z), MPFR_RNDN);
              return mpfr_fma(result, p, q, s, mode);
            });
            const HostValue a(format.width, x), b(format.width, y), c(format.width, z);
            const HostValue got = host_call(format.width == 32 ? Pure::fma_f32 : Pure::fma_f64,
                                            {a, b, c, {32, static_cast<uint64_t>(r)}});
            wrong += !same_number(format.number(got.bits()), wanted);
            if (r == Rounding::NearestEven) wrong += !same_number(format.number(fma(a, b, c).bits()), wanted);
          }
        }
      }
    }
    INFO("f" << format.width);
    CHECK(wrong == 0);
  }
}

TEST_CASE("square roots round as MPFR in every direction") {
  for (const MpfrFormat& format : {kMpfrF32, kMpfrF64}) {
    uint64_t wrong = 0;
    for (uint64_t x : operands(format.width, 500)) {
      for (Rounding r : kRoundings) {
        const double wanted = format.rounded(r, [&](mpfr_ptr result, mpfr_rnd_t mode) {
          MpfrNumber p(53);
          mpfr_set_d(p, format.number(x), MPFR_RNDN);
          return mpfr_sqrt(result, p, mode);
        });
        const HostValue got = host_call(format.width == 32 ? Pure::sqrt_f32 : Pure::sqrt_f64,
                                        {{format.width, x}, {32, static_cast<uint64_t>(r)}});
        wrong += !same_number(format.number(got.bits()), wanted);
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("narrowing conversions round as MPFR in every direction") {
  const auto narrowed = [](const MpfrFormat& to, const MpfrFormat& from, uint64_t x, Rounding r) {
    return to.rounded(r, [&](mpfr_ptr result, mpfr_rnd_t mode) { return mpfr_set_d(result, from.number(x), mode); });
  };
  uint64_t wrong = 0;
  for (uint64_t x : operands(64, 3000)) {
    if (x % 3 == 0) x = std::bit_cast<uint64_t>(std::ldexp(kMpfrF64.number(x), -130));
    for (Rounding r : kRoundings) {
      const HostValue got = host_call(Pure::f32_from_f64, {{64, x}, {32, static_cast<uint64_t>(r)}});
      wrong += !same_number(kMpfrF32.number(got.bits()), narrowed(kMpfrF32, kMpfrF64, x, r));
    }
  }
  for (uint64_t x : operands(32, 6000)) {
    if (x % 3 == 0) x = std::bit_cast<uint32_t>(std::ldexp(std::bit_cast<float>(static_cast<uint32_t>(x)), 10));
    for (Rounding r : kRoundings) {
      const HostValue got = host_call(Pure::f16_from_f32, {{32, x}, {32, static_cast<uint64_t>(r)}});
      wrong += !same_number(kMpfrF16.number(got.bits()), narrowed(kMpfrF16, kMpfrF32, x, r));
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("64-bit integers convert as MPFR in every direction") {
  uint64_t wrong = 0;
  std::mt19937_64 random(7);
  for (int i = 0; i < 3000; ++i) {
    const uint64_t x = i < 4 ? ~uint64_t{0} << i : random() >> i % 64 << i % 7;
    for (Rounding r : kRoundings) {
      const HostValue a(64, x), mode(32, static_cast<uint64_t>(r));
      for (const MpfrFormat& to : {kMpfrF32, kMpfrF64}) {
        const bool single = to.width == 32;
        const double u = to.rounded(r, [&](mpfr_ptr result, mpfr_rnd_t m) { return mpfr_set_uj(result, x, m); });
        const double s = to.rounded(
            r, [&](mpfr_ptr result, mpfr_rnd_t m) { return mpfr_set_sj(result, static_cast<int64_t>(x), m); });
        wrong +=
            !same_number(to.number(host_call(single ? Pure::f32_from_u64 : Pure::f64_from_u64, {a, mode}).bits()), u);
        wrong +=
            !same_number(to.number(host_call(single ? Pure::f32_from_s64 : Pure::f64_from_s64, {a, mode}).bits()), s);
      }
    }
  }
  CHECK(wrong == 0);
}
