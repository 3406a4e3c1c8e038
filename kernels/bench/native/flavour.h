// For the files of this folder: the declarations of the flavour being compiled (QIAO_BENCH_FLAVOUR, by the build), and
// the vectors that the hand-blocked versions use.
#pragma once

#include "kernels/bench/native/native.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {

#define QIAO_NATIVE(name, parameters) void name parameters;
#include "kernels/bench/native/native.def"
#undef QIAO_NATIVE

#ifdef __AVX512F__
inline constexpr int kLanes = 16;
inline constexpr int kVectorRegisters = 32;
#else
inline constexpr int kLanes = 8;
inline constexpr int kVectorRegisters = 16;
#endif
typedef float Floats __attribute__((vector_size(kLanes * 4), aligned(4)));  // loads and stores need no alignment
typedef int Ints __attribute__((vector_size(kLanes * 4), aligned(4)));

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
