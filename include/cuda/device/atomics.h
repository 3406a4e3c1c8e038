// atomicAdd and its kin, each also for the block and the system: overloads over Clang's typed functions.
#pragma once

#define QIAO_ATOMIC(name, type, call)                                \
  static __device__ __inline__ type name(type* p, type v) {          \
    return call(p, v);                                               \
  }                                                                  \
  static __device__ __inline__ type name##_block(type* p, type v) {  \
    return call##_block(p, v);                                       \
  }                                                                  \
  static __device__ __inline__ type name##_system(type* p, type v) { \
    return call##_system(p, v);                                      \
  }

QIAO_ATOMIC(atomicAdd, int, __iAtomicAdd)
QIAO_ATOMIC(atomicAdd, unsigned int, __uAtomicAdd)
QIAO_ATOMIC(atomicAdd, unsigned long long, __ullAtomicAdd)
QIAO_ATOMIC(atomicAdd, float, __fAtomicAdd)
QIAO_ATOMIC(atomicAdd, double, __dAtomicAdd)
QIAO_ATOMIC(atomicExch, int, __iAtomicExch)
QIAO_ATOMIC(atomicExch, unsigned int, __uAtomicExch)
QIAO_ATOMIC(atomicExch, unsigned long long, __ullAtomicExch)
QIAO_ATOMIC(atomicExch, float, __fAtomicExch)
QIAO_ATOMIC(atomicMin, int, __iAtomicMin)
QIAO_ATOMIC(atomicMin, unsigned int, __uAtomicMin)
QIAO_ATOMIC(atomicMin, long long, __illAtomicMin)
QIAO_ATOMIC(atomicMin, unsigned long long, __ullAtomicMin)
QIAO_ATOMIC(atomicMax, int, __iAtomicMax)
QIAO_ATOMIC(atomicMax, unsigned int, __uAtomicMax)
QIAO_ATOMIC(atomicMax, long long, __illAtomicMax)
QIAO_ATOMIC(atomicMax, unsigned long long, __ullAtomicMax)
QIAO_ATOMIC(atomicInc, unsigned int, __uAtomicInc)
QIAO_ATOMIC(atomicDec, unsigned int, __uAtomicDec)
QIAO_ATOMIC(atomicAnd, int, __iAtomicAnd)
QIAO_ATOMIC(atomicAnd, unsigned int, __uAtomicAnd)
QIAO_ATOMIC(atomicAnd, unsigned long long, __ullAtomicAnd)
QIAO_ATOMIC(atomicOr, int, __iAtomicOr)
QIAO_ATOMIC(atomicOr, unsigned int, __uAtomicOr)
QIAO_ATOMIC(atomicOr, unsigned long long, __ullAtomicOr)
QIAO_ATOMIC(atomicXor, int, __iAtomicXor)
QIAO_ATOMIC(atomicXor, unsigned int, __uAtomicXor)
QIAO_ATOMIC(atomicXor, unsigned long long, __ullAtomicXor)
#undef QIAO_ATOMIC

// Subtraction is the addition of the negative, as in PTX, which has none.
#define QIAO_SUB(suffix)                                                                         \
  static __device__ __inline__ int atomicSub##suffix(int* p, int v) {                            \
    return atomicAdd##suffix(p, static_cast<int>(-static_cast<unsigned int>(v)));                \
  }                                                                                              \
  static __device__ __inline__ unsigned int atomicSub##suffix(unsigned int* p, unsigned int v) { \
    return atomicAdd##suffix(p, -v);                                                             \
  }
QIAO_SUB()
QIAO_SUB(_block)
QIAO_SUB(_system)
#undef QIAO_SUB

#define QIAO_CAS(suffix)                                                                                         \
  static __device__ __inline__ int atomicCAS##suffix(int* p, int expected, int desired) {                        \
    return __iAtomicCAS##suffix(p, expected, desired);                                                           \
  }                                                                                                              \
  static __device__ __inline__ unsigned int atomicCAS##suffix(unsigned int* p, unsigned int expected,            \
                                                              unsigned int desired) {                            \
    return static_cast<unsigned int>(                                                                            \
        __iAtomicCAS##suffix(reinterpret_cast<int*>(p), static_cast<int>(expected), static_cast<int>(desired))); \
  }                                                                                                              \
  static __device__ __inline__ unsigned long long atomicCAS##suffix(                                             \
      unsigned long long* p, unsigned long long expected, unsigned long long desired) {                          \
    return __ullAtomicCAS##suffix(p, expected, desired);                                                         \
  }
QIAO_CAS()
QIAO_CAS(_block)
QIAO_CAS(_system)
#undef QIAO_CAS
