// Every function against the host's long double library, over random values and random bit patterns of its range. The
// bounds, in units of the last place, are those of CUDA's programming guide, or tighter where we are.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

#include "tests/unit/catch.h"

#define QIAO_DECLARE(name)                \
  extern "C" float __nv_##name##f(float); \
  extern "C" double __nv_##name(double);
#define QIAO_DECLARE2(name)                      \
  extern "C" float __nv_##name##f(float, float); \
  extern "C" double __nv_##name(double, double);
#define QIAO_FUNCTIONS(F)                                                                                              \
  F(acos)                                                                                                              \
  F(acosh) F(asin) F(asinh) F(atan) F(atanh) F(cbrt) F(cos) F(cosh) F(cospi) F(erf) F(erfc) F(erfcinv) F(erfcx)        \
      F(erfinv) F(exp) F(exp10) F(exp2) F(expm1) F(lgamma) F(log) F(log10) F(log1p) F(log2) F(normcdf) F(rcbrt) F(sin) \
          F(sinh) F(sinpi) F(tan) F(tanh) F(tgamma)
QIAO_FUNCTIONS(QIAO_DECLARE)
QIAO_DECLARE2(atan2)
QIAO_DECLARE2(fmod)
QIAO_DECLARE2(hypot)
QIAO_DECLARE2(pow)
QIAO_DECLARE2(remainder)
QIAO_DECLARE2(rhypot)
extern "C" float __nv_ldexpf(float, int);

namespace {

constexpr int kSamples = 20000;
constexpr long double kPi = 3.14159265358979323846264338327950288L;

std::mt19937_64 generator(1);

// Half the samples are uniform in the range, half any bits that fall into it, so that small values are met.
template <class T>
T sample(T low, T high, bool bits) {
  if (!bits) return std::uniform_real_distribution<T>(low, high)(generator);
  for (int tries = 0; tries < 1000; ++tries) {
    const std::uint64_t raw = generator();
    T value;
    std::memcpy(&value, &raw, sizeof(value));
    if (value >= low && value <= high) return value;
  }
  return low;
}

template <class T>
double units_off(T got, long double exact) {
  const T want = static_cast<T>(exact);
  if (got == want || (std::isnan(got) && std::isnan(want))) return 0;
  if (std::isnan(got) || std::isnan(want) || std::isinf(want)) return std::numeric_limits<double>::infinity();
  const T size = std::fabs(want);
  const long double unit = static_cast<long double>(std::nextafter(size, std::numeric_limits<T>::infinity())) - size;
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) / unit);
}

using Reference = std::function<long double(long double)>;

template <class T>
void within(double bound, T (*function)(T), const Reference& reference, T low, T high) {
  double worst = 0;
  T at = 0;
  for (int i = 0; i < kSamples; ++i) {
    const T x = sample(low, high, i % 2 == 1);
    const double off = units_off(function(x), reference(x));
    if (!(off <= worst)) worst = off, at = x;
  }
  CAPTURE(at, function(at), worst);
  CHECK(worst <= bound);
}

template <class T>
void within2(double bound, T (*function)(T, T), long double (*reference)(long double, long double), T limit, T power) {
  double worst = 0;
  T at = 0, and_at = 0;
  for (int i = 0; i < kSamples; ++i) {
    const T x = sample(power > 0 ? T(0) : -limit, limit, i % 2 == 1);
    const T y = power > 0 ? sample(-power, power, false) : sample(-limit, limit, i % 2 == 1);
    const double off = units_off(function(x, y), reference(x, y));
    if (!(off <= worst)) worst = off, at = x, and_at = y;
  }
  CAPTURE(at, and_at, function(at, and_at), worst);
  CHECK(worst <= bound);
}

constexpr float kHuge = 3e38f;
constexpr double kHugeD = 1e300;

