// make_float4 and its kin.
#pragma once

#include "vector_types.h"

#define QIAO_MAKE(name, scalar)                                                                                    \
  static __inline__ __host__ __device__ constexpr name##1 make_##name##1(scalar x) {                               \
    return {x};                                                                                                    \
  }                                                                                                                \
  static __inline__ __host__ __device__ constexpr name##2 make_##name##2(scalar x, scalar y) {                     \
    return {x, y};                                                                                                 \
  }                                                                                                                \
  static __inline__ __host__ __device__ constexpr name##3 make_##name##3(scalar x, scalar y, scalar z) {           \
    return {x, y, z};                                                                                              \
  }                                                                                                                \
  static __inline__ __host__ __device__ constexpr name##4 make_##name##4(scalar x, scalar y, scalar z, scalar w) { \
    return {x, y, z, w};                                                                                           \
  }
QIAO_MAKE(char, signed char)
QIAO_MAKE(uchar, unsigned char)
QIAO_MAKE(short, short)
QIAO_MAKE(ushort, unsigned short)
QIAO_MAKE(int, int)
QIAO_MAKE(uint, unsigned int)
QIAO_MAKE(long, long)
QIAO_MAKE(ulong, unsigned long)
QIAO_MAKE(longlong, long long)
QIAO_MAKE(ulonglong, unsigned long long)
QIAO_MAKE(float, float)
QIAO_MAKE(double, double)
#undef QIAO_MAKE
