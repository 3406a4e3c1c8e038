// Everything device code may call: Clang's own headers where they have it, ours for the rest. In the host's pass the
// same functions must be declared, so __CUDA_ARCH__ pretends to be the newest while they are read.
#pragma once

#include "../vector_functions.h"

#if !defined(CUDA_VERSION)
#define CUDA_VERSION 13000
#define QIAO_LENT_CUDA_VERSION
#endif
#pragma push_macro("__CUDA_ARCH__")
#if !defined(__CUDA_ARCH__)
#define __CUDA_ARCH__ 9999
#endif

#include <__clang_cuda_builtin_vars.h>
#include <__clang_cuda_libdevice_declares.h>

// The order matters: each uses what came before.
// clang-format off
#include <__clang_cuda_device_functions.h>
#include <__clang_cuda_math.h>
#include "libc.h"
#include "math.h"
#include "atomics.h"
#include "spaces.h"
#include "memory.h"
#include <__clang_cuda_cmath.h>
#include <__clang_cuda_intrinsics.h>
#include <__clang_cuda_complex_builtins.h>
#include "textures.h"
#include "surfaces.h"
// clang-format on

#pragma pop_macro("__CUDA_ARCH__")
#if defined(QIAO_LENT_CUDA_VERSION)
#undef CUDA_VERSION
#undef QIAO_LENT_CUDA_VERSION
#endif

// Clang's built-in variables convert to these two types, which it leaves to us to define.
#define QIAO_BUILTIN(name)                                              \
  __device__ inline __cuda_builtin_##name##_t::operator dim3() const {  \
    return dim3(x, y, z);                                               \
  }                                                                     \
  __device__ inline __cuda_builtin_##name##_t::operator uint3() const { \
    return uint3{x, y, z};                                              \
  }
QIAO_BUILTIN(threadIdx)
QIAO_BUILTIN(blockIdx)
QIAO_BUILTIN(blockDim)
QIAO_BUILTIN(gridDim)
#undef QIAO_BUILTIN
