// Single-precision functions where libclc's are not good enough: it flushes denormals (exp, exp2, erfc, ldexp, fmod
// ...) or misses CUDA's error bound (log, cosh, tgamma). The frequent ones have their own polynomial, the rare go
// through double, where an error of many units disappears in the rounding.
#include "kernels/libdevice/libclc.h"

extern "C" {
float __nv_fmaf(float, float, float);
float __nv_rintf(float);
double __nv_tgamma(double);
}

namespace {

constexpr float kLog2EF = 1.44269504f;
constexpr float kLn2High = 0.693145752f;  // 16 bits, so that its product with an exponent is exact
constexpr float kLn2Low = 1.42860677e-6f;

template <int N>
float horner_f(float x, const float (&c)[N]) {
  float y = c[0];
  for (int i = 1; i < N; ++i) y = __nv_fmaf(y, x, c[i]);
  return y;
}

float power_of_two(int e) {
  return __builtin_bit_cast(float, (e + 127) << 23);
}

// 2^n e^r, |r| <= ln2/2: two factors, so that a denormal result is rounded once and an overflow is infinite.
float scaled_exp(float r, int n) {
  constexpr float kC[] = {1.98756918e-4f, 1.39819994e-3f, 8.33345205e-3f, 4.16657962e-2f, 1.66666657e-1f, 0.5f};
  const float e = __nv_fmaf(horner_f(r, kC), r * r, r) + 1.0f;
  const int half = n >> 1;
  return e * power_of_two(half) * power_of_two(n - half);
}

}  // namespace

extern "C" {

float __nv_expf(float x) {
  if (x != x) return x;
  x = x > 104.0f ? 104.0f : x < -110.0f ? -110.0f : x;  // beyond these the result is infinite or zero
  const float n = __nv_rintf(x * kLog2EF);
  const float r = __nv_fmaf(n, -kLn2Low, __nv_fmaf(n, -kLn2High, x));
  return scaled_exp(r, static_cast<int>(n));
}

float __nv_exp2f(float x) {
  if (x != x) return x;
  x = x > 150.0f ? 150.0f : x < -160.0f ? -160.0f : x;
  const float n = __nv_rintf(x);
  const float f = x - n;
  return scaled_exp(__nv_fmaf(f, kLn2Low, f * kLn2High), static_cast<int>(n));
}

// m in [sqrt 1/2, sqrt 2) and an exponent; a denormal is first made normal.
float __nv_logf(float x) {
  constexpr float kC[] = {7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f,  -1.2420140846e-1f, 1.4249322787e-1f,
                          -1.6668057665e-1f, 2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
  if (!(x > 0.0f && x < __builtin_inff())) return x == 0.0f ? -__builtin_inff() : x > 0.0f ? x : __builtin_nanf("");
  const bool denormal = x < 1.17549435e-38f;
  const unsigned bits = __builtin_bit_cast(unsigned, denormal ? x * 8388608.0f : x);
  const unsigned offset = bits - 0x3f3504f3u;  // of sqrt 1/2
  const float e = static_cast<float>((static_cast<int>(offset) >> 23) - (denormal ? 23 : 0));
  const float m = __builtin_bit_cast(float, (offset & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  const float square = m * m;
  const float tail = __nv_fmaf(e, kLn2Low, __nv_fmaf(horner_f(m, kC) * m, square, -0.5f * square));
  return __nv_fmaf(e, kLn2High, m + tail);
}

#define QIAO_THROUGH_DOUBLE(name)                            \
  float __nv_##name##f(float x) {                            \
    return static_cast<float>(name(static_cast<double>(x))); \
  }
QIAO_THROUGH_DOUBLE(cosh)
QIAO_THROUGH_DOUBLE(cospi)
QIAO_THROUGH_DOUBLE(sinpi)
QIAO_THROUGH_DOUBLE(sinh)
QIAO_THROUGH_DOUBLE(tanh)
QIAO_THROUGH_DOUBLE(erfc)
QIAO_THROUGH_DOUBLE(lgamma)
#undef QIAO_THROUGH_DOUBLE
void __nv_sincospif(float x, float* s, float* c) {
  *s = __nv_sinpif(x);
  *c = __nv_cospif(x);
}
float __nv_tgammaf(float x) {
  return static_cast<float>(__nv_tgamma(x));
}
float __nv_rhypotf(float x, float y) {
  return static_cast<float>(1.0 / hypot(static_cast<double>(x), static_cast<double>(y)));
}

// Exact in double, and so after rounding.
float __nv_fmodf(float x, float y) {
  return static_cast<float>(fmod(static_cast<double>(x), static_cast<double>(y)));
}
float __nv_remainderf(float x, float y) {
  return static_cast<float>(remainder(static_cast<double>(x), static_cast<double>(y)));
}
float __nv_remquof(float x, float y, int* q) {
  return static_cast<float>(remquo(static_cast<double>(x), static_cast<double>(y), q));
}
float __nv_ldexpf(float x, int e) {
  const long long clamped = e > 300 ? 300 : e < -300 ? -300 : e;
  return static_cast<float>(static_cast<double>(x) * __builtin_bit_cast(double, (clamped + 1023) << 52));
}
float __nv_scalbnf(float x, int e) {
  return __nv_ldexpf(x, e);
}
}
