// The types of cuBLAS and cuBLASLt as the shims see them: names and numbers are those of the interface. Complex numbers
// are std::complex, which C++ lays out and passes as the interface's pairs.
#pragma once

#include <cstdint>
#include <cstdio>

#include <complex>

#include "shim/api/runtime_types.h"

typedef std::complex<float> cuComplex;
typedef std::complex<double> cuDoubleComplex;

// Sixteen bits, and nothing of the arithmetic (src/blas/reduced.h).
struct __half {
  uint16_t bits;
};
struct __nv_bfloat16 {
  uint16_t bits;
};

#include "shim/api/cublas_types.gen.inc"
