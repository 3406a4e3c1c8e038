// Matrix products in the four types, single, batched and grouped.
#include "shim/cublas/product.h"

namespace qiao::shim {
namespace {

using Op = cublasOperation_t;

// With alpha = 0 neither A nor B need be there.
template <class T>
Operand unless_unread(Operand operand, const Scalar<T>& alpha) {
  if (!alpha.device && alpha.value == T(0)) operand.bytes = 0;
  return operand;
}

template <class T, class I>
cublasStatus_t gemm(cublasHandle_t handle, Op transa, Op transb, I m, I n, I k, const T* alpha, const T* a, I lda,
                    const T* b, I ldb, const T* beta, T* c, I ldc) {
  Call call(named<T, "gemm">(), handle);
  const Product p(call, transa, transb, m, n, k, lda, ldb, ldc);
  const Scalar<T> scale = call.scalar("alpha", alpha), keep = call.scalar("beta", beta);
  if (!call.good() || p.empty()) return call.done();
  return call.run({scale.operand("alpha"), keep.operand("beta"), unless_unread(p.a(a), scale),
                   unless_unread(p.b(b), scale), p.c(c)},
                  [=] { p.multiply(scale.get(), a, b, keep.get(), c); });
}

template <class T, class I>
cublasStatus_t strided(cublasHandle_t handle, Op transa, Op transb, I m, I n, I k, const T* alpha, const T* a, I lda,
                       long long stridea, const T* b, I ldb, long long strideb, const T* beta, T* c, I ldc,
                       long long stridec, I batches) {
  Call call(named<T, "gemmStridedBatched">(), handle);
  const Product p(call, transa, transb, m, n, k, lda, ldb, ldc);
  const int count = call.size("batchCount", batches);
  const Scalar<T> scale = call.scalar("alpha", alpha), keep = call.scalar("beta", beta);
  if (!call.good() || p.empty() || count == 0) return call.done();
  return call.run({scale.operand("alpha"), keep.operand("beta"), unless_unread(p.a(a, stridea, count), scale),
                   unless_unread(p.b(b, strideb, count), scale), p.c(c, stridec, count)},
                  [=] {
                    const T alpha = scale.get(), beta = keep.get();
                    for (int64_t i = 0; i < count; ++i) {
                      p.multiply(alpha, a + i * stridea, b + i * strideb, beta, c + i * stridec);
                    }
                  });
}

// The pointers lie in device memory, and are followed when the work runs.
template <class T>
Result<void> multiply_each(const Product& p, const runtime::Device& device, const char* name, const T& alpha,
                           const T* const* a, const T* const* b, const T& beta, T* const* c, int count) {
  for (int i = 0; i < count; ++i) {
    const Operand operands[] = {p.a(a[i]), p.b(b[i]), p.c(c[i])};
    if (Result<void> there = blas::check(operands, device, name); !there) return there;
    p.multiply(alpha, a[i], b[i], beta, c[i]);
  }
  return {};
}

template <class T, class I>
cublasStatus_t batched(cublasHandle_t handle, Op transa, Op transb, I m, I n, I k, const T* alpha, const T* const* a,
                       I lda, const T* const* b, I ldb, const T* beta, T* const* c, I ldc, I batches) {
  Call call(named<T, "gemmBatched">(), handle);
  const Product p(call, transa, transb, m, n, k, lda, ldb, ldc);
  const int count = call.size("batchCount", batches);
  const Scalar<T> scale = call.scalar("alpha", alpha), keep = call.scalar("beta", beta);
  if (!call.good() || p.empty() || count == 0) return call.done();
  const runtime::Device* device = &call.device();
  return call.run(
      {scale.operand("alpha"), keep.operand("beta"), vector("Aarray", a, count, 1), vector("Barray", b, count, 1),
       vector("Carray", const_cast<const T* const*>(c), count, 1)},
      [=, name = call.name()] { return multiply_each(p, *device, name, scale.get(), a, b, keep.get(), c, count); });
}

// Arrays of shapes and scalars lie in host memory, those of pointers in device memory (cuBLAS,
// cublas<t>gemmGroupedBatched()); only the host's pointer mode is allowed.
template <class T, class I>
cublasStatus_t grouped(cublasHandle_t handle, const Op* transa, const Op* transb, const I* m, const I* n, const I* k,
                       const T* alpha, const T* const* a, const I* lda, const T* const* b, const I* ldb, const T* beta,
                       T* const* c, const I* ldc, I groups, const I* sizes) {
  Call call(named<T, "gemmGroupedBatched">(), handle);
  if (call.device_scalars()) call.refuse("device pointer mode");
  struct Group {
    Product p;
    T alpha, beta;
    int first, count;
  };
  std::vector<Group> list;
  int total = 0;
  for (int i = 0, end = call.size("group_count", groups); i < end && call.good(); ++i) {
    const Product p(call, transa[i], transb[i], m[i], n[i], k[i], lda[i], ldb[i], ldc[i]);
    const int count = call.size("group_size", sizes[i]);
    if (!p.empty()) list.push_back({p, alpha[i], beta[i], total, count});
    total += count;
  }
  if (!call.good() || list.empty()) return call.done();
  const runtime::Device* device = &call.device();
  return call.run({vector("Aarray", a, total, 1), vector("Barray", b, total, 1),
                   vector("Carray", const_cast<const T* const*>(c), total, 1)},
                  [=, list = std::move(list), name = call.name()]() -> Result<void> {
                    for (const Group& g : list) {
                      Result<void> done = multiply_each(g.p, *device, name, g.alpha, a + g.first, b + g.first, g.beta,
                                                        c + g.first, g.count);
                      if (!done) return done;
                    }
                    return {};
                  });
}

}  // namespace

// gemm3m trades rounding for multiplications and promises no bits, so the plain product stands for it.
// clang-format off
using C = std::complex<float>;
QIAO_BLAS_SDCZ(gemm_v2, gemm)
QIAO_BLAS_CZ(gemm3m, gemm)
QIAO_BLAS_SDCZ(gemmStridedBatched, strided)
QIAO_BLAS_WIDTHS(cublasCgemm3mStridedBatched, cublasCgemm3mStridedBatched_64, strided, C)
QIAO_BLAS_SDCZ(gemmBatched, batched)
QIAO_BLAS_WIDTHS(cublasCgemm3mBatched, cublasCgemm3mBatched_64, batched, C)
QIAO_BLAS_SD(gemmGroupedBatched, grouped)
// clang-format on

}  // namespace qiao::shim
