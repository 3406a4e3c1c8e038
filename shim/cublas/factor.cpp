// The batched factorisations that cuBLAS carries: LU, its solutions and inverses, QR, least squares; by LAPACK.
#include <functional>

#include "shim/cublas/call.h"
#include "src/blas/triangle.h"

namespace qiao::shim {
namespace {

using blas::fortran;

// One step of a batch: `work(i)` gives LAPACK's info.
template <class F>
Result<void> each(int count, F work) {
  for (int i = 0; i < count; ++i) {
    if (Result<void> done = work(i); !done) return done;
  }
  return {};
}

// Looks at the matrices of one step.
class Checker {
 public:
  explicit Checker(const Call& call) : device_(&call.device()), name_(call.name()) {}
  Result<void> operator()(std::initializer_list<Operand> operands) const {
    return blas::check({operands.begin(), operands.size()}, *device_, name_);
  }

 private:
  const runtime::Device* device_;
  const char* name_;
};

template <class T>
Operand pointers(const char* name, T* const* array, int count) {
  return vector(name, const_cast<const T* const*>(array), count, 1);
}

// LU without exchanging rows, where the caller gives no room for pivots. Info: the first zero pivot.
template <class T>
int factor_without_pivots(int n, T* a, int64_t ld) {
  int info = 0;
  for (int64_t k = 0; k < n; ++k) {
    const T pivot = a[k * ld + k];
    if (pivot == T(0)) {
      if (info == 0) info = int(k) + 1;
      continue;
    }
    for (int64_t i = k + 1; i < n; ++i) a[k * ld + i] /= pivot;
    for (int64_t j = k + 1; j < n; ++j) {
      for (int64_t i = k + 1; i < n; ++i) a[j * ld + i] -= blas::times(a[k * ld + i], a[j * ld + k]);
    }
  }
  return info;
}

template <class T>
cublasStatus_t getrf(cublasHandle_t handle, int n, T* const* a, int lda, int* pivots, int* info, int batches) {
  Call call(named<T, "getrfBatched">(), handle);
  call.size("n", n), call.leading("lda", lda, n), call.size("batchSize", batches);
  if (!call.good() || batches == 0) return call.done();
  return call.run({pointers("Aarray", a, batches), vector("PivotArray", pivots, pivots ? int64_t(n) * batches : 0, 1),
                   vector("infoArray", info, batches, 1)},
                  [=, check = Checker(call)] {
                    return each(batches, [&](int i) -> Result<void> {
                      if (Result<void> there = check({matrix("A", a[i], n, n, lda)}); !there) return there;
                      if (pivots)
                        fortran<T>().getrf(&n, &n, a[i], &lda, pivots + int64_t(i) * n, info + i);
                      else
                        info[i] = factor_without_pivots(n, a[i], lda);
                      return {};
                    });
                  });
}

// The rows that the factorisation did not exchange, where there are no pivots.
std::vector<int> identity(int n) {
  std::vector<int> rows(size_t(std::max(n, 1)));
  for (int i = 0; i < n; ++i) rows[size_t(i)] = i + 1;
  return rows;
}

template <class T>
cublasStatus_t getrs(cublasHandle_t handle, cublasOperation_t trans, int n, int nrhs, const T* const* a, int lda,
                     const int* pivots, T* const* b, int ldb, int* info, int batches) {
  // Only the arguments are judged, in host memory (cuBLAS, cublas<t>getrsBatched()).
  Call call(named<T, "getrsBatched">(), handle);
  const char op = call.op("trans", trans);
  call.size("n", n), call.size("nrhs", nrhs), call.size("batchSize", batches);
  call.leading("lda", lda, n), call.leading("ldb", ldb, n), call.require(info != nullptr, "info");
  if (info) *info = 0;
  if (!call.good() || batches == 0 || n == 0 || nrhs == 0) return call.done();
  return call.run({vector("Aarray", a, batches, 1), pointers("Barray", b, batches),
                   vector("devIpiv", pivots, pivots ? int64_t(n) * batches : 0, 1)},
                  [=, check = Checker(call)] {
                    const std::vector<int> unmoved = identity(pivots ? 0 : n);
                    return each(batches, [&](int i) -> Result<void> {
                      Result<void> there = check({matrix("A", a[i], n, n, lda), matrix("B", b[i], n, nrhs, ldb)});
                      if (!there) return there;
                      const int* rows = pivots ? pivots + int64_t(i) * n : unmoved.data();
                      int ignored = 0;
                      fortran<T>().getrs(&op, &n, &nrhs, a[i], &lda, rows, b[i], &ldb, &ignored, 1);
                      return {};
                    });
                  });
}

// The inverse from a factorisation in c.
template <class T>
int invert_factored(int n, T* c, int ldc, const int* rows) {
  int info = 0;
  std::vector<T> room(size_t(n) * 64);
  const int length = int(room.size());
  fortran<T>().getri(&n, c, &ldc, rows, room.data(), &length, &info);
  return info;
}

template <class T>
cublasStatus_t getri(cublasHandle_t handle, int n, const T* const* a, int lda, const int* pivots, T* const* c, int ldc,
                     int* info, int batches) {
  Call call(named<T, "getriBatched">(), handle);
  call.size("n", n), call.size("batchSize", batches), call.leading("lda", lda, n), call.leading("ldc", ldc, n);
  if (!call.good() || batches == 0 || n == 0) return call.done();
  return call.run(
      {vector("Aarray", a, batches, 1), pointers("Carray", c, batches),
       vector("PivotArray", pivots, pivots ? int64_t(n) * batches : 0, 1), vector("infoArray", info, batches, 1)},
      [=, check = Checker(call)] {
        const std::vector<int> unmoved = identity(pivots ? 0 : n);
        return each(batches, [&](int i) -> Result<void> {
          Result<void> there = check({matrix("A", a[i], n, n, lda), matrix("C", c[i], n, n, ldc)});
          if (!there) return there;
          blas::copy_matrix(n, n, a[i], lda, c[i], ldc);
          info[i] = invert_factored(n, c[i], ldc, pivots ? pivots + int64_t(i) * n : unmoved.data());
          return {};
        });
      });
}

template <class T>
cublasStatus_t matinv(cublasHandle_t handle, int n, const T* const* a, int lda, T* const* inverse, int ldi, int* info,
                      int batches) {
  constexpr int kGreatest = 32;  // cuBLAS, cublas<t>matinvBatched()
  Call call(named<T, "matinvBatched">(), handle);
  call.size("n", n), call.size("batchSize", batches), call.leading("lda", lda, n), call.leading("lda_inv", ldi, n);
  call.require(n <= kGreatest, "n: more than 32");
  if (!call.good() || batches == 0 || n == 0) return call.done();
  return call.run(
      {vector("Aarray", a, batches, 1), pointers("Ainv", inverse, batches), vector("infoArray", info, batches, 1)},
      [=, check = Checker(call)] {
        return each(batches, [&](int i) -> Result<void> {
          Result<void> there = check({matrix("A", a[i], n, n, lda), matrix("Ainv", inverse[i], n, n, ldi)});
          if (!there) return there;
          blas::copy_matrix(n, n, a[i], lda, inverse[i], ldi);
          std::vector<int> rows = identity(n);
          fortran<T>().getrf(&n, &n, inverse[i], &ldi, rows.data(), info + i);
          if (info[i] == 0) info[i] = invert_factored(n, inverse[i], ldi, rows.data());
          return {};
        });
      });
}

template <class T>
cublasStatus_t geqrf(cublasHandle_t handle, int m, int n, T* const* a, int lda, T* const* tau, int* info, int batches) {
  Call call(named<T, "geqrfBatched">(), handle);
  call.size("m", m), call.size("n", n), call.size("batchSize", batches), call.leading("lda", lda, m);
  call.require(info != nullptr, "info");
  if (info) *info = 0;
  if (!call.good() || batches == 0 || m == 0 || n == 0) return call.done();
  return call.run({pointers("Aarray", a, batches), pointers("TauArray", tau, batches)}, [=, check = Checker(call)] {
    std::vector<T> room(size_t(n) * 64);
    const int length = int(room.size());
    return each(batches, [&](int i) -> Result<void> {
      Result<void> there = check({matrix("A", a[i], m, n, lda), vector("Tau", tau[i], std::min(m, n), 1)});
      if (!there) return there;
      int ignored = 0;
      fortran<T>().geqrf(&m, &n, a[i], &lda, tau[i], room.data(), &length, &ignored);
      return {};
    });
  });
}

// Only overdetermined systems with op = N, as cuBLAS documents of cublas<t>gelsBatched().
template <class T>
cublasStatus_t gels(cublasHandle_t handle, cublasOperation_t trans, int m, int n, int nrhs, T* const* a, int lda,
                    T* const* c, int ldc, int* info, int* device_info, int batches) {
  Call call(named<T, "gelsBatched">(), handle);
  const char op = call.op("trans", trans);
  call.size("m", m), call.size("n", n), call.size("nrhs", nrhs), call.size("batchSize", batches);
  call.leading("lda", lda, m), call.leading("ldc", ldc, m), call.require(info != nullptr, "info");
  if (info) *info = 0;
  if (op != 'N' || m < n) call.refuse("a transposed or underdetermined system");
  if (!call.good() || batches == 0 || n == 0 || nrhs == 0) return call.done();
  return call.run({pointers("Aarray", a, batches), pointers("Carray", c, batches),
                   vector("devInfoArray", device_info, device_info ? batches : 0, 1)},
                  [=, check = Checker(call)] {
                    std::vector<T> room(size_t(m + n + nrhs) * 64);
                    const int length = int(room.size());
                    return each(batches, [&](int i) -> Result<void> {
                      Result<void> there = check({matrix("A", a[i], m, n, lda), matrix("C", c[i], m, nrhs, ldc)});
                      if (!there) return there;
                      int found = 0;
                      fortran<T>().gels(&op, &m, &n, &nrhs, a[i], &lda, c[i], &ldc, room.data(), &length, &found, 1);
                      if (device_info) device_info[i] = found;
                      return {};
                    });
                  });
}

}  // namespace

// clang-format off
#define QIAO_BLAS_FOUR(base, function)                                      \
  QIAO_BLAS_BODY(Cublas, cublasS##base, function<float>)                    \
  QIAO_BLAS_BODY(Cublas, cublasD##base, function<double>)                   \
  QIAO_BLAS_BODY(Cublas, cublasC##base, function<std::complex<float>>)      \
  QIAO_BLAS_BODY(Cublas, cublasZ##base, function<std::complex<double>>)
QIAO_BLAS_FOUR(getrfBatched, getrf)
QIAO_BLAS_FOUR(getrsBatched, getrs)
QIAO_BLAS_FOUR(getriBatched, getri)
QIAO_BLAS_FOUR(matinvBatched, matinv)
QIAO_BLAS_FOUR(geqrfBatched, geqrf)
QIAO_BLAS_FOUR(gelsBatched, gels)
// clang-format on

}  // namespace qiao::shim
