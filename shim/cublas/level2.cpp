// Level 2: matrices and vectors. With beta = 0 y is not read: it is cleared first, whatever it holds.
#include "shim/cublas/call.h"
#include "src/blas/level1.h"

namespace qiao::shim {
namespace {

using blas::fortran;
using blas::Real;

template <class T>
void clear_unless(const T& beta, int64_t n, T* y, int64_t inc) {
  if (beta != T(0)) return;
  y = blas::first_of(y, n, inc);
  for (int64_t i = 0; i < n; ++i) y[i * inc] = T(0);
}

// y = beta y, for when there is no product to add.
template <class T>
void only_scale(const T& beta, int64_t n, T* y, int64_t inc) {
  clear_unless(beta, n, y, inc);
  if (beta != T(0) && beta != T(1)) blas::scal(n, beta, blas::first_of(y, n, inc), inc);
}

// The vector at both ends of y = alpha A x + beta y.
template <class T, class I>
struct Vectors {
  Vectors(Call& call, const T* alpha, const T* x, I incx, const T* beta, T* y, I incy)
      : alpha(call.scalar("alpha", alpha)),
        beta(call.scalar("beta", beta)),
        x(x),
        y(y),
        incx(call.increment("incx", incx)),
        incy(call.increment("incy", incy)) {}
  Scalar<T> alpha, beta;
  const T* x;
  T* y;
  int incx, incy;

