// Level 3 without the general product: symmetric, Hermitian and triangular matrices.
#include "shim/cublas/call.h"
#include "src/blas/level1.h"
#include "src/blas/triangle.h"

namespace qiao::shim {
namespace {

using blas::fortran;
using blas::Real;

template <class T, class F, class I>
cublasStatus_t symmetric_product(const char* name, cublasHandle_t handle, cublasSideMode_t side, cublasFillMode_t uplo,
                                 I m, I n, const T* alpha, const T* a, I lda, const T* b, I ldb, const T* beta, T* c,
                                 I ldc, F function) {
  Call call(name, handle);
  const char where = call.side(side), fill = call.fill(uplo);
  const int rows = call.size("m", m), columns = call.size("n", n), order = where == 'L' ? rows : columns;
  const int la = call.leading("lda", lda, order), lb = call.leading("ldb", ldb, rows);
  const int lc = call.leading("ldc", ldc, rows);
  const Scalar<T> scale = call.scalar("alpha", alpha), keep = call.scalar("beta", beta);
  if (!call.good() || rows == 0 || columns == 0) return call.done();
  return call.run({scale.operand("alpha"), keep.operand("beta"), matrix("A", a, order, order, la),
                   matrix("B", b, rows, columns, lb), matrix("C", c, rows, columns, lc)},
                  [=] {
                    const T alpha = scale.get(), beta = keep.get();
                    if (beta == T(0)) blas::clear(rows, columns, c, lc);
                    function(&where, &fill, &rows, &columns, &alpha, a, &la, b, &lb, &beta, c, &lc);
                  });
}
template <class T, class I>
cublasStatus_t symm(cublasHandle_t handle, cublasSideMode_t side, cublasFillMode_t uplo, I m, I n, const T* alpha,
                    const T* a, I lda, const T* b, I ldb, const T* beta, T* c, I ldc) {
  return symmetric_product(named<T, "symm">(), handle, side, uplo, m, n, alpha, a, lda, b, ldb, beta, c, ldc,
                           [](auto... arguments) { fortran<T>().symm(arguments...); });
}
template <class T, class I>
cublasStatus_t hemm(cublasHandle_t handle, cublasSideMode_t side, cublasFillMode_t uplo, I m, I n, const T* alpha,
                    const T* a, I lda, const T* b, I ldb, const T* beta, T* c, I ldc) {
  return symmetric_product(named<T, "hemm">(), handle, side, uplo, m, n, alpha, a, lda, b, ldb, beta, c, ldc,
                           [](auto... arguments) { fortran<T>().hemm(arguments...); });
}

// Where C is n x n, of which one triangle is computed, from one or two n x k matrices.
struct RankK {
  template <class I>
  RankK(Call& call, cublasFillMode_t uplo, cublasOperation_t trans, const char* ops, I n, I k, I lda, I ldb, I ldc)
      : fill(call.fill(uplo)),
        op(call.op("trans", trans, ops)),
        n(call.size("n", n)),
        k(call.size("k", k)),
        lda(call.leading("lda", lda, op == 'N' ? this->n : this->k)),
        ldb(call.leading("ldb", ldb, op == 'N' ? this->n : this->k)),
        ldc(call.leading("ldc", ldc, this->n)) {}
  char fill, op;
  int n, k, lda, ldb, ldc;

