// Vector operations which OpenBLAS has not, has differently, or which are as fast written here: one template each.
// Vectors are BLAS's: a negative increment walks from the far end (cuBLAS, as reference BLAS).
#pragma once

#include <cmath>
#include <cstdint>

#include "src/blas/openblas.h"

namespace qiao::blas {

// The first element that is visited.
template <class T>
T* first_of(T* x, int64_t n, int64_t inc) {
  return inc < 0 ? x + (1 - n) * inc : x;
}

template <class T>
T conjugate(const T& value) {
  if constexpr (is_complex<T>) return std::conj(value);
  return value;
}

// The products written out: operator* of std::complex calls a function to treat infinities, as no GPU does.
template <class T, class S>
T times(const T& a, const S& b) {
  if constexpr (is_complex<T> && is_complex<S>) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
  } else if constexpr (is_complex<T>) {
    return {a.real() * b, a.imag() * b};
  } else {
    return a * b;
  }
}

template <class T, class S>
void scal(int64_t n, S alpha, T* x, int64_t inc) {
  if (inc == 1) {
    for (int64_t i = 0; i < n; ++i) x[i] = times(x[i], alpha);
    return;
  }
  for (int64_t i = 0; i < n; ++i) x[i * inc] = times(x[i * inc], alpha);
}

template <class T>
void copy(int64_t n, const T* x, int64_t incx, T* y, int64_t incy) {
  x = first_of(x, n, incx), y = first_of(y, n, incy);
  for (int64_t i = 0; i < n; ++i) y[i * incy] = x[i * incx];
}

template <class T>
void swap(int64_t n, T* x, int64_t incx, T* y, int64_t incy) {
  x = first_of(x, n, incx), y = first_of(y, n, incy);
  for (int64_t i = 0; i < n; ++i) std::swap(x[i * incx], y[i * incy]);
}

// In double for float: the sum of squares can neither overflow nor lose what is small.
template <class T>
Real<T> nrm2(int64_t n, const T* x, int64_t inc) {
  using R = Real<T>;
  const R* parts = reinterpret_cast<const R*>(x);
  constexpr int kParts = is_complex<T> ? 2 : 1;
  if constexpr (std::is_same_v<R, float>) {
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) {
      for (int p = 0; p < kParts; ++p) {
        const double part = parts[i * inc * kParts + p];
        sum += part * part;
      }
    }
    return float(std::sqrt(sum));
  } else {
    R sum = 0, largest = 0;
    for (int64_t i = 0; i < n; ++i) {
      for (int p = 0; p < kParts; ++p) {
        const R part = parts[i * inc * kParts + p];
        sum += part * part;
        largest = std::max(largest, std::fabs(part));
      }
    }
    constexpr R kSmall = 1e-140, kLarge = 1e140;
    if ((largest > kSmall && largest < kLarge) || largest == 0 || !std::isfinite(largest)) return std::sqrt(sum);
    sum = 0;
    for (int64_t i = 0; i < n; ++i) {
      for (int p = 0; p < kParts; ++p) {
        const R part = parts[i * inc * kParts + p] / largest;
        sum += part * part;
      }
    }
    return largest * std::sqrt(sum);
  }
}

template <class T>
Real<T> magnitude(const T& value) {  // |re| + |im|, as BLAS takes it
  if constexpr (is_complex<T>)
    return std::fabs(value.real()) + std::fabs(value.imag());
  else
    return std::fabs(value);
}

template <class T>
Real<T> asum(int64_t n, const T* x, int64_t inc) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += magnitude(x[i * inc]);
  return Real<T>(sum);
}

template <class A, bool Conjugate, class T>
A dot(int64_t n, const T* x, int64_t incx, const T* y, int64_t incy) {
  x = first_of(x, n, incx), y = first_of(y, n, incy);
  A sum{};
  for (int64_t i = 0; i < n; ++i) sum += times(A(Conjugate ? conjugate(x[i * incx]) : x[i * incx]), A(y[i * incy]));
  return sum;
}

// The first of the greatest (or least) magnitude, counted from 1; 0 when there is none.
template <bool Least, class T>
int64_t extreme(int64_t n, const T* x, int64_t inc) {
  if (n <= 0 || inc <= 0) return 0;
  int64_t at = 0;
  Real<T> best = magnitude(x[0]);
  for (int64_t i = 1; i < n; ++i) {
    const Real<T> here = magnitude(x[i * inc]);
    if (Least ? here < best : here > best) best = here, at = i;
  }
  return at + 1;
}

template <class T, class C, class S>
void rot(int64_t n, T* x, int64_t incx, T* y, int64_t incy, C c, S s) {
  x = first_of(x, n, incx), y = first_of(y, n, incy);
  for (int64_t i = 0; i < n; ++i) {
    const T a = x[i * incx], b = y[i * incy];
    x[i * incx] = times(a, c) + times(b, s);
    y[i * incy] = times(b, c) - times(a, conjugate(s));
  }
}

