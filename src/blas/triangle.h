// Matrices and their triangles, where OpenBLAS has no call: clearing, copying, packing, and products of which one
// triangle is kept.
#pragma once

#include <algorithm>
#include <vector>

#include "src/blas/level1.h"

namespace qiao::blas {

template <class T>
void clear(int64_t rows, int64_t columns, T* c, int64_t ld) {
  for (int64_t j = 0; j < columns; ++j) std::fill_n(c + j * ld, rows, T(0));
}

template <class T>
void copy_matrix(int64_t rows, int64_t columns, const T* from, int64_t from_ld, T* to, int64_t to_ld) {
  for (int64_t j = 0; j < columns; ++j) std::copy_n(from + j * from_ld, rows, to + j * to_ld);
}

// The rows of column j that belong to the triangle.
struct Rows {
  int64_t first, end;
};
inline Rows rows_of(char fill, int64_t n, int64_t j) {
  return fill == 'L' ? Rows{j, n} : Rows{0, j + 1};
}

template <class T>
void clear_triangle(char fill, int64_t n, T* c, int64_t ld) {
  for (int64_t j = 0; j < n; ++j) {
    const Rows rows = rows_of(fill, n, j);
    std::fill(c + j * ld + rows.first, c + j * ld + rows.end, T(0));
  }
}

// Packed storage holds the triangle's columns one after another.
template <class T>
void unpack(char fill, int64_t n, const T* packed, T* a, int64_t ld) {
  for (int64_t j = 0; j < n; ++j) {
    const Rows rows = rows_of(fill, n, j);
    std::copy_n(packed, rows.end - rows.first, a + j * ld + rows.first);
    packed += rows.end - rows.first;
  }
}
template <class T>
void pack(char fill, int64_t n, const T* a, int64_t ld, T* packed) {
  for (int64_t j = 0; j < n; ++j) {
    const Rows rows = rows_of(fill, n, j);
    packed = std::copy(a + j * ld + rows.first, a + j * ld + rows.end, packed);
  }
}

// C = alpha A B' + beta C (op 'N') or alpha A' B + beta C, one triangle of C: by strips of columns, of which the part
// beside the triangle is thrown away. Parameters as of Fortran's syr2k.
template <bool Hermitian, class T, class S>
void rank_kx(const char* fill, const char* op, const int* n, const int* k, const T* alpha, const T* a, const int* lda,
             const T* b, const int* ldb, const S* beta, T* c, const int* ldc) {
  constexpr int kStrip = 128;
  const char other = Hermitian && is_complex<T> ? 'C' : 'T', plain = 'N';
  const char opa = *op == 'N' ? plain : other, opb = *op == 'N' ? other : plain;
  const auto at = [&](const T* x, int64_t ld, int64_t row) { return *op == 'N' ? x + row : x + row * ld; };
  std::vector<T> strip;
  for (int first = 0; first < *n; first += kStrip) {
    const int width = std::min(kStrip, *n - first);
    const int top = *fill == 'L' ? first : 0, height = *fill == 'L' ? *n - first : first + width;
    strip.resize(size_t(height) * width);
    const T zero(0);
    fortran<T>().gemm(&opa, &opb, &height, &width, k, alpha, at(a, *lda, top), lda, at(b, *ldb, first), ldb, &zero,
                      strip.data(), &height);
    for (int64_t j = first; j < first + width; ++j) {
      const Rows rows = rows_of(*fill, *n, j);
      for (int64_t i = rows.first; i < rows.end; ++i) {
        T& to = c[j * *ldc + i];
        to = strip[(j - first) * height + (i - top)] + (*beta == S(0) ? T(0) : times(to, *beta));
        if constexpr (Hermitian && is_complex<T>) {
          if (i == j) to.imag(0);
        }
      }
    }
  }
}

}  // namespace qiao::blas
