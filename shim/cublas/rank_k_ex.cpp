// syrkEx and herkEx, and their 3m forms: A of 8-bit or float pairs, widened to float.
#include "shim/cublas/mixed.h"
#include "src/blas/triangle.h"

namespace qiao::shim {
namespace {

using C = std::complex<float>;

template <bool Hermitian, class S, class I>
cublasStatus_t rank_k_ex(cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans, I n, I k,
                         const S* alpha, const void* a, cudaDataType atype, I lda, const S* beta, void* c,
                         cudaDataType ctype, I ldc) {
  Call call(Hermitian ? "cublasCherkEx" : "cublasCsyrkEx", handle);
  const char fill = call.fill(uplo), op = call.op("trans", trans, Hermitian ? "NC" : "NT");
  const int order = call.size("n", n), depth = call.size("k", k);
  const int rows = op == 'N' ? order : depth, columns = op == 'N' ? depth : order;
  const int la = call.leading("lda", lda, rows), lc = call.leading("ldc", ldc, order);
  const auto element = element_of(atype);
  if ((element != Element::C8I && element != Element::C32F) || ctype != CUDA_C_32F) {
    call.refuse("types A " + std::to_string(atype) + ", C " + std::to_string(ctype) + " (cudaDataType)");
  }
  const Scalar<S> scale = call.scalar("alpha", alpha), keep = call.scalar("beta", beta);
  if (!call.good() || order == 0) return call.done();
  Operand stored = matrix("A", static_cast<const char*>(a), rows, columns, la);
  stored.bytes *= size_of(*element);
  auto* to = static_cast<C*>(c);
  return call.run({scale.operand("alpha"), keep.operand("beta"), stored, matrix("C", to, order, order, lc)},
                  [=, type = *element] {
                    std::vector<C> wide(size_t(rows) * size_t(columns));
                    for (int64_t j = 0; j < columns; ++j) {
                      blas::load(type, element_at(type, a, j * la), 1, rows, wide.data() + j * rows);
                    }
                    const S alpha = scale.get(), beta = keep.get();
                    const int ld = std::max(rows, 1);
                    if (beta == S(0)) blas::clear_triangle(fill, order, to, lc);
                    if constexpr (Hermitian) {
                      blas::fortran<C>().herk(&fill, &op, &order, &depth, &alpha, wide.data(), &ld, &beta, to, &lc);
                    } else {
                      blas::fortran<C>().syrk(&fill, &op, &order, &depth, &alpha, wide.data(), &ld, &beta, to, &lc);
                    }
                  });
}

template <class I>
cublasStatus_t syrk_ex(cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans, I n, I k, const C* alpha,
                       const void* a, cudaDataType atype, I lda, const C* beta, void* c, cudaDataType ctype, I ldc) {
  return rank_k_ex<false>(handle, uplo, trans, n, k, alpha, a, atype, lda, beta, c, ctype, ldc);
}
template <class I>
cublasStatus_t herk_ex(cublasHandle_t handle, cublasFillMode_t uplo, cublasOperation_t trans, I n, I k,
                       const float* alpha, const void* a, cudaDataType atype, I lda, const float* beta, void* c,
                       cudaDataType ctype, I ldc) {
  return rank_k_ex<true>(handle, uplo, trans, n, k, alpha, a, atype, lda, beta, c, ctype, ldc);
}

}  // namespace

// clang-format off
#define QIAO_BLAS_INDEX(name, function) \
  QIAO_BLAS_BODY(Cublas, name, function<int>) QIAO_BLAS_BODY(Cublas, name##_64, function<int64_t>)
QIAO_BLAS_INDEX(cublasCsyrkEx, syrk_ex)
QIAO_BLAS_INDEX(cublasCsyrk3mEx, syrk_ex)
QIAO_BLAS_INDEX(cublasCherkEx, herk_ex)
QIAO_BLAS_INDEX(cublasCherk3mEx, herk_ex)
// clang-format on

}  // namespace qiao::shim
