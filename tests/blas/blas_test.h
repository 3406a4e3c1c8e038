// What the BLAS tests share: the four types and their exact arithmetic, memory on the device, and random matrices whose
// elements are small integers, so that products are exact in every type and any wrong element shows.
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <random>
#include <vector>

#include "tests/unit/catch.h"

using C = cuComplex;
using Z = cuDoubleComplex;
using Exact = std::complex<long double>;

inline Exact exact(float x) {
  return x;
}
inline Exact exact(double x) {
  return x;
}
inline Exact exact(C x) {
  return {x.x, x.y};
}
inline Exact exact(Z x) {
  return {(long double)x.x, (long double)x.y};
}

template <class T>
inline constexpr bool is_complex = std::is_same_v<T, C> || std::is_same_v<T, Z>;
template <class T>
using Real = std::conditional_t<std::is_same_v<T, float> || std::is_same_v<T, C>, float, double>;

template <class T>
T make(double re, double im) {
  if constexpr (is_complex<T>)
    return T{Real<T>(re), Real<T>(im)};
  else
    return T(re);
}

inline std::mt19937& generator() {
  static std::mt19937 made(12345);
  return made;
}
inline int between(int least, int greatest) {
  return std::uniform_int_distribution<int>(least, greatest)(generator());
}

template <class T>
std::vector<T> random_values(size_t count, int range = 4) {
  std::vector<T> values(count);
  for (T& value : values) value = make<T>(between(-range, range), between(-range, range));
  return values;
}
template <class T>
std::vector<T> nans(size_t count) {
  return std::vector<T>(count, make<T>(NAN, NAN));
}

template <class T>
class Device {
 public:
  explicit Device(const std::vector<T>& from) : size_(from.size()) {
    REQUIRE(cudaMalloc(reinterpret_cast<void**>(&at_), std::max<size_t>(size_, 1) * sizeof(T)) == cudaSuccess);
    REQUIRE(cudaMemcpy(at_, from.data(), size_ * sizeof(T), cudaMemcpyHostToDevice) == cudaSuccess);
  }
  Device(const Device&) = delete;
  ~Device() { cudaFree(at_); }
  operator T*() const { return at_; }
  T* at() const { return at_; }
  std::vector<T> values() const {
    std::vector<T> to(size_);
    REQUIRE(cudaMemcpy(to.data(), at_, size_ * sizeof(T), cudaMemcpyDeviceToHost) == cudaSuccess);
    return to;
  }

 private:
  T* at_ = nullptr;
  size_t size_;
};

struct Handle {
  Handle() { REQUIRE(cublasCreate(&handle) == CUBLAS_STATUS_SUCCESS); }
  ~Handle() { cublasDestroy(handle); }
  operator cublasHandle_t() const { return handle; }
  cublasHandle_t handle = nullptr;
};

// A matrix of exact numbers, as a stored one is seen through op.
struct Matrix {
  int rows, columns;
  std::vector<Exact> at;
  Matrix(int rows, int columns) : rows(rows), columns(columns), at(size_t(rows) * columns) {}
  Exact& operator()(int i, int j) { return at[size_t(j) * rows + i]; }
  Exact operator()(int i, int j) const { return at[size_t(j) * rows + i]; }
};

template <class T>
Matrix seen(const std::vector<T>& stored, int rows, int columns, int ld, cublasOperation_t op = CUBLAS_OP_N) {
  const bool flipped = op != CUBLAS_OP_N;
  Matrix made(flipped ? columns : rows, flipped ? rows : columns);
  for (int j = 0; j < columns; ++j) {
    for (int i = 0; i < rows; ++i) {
      const Exact value = exact(stored[size_t(j) * ld + i]);
      if (!flipped)
        made(i, j) = value;
      else
        made(j, i) = op == CUBLAS_OP_C ? std::conj(value) : value;
    }
  }
  return made;
}

inline Matrix operator*(const Matrix& a, const Matrix& b) {
  Matrix c(a.rows, b.columns);
  for (int j = 0; j < b.columns; ++j) {
    for (int k = 0; k < a.columns; ++k) {
      for (int i = 0; i < a.rows; ++i) c(i, j) += a(i, k) * b(k, j);
    }
  }
  return c;
}
inline Matrix operator*(Exact s, Matrix a) {
  for (Exact& x : a.at) x *= s;
  return a;
}
inline Matrix operator+(Matrix a, const Matrix& b) {
  for (size_t i = 0; i < a.at.size(); ++i) a.at[i] += b.at[i];
  return a;
}

// Equal to within `ulps` of the type's precision, relative to what is expected (0: exactly); NaN is never equal.
template <class T>
bool near(T found, Exact expected, double ulps = 0) {
  const long double distance = std::abs(exact(found) - expected);
  const long double unit = sizeof(Real<T>) == 4 ? 0x1p-23L : 0x1p-52L;
  return distance <= ulps * unit * std::max<long double>(std::abs(expected), 1);
}

template <class T>
int wrong_elements(const std::vector<T>& stored, int ld, const Matrix& expected, double ulps = 0) {
  int wrong = 0;
  for (int j = 0; j < expected.columns; ++j) {
    for (int i = 0; i < expected.rows; ++i) wrong += !near(stored[size_t(j) * ld + i], expected(i, j), ulps);
  }
  return wrong;
}