// A row: the bounds in single and in double precision, the reference, the ranges.
#define QIAO_ROW(name, bound_f, bound_d, reference, low_f, high_f, low_d, high_d)   \
  SECTION(#name) {                                                                  \
    const Reference exact = [](long double x) -> long double { return reference; }; \
    within<float>(bound_f, __nv_##name##f, exact, low_f, high_f);                   \
    within<double>(bound_d, __nv_##name, exact, low_d, high_d);                     \
  }

// sin and cos of pi x by exact reduction: the product itself would be rounded.
long double sin_pi(long double x) {
  const long double k = rintl(x);
  const long double s = sinl(kPi * (x - k));
  return fmodl(k, 2) != 0 ? -s : s;
}
long double cos_pi(long double x) {
  return sin_pi(0.5L - std::fabs(fmodl(x, 2)));
}

long double erfcx_of(long double x) {
  if (x < 10) return expl(x * x) * erfcl(x);
  long double sum = 1;
  for (int n = 18; n > 0; --n) sum = 1 - (2 * n - 1) / (2 * x * x) * sum;
  return sum / (x * sqrtl(kPi));
}
// Newton's method in long double, from the value under test.
long double erfinv_of(long double x) {
  long double t = __nv_erfinv(static_cast<double>(x));
  for (int i = 0; i < 3; ++i) {
    const long double slope = 2 / sqrtl(kPi) * expl(-t * t);
    const long double miss =
        std::fabs(x) < 0.5L ? erfl(t) - x : (1 - std::fabs(x) - erfcl(std::fabs(t))) * (x < 0 ? -1 : 1);
    t -= miss / slope;
  }
  return t;
}
long double erfcinv_of(long double y) {
  long double t = __nv_erfcinv(static_cast<double>(y));
  for (int i = 0; i < 3; ++i) t += (erfcl(t) - y) / (2 / sqrtl(kPi) * expl(-t * t));
  return t;
}
long double reciprocal_hypot(long double x, long double y) {
  return 1 / hypotl(x, y);
}

}  // namespace

TEST_CASE("exponentials and logarithms"){
    QIAO_ROW(exp, 2, 1, expl(x), -110.0f, 95.0f, -750.0, 715.0)
        QIAO_ROW(exp2, 2, 1, exp2l(x), -155.0f, 130.0f, -1080.0, 1030.0)
            QIAO_ROW(exp10, 2, 1, exp10l(x), -37.0f, 39.0f, -307.0, 309.0)
                QIAO_ROW(expm1, 1.1, 1.1, expm1l(x), -100.0f, 90.0f, -100.0, 715.0)
                    QIAO_ROW(log, 1, 1, logl(x), 0.0f, kHuge, 0.0, kHugeD)
                        QIAO_ROW(log2, 1, 1, log2l(x), 0.0f, kHuge, 0.0, kHugeD)
                            QIAO_ROW(log10, 2, 1, log10l(x), 0.0f, kHuge, 0.0, kHugeD)
                                QIAO_ROW(log1p, 1, 1, log1pl(x), -1.0f, kHuge, -1.0, kHugeD)}

TEST_CASE("logarithms near one"){QIAO_ROW(log, 1, 1, logl(x), 0.5f, 2.0f, 0.5, 2.0)
                                     QIAO_ROW(log2, 1, 1, log2l(x), 0.5f, 2.0f, 0.5, 2.0)}

TEST_CASE("trigonometry"){QIAO_ROW(sin, 2, 2, sinl(x), -kHuge, kHuge, -1e17, 1e17)
                              QIAO_ROW(cos, 2, 2, cosl(x), -kHuge, kHuge, -1e17, 1e17)
                                  QIAO_ROW(tan, 4, 2, tanl(x), -kHuge, kHuge, -1e17, 1e17)
                                      QIAO_ROW(sinpi, 1, 2, sin_pi(x), -100.0f, 100.0f, -100.0, 100.0)
                                          QIAO_ROW(cospi, 1, 2, cos_pi(x), -100.0f, 100.0f, -100.0, 100.0)
                                              QIAO_ROW(asin, 2, 2, asinl(x), -1.0f, 1.0f, -1.0, 1.0)
                                                  QIAO_ROW(acos, 2, 2, acosl(x), -1.0f, 1.0f, -1.0, 1.0)
                                                      QIAO_ROW(atan, 2, 2, atanl(x), -kHuge, kHuge, -kHugeD, kHugeD)}

TEST_CASE("hyperbolic functions"){QIAO_ROW(sinh, 1, 2, sinhl(x), -95.0f, 95.0f, -700.0, 700.0)
                                      QIAO_ROW(cosh, 1, 2, coshl(x), -95.0f, 95.0f, -700.0, 700.0)
                                          QIAO_ROW(tanh, 1, 2, tanhl(x), -20.0f, 20.0f, -20.0, 20.0)
                                              QIAO_ROW(asinh, 3, 3, asinhl(x), -kHuge, kHuge, -kHugeD, kHugeD)
                                                  QIAO_ROW(acosh, 4, 3, acoshl(x), 1.0f, kHuge, 1.0, kHugeD)
                                                      QIAO_ROW(atanh, 3, 2, atanhl(x), -1.0f, 1.0f, -1.0, 1.0)}

TEST_CASE("roots, error functions and gamma"){
    QIAO_ROW(cbrt, 1, 1, cbrtl(x), -kHuge, kHuge, -kHugeD, kHugeD) QIAO_ROW(rcbrt, 1, 2, 1 / cbrtl(x), -kHuge, kHuge,
                                                                            -kHugeD, kHugeD)
        QIAO_ROW(erf, 2, 2, erfl(x), -6.0f, 6.0f, -6.0, 6.0) QIAO_ROW(erfc, 1, 5, erfcl(x), -6.0f, 12.0f, -6.0, 26.0)
            QIAO_ROW(erfcx, 1, 4, erfcx_of(x), -5.0f, 1000.0f, -5.0, 1000.0)
                QIAO_ROW(normcdf, 1, 5, 0.5L * erfcl(-x / sqrtl(2)), -14.0f, 10.0f, -37.0, 10.0)
                    QIAO_ROW(erfinv, 1, 3, erfinv_of(x), -0.9999f, 0.9999f, -0.999999, 0.999999)
                        QIAO_ROW(erfcinv, 1, 3, erfcinv_of(x), 1e-30f, 1.9999f, 1e-300, 1.9999)
                            QIAO_ROW(tgamma, 1, 10, tgammal(x), 0.01f, 40.0f, 0.01, 171.0)
                                QIAO_ROW(lgamma, 1, 4, lgammal(x), 3.0f, kHuge, 3.0, kHugeD)}

TEST_CASE("gamma of negative numbers"){QIAO_ROW(tgamma, 1, 11, tgammal(x), -30.0f, -1e-30f, -160.0, -1e-30)}

TEST_CASE("functions of two numbers") {
  within2<float>(4, __nv_powf, powl, kHuge, 20);
  within2<double>(2, __nv_pow, powl, kHugeD, 20);
  within2<float>(3, __nv_atan2f, atan2l, kHuge, 0);
  within2<double>(2, __nv_atan2, atan2l, kHugeD, 0);
  within2<float>(3, __nv_hypotf, hypotl, kHuge, 0);
  within2<double>(2, __nv_hypot, hypotl, kHugeD, 0);
  within2<float>(2, __nv_rhypotf, reciprocal_hypot, 1e18f, 0);
  within2<float>(0, __nv_fmodf, fmodl, kHuge, 0);
  within2<double>(0, __nv_fmod, fmodl, kHugeD, 0);
  within2<float>(0, __nv_remainderf, remainderl, kHuge, 0);
}

TEST_CASE("scaling rounds denormals once") {
  for (int i = 0; i < kSamples; ++i) {
    const float x = sample(1e-38f, 1.0f, true);
    const int e = -static_cast<int>(generator() % 160);
    REQUIRE(__nv_ldexpf(x, e) == std::ldexp(x, e));
  }
}

TEST_CASE("special values") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(__nv_expf(infinity) == infinity);
  CHECK(__nv_expf(-infinity) == 0.0f);
  CHECK(__nv_logf(0.0f) == -infinity);
  CHECK(std::isnan(__nv_logf(-1.0f)));
  CHECK(__nv_log(infinity) == infinity);
  CHECK(std::isnan(__nv_sinf(infinity)));
  CHECK(__nv_powf(0.0f, 0.0f) == 1.0f);
  CHECK(__nv_pow(-2.0, 3.0) == -8.0);
  CHECK(std::isnan(__nv_powf(-2.0f, 0.5f)));
  CHECK(std::isnan(__nv_tgamma(-3.0)));
  CHECK(__nv_erfinv(1.0) == infinity);
  CHECK(__nv_erfcinv(2.0) == -infinity);
}