template <class T>
void rotg(T& a, T& b, T& c, T& s) {
  const T larger = std::fabs(a) > std::fabs(b) ? a : b;
  const T scale = std::fabs(a) + std::fabs(b);
  T r = 0, z = 0;
  if (scale == 0) {
    c = 1, s = 0;
  } else {
    const T x = a / scale, y = b / scale;
    r = std::copysign(scale * std::sqrt(x * x + y * y), larger);
    c = a / r, s = b / r;
    z = 1;
    if (std::fabs(a) > std::fabs(b)) z = s;
    if (std::fabs(b) >= std::fabs(a) && c != 0) z = 1 / c;
  }
  a = r, b = z;
}

template <class R>
void rotg(std::complex<R>& a, std::complex<R>& b, R& c, std::complex<R>& s) {
  const R length = std::abs(a);
  if (length == 0) {
    c = 0, s = 1, a = b;
    return;
  }
  const R norm = std::hypot(length, std::abs(b));
  const std::complex<R> direction = a / length;
  c = length / norm;
  s = times(direction, std::conj(b)) / norm;
  a = times(direction, norm);
}

// The modified rotation's matrix, by its flag (param[0]).
template <class T>
struct Modified {
  T h11 = 1, h12 = 0, h21 = 0, h22 = 1;
  explicit Modified(const T* param) {
    const T flag = param[0];
    if (flag == T(-2)) return;
    if (flag < 0) h11 = param[1], h21 = param[2], h12 = param[3], h22 = param[4];
    if (flag == 0) h21 = param[2], h12 = param[3];
    if (flag > 0) h11 = param[1], h22 = param[4], h12 = 1, h21 = -1;
  }
};

template <class T>
void rotm(int64_t n, T* x, int64_t incx, T* y, int64_t incy, const T* param) {
  const Modified<T> h(param);
  x = first_of(x, n, incx), y = first_of(y, n, incy);
  for (int64_t i = 0; i < n; ++i) {
    const T a = x[i * incx], b = y[i * incy];
    x[i * incx] = a * h.h11 + b * h.h12;
    y[i * incy] = a * h.h21 + b * h.h22;
  }
}

// Lawson, Hanson, Kincaid and Krogh, Algorithm 539.
template <class T>
void rotmg(T& d1, T& d2, T& x1, T y1, T* param) {
  constexpr T kGamma = 4096, kGammaSquared = kGamma * kGamma;
  T flag = -1, h11 = 0, h12 = 0, h21 = 0, h22 = 0;
  const auto zero = [&] { flag = -1, h11 = h12 = h21 = h22 = 0, d1 = d2 = x1 = 0; };
  const auto full = [&] {  // the flag no longer says which elements are implied
    if (flag == 0) h11 = 1, h22 = 1;
    if (flag > 0) h21 = -1, h12 = 1;
    flag = -1;
  };
  if (d1 < 0) {
    zero();
  } else {
    const T p2 = d2 * y1;
    if (p2 == 0) {
      param[0] = -2;
      return;
    }
    const T p1 = d1 * x1, q2 = p2 * y1, q1 = p1 * x1;
    if (std::fabs(q1) > std::fabs(q2)) {
      h21 = -y1 / x1, h12 = p2 / p1;
      const T u = 1 - h12 * h21;
      if (u > 0)
        flag = 0, d1 /= u, d2 /= u, x1 *= u;
      else
        zero();
    } else if (q2 < 0) {
      zero();
    } else {
      flag = 1, h11 = p1 / p2, h22 = x1 / y1;
      const T u = 1 + h11 * h22, old = d2 / u;
      d2 = d1 / u, d1 = old, x1 = y1 * u;
    }
    while (d1 != 0 && (d1 <= 1 / kGammaSquared || d1 >= kGammaSquared)) {
      full();
      const bool small = d1 <= 1 / kGammaSquared;
      d1 *= small ? kGammaSquared : 1 / kGammaSquared;
      for (T* element : {&x1, &h11, &h12}) *element *= small ? 1 / kGamma : kGamma;
    }
    while (d2 != 0 && (std::fabs(d2) <= 1 / kGammaSquared || std::fabs(d2) >= kGammaSquared)) {
      full();
      const bool small = std::fabs(d2) <= 1 / kGammaSquared;
      d2 *= small ? kGammaSquared : 1 / kGammaSquared;
      for (T* element : {&h21, &h22}) *element *= small ? 1 / kGamma : kGamma;
    }
  }
  if (flag < 0) param[1] = h11, param[2] = h21, param[3] = h12, param[4] = h22;
  if (flag == 0) param[2] = h21, param[3] = h12;
  if (flag > 0) param[1] = h11, param[4] = h22;
  param[0] = flag;
}

}  // namespace qiao::blas
