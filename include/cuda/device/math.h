// Device math that Clang's headers leave to CUDA's: overloads by type, and min and max.
#pragma once

#define QIAO_D static __device__ __inline__ __attribute__((always_inline))

QIAO_D unsigned int min(unsigned int a, unsigned int b) {
  return b < a ? b : a;
}
QIAO_D unsigned int max(unsigned int a, unsigned int b) {
  return a < b ? b : a;
}
QIAO_D unsigned int min(int a, unsigned int b) {
  return min(static_cast<unsigned int>(a), b);
}
QIAO_D unsigned int max(int a, unsigned int b) {
  return max(static_cast<unsigned int>(a), b);
}
QIAO_D unsigned int min(unsigned int a, int b) {
  return min(a, static_cast<unsigned int>(b));
}
QIAO_D unsigned int max(unsigned int a, int b) {
  return max(a, static_cast<unsigned int>(b));
}
#define QIAO_MIN_MAX(type)          \
  QIAO_D type min(type a, type b) { \
    return b < a ? b : a;           \
  }                                 \
  QIAO_D type max(type a, type b) { \
    return a < b ? b : a;           \
  }
QIAO_MIN_MAX(long)
QIAO_MIN_MAX(unsigned long)
QIAO_MIN_MAX(long long)
QIAO_MIN_MAX(unsigned long long)
#undef QIAO_MIN_MAX
// Not by comparison: of a number and a NaN, the number is asked for.
QIAO_D float min(float a, float b) {
  return fminf(a, b);
}
QIAO_D float max(float a, float b) {
  return fmaxf(a, b);
}
QIAO_D double min(double a, double b) {
  return fmin(a, b);
}
QIAO_D double max(double a, double b) {
  return fmax(a, b);
}
QIAO_D double min(float a, double b) {
  return min(static_cast<double>(a), b);
}
QIAO_D double max(float a, double b) {
  return max(static_cast<double>(a), b);
}
QIAO_D double min(double a, float b) {
  return min(a, static_cast<double>(b));
}
QIAO_D double max(double a, float b) {
  return max(a, static_cast<double>(b));
}

QIAO_D float rsqrt(float x) {
  return rsqrtf(x);
}
QIAO_D float rcbrt(float x) {
  return rcbrtf(x);
}
QIAO_D float sinpi(float x) {
  return sinpif(x);
}
QIAO_D float cospi(float x) {
  return cospif(x);
}
QIAO_D void sincospi(float x, float* s, float* c) {
  sincospif(x, s, c);
}
QIAO_D float erfinv(float x) {
  return erfinvf(x);
}
QIAO_D float erfcinv(float x) {
  return erfcinvf(x);
}
QIAO_D float erfcx(float x) {
  return erfcxf(x);
}
QIAO_D float normcdf(float x) {
  return normcdff(x);
}
QIAO_D float normcdfinv(float x) {
  return normcdfinvf(x);
}

QIAO_D int __dp4a(int a, int b, int c) {
  int d;
  asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(d) : "r"(a), "r"(b), "r"(c));
  return d;
}
QIAO_D unsigned int __dp4a(unsigned int a, unsigned int b, unsigned int c) {
  unsigned int d;
  asm("dp4a.u32.u32 %0, %1, %2, %3;" : "=r"(d) : "r"(a), "r"(b), "r"(c));
  return d;
}

#undef QIAO_D
