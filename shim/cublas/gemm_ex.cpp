// Products of narrow or mixed types: cublasGemmEx and its batches, half precision, SgemmEx and CgemmEx.
#include "shim/cublas/mixed.h"

namespace qiao::shim {
namespace {

using Op = cublasOperation_t;
using Type = cudaDataType;
using Compute = cublasComputeType_t;

// `algo` chooses among kernels that all give the same; only its range is looked at.
void check_algo(Call& call, cublasGemmAlgo_t algo) {
  call.require(algo >= CUBLAS_GEMM_DFALT && algo <= CUBLAS_GEMM_AUTOTUNE, "algo");
}

cublasStatus_t run_one(Call& call, const MixedGemm& gemm, const void* a, const void* b, void* c) {
  if (!call.good() || gemm.p.empty()) return call.done();
  std::vector<Operand> operands = gemm.operands(a, b, c);
  operands.push_back(gemm.alpha.operand("alpha"));
  operands.push_back(gemm.beta.operand("beta"));
  return call.run(std::move(operands), [=] { gemm.run(a, b, c); });
}

template <class I>
cublasStatus_t gemm_ex(cublasHandle_t handle, Op transa, Op transb, I m, I n, I k, const void* alpha, const void* a,
                       Type atype, I lda, const void* b, Type btype, I ldb, const void* beta, void* c, Type ctype,
                       I ldc, Compute compute, cublasGemmAlgo_t algo) {
  Call call("cublasGemmEx", handle);
  const Product p(call, transa, transb, m, n, k, lda, ldb, ldc);
  check_algo(call, algo);
  const MixedTypes types = mixed_types(call, atype, btype, ctype, compute);
  const AnyScalar scale(call, "alpha", alpha, types.scale), keep(call, "beta", beta, types.scale);
  return run_one(call, {p, types, scale, keep}, a, b, c);
}

// S: what scalars and sums are.
template <class S, class I>
cublasStatus_t fixed_ex(cublasHandle_t handle, Op transa, Op transb, I m, I n, I k, const S* alpha, const void* a,
                        Type atype, I lda, const void* b, Type btype, I ldb, const S* beta, void* c, Type ctype,
                        I ldc) {
  Call call(named<S, "gemmEx">(), handle);
  const Product p(call, transa, transb, m, n, k, lda, ldb, ldc);
  const MixedTypes types = mixed_types(call, atype, btype, ctype, CUBLAS_COMPUTE_32F);
  if (call.good() && types.scale != blas::element_of<S>) call.refuse("types that do not fit the scalars");
  const AnyScalar scale(call, "alpha", alpha, types.scale), keep(call, "beta", beta, types.scale);
  return run_one(call, {p, types, scale, keep}, a, b, c);
}

template <class I>
cublasStatus_t hgemm(cublasHandle_t handle, Op transa, Op transb, I m, I n, I k, const __half* alpha, const __half* a,
                     I lda, const __half* b, I ldb, const __half* beta, __half* c, I ldc) {
  return gemm_ex(handle, transa, transb, m, n, k, alpha, a, CUDA_R_16F, lda, b, CUDA_R_16F, ldb, beta, c, CUDA_R_16F,
                 ldc, CUBLAS_COMPUTE_16F, CUBLAS_GEMM_DFALT);
}

template <class I>
cublasStatus_t strided_ex(cublasHandle_t handle, Op transa, Op transb, I m, I n, I k, const void* alpha, const void* a,
                          Type atype, I lda, long long stridea, const void* b, Type btype, I ldb, long long strideb,
                          const void* beta, void* c, Type ctype, I ldc, long long stridec, I batches, Compute compute,
                          cublasGemmAlgo_t algo) {
  Call call("cublasGemmStridedBatchedEx", handle);
  const Product p(call, transa, transb, m, n, k, lda, ldb, ldc);
  const int count = call.size("batchCount", batches);
  check_algo(call, algo);
  const MixedTypes types = mixed_types(call, atype, btype, ctype, compute);
  const AnyScalar scale(call, "alpha", alpha, types.scale), keep(call, "beta", beta, types.scale);
  if (!call.good() || p.empty() || count == 0) return call.done();
  const MixedGemm gemm{p, types, scale, keep};
  std::vector<Operand> operands = gemm.operands(a, b, c);
  const long long strides[] = {stridea, strideb, stridec};
  const Element elements[] = {types.a, types.b, types.c};
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].bytes != 0 && strides[i] > 0) {
      operands[i].bytes += uint64_t(strides[i]) * uint64_t(count - 1) * size_of(elements[i]);
    }
  }
  operands.push_back(scale.operand("alpha"));
  operands.push_back(keep.operand("beta"));
  return call.run(std::move(operands), [=] {
    for (int64_t i = 0; i < count; ++i) {
      gemm.run(element_at(types.a, a, i * stridea), element_at(types.b, b, i * strideb),
               element_at(types.c, c, i * stridec));
    }
  });
}

template <class I>
cublasStatus_t strided_half(cublasHandle_t handle, Op transa, Op transb, I m, I n, I k, const __half* alpha,
                            const __half* a, I lda, long long stridea, const __half* b, I ldb, long long strideb,
                            const __half* beta, __half* c, I ldc, long long stridec, I batches) {
  return strided_ex(handle, transa, transb, m, n, k, alpha, a, CUDA_R_16F, lda, stridea, b, CUDA_R_16F, ldb, strideb,
                    beta, c, CUDA_R_16F, ldc, stridec, batches, CUBLAS_COMPUTE_16F, CUBLAS_GEMM_DFALT);
}

