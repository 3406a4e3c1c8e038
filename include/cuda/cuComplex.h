// Complex numbers as pairs, and their arithmetic (CUDA's cuComplex.h, by its names).
#pragma once

#include "vector_types.h"

#include <math.h>

#if defined(__CUDACC__) || defined(__CUDA__)
#define QIAO_COMPLEX static inline __attribute__((host, device))
#else
#define QIAO_COMPLEX static inline
#endif

typedef float2 cuFloatComplex;
typedef float2 cuComplex;
typedef double2 cuDoubleComplex;

#define QIAO_COMPLEX_TYPE(type, real, name, suffix, root)                                                    \
  QIAO_COMPLEX real cuCreal##suffix(type x) {                                                                \
    return x.x;                                                                                              \
  }                                                                                                          \
  QIAO_COMPLEX real cuCimag##suffix(type x) {                                                                \
    return x.y;                                                                                              \
  }                                                                                                          \
  QIAO_COMPLEX type make_##name(real re, real im) {                                                          \
    type made;                                                                                               \
    made.x = re;                                                                                             \
    made.y = im;                                                                                             \
    return made;                                                                                             \
  }                                                                                                          \
  QIAO_COMPLEX type cuConj##suffix(type x) {                                                                 \
    return make_##name(x.x, -x.y);                                                                           \
  }                                                                                                          \
  QIAO_COMPLEX type cuCadd##suffix(type x, type y) {                                                         \
    return make_##name(x.x + y.x, x.y + y.y);                                                                \
  }                                                                                                          \
  QIAO_COMPLEX type cuCsub##suffix(type x, type y) {                                                         \
    return make_##name(x.x - y.x, x.y - y.y);                                                                \
  }                                                                                                          \
  QIAO_COMPLEX type cuCmul##suffix(type x, type y) {                                                         \
    return make_##name(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x);                                        \
  }                                                                                                          \
  QIAO_COMPLEX type cuCfma##suffix(type x, type y, type d) {                                                 \
    return cuCadd##suffix(cuCmul##suffix(x, y), d);                                                          \
  }                                                                                                          \
  QIAO_COMPLEX type cuCdiv##suffix(type x, type y) {                                                         \
    const real scale = (y.x < 0 ? -y.x : y.x) + (y.y < 0 ? -y.y : y.y), one = (real)1 / scale;               \
    const real a = x.x * one, b = x.y * one, c = y.x * one, d = y.y * one, norm = (real)1 / (c * c + d * d); \
    return make_##name((a * c + b * d) * norm, (b * c - a * d) * norm);                                      \
  }                                                                                                          \
  QIAO_COMPLEX real cuCabs##suffix(type x) {                                                                 \
    return root(x.x, x.y);                                                                                   \
  }

QIAO_COMPLEX_TYPE(cuFloatComplex, float, cuFloatComplex, f, hypotf)
QIAO_COMPLEX_TYPE(cuDoubleComplex, double, cuDoubleComplex, , hypot)
#undef QIAO_COMPLEX_TYPE

QIAO_COMPLEX cuComplex make_cuComplex(float re, float im) {
  return make_cuFloatComplex(re, im);
}
QIAO_COMPLEX cuDoubleComplex cuComplexFloatToDouble(cuFloatComplex x) {
  return make_cuDoubleComplex(x.x, x.y);
}
QIAO_COMPLEX cuFloatComplex cuComplexDoubleToFloat(cuDoubleComplex x) {
  return make_cuFloatComplex((float)x.x, (float)x.y);
}
#undef QIAO_COMPLEX
