// The basics of half precision: the types, conversions, arithmetic and comparisons, on device and host alike. Left out
// (so an error by name): conversions with directed rounding other than float's, integer conversions beyond int,
// atomics.
#pragma once

#include "vector_functions.h"

#if defined(__clang__)
#define QIAO_HD static __inline__ __host__ __device__

struct __half_raw {
  unsigned short x;
};

struct __align__(2) __half {
  _Float16 value;

  __half() = default;
  __host__ __device__ constexpr __half(float v) : value(static_cast<_Float16>(v)) {}
  __host__ __device__ constexpr __half(double v) : value(static_cast<_Float16>(v)) {}
  __host__ __device__ constexpr __half(int v) : value(static_cast<_Float16>(v)) {}
  __host__ __device__ constexpr __half(unsigned int v) : value(static_cast<_Float16>(v)) {}
  __host__ __device__ constexpr explicit __half(_Float16 v) : value(v) {}
  __host__ __device__ __half(__half_raw raw) : value(__builtin_bit_cast(_Float16, raw)) {}

  __host__ __device__ constexpr operator float() const {
    return static_cast<float>(value);
  }
  __host__ __device__ operator __half_raw() const {
    return __builtin_bit_cast(__half_raw, value);
  }
};
typedef __half half;

struct __align__(4) __half2 {
  __half x, y;
  __half2() = default;
  __host__ __device__ constexpr __half2(__half a, __half b) : x(a), y(b) {}
};
typedef __half2 half2;

// Conversions.
QIAO_HD __half __float2half(float v) {
  return __half(v);
}
QIAO_HD __half __float2half_rn(float v) {
  return __half(v);
}
QIAO_HD __half __double2half(double v) {
  return __half(v);
}
QIAO_HD __half __int2half_rn(int v) {
  return __half(v);
}
QIAO_HD __half __uint2half_rn(unsigned int v) {
  return __half(v);
}
QIAO_HD float __half2float(__half v) {
  return static_cast<float>(v.value);
}
QIAO_HD int __half2int_rz(__half v) {
  return static_cast<int>(v.value);
}
QIAO_HD unsigned short __half_as_ushort(__half v) {
  return __builtin_bit_cast(unsigned short, v.value);
}
QIAO_HD short __half_as_short(__half v) {
  return __builtin_bit_cast(short, v.value);
}
QIAO_HD __half __ushort_as_half(unsigned short v) {
  return __half(__builtin_bit_cast(_Float16, v));
}
QIAO_HD __half __short_as_half(short v) {
  return __half(__builtin_bit_cast(_Float16, v));
}

QIAO_HD __half2 make_half2(__half a, __half b) {
  return __half2(a, b);
}
QIAO_HD __half2 __halves2half2(__half a, __half b) {
  return __half2(a, b);
}
QIAO_HD __half2 __half2half2(__half a) {
  return __half2(a, a);
}
QIAO_HD __half2 __float2half2_rn(float v) {
  return __half2(__half(v), __half(v));
}
QIAO_HD __half2 __floats2half2_rn(float a, float b) {
  return __half2(__half(a), __half(b));
}
QIAO_HD __half2 __float22half2_rn(float2 v) {
  return __half2(__half(v.x), __half(v.y));
}
QIAO_HD float2 __half22float2(__half2 v) {
  return make_float2(__half2float(v.x), __half2float(v.y));
}
QIAO_HD __half __low2half(__half2 v) {
  return v.x;
}
QIAO_HD __half __high2half(__half2 v) {
  return v.y;
}
QIAO_HD float __low2float(__half2 v) {
  return __half2float(v.x);
}
QIAO_HD float __high2float(__half2 v) {
  return __half2float(v.y);
}
QIAO_HD __half2 __low2half2(__half2 v) {
  return __half2(v.x, v.x);
}
QIAO_HD __half2 __high2half2(__half2 v) {
  return __half2(v.y, v.y);
}
QIAO_HD __half2 __lowhigh2highlow(__half2 v) {
  return __half2(v.y, v.x);
}

// Arithmetic; the operators round each result to half.
#define QIAO_ARITHMETIC(op, name)                             \
  QIAO_HD __half operator op(__half a, __half b) {            \
    return __half(static_cast<_Float16>(a.value op b.value)); \
  }                                                           \
  QIAO_HD __half& operator op##=(__half& a, __half b) {       \
    return a = a op b;                                        \
  }                                                           \
  QIAO_HD __half name(__half a, __half b) {                   \
    return a op b;                                            \
  }                                                           \
  QIAO_HD __half2 operator op(__half2 a, __half2 b) {         \
    return __half2(a.x op b.x, a.y op b.y);                   \
  }                                                           \
  QIAO_HD __half2& operator op##=(__half2& a, __half2 b) {    \
    return a = a op b;                                        \
  }
