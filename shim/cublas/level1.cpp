// Level 1: vectors.
#include "src/blas/level1.h"

#include "shim/cublas/call.h"

namespace qiao::shim {
namespace {

using blas::Real;

template <class T, class I>
cublasStatus_t axpy(cublasHandle_t handle, I n, const T* alpha, const T* x, I incx, T* y, I incy) {
  Call call(named<T, "axpy">(), handle);
  const int count = call.narrow("n", n), dx = call.narrow("incx", incx), dy = call.narrow("incy", incy);
  const Scalar<T> a = call.scalar("alpha", alpha);
  if (!call.good() || n <= 0) return call.done();
  return call.run({a.operand("alpha"), vector("x", x, n, incx), vector("y", y, n, incy)}, [=] {
    const T value = a.get();
    blas::fortran<T>().axpy(&count, &value, x, &dx, y, &dy);
  });
}

template <class T, class S, class I>
cublasStatus_t scal(Call& call, I n, const S* alpha, T* x, I incx) {
  const Scalar<S> a = call.scalar("alpha", alpha);
  if (!call.good() || n <= 0 || incx <= 0) return call.done();
  return call.run({a.operand("alpha"), vector("x", x, n, incx)}, [=] { blas::scal(n, a.get(), x, incx); });
}

template <class T, class I>
cublasStatus_t scal(cublasHandle_t handle, I n, const T* alpha, T* x, I incx) {
  Call call(named<T, "scal">(), handle);
  return scal(call, n, alpha, x, incx);
}

template <class T, class I>
cublasStatus_t scal_by_real(cublasHandle_t handle, I n, const Real<T>* alpha, T* x, I incx) {
  Call call(named<T, " scal by a real number">(), handle);
  return scal(call, n, alpha, x, incx);
}

template <class T, class I>
cublasStatus_t copy(cublasHandle_t handle, I n, const T* x, I incx, T* y, I incy) {
  Call call(named<T, "copy">(), handle);
  if (!call.good() || n <= 0) return call.done();
  return call.run({vector("x", x, n, incx), vector("y", y, n, incy)}, [=] { blas::copy(n, x, incx, y, incy); });
}

template <class T, class I>
cublasStatus_t swap(cublasHandle_t handle, I n, T* x, I incx, T* y, I incy) {
  Call call(named<T, "swap">(), handle);
  if (!call.good() || n <= 0) return call.done();
  return call.run({vector("x", x, n, incx), vector("y", y, n, incy)}, [=] { blas::swap(n, x, incx, y, incy); });
}

template <class T, bool Conjugate>
T dot_of(int64_t n, const T* x, int64_t incx, const T* y, int64_t incy) {
  if constexpr (blas::is_complex<T>) {
    return blas::dot<T, Conjugate>(n, x, incx, y, incy);
  } else {
    const auto& library = blas::openblas();
    if constexpr (std::is_same_v<T, float>)
      return library.sdot(int(n), x, int(incx), y, int(incy));
    else
      return library.ddot(int(n), x, int(incx), y, int(incy));
  }
}

template <class T, bool Conjugate, class I>
cublasStatus_t dot_with(cublasHandle_t handle, I n, const T* x, I incx, const T* y, I incy, T* result) {
  Call call(named<T, "dot">(), handle);
  call.narrow("n", n), call.narrow("incx", incx), call.narrow("incy", incy);
  const I count = std::max<I>(n, 0);
  return call.result(result, {vector("x", x, count, incx), vector("y", y, count, incy)},
                     [=] { return dot_of<T, Conjugate>(count, x, incx, y, incy); });
}
template <class T, class I>
cublasStatus_t dot(cublasHandle_t handle, I n, const T* x, I incx, const T* y, I incy, T* result) {
  return dot_with<T, false>(handle, n, x, incx, y, incy, result);
}
template <class T, class I>
cublasStatus_t dotc(cublasHandle_t handle, I n, const T* x, I incx, const T* y, I incy, T* result) {
  return dot_with<T, true>(handle, n, x, incx, y, incy, result);
}

template <class T, class I>
cublasStatus_t nrm2(cublasHandle_t handle, I n, const T* x, I incx, Real<T>* result) {
  Call call(named<T, "nrm2">(), handle);
  const I count = incx > 0 ? std::max<I>(n, 0) : 0;
  return call.result(result, {vector("x", x, count, incx)}, [=] { return blas::nrm2(count, x, incx); });
}

template <class T, class I>
cublasStatus_t asum(cublasHandle_t handle, I n, const T* x, I incx, Real<T>* result) {
  Call call(named<T, "asum">(), handle);
  const I count = incx > 0 ? std::max<I>(n, 0) : 0;
  return call.result(result, {vector("x", x, count, incx)}, [=] { return blas::asum(count, x, incx); });
}

template <class T, bool Least, class I>
cublasStatus_t extreme(cublasHandle_t handle, I n, const T* x, I incx, I* result) {
  Call call(named<T, " index of an extreme">(), handle);
  const I count = incx > 0 ? std::max<I>(n, 0) : 0;
  return call.result(result, {vector("x", x, count, incx)}, [=] { return blas::extreme<Least>(count, x, incx); });
}
template <class T, class I>
cublasStatus_t amax(cublasHandle_t handle, I n, const T* x, I incx, I* result) {
  return extreme<T, false>(handle, n, x, incx, result);
}
template <class T, class I>
cublasStatus_t amin(cublasHandle_t handle, I n, const T* x, I incx, I* result) {
  return extreme<T, true>(handle, n, x, incx, result);
}

template <class T, class S, class I>
cublasStatus_t rot_with(cublasHandle_t handle, I n, T* x, I incx, T* y, I incy, const Real<T>* c, const S* s) {
  Call call(named<T, "rot">(), handle);
  const Scalar<Real<T>> cosine = call.scalar("c", c);
  const Scalar<S> sine = call.scalar("s", s);
  if (!call.good() || n <= 0) return call.done();
  return call.run({cosine.operand("c"), sine.operand("s"), vector("x", x, n, incx), vector("y", y, n, incy)},
                  [=] { blas::rot(n, x, incx, y, incy, cosine.get(), sine.get()); });
}
template <class T, class I>
cublasStatus_t rot(cublasHandle_t handle, I n, T* x, I incx, T* y, I incy, const Real<T>* c, const T* s) {
  return rot_with<T, T>(handle, n, x, incx, y, incy, c, s);
}
template <class T, class I>
cublasStatus_t rot_by_real(cublasHandle_t handle, I n, T* x, I incx, T* y, I incy, const Real<T>* c, const Real<T>* s) {
  return rot_with<T, Real<T>>(handle, n, x, incx, y, incy, c, s);
}

template <class T>
Operand scalar_operand(const Call& call, const char* name, T* pointer) {
  Operand one = vector(name, pointer, 1, 1);
  if (!call.device_scalars()) one.bytes = 0;
  return one;
}

template <class T>
cublasStatus_t rotg(cublasHandle_t handle, T* a, T* b, Real<T>* c, T* s) {
  Call call(named<T, "rotg">(), handle);
  call.require(a && b && c && s, "null pointer");
  return call.run_for_results({scalar_operand(call, "a", a), scalar_operand(call, "b", b), scalar_operand(call, "c", c),
                               scalar_operand(call, "s", s)},
                              [=] { blas::rotg(*a, *b, *c, *s); });
}

constexpr int kModifiedParameters = 5;

template <class T>
struct ModifiedParameters {
  T values[kModifiedParameters];
};

template <class T, class I>
cublasStatus_t rotm(cublasHandle_t handle, I n, T* x, I incx, T* y, I incy, const T* param) {
  Call call(named<T, "rotm">(), handle);
  const auto h = call.scalar("param", reinterpret_cast<const ModifiedParameters<T>*>(param));
  if (!call.good() || n <= 0) return call.done();
  return call.run({h.operand("param"), vector("x", x, n, incx), vector("y", y, n, incy)},
                  [=] { blas::rotm(n, x, incx, y, incy, h.get().values); });
}

template <class T>
cublasStatus_t rotmg(cublasHandle_t handle, T* d1, T* d2, T* x1, const T* y1, T* param) {
  Call call(named<T, "rotmg">(), handle);
  call.require(d1 && d2 && x1 && y1 && param, "null pointer");
  return call.run_for_results({scalar_operand(call, "d1", d1), scalar_operand(call, "d2", d2),
                               scalar_operand(call, "x1", x1), scalar_operand(call, "y1", y1)},
                              [=] { blas::rotmg(*d1, *d2, *x1, *y1, param); });
}

}  // namespace

// clang-format off
#define QIAO_BLAS_ONE(name, function, type) QIAO_BLAS_WIDTHS(cublas##name##_v2, cublas##name##_v2_64, function, type)
using C = std::complex<float>;
using Z = std::complex<double>;
QIAO_BLAS_SDCZ(axpy_v2, axpy)
QIAO_BLAS_SDCZ(scal_v2, scal)
QIAO_BLAS_ONE(Csscal, scal_by_real, C)
QIAO_BLAS_ONE(Zdscal, scal_by_real, Z)
QIAO_BLAS_SDCZ(copy_v2, copy)
QIAO_BLAS_SDCZ(swap_v2, swap)
QIAO_BLAS_SD(dot_v2, dot)
QIAO_BLAS_CZ(dotu_v2, dot)
QIAO_BLAS_CZ(dotc_v2, dotc)
QIAO_BLAS_SD(nrm2_v2, nrm2)
QIAO_BLAS_ONE(Scnrm2, nrm2, C)
QIAO_BLAS_ONE(Dznrm2, nrm2, Z)
QIAO_BLAS_SD(asum_v2, asum)
QIAO_BLAS_ONE(Scasum, asum, C)
QIAO_BLAS_ONE(Dzasum, asum, Z)
#define QIAO_BLAS_EXTREME(suffix, function) \
  QIAO_BLAS_ONE(Is##suffix, function, float) QIAO_BLAS_ONE(Id##suffix, function, double) \
  QIAO_BLAS_ONE(Ic##suffix, function, C) QIAO_BLAS_ONE(Iz##suffix, function, Z)
QIAO_BLAS_EXTREME(amax, amax)
QIAO_BLAS_EXTREME(amin, amin)
QIAO_BLAS_SDCZ(rot_v2, rot)
QIAO_BLAS_ONE(Csrot, rot_by_real, C)
QIAO_BLAS_ONE(Zdrot, rot_by_real, Z)
QIAO_BLAS_SD(rotm_v2, rotm)
QIAO_BLAS_BODY(Cublas, cublasSrotg_v2, rotg<float>)
QIAO_BLAS_BODY(Cublas, cublasDrotg_v2, rotg<double>)
QIAO_BLAS_BODY(Cublas, cublasCrotg_v2, rotg<C>)
QIAO_BLAS_BODY(Cublas, cublasZrotg_v2, rotg<Z>)
QIAO_BLAS_BODY(Cublas, cublasSrotmg_v2, rotmg<float>)
QIAO_BLAS_BODY(Cublas, cublasDrotmg_v2, rotmg<double>)
// clang-format on

}  // namespace qiao::shim
