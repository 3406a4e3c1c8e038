// cuBLAS for programs built with these headers: the entry points and types of shim/api's lists. C++ only.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cuComplex.h"
#include "cuda_runtime_api.h"

#define CUBLAS_VER_MAJOR 13
#define CUBLAS_VER_MINOR 0
#define CUBLAS_VER_PATCH 0
#define CUBLAS_VERSION (CUBLAS_VER_MAJOR * 10000 + CUBLAS_VER_MINOR * 100 + CUBLAS_VER_PATCH)

#ifndef CUBLASWINAPI
#define CUBLASWINAPI
#endif

#ifdef __clang__
#include "cuda_fp16.h"
#endif
struct __half;
struct __nv_bfloat16;

#include "detail/cublas_types.inc"

extern "C" {
#define QIAO_ENTRY(symbol, body, since, until, result, params, args) result symbol params;
#include "detail/cublas.hand.inc"
#include "detail/cublas.inc"
#undef QIAO_ENTRY
}
