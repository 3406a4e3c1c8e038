// What cuBLAS adds to BLAS: sums and transposes of matrices, products with a diagonal, packed storage.
#include "shim/cublas/call.h"
#include "src/blas/level1.h"
#include "src/blas/triangle.h"

namespace qiao::shim {
namespace {

// op(A) at row i, column j.
template <class T>
struct View {
  const T* at;
  int64_t ld;
  char op;
  T operator()(int64_t i, int64_t j) const {
    if (op == 'N') return at[j * ld + i];
    return op == 'T' ? at[i * ld + j] : blas::conjugate(at[i * ld + j]);
  }
};

// By tiles, so that a transposed matrix is read along its columns as well.
template <class T, class F>
void each_tile(int64_t m, int64_t n, T* c, int64_t ldc, F value) {
  constexpr int64_t kTile = 32;
  for (int64_t j0 = 0; j0 < n; j0 += kTile) {
    for (int64_t i0 = 0; i0 < m; i0 += kTile) {
      for (int64_t j = j0; j < std::min(j0 + kTile, n); ++j) {
        for (int64_t i = i0; i < std::min(i0 + kTile, m); ++i) c[j * ldc + i] = value(i, j);
      }
    }
  }
}

// A matrix with a factor of 0 is not read.
template <class T>
void add(int64_t m, int64_t n, const T& alpha, View<T> a, const T& beta, View<T> b, T* c, int64_t ldc) {
  using blas::times;
  const bool with_a = alpha != T(0), with_b = beta != T(0);
  if (with_a && with_b) {
    each_tile(m, n, c, ldc, [&](int64_t i, int64_t j) { return times(a(i, j), alpha) + times(b(i, j), beta); });
  } else if (with_a) {
    each_tile(m, n, c, ldc, [&](int64_t i, int64_t j) { return times(a(i, j), alpha); });
  } else if (with_b) {
    each_tile(m, n, c, ldc, [&](int64_t i, int64_t j) { return times(b(i, j), beta); });
  } else {
    blas::clear(m, n, c, ldc);
  }
}

template <class T>
Operand unless_zero(Operand operand, const Scalar<T>& factor) {
  // A factor on the device is known only later: then the matrix may be a null pointer, and is checked if it is none.
  if (factor.device ? operand.address == nullptr : factor.value == T(0)) operand.bytes = 0;
  return operand;
}

template <class T, class I>
cublasStatus_t geam(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, I m, I n, const T* alpha,
                    const T* a, I lda, const T* beta, const T* b, I ldb, T* c, I ldc) {
  Call call(named<T, "geam">(), handle);
  const char opa = call.op("transa", transa), opb = call.op("transb", transb);
  const int rows = call.size("m", m), columns = call.size("n", n);
  const int la = call.leading("lda", lda, opa == 'N' ? rows : columns);
  const int lb = call.leading("ldb", ldb, opb == 'N' ? rows : columns);
  const int lc = call.leading("ldc", ldc, rows);
  const Scalar<T> first = call.scalar("alpha", alpha), second = call.scalar("beta", beta);
  // In place only where the matrix stays as it lies (cuBLAS, cublas<t>geam()).
  call.require(c != a || (lc == la && opa == 'N'), "C: in place, A must be neither transposed nor of another lda");
  call.require(c != b || (lc == lb && opb == 'N'), "C: in place, B must be neither transposed nor of another ldb");
  if (!call.good() || rows == 0 || columns == 0) return call.done();
  const auto stored = [&](const char* name, const T* x, char op, int ld) {
    return op == 'N' ? matrix(name, x, rows, columns, ld) : matrix(name, x, columns, rows, ld);
  };
  return call.run({first.operand("alpha"), second.operand("beta"), unless_zero(stored("A", a, opa, la), first),
                   unless_zero(stored("B", b, opb, lb), second), matrix("C", c, rows, columns, lc)},
                  [=] { add<T>(rows, columns, first.get(), {a, la, opa}, second.get(), {b, lb, opb}, c, lc); });
}

template <class T, class I>
cublasStatus_t dgmm(cublasHandle_t handle, cublasSideMode_t mode, I m, I n, const T* a, I lda, const T* x, I incx, T* c,
                    I ldc) {
  Call call(named<T, "dgmm">(), handle);
  const char side = call.side(mode);
  const int rows = call.size("m", m), columns = call.size("n", n);
  const int la = call.leading("lda", lda, rows), lc = call.leading("ldc", ldc, rows);
  const int length = side == 'L' ? rows : columns;
  if (!call.good() || rows == 0 || columns == 0) return call.done();
  return call.run({matrix("A", a, rows, columns, la), vector("x", x, length, incx), matrix("C", c, rows, columns, lc)},
                  [=] {
                    const T* diagonal = blas::first_of(x, length, incx);
                    for (int64_t j = 0; j < columns; ++j) {
                      for (int64_t i = 0; i < rows; ++i) {
                        const T& factor = diagonal[(side == 'L' ? i : j) * int64_t(incx)];
                        c[j * lc + i] = blas::times(a[j * la + i], factor);
                      }
                    }
                  });
}

template <class T>
cublasStatus_t tpttr(cublasHandle_t handle, cublasFillMode_t uplo, int n, const T* packed, T* a, int lda) {
  Call call(named<T, "tpttr">(), handle);
  const char fill = call.fill(uplo);
  call.size("n", n), call.leading("lda", lda, n);
  if (!call.good() || n == 0) return call.done();
  return call.run({vector("AP", packed, int64_t(n) * (n + 1) / 2, 1), matrix("A", a, n, n, lda)},
                  [=] { blas::unpack(fill, n, packed, a, lda); });
}

template <class T>
cublasStatus_t trttp(cublasHandle_t handle, cublasFillMode_t uplo, int n, const T* a, int lda, T* packed) {
  Call call(named<T, "trttp">(), handle);
  const char fill = call.fill(uplo);
  call.size("n", n), call.leading("lda", lda, n);
  if (!call.good() || n == 0) return call.done();
  return call.run({matrix("A", a, n, n, lda), vector("AP", packed, int64_t(n) * (n + 1) / 2, 1)},
                  [=] { blas::pack(fill, n, a, lda, packed); });
}

}  // namespace

// clang-format off
#define QIAO_BLAS_FOUR(base, function)                                      \
  QIAO_BLAS_BODY(Cublas, cublasS##base, function<float>)                    \
  QIAO_BLAS_BODY(Cublas, cublasD##base, function<double>)                   \
  QIAO_BLAS_BODY(Cublas, cublasC##base, function<std::complex<float>>)      \
  QIAO_BLAS_BODY(Cublas, cublasZ##base, function<std::complex<double>>)
QIAO_BLAS_SDCZ(geam, geam)
QIAO_BLAS_SDCZ(dgmm, dgmm)
QIAO_BLAS_FOUR(tpttr, tpttr)
QIAO_BLAS_FOUR(trttp, trttp)
// clang-format on

}  // namespace qiao::shim