  template <class T>
  Operand a(const T* at) const {
    return op == 'N' ? matrix("A", at, n, k, lda) : matrix("A", at, k, n, lda);
  }
  template <class T>
  Operand b(const T* at) const {
    return op == 'N' ? matrix("B", at, n, k, ldb) : matrix("B", at, k, n, ldb);
  }
  template <class T>
  Operand c(T* at) const {
    return matrix("C", at, n, n, ldc);
  }
};

// For real types 'C' is 'T'; for complex ones the symmetric product has no 'C' and the Hermitian no 'T'.
template <class T, bool Hermitian>
constexpr const char* kRankOps = !blas::is_complex<T> ? "NTC"
                                 : Hermitian          ? "NC"
                                                      : "NT";

template <bool Hermitian, class T, class S, class I, class F>
cublasStatus_t rank_k(const char* name, cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans, I n, I k,
                      const S* alpha, const T* a, I lda, const S* beta, T* c, I ldc, F function) {
  Call call(name, handle);
  const RankK r(call, uplo, trans, kRankOps<T, Hermitian>, n, k, lda, lda, ldc);
  const Scalar<S> scale = call.scalar("alpha", alpha), keep = call.scalar("beta", beta);
  if (!call.good() || r.n == 0) return call.done();
  return call.run({scale.operand("alpha"), keep.operand("beta"), r.a(a), r.c(c)}, [=] {
    const S alpha = scale.get(), beta = keep.get();
    if (beta == S(0)) blas::clear_triangle(r.fill, r.n, c, r.ldc);
    function(&r.fill, &r.op, &r.n, &r.k, &alpha, a, &r.lda, &beta, c, &r.ldc);
  });
}
template <class T, class I>
cublasStatus_t syrk(cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans, I n, I k, const T* alpha,
                    const T* a, I lda, const T* beta, T* c, I ldc) {
  return rank_k<false>(named<T, "syrk">(), handle, uplo, trans, n, k, alpha, a, lda, beta, c, ldc,
                       [](auto... arguments) { fortran<T>().syrk(arguments...); });
}
template <class T, class I>
cublasStatus_t herk(cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans, I n, I k,
                    const Real<T>* alpha, const T* a, I lda, const Real<T>* beta, T* c, I ldc) {
  return rank_k<true>(named<T, "herk">(), handle, uplo, trans, n, k, alpha, a, lda, beta, c, ldc,
                      [](auto... arguments) { fortran<T>().herk(arguments...); });
}

// Two matrices: syr2k and her2k by OpenBLAS, syrkx and herkx by blas::rank_kx. S is beta's type.
template <bool Hermitian, class T, class S, class I, class F>
cublasStatus_t rank_two_k(const char* name, cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans, I n,
                          I k, const T* alpha, const T* a, I lda, const T* b, I ldb, const S* beta, T* c, I ldc,
                          F function) {
  Call call(name, handle);
  const RankK r(call, uplo, trans, kRankOps<T, Hermitian>, n, k, lda, ldb, ldc);
  const Scalar<T> scale = call.scalar("alpha", alpha);
  const Scalar<S> keep = call.scalar("beta", beta);
  if (!call.good() || r.n == 0) return call.done();
  return call.run({scale.operand("alpha"), keep.operand("beta"), r.a(a), r.b(b), r.c(c)}, [=] {
    const T alpha = scale.get();
    const S beta = keep.get();
    if (beta == S(0)) blas::clear_triangle(r.fill, r.n, c, r.ldc);
    function(&r.fill, &r.op, &r.n, &r.k, &alpha, a, &r.lda, b, &r.ldb, &beta, c, &r.ldc);
  });
}

// clang-format off
#define QIAO_RANK_TWO(name, hermitian, scalar, function)                                                             \
  template <class T, class I>                                                                                        \
  cublasStatus_t name(cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans, I n, I k,               \
                      const T* alpha, const T* a, I lda, const T* b, I ldb, const scalar* beta, T* c, I ldc) {       \
    return rank_two_k<hermitian>(named<T, #name>(), handle, uplo, trans, n, k, alpha, a, lda, b, ldb, beta, c, ldc,  \
                                 [](auto... arguments) { function(arguments...); });                                 \
  }
QIAO_RANK_TWO(syr2k, false, T, fortran<T>().syr2k)
QIAO_RANK_TWO(her2k, true, Real<T>, fortran<T>().her2k)
QIAO_RANK_TWO(syrkx, false, T, blas::rank_kx<false>)
QIAO_RANK_TWO(herkx, true, Real<T>, blas::rank_kx<true>)
#undef QIAO_RANK_TWO
// clang-format on

struct TriangleProduct {
  template <class I>
  TriangleProduct(Call& call, cublasSideMode_t side, cublasFillMode_t uplo, cublasOperation_t trans,
                  cublasDiagType_t diag, I m, I n, I lda, I ldb)
      : side(call.side(side)),
        fill(call.fill(uplo)),
        op(call.op("trans", trans)),
        unit(call.diag(diag)),
        m(call.size("m", m)),
        n(call.size("n", n)),
        order(this->side == 'L' ? this->m : this->n),
        lda(call.leading("lda", lda, order)),
        ldb(call.leading("ldb", ldb, this->m)) {}
  char side, fill, op, unit;
  int m, n, order, lda, ldb;
};

// Out of place, unlike reference BLAS: C = alpha op(A) B.
template <class T, class I>
cublasStatus_t trmm(cublasHandle_t handle, cublasSideMode_t side, cublasFillMode_t uplo, cublasOperation_t trans,
                    cublasDiagType_t diag, I m, I n, const T* alpha, const T* a, I lda, const T* b, I ldb, T* c,
                    I ldc) {
  Call call(named<T, "trmm">(), handle);
  const TriangleProduct t(call, side, uplo, trans, diag, m, n, lda, ldb);
  const int lc = call.leading("ldc", ldc, t.m);
  const Scalar<T> scale = call.scalar("alpha", alpha);
  call.require(b != c || t.ldb == lc, "ldc: it must be ldb where C is B");
  if (!call.good() || t.m == 0 || t.n == 0) return call.done();
  return call.run({scale.operand("alpha"), matrix("A", a, t.order, t.order, t.lda), matrix("B", b, t.m, t.n, t.ldb),
                   matrix("C", c, t.m, t.n, lc)},
                  [=] {
                    const T alpha = scale.get();
                    if (alpha == T(0)) return blas::clear(t.m, t.n, c, lc);
                    if (b != c) blas::copy_matrix(t.m, t.n, b, t.ldb, c, lc);
                    fortran<T>().trmm(&t.side, &t.fill, &t.op, &t.unit, &t.m, &t.n, &alpha, a, &t.lda, c, &lc);
                  });
}

template <class T>
void solve(const TriangleProduct& t, const T& alpha, const T* a, T* b) {
  if (alpha == T(0)) return blas::clear(t.m, t.n, b, t.ldb);
  fortran<T>().trsm(&t.side, &t.fill, &t.op, &t.unit, &t.m, &t.n, &alpha, a, &t.lda, b, &t.ldb);
}

template <class T, class I>
cublasStatus_t trsm(cublasHandle_t handle, cublasSideMode_t side, cublasFillMode_t uplo, cublasOperation_t trans,
                    cublasDiagType_t diag, I m, I n, const T* alpha, const T* a, I lda, T* b, I ldb) {
  Call call(named<T, "trsm">(), handle);
  const TriangleProduct t(call, side, uplo, trans, diag, m, n, lda, ldb);
  const Scalar<T> scale = call.scalar("alpha", alpha);
  if (!call.good() || t.m == 0 || t.n == 0) return call.done();
  return call.run({scale.operand("alpha"), matrix("A", a, t.order, t.order, t.lda), matrix("B", b, t.m, t.n, t.ldb)},
                  [=] { solve(t, scale.get(), a, b); });
}

template <class T, class I>
cublasStatus_t trsm_batched(cublasHandle_t handle, cublasSideMode_t side, cublasFillMode_t uplo,
                            cublasOperation_t trans, cublasDiagType_t diag, I m, I n, const T* alpha, const T* const* a,
                            I lda, T* const* b, I ldb, I batches) {
  Call call(named<T, "trsmBatched">(), handle);
  const TriangleProduct t(call, side, uplo, trans, diag, m, n, lda, ldb);
  const int count = call.size("batchCount", batches);
  const Scalar<T> scale = call.scalar("alpha", alpha);
  if (!call.good() || t.m == 0 || t.n == 0 || count == 0) return call.done();
  const runtime::Device* device = &call.device();
  return call.run({scale.operand("alpha"), vector("Aarray", a, count, 1),
                   vector("Barray", const_cast<const T* const*>(b), count, 1)},
                  [=, name = call.name()]() -> Result<void> {
                    for (int i = 0; i < count; ++i) {
                      const Operand operands[] = {matrix("A", a[i], t.order, t.order, t.lda),
                                                  matrix("B", b[i], t.m, t.n, t.ldb)};
                      if (Result<void> there = blas::check(operands, *device, name); !there) return there;
                      solve(t, scale.get(), a[i], b[i]);
                    }
                    return {};
                  });
}

}  // namespace

// clang-format off
QIAO_BLAS_SDCZ(symm_v2, symm)
QIAO_BLAS_CZ(hemm_v2, hemm)
QIAO_BLAS_SDCZ(syrk_v2, syrk)
QIAO_BLAS_CZ(herk_v2, herk)
QIAO_BLAS_SDCZ(syr2k_v2, syr2k)
QIAO_BLAS_CZ(her2k_v2, her2k)
QIAO_BLAS_SDCZ(syrkx, syrkx)
QIAO_BLAS_CZ(herkx, herkx)
QIAO_BLAS_SDCZ(trmm_v2, trmm)
QIAO_BLAS_SDCZ(trsm_v2, trsm)
QIAO_BLAS_SDCZ(trsmBatched, trsm_batched)
// clang-format on

}  // namespace qiao::shim
