// Clang's __clang_cuda_intrinsics.h includes this name at the point where match and nanosleep belong.
#pragma once

#define QIAO_MATCH(type, width, raw)                                                                     \
  static __device__ __inline__ unsigned int __match_any_sync(unsigned int mask, type value) {            \
    return __match##width##_any_sync(mask, raw);                                                         \
  }                                                                                                      \
  static __device__ __inline__ unsigned int __match_all_sync(unsigned int mask, type value, int* pred) { \
    return __match##width##_all_sync(mask, raw, pred);                                                   \
  }
QIAO_MATCH(int, 32, static_cast<unsigned int>(value))
QIAO_MATCH(unsigned int, 32, value)
QIAO_MATCH(long, 64, static_cast<unsigned long long>(value))
QIAO_MATCH(unsigned long, 64, value)
QIAO_MATCH(long long, 64, static_cast<unsigned long long>(value))
QIAO_MATCH(unsigned long long, 64, value)
QIAO_MATCH(float, 32, __float_as_uint(value))
QIAO_MATCH(double, 64, static_cast<unsigned long long>(__double_as_longlong(value)))
#undef QIAO_MATCH

static __device__ __inline__ void __nanosleep(unsigned int ns) {
  asm volatile("nanosleep.u32 %0;" ::"r"(ns));
}
