// CUDA's vector types: plain structs with members x, y, z, w and the alignment the device's vector loads need.
#pragma once
#define __VECTOR_TYPES_H__  // programs ask for it to learn what is there

#include "host_defines.h"

#define QIAO_VECTORS(name, scalar, align2, align4) \
  struct name##1 {                                 \
    scalar x;                                      \
  };                                               \
  struct __align__(align2) name##2 {               \
    scalar x, y;                                   \
  };                                               \
  struct name##3 {                                 \
    scalar x, y, z;                                \
  };                                               \
  struct __align__(align4) name##4 {               \
    scalar x, y, z, w;                             \
  };
QIAO_VECTORS(char, signed char, 2, 4)
QIAO_VECTORS(uchar, unsigned char, 2, 4)
QIAO_VECTORS(short, short, 4, 8)
QIAO_VECTORS(ushort, unsigned short, 4, 8)
QIAO_VECTORS(int, int, 8, 16)
QIAO_VECTORS(uint, unsigned int, 8, 16)
QIAO_VECTORS(long, long, 16, 16)
QIAO_VECTORS(ulong, unsigned long, 16, 16)
QIAO_VECTORS(longlong, long long, 16, 16)
QIAO_VECTORS(ulonglong, unsigned long long, 16, 16)
QIAO_VECTORS(float, float, 8, 16)
QIAO_VECTORS(double, double, 16, 16)
#undef QIAO_VECTORS

// CUDA 13 names the two possible alignments of 32-byte vectors.
#define QIAO_ALIGNED_VECTORS(name, scalar) \
  struct __align__(16) name##4_16a {       \
    scalar x, y, z, w;                     \
  };                                       \
  struct __align__(32) name##4_32a {       \
    scalar x, y, z, w;                     \
  };
QIAO_ALIGNED_VECTORS(long, long)
QIAO_ALIGNED_VECTORS(ulong, unsigned long)
QIAO_ALIGNED_VECTORS(longlong, long long)
QIAO_ALIGNED_VECTORS(ulonglong, unsigned long long)
QIAO_ALIGNED_VECTORS(double, double)
#undef QIAO_ALIGNED_VECTORS

struct dim3 {
  unsigned int x, y, z;
#if defined(__cplusplus)
  __host__ __device__ constexpr dim3(unsigned int vx = 1, unsigned int vy = 1, unsigned int vz = 1)
      : x(vx), y(vy), z(vz) {}
  __host__ __device__ constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  __host__ __device__ constexpr operator uint3() const {
    return uint3{x, y, z};
  }
#endif
};