Result<void> run_each(const MixedGemm& gemm, const runtime::Device& device, const char* name, const void* const* a,
                      const void* const* b, void* const* c, int count) {
  for (int i = 0; i < count; ++i) {
    if (Result<void> there = blas::check(gemm.operands(a[i], b[i], c[i]), device, name); !there) return there;
    gemm.run(a[i], b[i], c[i]);
  }
  return {};
}

template <class I>
cublasStatus_t batched_ex(cublasHandle_t handle, Op transa, Op transb, I m, I n, I k, const void* alpha,
                          const void* const* a, Type atype, I lda, const void* const* b, Type btype, I ldb,
                          const void* beta, void* const* c, Type ctype, I ldc, I batches, Compute compute,
                          cublasGemmAlgo_t algo) {
  Call call("cublasGemmBatchedEx", handle);
  const Product p(call, transa, transb, m, n, k, lda, ldb, ldc);
  const int count = call.size("batchCount", batches);
  check_algo(call, algo);
  const MixedTypes types = mixed_types(call, atype, btype, ctype, compute);
  const AnyScalar scale(call, "alpha", alpha, types.scale), keep(call, "beta", beta, types.scale);
  if (!call.good() || p.empty() || count == 0) return call.done();
  const MixedGemm gemm{p, types, scale, keep};
  const runtime::Device* device = &call.device();
  return call.run({scale.operand("alpha"), keep.operand("beta"), vector("Aarray", a, count, 1),
                   vector("Barray", b, count, 1), vector("Carray", const_cast<const void* const*>(c), count, 1)},
                  [=, name = call.name()] { return run_each(gemm, *device, name, a, b, c, count); });
}

template <class I>
cublasStatus_t batched_half(cublasHandle_t handle, Op transa, Op transb, I m, I n, I k, const __half* alpha,
                            const __half* const* a, I lda, const __half* const* b, I ldb, const __half* beta,
                            __half* const* c, I ldc, I batches) {
  return batched_ex(handle, transa, transb, m, n, k, alpha, reinterpret_cast<const void* const*>(a), CUDA_R_16F, lda,
                    reinterpret_cast<const void* const*>(b), CUDA_R_16F, ldb, beta, reinterpret_cast<void* const*>(c),
                    CUDA_R_16F, ldc, batches, CUBLAS_COMPUTE_16F, CUBLAS_GEMM_DFALT);
}

template <class I>
cublasStatus_t grouped_ex(cublasHandle_t handle, const Op* transa, const Op* transb, const I* m, const I* n, const I* k,
                          const void* alpha, const void* const* a, cudaDataType_t atype, const I* lda,
                          const void* const* b, cudaDataType_t btype, const I* ldb, const void* beta, void* const* c,
                          cudaDataType_t ctype, const I* ldc, I groups, const I* sizes, Compute compute) {
  Call call("cublasGemmGroupedBatchedEx", handle);
  if (call.device_scalars()) call.refuse("device pointer mode");
  const MixedTypes types = mixed_types(call, atype, btype, ctype, compute);
  call.require(alpha && beta, "alpha or beta");
  struct Group {
    MixedGemm gemm;
    int first, count;
  };
  std::vector<Group> list;
  int total = 0;
  for (int i = 0, end = call.size("group_count", groups); i < end && call.good(); ++i) {
    const Product p(call, transa[i], transb[i], m[i], n[i], k[i], lda[i], ldb[i], ldc[i]);
    const int count = call.size("group_size", sizes[i]);
    const AnyScalar scale(call, "alpha", element_at(types.scale, alpha, i), types.scale);
    const AnyScalar keep(call, "beta", element_at(types.scale, beta, i), types.scale);
    if (!p.empty()) list.push_back({{p, types, scale, keep}, total, count});
    total += count;
  }
  if (!call.good() || list.empty()) return call.done();
  const runtime::Device* device = &call.device();
  return call.run({vector("Aarray", a, total, 1), vector("Barray", b, total, 1),
                   vector("Carray", const_cast<const void* const*>(c), total, 1)},
                  [=, list = std::move(list), name = call.name()]() -> Result<void> {
                    for (const Group& g : list) {
                      Result<void> done =
                          run_each(g.gemm, *device, name, a + g.first, b + g.first, c + g.first, g.count);
                      if (!done) return done;
                    }
                    return {};
                  });
}

}  // namespace

// clang-format off
using C = std::complex<float>;
#define QIAO_BLAS_INDEX(name, function) \
  QIAO_BLAS_BODY(Cublas, name, function<int>) QIAO_BLAS_BODY(Cublas, name##_64, function<int64_t>)
QIAO_BLAS_INDEX(cublasGemmEx, gemm_ex)
QIAO_BLAS_INDEX(cublasGemmStridedBatchedEx, strided_ex)
QIAO_BLAS_INDEX(cublasGemmBatchedEx, batched_ex)
QIAO_BLAS_INDEX(cublasGemmGroupedBatchedEx, grouped_ex)
QIAO_BLAS_INDEX(cublasHgemm, hgemm)
QIAO_BLAS_INDEX(cublasHgemmStridedBatched, strided_half)
QIAO_BLAS_INDEX(cublasHgemmBatched, batched_half)
QIAO_BLAS_WIDTHS(cublasSgemmEx, cublasSgemmEx_64, fixed_ex, float)
QIAO_BLAS_WIDTHS(cublasCgemmEx, cublasCgemmEx_64, fixed_ex, C)
QIAO_BLAS_WIDTHS(cublasCgemm3mEx, cublasCgemm3mEx_64, fixed_ex, C)
// clang-format on

}  // namespace qiao::shim
