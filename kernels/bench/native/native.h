// The C++ versions that the kernels are measured against, compiled by Clang -O3 -march=native in two flavours (plain
// and -ffast-math). Nothing inline from the standard library may be used in this folder: the linker could put code made
// for -ffast-math where the host program's belongs.
#pragma once

namespace qiao::bench {

inline constexpr int kFmaChains = 10;  // of fma_chains: 2 * kFmaChains * lanes operations per round

struct Native {
  const char* name;
  int lanes;    // floats in a vector
  bool avx512;  // what the code was compiled for
  bool avx2;
#define QIAO_NATIVE(name, parameters) void(*name) parameters;
#include "kernels/bench/native/native.def"
#undef QIAO_NATIVE
};

#define QIAO_FLAVOUR(flavour)  \
  namespace flavour {          \
  extern const Native kNative; \
  }
QIAO_FLAVOUR(plain)
QIAO_FLAVOUR(fast_math)
#undef QIAO_FLAVOUR

}  // namespace qiao::bench
