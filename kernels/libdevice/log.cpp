// log in double precision: libclc's is one and a half units off, CUDA promises one. The usual method: with
// x = 2^e (1 + f), sqrt 1/2 <= 1 + f < sqrt 2, and s = f / (2 + f), log(1 + f) = f - s (f - R(s^2)).
#include "kernels/libdevice/libclc.h"

extern "C" double __nv_log(double x) {
  constexpr double kLn2High = 6.93147180369123816490e-01;
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  constexpr double kR[] = {1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01,
                           2.222219843214978396e-01, 2.857142874366239149e-01, 3.999999999940941908e-01,
                           6.666666666666735130e-01};
  if (!(x > 0.0 && x < __builtin_inf())) return x == 0.0 ? -__builtin_inf() : x > 0.0 ? x : __builtin_nan("");
  const bool denormal = x < 2.2250738585072014e-308;
  const long long bits = __builtin_bit_cast(long long, denormal ? x * 18014398509481984.0 : x);
  const long long offset = bits - 0x3fe6a09e667f3bcdll;  // of sqrt 1/2
  const double e = static_cast<double>(static_cast<int>(offset >> 52) - (denormal ? 54 : 0));
  const double f = __builtin_bit_cast(double, (offset & 0x000fffffffffffffll) + 0x3fe6a09e667f3bcdll) - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double half = 0.5 * f * f;
  const double series = s * (half + z * horner(z, kR)) + e * kLn2Low;
  return e * kLn2High - ((half - series) - f);
}
