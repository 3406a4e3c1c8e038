// OpenBLAS, the host's library behind BLAS calls: opened when a program first makes a BLAS handle, under a handle of
// its own, so that neither it nor the program sees the other's symbols (design D9). Found by name, because a build must
// not need it; where it is missing, BLAS handles cannot be made.
#pragma once

#include <complex>
#include <cstddef>

#include "src/base/result.h"

namespace qiao::blas {

template <class T>
struct RealOf {
  using type = T;
};
template <class T>
struct RealOf<std::complex<T>> {
  using type = T;
};
template <class T>
using Real = typename RealOf<T>::type;
template <class T>
inline constexpr bool is_complex = !std::is_same_v<T, Real<T>>;

// The functions for one type; null where there is none of that name.
template <class T>
struct Fortran {
  using R = Real<T>;
#define QIAO_FORTRAN(name, real, complex, parameters) void(*name) parameters = nullptr;
#include "src/blas/fortran.inc"
};

struct OpenBlas {
  Fortran<float> s;
  Fortran<double> d;
  Fortran<std::complex<float>> c;
  Fortran<std::complex<double>> z;
  // Reductions, by CBLAS's names: how Fortran functions return floats and complex numbers depends on the compiler.
  float (*sdot)(int n, const float* x, int incx, const float* y, int incy) = nullptr;
  double (*ddot)(int n, const double* x, int incx, const double* y, int incy) = nullptr;

  static Result<const OpenBlas*> get();
};

// Only after get() succeeded.
const OpenBlas& openblas();

template <class T>
const Fortran<T>& fortran() {
  const OpenBlas& library = openblas();
  if constexpr (std::is_same_v<T, float>) return library.s;
  if constexpr (std::is_same_v<T, double>) return library.d;
  if constexpr (std::is_same_v<T, std::complex<float>>) return library.c;
  if constexpr (std::is_same_v<T, std::complex<double>>) return library.z;
}

}  // namespace qiao::blas
