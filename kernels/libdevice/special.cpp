// What libclc does not have: inverse error functions, the normal distribution, norms. The single-precision forms of the
// inverses go through double: they are rare, and so are right to the last bit but one.
#include "kernels/libdevice/libclc.h"

extern "C" {
int __nv_ilogb(double);
double __nv_fma(double, double, double);
double __nv_sqrt(double);
double __nv_fabs(double);
}

namespace {

constexpr double kSqrt2 = 1.4142135623730951;
constexpr double kSqrtHalf = 0.7071067811865476;
constexpr double kSqrtHalfLow = -4.833646656726457e-17;  // what kSqrtHalf lacks
constexpr double kTwoOverSqrtPi = 1.1283791670955126;
constexpr double kOneOverSqrtPi = 0.5641895835477563;

template <int N>
double horner(double x, const double (&c)[N]) {
  double y = c[0];
  for (int i = 1; i < N; ++i) y = __nv_fma(y, x, c[i]);
  return y;
}

// Acklam's rational approximations to the inverse of the normal distribution, good to 1.2e-9: a start for one step.
double normal_central(double q) {  // q = p - 1/2, |q| <= 0.47575
  constexpr double kA[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                           1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double kB[] = {-5.447609879822406e+01, 1.615858368580409e+02,  -1.556989798598866e+02,
                           6.680131188771972e+01,  -1.328068155288572e+01, 1.0};
  const double r = q * q;
  return horner(r, kA) * q / horner(r, kB);
}
double normal_tail(double p) {  // p < 0.02425; the result is negative
  constexpr double kC[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                           -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double kD[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00,
                           1.0};
  const double q = __nv_sqrt(-2.0 * log(p));
  return horner(q, kC) / horner(q, kD);
}

// One step of Halley's method towards f(t) = 0, where f' is +-2/sqrt(pi) exp(-t^2) and so f''/f' = -2t.
double halley(double t, double residual, double slope) {
  const double u = residual / slope;
  return t - u / (1.0 + t * u);
}
double gauss(double t) {
  return kTwoOverSqrtPi * exp(-t * t);
}

// t >= 0 with erfc(t) = y, 0 < y <= 1.
double erfc_inverse(double y) {
  const double p = 0.5 * y;
  const double start = p < 0.02425 ? -normal_tail(p) : -normal_central(p - 0.5);
  double t = start * kSqrtHalf;
  for (int i = 0; i < 2; ++i) t = halley(t, erfc(t) - y, -gauss(t));
  return t;
}

// The square root of a sum of squares, scaled by a power of two so that neither end of the range is lost.
struct Scaled {
  double root;
  int exponent;
};
template <class T>
Scaled norm_of(int n, const T* v) {
  double largest = 0;
  for (int i = 0; i < n; ++i) {
    const double a = __nv_fabs(v[i]);
    if (a == __builtin_inf()) return {a, 0};
    largest = a > largest || a != a ? a : largest;
  }
  if (largest == 0 || largest != largest) return {largest, 0};
  const int exponent = __nv_ilogb(largest);
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    const double a = ldexp(static_cast<double>(v[i]), -exponent);
    sum = __nv_fma(a, a, sum);
  }
  return {__nv_sqrt(sum), exponent};
}
template <class T>
T norm(int n, const T* v) {
  const Scaled s = norm_of(n, v);
  return static_cast<T>(ldexp(s.root, s.exponent));
}
template <class T>
T rnorm(int n, const T* v) {
  const Scaled s = norm_of(n, v);
  return static_cast<T>(ldexp(1.0 / s.root, -s.exponent));
}

}  // namespace

extern "C" {

double __nv_erfinv(double x) {
  const double a = __nv_fabs(x);
  if (!(a <= 1.0)) return __builtin_nan("");
  if (a == 1.0) return x * __builtin_inf();
  if (a > 0.75) return __builtin_copysign(erfc_inverse(1.0 - a), x);
  double t = normal_central(0.5 * x) * kSqrtHalf;
  t = halley(t, erf(t) - x, gauss(t));
  return t;
}
double __nv_erfcinv(double y) {
  if (!(y >= 0.0 && y <= 2.0)) return __builtin_nan("");
  if (y == 0.0) return __builtin_inf();
  if (y == 2.0) return -__builtin_inf();
  if (y > 0.5 && y < 1.5) return __nv_erfinv(1.0 - y);
  return y <= 1.0 ? erfc_inverse(y) : -erfc_inverse(2.0 - y);
}
double __nv_normcdfinv(double p) {
  return -kSqrt2 * __nv_erfcinv(2.0 * p);
}

// exp(x^2) erfc(x): the product while both are in range, then the asymptotic series.
double __nv_erfcx(double x) {
  if (x != x) return x;
  if (x < 10.0) {
    const double square = x * x;
    const double low = __nv_fma(x, x, -square);
    const double grown = exp(square);
    return x < -27.0 ? __builtin_inf() : __nv_fma(grown, low, grown) * erfc(x);
  }
  const double r = 0.5 / (x * x);
  double sum = 1.0;
  for (int n = 14; n > 0; --n) sum = 1.0 - (2 * n - 1) * r * sum;
  return kOneOverSqrtPi / x * sum;
}

// Half of erfc(-x / sqrt 2), the quotient in two parts, since erfc enlarges its argument's error.
double __nv_normcdf(double x) {
  if (x < -39.0) return 0.0;
  const double hi = -x * kSqrtHalf;
  const double low = __nv_fma(-x, kSqrtHalf, -hi) - x * kSqrtHalfLow;
  const double tail = erfc(hi);
  return 0.5 * (tail - low * gauss(hi));
}

float __nv_erfinvf(float x) {
  return static_cast<float>(__nv_erfinv(x));
}
float __nv_erfcinvf(float x) {
  return static_cast<float>(__nv_erfcinv(x));
}
float __nv_normcdfinvf(float x) {
  return static_cast<float>(__nv_normcdfinv(x));
}
float __nv_erfcxf(float x) {
  return static_cast<float>(__nv_erfcx(x));
}
float __nv_normcdff(float x) {
  return static_cast<float>(__nv_normcdf(x));
}

float __nv_normf(int n, const float* v) {
  return norm(n, v);
}
double __nv_norm(int n, const double* v) {
  return norm(n, v);
}
float __nv_rnormf(int n, const float* v) {
  return rnorm(n, v);
}
double __nv_rnorm(int n, const double* v) {
  return rnorm(n, v);
}

#define QIAO_NORMS(prefix, suffix, type, function)                     \
  type __nv_##prefix##norm3d##suffix(type a, type b, type c) {         \
    const type v[] = {a, b, c};                                        \
    return function(3, v);                                             \
  }                                                                    \
  type __nv_##prefix##norm4d##suffix(type a, type b, type c, type d) { \
    const type v[] = {a, b, c, d};                                     \
    return function(4, v);                                             \
  }
QIAO_NORMS(, f, float, norm)
QIAO_NORMS(, , double, norm)
QIAO_NORMS(r, f, float, rnorm)
QIAO_NORMS(r, , double, rnorm)
#undef QIAO_NORMS

double __nv_rhypot(double x, double y) {
  return 1.0 / hypot(x, y);
}
}