inline constexpr cublasOperation_t kOps[] = {CUBLAS_OP_N, CUBLAS_OP_T, CUBLAS_OP_C};
inline constexpr cublasFillMode_t kFills[] = {CUBLAS_FILL_MODE_LOWER, CUBLAS_FILL_MODE_UPPER};

// The functions by type. A complex type's Hermitian form stands where a real one has the symmetric.
template <class T>
struct Api;
#define QIAO_API(type, L, dotx, ger_, her_, her2_, herk_, her2k_, hemm_, hemv_, hbmv_, hpmv_, hpr_, hpr2_, nrm, sum, \
                 max, min)                                                                                           \
  template <>                                                                                                        \
  struct Api<type> {                                                                                                 \
    static constexpr auto axpy = cublas##L##axpy, scal_ = cublas##L##axpy;                                           \
    static constexpr auto scal = cublas##L##scal;                                                                    \
    static constexpr auto copy = cublas##L##copy;                                                                    \
    static constexpr auto swap = cublas##L##swap;                                                                    \
    static constexpr auto dot = cublas##L##dotx;                                                                     \
    static constexpr auto nrm2 = cublas##nrm;                                                                        \
    static constexpr auto asum = cublas##sum;                                                                        \
    static constexpr auto amax = cublas##max;                                                                        \
    static constexpr auto amin = cublas##min;                                                                        \
    static constexpr auto gemv = cublas##L##gemv;                                                                    \
    static constexpr auto gbmv = cublas##L##gbmv;                                                                    \
    static constexpr auto symv = cublas##L##symv;                                                                    \
    static constexpr auto hemv = cublas##L##hemv_;                                                                   \
    static constexpr auto hbmv = cublas##L##hbmv_;                                                                   \
    static constexpr auto hpmv = cublas##L##hpmv_;                                                                   \
    static constexpr auto trmv = cublas##L##trmv;                                                                    \
    static constexpr auto trsv = cublas##L##trsv;                                                                    \
    static constexpr auto tbmv = cublas##L##tbmv;                                                                    \
    static constexpr auto tbsv = cublas##L##tbsv;                                                                    \
    static constexpr auto tpmv = cublas##L##tpmv;                                                                    \
    static constexpr auto tpsv = cublas##L##tpsv;                                                                    \
    static constexpr auto ger = cublas##L##ger_;                                                                     \
    static constexpr auto syr = cublas##L##syr;                                                                      \
    static constexpr auto her = cublas##L##her_;                                                                     \
    static constexpr auto her2 = cublas##L##her2_;                                                                   \
    static constexpr auto hpr = cublas##L##hpr_;                                                                     \
    static constexpr auto hpr2 = cublas##L##hpr2_;                                                                   \
    static constexpr auto gemm = cublas##L##gemm;                                                                    \
    static constexpr auto gemm_64 = cublas##L##gemm_64;                                                              \
    static constexpr auto symm = cublas##L##symm;                                                                    \
    static constexpr auto hemm = cublas##L##hemm_;                                                                   \
    static constexpr auto syrk = cublas##L##syrk;                                                                    \
    static constexpr auto herk = cublas##L##herk_;                                                                   \
    static constexpr auto syr2k = cublas##L##syr2k;                                                                  \
    static constexpr auto her2k = cublas##L##her2k_;                                                                 \
    static constexpr auto syrkx = cublas##L##syrkx;                                                                  \
    static constexpr auto trmm = cublas##L##trmm;                                                                    \
    static constexpr auto trsm = cublas##L##trsm;                                                                    \
    static constexpr auto geam = cublas##L##geam;                                                                    \
    static constexpr auto dgmm = cublas##L##dgmm;                                                                    \
    static constexpr auto tpttr = cublas##L##tpttr;                                                                  \
    static constexpr auto trttp = cublas##L##trttp;                                                                  \
    static constexpr auto batched = cublas##L##gemmBatched;                                                          \
    static constexpr auto strided = cublas##L##gemmStridedBatched;                                                   \
    static constexpr auto trsm_batched = cublas##L##trsmBatched;                                                     \
    static constexpr auto getrf = cublas##L##getrfBatched;                                                           \
    static constexpr auto getrs = cublas##L##getrsBatched;                                                           \
    static constexpr auto getri = cublas##L##getriBatched;                                                           \
    static constexpr auto matinv = cublas##L##matinvBatched;                                                         \
    static constexpr auto geqrf = cublas##L##geqrfBatched;                                                           \
    static constexpr auto gels = cublas##L##gelsBatched;                                                             \
  };
QIAO_API(float, S, dot, ger, syr, syr2, syrk, syr2k, symm, symv, sbmv, spmv, spr, spr2, Snrm2, Sasum, Isamax, Isamin)
QIAO_API(double, D, dot, ger, syr, syr2, syrk, syr2k, symm, symv, sbmv, spmv, spr, spr2, Dnrm2, Dasum, Idamax, Idamin)
QIAO_API(C, C, dotc, geru, her, her2, herk, her2k, hemm, hemv, hbmv, hpmv, hpr, hpr2, Scnrm2, Scasum, Icamax, Icamin)
QIAO_API(Z, Z, dotc, geru, her, her2, herk, her2k, hemm, hemv, hbmv, hpmv, hpr, hpr2, Dznrm2, Dzasum, Izamax, Izamin)
#undef QIAO_API
