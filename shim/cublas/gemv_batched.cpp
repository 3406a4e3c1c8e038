// Matrix-vector products in batches, the four types and the mixed ones (half or bfloat16 in, those or float out).
#include "shim/cublas/mixed.h"

namespace qiao::shim {
namespace {

using Op = cublasOperation_t;

template <class T>
inline constexpr Element kElement = blas::element_of<T>;
template <>
inline constexpr Element kElement<__half> = Element::F16;
template <>
inline constexpr Element kElement<__nv_bfloat16> = Element::BF16;

// T: elements of A and x; S: scalars and sums; Y: elements of y.
template <class T, class S, class Y>
struct Gemv {
  char op;
  int m, n, lda, incx, incy;
  Scalar<S> alpha, beta;

  template <class I>
  Gemv(Call& call, Op trans, I m, I n, const S* alpha, I lda, I incx, const S* beta, I incy)
      : op(call.op("trans", trans)),
        m(call.size("m", m)),
        n(call.size("n", n)),
        lda(call.leading("lda", lda, this->m)),
        incx(call.increment("incx", incx)),
        incy(call.increment("incy", incy)),
        alpha(call.scalar("alpha", alpha)),
        beta(call.scalar("beta", beta)) {}

  int from() const { return op == 'N' ? n : m; }
  int to() const { return op == 'N' ? m : n; }

  void run(const T* a, const T* x, Y* y) const {
    const S factor = alpha.get(), keep = beta.get();
    x = blas::first_of(x, from(), incx), y = blas::first_of(y, to(), incy);
    std::vector<S> right(static_cast<size_t>(from())), sums(static_cast<size_t>(to())), column(static_cast<size_t>(m));
    blas::load(kElement<T>, x, incx, from(), right.data());
    for (int64_t j = 0; j < n; ++j) {
      blas::load(kElement<T>, a + j * lda, 1, m, column.data());
      if (op == 'N') {
        for (int i = 0; i < m; ++i) sums[size_t(i)] += blas::times(column[size_t(i)], right[size_t(j)]);
        continue;
      }
      S sum{};
      for (int i = 0; i < m; ++i) {
        const S& element = column[size_t(i)];
        sum += blas::times(op == 'C' ? blas::conjugate(element) : element, right[size_t(i)]);
      }
      sums[size_t(j)] = sum;
    }
    std::vector<S> old(sums.size());
    if (keep != S(0)) blas::load(kElement<Y>, y, incy, to(), old.data());
    for (size_t i = 0; i < sums.size(); ++i) {
      sums[i] = keep == S(0) ? blas::times(sums[i], factor) : combine(factor, sums[i], keep, old[i]);
    }
    blas::store(kElement<Y>, sums.data(), to(), y, incy);
  }
};

template <class T, class S, class Y, class I>
cublasStatus_t strided_of(cublasHandle_t handle, Op trans, I m, I n, const S* alpha, const T* a, I lda,
                          long long stridea, const T* x, I incx, long long stridex, const S* beta, Y* y, I incy,
                          long long stridey, I batches) {
  Call call("cublas<t>gemvStridedBatched", handle);
  const Gemv<T, S, Y> gemv(call, trans, m, n, alpha, lda, incx, beta, incy);
  const int count = call.size("batchCount", batches);
  if (!call.good() || gemv.m == 0 || gemv.n == 0 || count == 0) return call.done();
  const auto batch = [&](Operand one, long long stride, size_t bytes) {
    if (stride > 0) one.bytes += uint64_t(stride) * uint64_t(count - 1) * bytes;
    return one;
  };
  return call.run({gemv.alpha.operand("alpha"), gemv.beta.operand("beta"),
                   matrices("A", a, gemv.m, gemv.n, gemv.lda, stridea, count),
                   batch(vector("x", x, gemv.from(), gemv.incx), stridex, sizeof(T)),
                   batch(vector("y", y, gemv.to(), gemv.incy), stridey, sizeof(Y))},
                  [=] {
                    for (int64_t i = 0; i < count; ++i) gemv.run(a + i * stridea, x + i * stridex, y + i * stridey);
                  });
}

template <class T, class S, class Y, class I>
cublasStatus_t batched_of(cublasHandle_t handle, Op trans, I m, I n, const S* alpha, const T* const* a, I lda,
                          const T* const* x, I incx, const S* beta, Y* const* y, I incy, I batches) {
  Call call("cublas<t>gemvBatched", handle);
  const Gemv<T, S, Y> gemv(call, trans, m, n, alpha, lda, incx, beta, incy);
  const int count = call.size("batchCount", batches);
  if (!call.good() || gemv.m == 0 || gemv.n == 0 || count == 0) return call.done();
  const runtime::Device* device = &call.device();
  return call.run({gemv.alpha.operand("alpha"), gemv.beta.operand("beta"), vector("Aarray", a, count, 1),
                   vector("xarray", x, count, 1), vector("yarray", const_cast<const Y* const*>(y), count, 1)},
                  [=, name = call.name()]() -> Result<void> {
                    for (int i = 0; i < count; ++i) {
                      const Operand operands[] = {matrix("A", a[i], gemv.m, gemv.n, gemv.lda),
                                                  vector("x", x[i], gemv.from(), gemv.incx),
                                                  vector("y", y[i], gemv.to(), gemv.incy)};
                      if (Result<void> there = blas::check(operands, *device, name); !there) return there;
                      gemv.run(a[i], x[i], y[i]);
                    }
                    return {};
                  });
}

template <class T, class I>
cublasStatus_t strided(cublasHandle_t handle, Op trans, I m, I n, const T* alpha, const T* a, I lda, long long stridea,
                       const T* x, I incx, long long stridex, const T* beta, T* y, I incy, long long stridey,
                       I batches) {
  return strided_of<T, T, T, I>(handle, trans, m, n, alpha, a, lda, stridea, x, incx, stridex, beta, y, incy, stridey,
                                batches);
}
template <class T, class I>
cublasStatus_t batched(cublasHandle_t handle, Op trans, I m, I n, const T* alpha, const T* const* a, I lda,
                       const T* const* x, I incx, const T* beta, T* const* y, I incy, I batches) {
  return batched_of<T, T, T, I>(handle, trans, m, n, alpha, a, lda, x, incx, beta, y, incy, batches);
}

}  // namespace

// clang-format off
using H = __half;
using B = __nv_bfloat16;
QIAO_BLAS_SDCZ(gemvStridedBatched, strided)
QIAO_BLAS_SDCZ(gemvBatched, batched)
#define QIAO_BLAS_MIXED(letters, ...)                                                                                   \
  QIAO_BLAS_WIDTHS(cublas##letters##gemvStridedBatched, cublas##letters##gemvStridedBatched_64, strided_of, __VA_ARGS__) \
  QIAO_BLAS_WIDTHS(cublas##letters##gemvBatched, cublas##letters##gemvBatched_64, batched_of, __VA_ARGS__)
QIAO_BLAS_MIXED(HSH, H, float, H)
QIAO_BLAS_MIXED(HSS, H, float, float)
QIAO_BLAS_MIXED(TST, B, float, B)
QIAO_BLAS_MIXED(TSS, B, float, float)
// clang-format on

}  // namespace qiao::shim