  std::vector<Operand> operands(Operand a, int64_t from, int64_t to) const {
    return {alpha.operand("alpha"), beta.operand("beta"), a, vector("x", x, from, incx), vector("y", y, to, incy)};
  }
  // `product(alpha, beta)` with y ready for it; alpha = 0 reads neither A nor x.
  template <class F>
  void compute(int64_t length, F product) const {
    const T a = alpha.get(), b = beta.get();
    if (a == T(0)) return only_scale(b, length, y, incy);
    clear_unless(b, length, y, incy);
    product(a, b);
  }
};

template <class T, class I>
cublasStatus_t gemv(cublasHandle_t handle, cublasOperation_t trans, I m, I n, const T* alpha, const T* a, I lda,
                    const T* x, I incx, const T* beta, T* y, I incy) {
  Call call(named<T, "gemv">(), handle);
  const char op = call.op("trans", trans);
  const int rows = call.size("m", m), columns = call.size("n", n), ld = call.leading("lda", lda, rows);
  const Vectors<T, I> v(call, alpha, x, incx, beta, y, incy);
  if (!call.good() || rows == 0 || columns == 0) return call.done();
  const int from = op == 'N' ? columns : rows, to = op == 'N' ? rows : columns;
  return call.run(v.operands(matrix("A", a, rows, columns, ld), from, to), [=] {
    v.compute(to, [&](const T& alpha, const T& beta) {
      fortran<T>().gemv(&op, &rows, &columns, &alpha, a, &ld, v.x, &v.incx, &beta, v.y, &v.incy);
    });
  });
}

template <class T, class I>
cublasStatus_t gbmv(cublasHandle_t handle, cublasOperation_t trans, I m, I n, I kl, I ku, const T* alpha, const T* a,
                    I lda, const T* x, I incx, const T* beta, T* y, I incy) {
  Call call(named<T, "gbmv">(), handle);
  const char op = call.op("trans", trans);
  const int rows = call.size("m", m), columns = call.size("n", n);
  const int lower = call.size("kl", kl), upper = call.size("ku", ku);
  const int ld = call.leading("lda", lda, lower + upper + 1);
  const Vectors<T, I> v(call, alpha, x, incx, beta, y, incy);
  if (!call.good() || rows == 0 || columns == 0) return call.done();
  const int from = op == 'N' ? columns : rows, to = op == 'N' ? rows : columns;
  return call.run(v.operands(matrix("A", a, lower + upper + 1, columns, ld), from, to), [=] {
    v.compute(to, [&](const T& alpha, const T& beta) {
      fortran<T>().gbmv(&op, &rows, &columns, &lower, &upper, &alpha, a, &ld, v.x, &v.incx, &beta, v.y, &v.incy);
    });
  });
}

// Symmetric or Hermitian, whole; `Function` is the member of Fortran<T>.
template <class T, auto Function, class I>
cublasStatus_t symmetric_mv(const char* name, cublasHandle_t handle, cublasFillMode_t uplo, I n, const T* alpha,
                            const T* a, I lda, const T* x, I incx, const T* beta, T* y, I incy) {
  Call call(name, handle);
  const char fill = call.fill(uplo);
  const int order = call.size("n", n), ld = call.leading("lda", lda, order);
  const Vectors<T, I> v(call, alpha, x, incx, beta, y, incy);
  if (!call.good() || order == 0) return call.done();
  return call.run(v.operands(matrix("A", a, order, order, ld), order, order), [=] {
    v.compute(order, [&](const T& alpha, const T& beta) {
      (fortran<T>().*Function)(&fill, &order, &alpha, a, &ld, v.x, &v.incx, &beta, v.y, &v.incy);
    });
  });
}
template <class T, class I>
cublasStatus_t symv(cublasHandle_t handle, cublasFillMode_t uplo, I n, const T* alpha, const T* a, I lda, const T* x,
                    I incx, const T* beta, T* y, I incy) {
  return symmetric_mv<T, &blas::Fortran<T>::symv>(named<T, "symv">(), handle, uplo, n, alpha, a, lda, x, incx, beta, y,
                                                  incy);
}
template <class T, class I>
cublasStatus_t hemv(cublasHandle_t handle, cublasFillMode_t uplo, I n, const T* alpha, const T* a, I lda, const T* x,
                    I incx, const T* beta, T* y, I incy) {
  return symmetric_mv<T, &blas::Fortran<T>::hemv>(named<T, "hemv">(), handle, uplo, n, alpha, a, lda, x, incx, beta, y,
                                                  incy);
}

template <class T, class I>
cublasStatus_t sbmv(cublasHandle_t handle, cublasFillMode_t uplo, I n, I k, const T* alpha, const T* a, I lda,
                    const T* x, I incx, const T* beta, T* y, I incy) {
  Call call(named<T, " banded symmetric mv">(), handle);
  const char fill = call.fill(uplo);
  const int order = call.size("n", n), band = call.size("k", k), ld = call.leading("lda", lda, band + 1);
  const Vectors<T, I> v(call, alpha, x, incx, beta, y, incy);
  if (!call.good() || order == 0) return call.done();
  return call.run(v.operands(matrix("A", a, band + 1, order, ld), order, order), [=] {
    v.compute(order, [&](const T& alpha, const T& beta) {
      fortran<T>().sbmv(&fill, &order, &band, &alpha, a, &ld, v.x, &v.incx, &beta, v.y, &v.incy);
    });
  });
}

int64_t packed(int64_t order) {
  return order * (order + 1) / 2;
}

template <class T, class I>
cublasStatus_t spmv(cublasHandle_t handle, cublasFillMode_t uplo, I n, const T* alpha, const T* ap, const T* x, I incx,
                    const T* beta, T* y, I incy) {
  Call call(named<T, " packed symmetric mv">(), handle);
  const char fill = call.fill(uplo);
  const int order = call.size("n", n);
  const Vectors<T, I> v(call, alpha, x, incx, beta, y, incy);
  if (!call.good() || order == 0) return call.done();
  return call.run(v.operands(vector("AP", ap, packed(order), 1), order, order), [=] {
    v.compute(order, [&](const T& alpha, const T& beta) {
      fortran<T>().spmv(&fill, &order, &alpha, ap, v.x, &v.incx, &beta, v.y, &v.incy);
    });
  });
}

// x = op(A) x, or its solution, for a triangular matrix in each of three storages.
struct Triangle {
  Triangle(Call& call, cublasFillMode_t uplo, cublasOperation_t trans, cublasDiagType_t diag)
      : fill(call.fill(uplo)), op(call.op("trans", trans)), unit(call.diag(diag)) {}
  char fill, op, unit;
};

template <class T, auto Function, class I>
cublasStatus_t triangular(const char* name, cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans,
                          cublasDiagType_t diag, I n, const T* a, I lda, T* x, I incx) {
  Call call(name, handle);
  const Triangle t(call, uplo, trans, diag);
  const int order = call.size("n", n), ld = call.leading("lda", lda, order), dx = call.increment("incx", incx);
  if (!call.good() || order == 0) return call.done();
  return call.run({matrix("A", a, order, order, ld), vector("x", x, order, dx)},
                  [=] { (fortran<T>().*Function)(&t.fill, &t.op, &t.unit, &order, a, &ld, x, &dx); });
}

template <class T, auto Function, class I>
cublasStatus_t triangular_band(const char* name, cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans,
                               cublasDiagType_t diag, I n, I k, const T* a, I lda, T* x, I incx) {
  Call call(name, handle);
  const Triangle t(call, uplo, trans, diag);
  const int order = call.size("n", n), band = call.size("k", k), ld = call.leading("lda", lda, band + 1);
  const int dx = call.increment("incx", incx);
  if (!call.good() || order == 0) return call.done();
  return call.run({matrix("A", a, band + 1, order, ld), vector("x", x, order, dx)},
                  [=] { (fortran<T>().*Function)(&t.fill, &t.op, &t.unit, &order, &band, a, &ld, x, &dx); });
}

template <class T, auto Function, class I>
cublasStatus_t triangular_packed(const char* name, cublasHandle_t handle, cublasFillMode_t uplo,
                                 cublasOperation_t trans, cublasDiagType_t diag, I n, const T* ap, T* x, I incx) {
  Call call(name, handle);
  const Triangle t(call, uplo, trans, diag);
  const int order = call.size("n", n), dx = call.increment("incx", incx);
  if (!call.good() || order == 0) return call.done();
  return call.run({vector("AP", ap, packed(order), 1), vector("x", x, order, dx)},
                  [=] { (fortran<T>().*Function)(&t.fill, &t.op, &t.unit, &order, ap, x, &dx); });
}

// clang-format off
#define QIAO_TRIANGULAR(name, body, matrix_parameters, matrix_arguments)                                              \
  template <class T, class I>                                                                                         \
  cublasStatus_t name(cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans, cublasDiagType_t diag,   \
                      I n, QIAO_SPREAD matrix_parameters, T* x, I incx) {                                             \
    return body<T, &blas::Fortran<T>::name>(named<T, #name>(), handle, uplo, trans, diag, n,                          \
                                            QIAO_SPREAD matrix_arguments, x, incx);                                   \
  }
#define QIAO_SPREAD(...) __VA_ARGS__
QIAO_TRIANGULAR(trmv, triangular, (const T* a, I lda), (a, lda))
QIAO_TRIANGULAR(trsv, triangular, (const T* a, I lda), (a, lda))
QIAO_TRIANGULAR(tbmv, triangular_band, (I k, const T* a, I lda), (k, a, lda))
QIAO_TRIANGULAR(tbsv, triangular_band, (I k, const T* a, I lda), (k, a, lda))
QIAO_TRIANGULAR(tpmv, triangular_packed, (const T* ap), (ap))
QIAO_TRIANGULAR(tpsv, triangular_packed, (const T* ap), (ap))
#undef QIAO_TRIANGULAR
#undef QIAO_SPREAD
// clang-format on

// A = alpha x y' + A
template <class T, auto Function, class I>
cublasStatus_t outer(const char* name, cublasHandle_t handle, I m, I n, const T* alpha, const T* x, I incx, const T* y,
                     I incy, T* a, I lda) {
  Call call(name, handle);
  const int rows = call.size("m", m), columns = call.size("n", n), ld = call.leading("lda", lda, rows);
  const int dx = call.increment("incx", incx), dy = call.increment("incy", incy);
  const Scalar<T> scale = call.scalar("alpha", alpha);
  if (!call.good() || rows == 0 || columns == 0) return call.done();
  return call.run({scale.operand("alpha"), vector("x", x, rows, dx), vector("y", y, columns, dy),
                   matrix("A", a, rows, columns, ld)},
                  [=] {
                    const T alpha = scale.get();
                    (fortran<T>().*Function)(&rows, &columns, &alpha, x, &dx, y, &dy, a, &ld);
                  });
}
template <class T, class I>
cublasStatus_t ger(cublasHandle_t handle, I m, I n, const T* alpha, const T* x, I incx, const T* y, I incy, T* a,
                   I lda) {
  return outer<T, &blas::Fortran<T>::ger>(named<T, "ger">(), handle, m, n, alpha, x, incx, y, incy, a, lda);
}
template <class T, class I>
cublasStatus_t gerc(cublasHandle_t handle, I m, I n, const T* alpha, const T* x, I incx, const T* y, I incy, T* a,
                    I lda) {
  return outer<T, &blas::Fortran<T>::gerc>(named<T, "gerc">(), handle, m, n, alpha, x, incx, y, incy, a, lda);
}

// A = alpha x x' + A: whole, or packed when `lda` is null.
template <class T, class S, class I, class F>
cublasStatus_t rank_one(const char* name, cublasHandle_t handle, cublasFillMode_t uplo, I n, const S* alpha, const T* x,
                        I incx, T* a, const I* lda, F function) {
  Call call(name, handle);
  const char fill = call.fill(uplo);
  const int order = call.size("n", n), ld = lda ? call.leading("lda", *lda, order) : 1;
  const int dx = call.increment("incx", incx);
  const Scalar<S> scale = call.scalar("alpha", alpha);
  if (!call.good() || order == 0) return call.done();
  const Operand whole = lda ? matrix("A", a, order, order, ld) : vector("AP", a, packed(order), 1);
  return call.run({scale.operand("alpha"), vector("x", x, order, dx), whole}, [=] {
    const S alpha = scale.get();
    function(&fill, &order, &alpha, x, &dx, a, &ld);
  });
}
template <class T, class I>
cublasStatus_t syr(cublasHandle_t handle, cublasFillMode_t uplo, I n, const T* alpha, const T* x, I incx, T* a, I lda) {
  return rank_one(named<T, "syr">(), handle, uplo, n, alpha, x, incx, a, &lda,
                  [](auto... arguments) { fortran<T>().syr(arguments...); });
}
template <class T, class I>
cublasStatus_t her(cublasHandle_t handle, cublasFillMode_t uplo, I n, const Real<T>* alpha, const T* x, I incx, T* a,
                   I lda) {
  return rank_one(named<T, "her">(), handle, uplo, n, alpha, x, incx, a, &lda,
                  [](auto... arguments) { fortran<T>().her(arguments...); });
}
template <class T, class I>
cublasStatus_t spr(cublasHandle_t handle, cublasFillMode_t uplo, I n, const Real<T>* alpha, const T* x, I incx, T* ap) {
  return rank_one(named<T, " packed rank one">(), handle, uplo, n, alpha, x, incx, ap, static_cast<const I*>(nullptr),
                  [](auto fill, auto n, auto alpha, auto x, auto incx, auto ap, auto) {
                    fortran<T>().spr(fill, n, alpha, x, incx, ap);
                  });
}

template <class T, class I, class F>
cublasStatus_t rank_two(const char* name, cublasHandle_t handle, cublasFillMode_t uplo, I n, const T* alpha, const T* x,
                        I incx, const T* y, I incy, T* a, const I* lda, F function) {
  Call call(name, handle);
  const char fill = call.fill(uplo);
  const int order = call.size("n", n), ld = lda ? call.leading("lda", *lda, order) : 1;
  const int dx = call.increment("incx", incx), dy = call.increment("incy", incy);
  const Scalar<T> scale = call.scalar("alpha", alpha);
  if (!call.good() || order == 0) return call.done();
  const Operand whole = lda ? matrix("A", a, order, order, ld) : vector("AP", a, packed(order), 1);
  return call.run({scale.operand("alpha"), vector("x", x, order, dx), vector("y", y, order, dy), whole}, [=] {
    const T alpha = scale.get();
    function(&fill, &order, &alpha, x, &dx, y, &dy, a, &ld);
  });
}
template <class T, class I>
cublasStatus_t syr2(cublasHandle_t handle, cublasFillMode_t uplo, I n, const T* alpha, const T* x, I incx, const T* y,
                    I incy, T* a, I lda) {
  return rank_two(named<T, "syr2">(), handle, uplo, n, alpha, x, incx, y, incy, a, &lda,
                  [](auto... arguments) { fortran<T>().syr2(arguments...); });
}
template <class T, class I>
cublasStatus_t her2(cublasHandle_t handle, cublasFillMode_t uplo, I n, const T* alpha, const T* x, I incx, const T* y,
                    I incy, T* a, I lda) {
  return rank_two(named<T, "her2">(), handle, uplo, n, alpha, x, incx, y, incy, a, &lda,
                  [](auto... arguments) { fortran<T>().her2(arguments...); });
}
template <class T, class I>
cublasStatus_t spr2(cublasHandle_t handle, cublasFillMode_t uplo, I n, const T* alpha, const T* x, I incx, const T* y,
                    I incy, T* ap) {
  return rank_two(named<T, " packed rank two">(), handle, uplo, n, alpha, x, incx, y, incy, ap,
                  static_cast<const I*>(nullptr),
                  [](auto fill, auto n, auto alpha, auto x, auto incx, auto y, auto incy, auto ap, auto) {
                    fortran<T>().spr2(fill, n, alpha, x, incx, y, incy, ap);
                  });
}

}  // namespace

// clang-format off
QIAO_BLAS_SDCZ(gemv_v2, gemv)
QIAO_BLAS_SDCZ(gbmv_v2, gbmv)
QIAO_BLAS_SDCZ(symv_v2, symv)
QIAO_BLAS_CZ(hemv_v2, hemv)
QIAO_BLAS_SD(sbmv_v2, sbmv)
QIAO_BLAS_CZ(hbmv_v2, sbmv)
QIAO_BLAS_SD(spmv_v2, spmv)
QIAO_BLAS_CZ(hpmv_v2, spmv)
QIAO_BLAS_SDCZ(trmv_v2, trmv)
QIAO_BLAS_SDCZ(trsv_v2, trsv)
QIAO_BLAS_SDCZ(tbmv_v2, tbmv)
QIAO_BLAS_SDCZ(tbsv_v2, tbsv)
QIAO_BLAS_SDCZ(tpmv_v2, tpmv)
QIAO_BLAS_SDCZ(tpsv_v2, tpsv)
QIAO_BLAS_SD(ger_v2, ger)
QIAO_BLAS_CZ(geru_v2, ger)
QIAO_BLAS_CZ(gerc_v2, gerc)
QIAO_BLAS_SDCZ(syr_v2, syr)
QIAO_BLAS_CZ(her_v2, her)
QIAO_BLAS_SD(spr_v2, spr)
QIAO_BLAS_CZ(hpr_v2, spr)
QIAO_BLAS_SDCZ(syr2_v2, syr2)
QIAO_BLAS_CZ(her2_v2, her2)
QIAO_BLAS_SD(spr2_v2, spr2)
QIAO_BLAS_CZ(hpr2_v2, spr2)
// clang-format on

}  // namespace qiao::shim
