// The transcendental functions: libclc's under the names that device code calls. tests/unit/kernels/libdevice
// measures how far they are off; what was too far is replaced in single.cpp and gamma.cpp.
#include "kernels/libdevice/libclc.h"

extern "C" {

#define QIAO_MATH1(name)          \
  float __nv_##name##f(float x) { \
    return ::name(x);             \
  }                               \
  double __nv_##name(double x) {  \
    return ::name(x);             \
  }
#define QIAO_MATH2(name)                   \
  float __nv_##name##f(float x, float y) { \
    return ::name(x, y);                   \
  }                                        \
  double __nv_##name(double x, double y) { \
    return ::name(x, y);                   \
  }
QIAO_MATH1(acos)
QIAO_MATH1(acosh)
QIAO_MATH1(asin)
QIAO_MATH1(asinh)
QIAO_MATH1(atan)
QIAO_MATH1(atanh)
QIAO_MATH1(cbrt)
QIAO_MATH1(cos)
QIAO_MATH1(erf)
QIAO_MATH1(exp10)
QIAO_MATH1(expm1)
QIAO_MATH1(log10)
QIAO_MATH1(log1p)
QIAO_MATH1(log2)
QIAO_MATH1(logb)
QIAO_MATH1(sin)
QIAO_MATH1(tan)
QIAO_MATH2(atan2)
QIAO_MATH2(hypot)
QIAO_MATH2(nextafter)
QIAO_MATH2(pow)
// Single precision is in single.cpp.
#define QIAO_DOUBLE1(name)       \
  double __nv_##name(double x) { \
    return ::name(x);            \
  }
QIAO_DOUBLE1(cosh)
QIAO_DOUBLE1(cospi)
QIAO_DOUBLE1(erfc)
QIAO_DOUBLE1(exp)
QIAO_DOUBLE1(exp2)
QIAO_DOUBLE1(lgamma)
QIAO_DOUBLE1(sinh)
QIAO_DOUBLE1(sinpi)
QIAO_DOUBLE1(tanh)
#undef QIAO_DOUBLE1
double __nv_fmod(double x, double y) {
  return fmod(x, y);
}
double __nv_remainder(double x, double y) {
  return remainder(x, y);
}
#undef QIAO_MATH1
#undef QIAO_MATH2

float __nv_frexpf(float x, int* e) {
  return frexp(x, e);
}
double __nv_frexp(double x, int* e) {
  return frexp(x, e);
}
double __nv_ldexp(double x, int e) {
  return ldexp(x, e);
}
double __nv_scalbn(double x, int e) {
  return ldexp(x, e);
}
float __nv_modff(float x, float* whole) {
  return modf(x, whole);
}
double __nv_modf(double x, double* whole) {
  return modf(x, whole);
}
float __nv_powif(float x, int n) {
  return pown(x, n);
}
double __nv_powi(double x, int n) {
  return pown(x, n);
}
double __nv_remquo(double x, double y, int* q) {
  return remquo(x, y, q);
}

void __nv_sincosf(float x, float* s, float* c) {
  *s = sin(x);
  *c = cos(x);
}
void __nv_sincos(double x, double* s, double* c) {
  *s = sin(x);
  *c = cos(x);
}
void __nv_sincospi(double x, double* s, double* c) {
  *s = sinpi(x);
  *c = cospi(x);
}

float __nv_rcbrtf(float x) {
  return static_cast<float>(1.0 / cbrt(static_cast<double>(x)));
}
double __nv_rcbrt(double x) {
  return 1.0 / cbrt(x);
}
}
