// Which address space a generic pointer points into, and conversions between the two kinds of address.
#pragma once

#define QIAO_SPACE(Name, name, builtin, space)                                    \
  static __device__ __inline__ unsigned int __is##Name(const void* p) {           \
    return builtin(p);                                                            \
  }                                                                               \
  static __device__ __inline__ size_t __cvta_generic_to_##name(const void* p) {   \
    return (size_t)(const void __attribute__((address_space(space)))*)p;          \
  }                                                                               \
  static __device__ __inline__ void* __cvta_##name##_to_generic(size_t address) { \
    return (void*)(void __attribute__((address_space(space)))*)address;           \
  }
QIAO_SPACE(Global, global, __nvvm_isspacep_global, 1)
QIAO_SPACE(Shared, shared, __nvvm_isspacep_shared, 3)
QIAO_SPACE(Constant, constant, __nvvm_isspacep_const, 4)
QIAO_SPACE(Local, local, __nvvm_isspacep_local, 5)
#undef QIAO_SPACE

// Clang's header of intrinsics takes this name from the driver's types.
typedef unsigned int cuuint32_t;
