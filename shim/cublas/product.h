// The shape of C = alpha op(A) op(B) + beta C, which every matrix product has, whatever its types and batches.
#pragma once

#include "shim/cublas/call.h"
#include "src/blas/level1.h"

namespace qiao::shim {

struct Product {
  template <class I>
  Product(Call& call, cublasOperation_t transa, cublasOperation_t transb, I m, I n, I k, I lda, I ldb, I ldc)
      : opa(call.op("transa", transa)),
        opb(call.op("transb", transb)),
        m(call.size("m", m)),
        n(call.size("n", n)),
        k(call.size("k", k)),
        lda(call.leading("lda", lda, opa == 'N' ? this->m : this->k)),
        ldb(call.leading("ldb", ldb, opb == 'N' ? this->k : this->n)),
        ldc(call.leading("ldc", ldc, this->m)) {}

  char opa, opb;
  int m, n, k, lda, ldb, ldc;

  bool empty() const { return m == 0 || n == 0; }
  // The matrices as they are stored.
  template <class T>
  Operand a(T* at, int64_t stride = 0, int64_t count = 1) const {
    return opa == 'N' ? matrices("A", at, m, k, lda, stride, count) : matrices("A", at, k, m, lda, stride, count);
  }
  template <class T>
  Operand b(T* at, int64_t stride = 0, int64_t count = 1) const {
    return opb == 'N' ? matrices("B", at, k, n, ldb, stride, count) : matrices("B", at, n, k, ldb, stride, count);
  }
  template <class T>
  Operand c(T* at, int64_t stride = 0, int64_t count = 1) const {
    return matrices("C", at, m, n, ldc, stride, count);
  }

  template <class T>
  void keep(const T& beta, T* c) const {
    for (int64_t j = 0; j < n; ++j) {
      if (beta == T(0))
        std::fill_n(c + j * ldc, m, T(0));
      else if (beta != T(1))
        blas::scal(m, beta, c + j * ldc, 1);
    }
  }

  template <class T>
  void multiply(const T& alpha, const T* a, const T* b, const T& beta, T* c) const {
    // OpenBLAS's kernels for small matrices read A and B for a factor of 0 as well.
    if (alpha == T(0) || k == 0) return keep(beta, c);
    blas::fortran<T>().gemm(&opa, &opb, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc);
  }
};

}  // namespace qiao::shim
