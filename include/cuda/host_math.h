// Math functions which CUDA offers to host code and the C library does not. The device has its own overloads.
#pragma once

#include <cmath>

#include "host_defines.h"

static __inline__ __host__ float rsqrtf(float x) {
  return 1.0f / sqrtf(x);
}
static __inline__ __host__ double rsqrt(double x) {
  return 1.0 / sqrt(x);
}
static __inline__ __host__ float rcbrtf(float x) {
  return 1.0f / cbrtf(x);
}
static __inline__ __host__ double rcbrt(double x) {
  return 1.0 / cbrt(x);
}
#if !__GLIBC_PREREQ(2, 41)  // C23's, which glibc has since
static __inline__ __host__ float sinpif(float x) {
  return static_cast<float>(sin(M_PI * fmod(static_cast<double>(x), 2.0)));
}
static __inline__ __host__ double sinpi(double x) {
  return sin(M_PI * fmod(x, 2.0));
}
static __inline__ __host__ float cospif(float x) {
  return static_cast<float>(cos(M_PI * fmod(static_cast<double>(x), 2.0)));
}
static __inline__ __host__ double cospi(double x) {
  return cos(M_PI * fmod(x, 2.0));
}
#endif
static __inline__ __host__ float normcdff(float x) {
  return 0.5f * erfcf(-x * static_cast<float>(M_SQRT1_2));
}
static __inline__ __host__ double normcdf(double x) {
  return 0.5 * erfc(-x * M_SQRT1_2);
}
static __inline__ __host__ float rhypotf(float x, float y) {
  return 1.0f / hypotf(x, y);
}
static __inline__ __host__ double rhypot(double x, double y) {
  return 1.0 / hypot(x, y);
}
static __inline__ __host__ float norm3df(float x, float y, float z) {
  return hypotf(hypotf(x, y), z);
}
static __inline__ __host__ double norm3d(double x, double y, double z) {
  return hypot(hypot(x, y), z);
}

#define QIAO_MIN_MAX(type)                                        \
  static __inline__ __host__ constexpr type min(type a, type b) { \
    return b < a ? b : a;                                         \
  }                                                               \
  static __inline__ __host__ constexpr type max(type a, type b) { \
    return a < b ? b : a;                                         \
  }
QIAO_MIN_MAX(int)
QIAO_MIN_MAX(unsigned int)
QIAO_MIN_MAX(long)
QIAO_MIN_MAX(unsigned long)
QIAO_MIN_MAX(long long)
QIAO_MIN_MAX(unsigned long long)
#undef QIAO_MIN_MAX
static __inline__ __host__ float min(float a, float b) {
  return fminf(a, b);
}
static __inline__ __host__ float max(float a, float b) {
  return fmaxf(a, b);
}
static __inline__ __host__ double min(double a, double b) {
  return fmin(a, b);
}
static __inline__ __host__ double max(double a, double b) {
  return fmax(a, b);
}
static __inline__ __host__ double min(float a, double b) {
  return min(static_cast<double>(a), b);
}
static __inline__ __host__ double max(float a, double b) {
  return max(static_cast<double>(a), b);
}
static __inline__ __host__ double min(double a, float b) {
  return min(a, static_cast<double>(b));
}
static __inline__ __host__ double max(double a, float b) {
  return max(a, static_cast<double>(b));
}
static __inline__ __host__ unsigned int min(int a, unsigned int b) {
  return min(static_cast<unsigned int>(a), b);
}
static __inline__ __host__ unsigned int max(int a, unsigned int b) {
  return max(static_cast<unsigned int>(a), b);
}
static __inline__ __host__ unsigned int min(unsigned int a, int b) {
  return min(a, static_cast<unsigned int>(b));
}
static __inline__ __host__ unsigned int max(unsigned int a, int b) {
  return max(a, static_cast<unsigned int>(b));
}