QIAO_ARITHMETIC(+, __hadd)
QIAO_ARITHMETIC(-, __hsub)
QIAO_ARITHMETIC(*, __hmul)
QIAO_ARITHMETIC(/, __hdiv)
#undef QIAO_ARITHMETIC
QIAO_HD __half2 __hadd2(__half2 a, __half2 b) {
  return a + b;
}
QIAO_HD __half2 __hsub2(__half2 a, __half2 b) {
  return a - b;
}
QIAO_HD __half2 __hmul2(__half2 a, __half2 b) {
  return a * b;
}
QIAO_HD __half2 __h2div(__half2 a, __half2 b) {
  return a / b;
}
QIAO_HD __half operator-(__half a) {
  return __half(static_cast<_Float16>(-a.value));
}
QIAO_HD __half2 operator-(__half2 a) {
  return __half2(-a.x, -a.y);
}
QIAO_HD __half __hneg(__half a) {
  return -a;
}
QIAO_HD __half2 __hneg2(__half2 a) {
  return -a;
}
QIAO_HD __half __habs(__half a) {
  return __ushort_as_half(__half_as_ushort(a) & 0x7fff);
}
QIAO_HD __half2 __habs2(__half2 a) {
  return __half2(__habs(a.x), __habs(a.y));
}
QIAO_HD __half __hfma(__half a, __half b, __half c) {
#if defined(__CUDA_ARCH__)
  return __half(__builtin_elementwise_fma(a.value, b.value, c.value));
#else
  // The product of two halves is exact in double, and the sum's double rounding is out of half's reach.
  return __half(static_cast<double>(a.value) * static_cast<double>(b.value) + static_cast<double>(c.value));
#endif
}
QIAO_HD __half2 __hfma2(__half2 a, __half2 b, __half2 c) {
  return __half2(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y));
}

// Comparisons.
#define QIAO_COMPARE(op, name)                     \
  QIAO_HD bool operator op(__half a, __half b) {   \
    return a.value op b.value;                     \
  }                                                \
  QIAO_HD bool name(__half a, __half b) {          \
    return a.value op b.value;                     \
  }                                                \
  QIAO_HD bool name##_both(__half2 a, __half2 b) { \
    return a.x op b.x && a.y op b.y;               \
  }
QIAO_COMPARE(==, __heq)
QIAO_COMPARE(!=, __hne)
QIAO_COMPARE(<, __hlt)
QIAO_COMPARE(<=, __hle)
QIAO_COMPARE(>, __hgt)
QIAO_COMPARE(>=, __hge)
#undef QIAO_COMPARE
QIAO_HD bool __hbeq2(__half2 a, __half2 b) {
  return __heq_both(a, b);
}
QIAO_HD bool __hblt2(__half2 a, __half2 b) {
  return __hlt_both(a, b);
}
QIAO_HD bool __hbgt2(__half2 a, __half2 b) {
  return __hgt_both(a, b);
}
QIAO_HD bool __hisnan(__half a) {
  return a.value != a.value;
}
QIAO_HD int __hisinf(__half a) {
  const unsigned short bits = __half_as_ushort(a);
  return (bits & 0x7fff) != 0x7c00 ? 0 : bits >> 15 ? -1 : 1;
}
QIAO_HD __half __hmin(__half a, __half b) {
  return __hisnan(a) ? b : __hisnan(b) ? a : b.value < a.value ? b : a;
}
QIAO_HD __half __hmax(__half a, __half b) {
  return __hisnan(a) ? b : __hisnan(b) ? a : a.value < b.value ? b : a;
}
QIAO_HD __half2 __hmin2(__half2 a, __half2 b) {
  return __half2(__hmin(a.x, b.x), __hmin(a.y, b.y));
}
QIAO_HD __half2 __hmax2(__half2 a, __half2 b) {
  return __half2(__hmax(a.x, b.x), __hmax(a.y, b.y));
}

#if defined(__CUDA__)
// Functions, through float: its error is far below half's unit.
#define QIAO_FUNCTION(name, call)                      \
  static __inline__ __device__ __half name(__half a) { \
    return __half(call(__half2float(a)));              \
  }
QIAO_FUNCTION(hsqrt, sqrtf)
QIAO_FUNCTION(hrsqrt, rsqrtf)
QIAO_FUNCTION(hexp, expf)
QIAO_FUNCTION(hexp2, exp2f)
QIAO_FUNCTION(hlog, logf)
QIAO_FUNCTION(hlog2, log2f)
QIAO_FUNCTION(hsin, sinf)
QIAO_FUNCTION(hcos, cosf)
QIAO_FUNCTION(htanh, tanhf)
QIAO_FUNCTION(hfloor, floorf)
QIAO_FUNCTION(hceil, ceilf)
QIAO_FUNCTION(htrunc, truncf)
QIAO_FUNCTION(hrint, rintf)
#undef QIAO_FUNCTION

#define QIAO_SHUFFLE(name, extra)                                                                              \
  static __inline__ __device__ __half name(unsigned int mask, __half v, extra lane, int width = 32) {          \
    return __ushort_as_half(                                                                                   \
        static_cast<unsigned short>(name(mask, static_cast<unsigned int>(__half_as_ushort(v)), lane, width))); \
  }                                                                                                            \
  static __inline__ __device__ __half2 name(unsigned int mask, __half2 v, extra lane, int width = 32) {        \
    return __builtin_bit_cast(__half2, name(mask, __builtin_bit_cast(unsigned int, v), lane, width));          \
  }
QIAO_SHUFFLE(__shfl_sync, int)
QIAO_SHUFFLE(__shfl_up_sync, unsigned int)
QIAO_SHUFFLE(__shfl_down_sync, unsigned int)
QIAO_SHUFFLE(__shfl_xor_sync, int)
#undef QIAO_SHUFFLE

static __inline__ __device__ __half __ldg(const __half* p) {
  return __ushort_as_half(__ldg(reinterpret_cast<const unsigned short*>(p)));
}
static __inline__ __device__ __half2 __ldg(const __half2* p) {
  return __builtin_bit_cast(__half2, __ldg(reinterpret_cast<const unsigned int*>(p)));
}
#endif

#undef QIAO_HD
#else
#error "cuda_fp16.h needs Clang: qiao cc compiles with it"
#endif
