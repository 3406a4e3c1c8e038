// tgamma, because libclc's (the exponential of lgamma) is hundreds of units off. Moshier's method (Cephes): a rational
// function on [2, 3] reached by the recurrence, Stirling's series for large arguments, reflection for negative ones.
#include "kernels/libdevice/libclc.h"

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kSqrtTwoPi = 2.50662827463100050242;
constexpr double kOverflow = 171.624376956302725;

double stirling(double x) {
  constexpr double kC[] = {7.87311395793093628397e-4, -2.29549961613378126380e-4, -2.68132617805781232825e-3,
                           3.47222221605458667310e-3, 8.33333333333482257126e-2};
  const double r = 1.0 / x;
  const double series = 1.0 + r * horner(r, kC);
  if (x <= 143.0) return kSqrtTwoPi * (pow(x, x - 0.5) / exp(x)) * series;
  const double root = pow(x, 0.5 * x - 0.25);  // the power itself would overflow
  return kSqrtTwoPi * (root * (root / exp(x))) * series;
}

double gamma_positive(double x) {
  constexpr double kP[] = {1.60119522476751861407e-4, 1.19135147006586384913e-3, 1.04213797561761569935e-2,
                           4.76367800457137231464e-2, 2.07448227648435975150e-1, 4.94214826801497100753e-1,
                           9.99999999999999996796e-1};
  constexpr double kQ[] = {-2.31581873324120129819e-5, 5.39605580493303397842e-4, -4.45641913851797240494e-3,
                           1.18139785222060435552e-2,  3.58236398605498653373e-2, -2.34591795718243348568e-1,
                           7.14304917030273074085e-2,  1.00000000000000000320e0};
  if (x > kOverflow) return __builtin_inf();
  if (x > 33.0) return stirling(x);
  double up = 1.0;
  double down = 1.0;
  for (; x >= 3.0; x -= 1.0) up *= x - 1.0;
  for (; x < 2.0; x += 1.0) down *= x;
  return up / down * (horner(x - 2.0, kP) / horner(x - 2.0, kQ));
}

}  // namespace

extern "C" double __nv_tgamma(double x) {
  const double a = __nv_fabs(x);
  if (x != x || x == __builtin_inf()) return x;
  if (a < 1e-17) return 1.0 / x;
  if (x > 0.0) return gamma_positive(x);
  if (__builtin_elementwise_floor(x) == x) return __builtin_nan("");
  const double s = sinpi(a);
  if (a < 170.0) return -kPi / (a * s * gamma_positive(a));
  // Only the quotient is in range: divide twice by half of it.
  const double half = a > kOverflow + 20.0 ? __builtin_inf() : pow(a, 0.5 * a - 0.25);
  return -kPi / (a * s) / half / (kSqrtTwoPi * (half / exp(a)));
}
