// cuBLAS's first interface: no handle, scalars by value, letters for enumerations, results returned. Each function is
// its second version, called with the handle that cublasInit made; conversions follow from the two signatures.
#include <cctype>
#include <tuple>
#include <utility>

#include "shim/cublas/call.h"

namespace qiao::shim {
namespace {

cublasHandle_t handle = nullptr;
cublasStatus_t last = CUBLAS_STATUS_SUCCESS;

cublasStatus_t note(cublasStatus_t status) {
  if (status != CUBLAS_STATUS_SUCCESS) last = status;
  return status;
}

template <class E>
E enumerator(char letter) {
  const char upper = char(std::toupper(static_cast<unsigned char>(letter)));
  if constexpr (std::is_same_v<E, cublasOperation_t>) {
    return upper == 'N' ? CUBLAS_OP_N : upper == 'T' ? CUBLAS_OP_T : upper == 'C' ? CUBLAS_OP_C : E(-1);
  } else if constexpr (std::is_same_v<E, cublasFillMode_t>) {
    return upper == 'L' ? CUBLAS_FILL_MODE_LOWER : upper == 'U' ? CUBLAS_FILL_MODE_UPPER : E(-1);
  } else if constexpr (std::is_same_v<E, cublasSideMode_t>) {
    return upper == 'L' ? CUBLAS_SIDE_LEFT : upper == 'R' ? CUBLAS_SIDE_RIGHT : E(-1);
  } else {
    return upper == 'N' ? CUBLAS_DIAG_NON_UNIT : upper == 'U' ? CUBLAS_DIAG_UNIT : E(-1);
  }
}

// A letter becomes what the second version wants, a scalar its address; anything else stays.
template <class To, class From>
To converted(From& from) {
  if constexpr (std::is_enum_v<To> && std::is_same_v<From, char>)
    return enumerator<To>(from);
  else if constexpr (std::is_pointer_v<To> && !std::is_pointer_v<From>)
    return &from;
  else
    return from;
}

template <class Second, class First>
struct Legacy;
template <class... Q, class R, class... P>
struct Legacy<cublasStatus_t (*)(cublasHandle_t, Q...), R (*)(P...)> {
  template <auto* Second>
  static R call(P... p) {
    if constexpr (std::is_void_v<R>) {
      note((*Second)(handle, converted<Q>(p)...));
    } else {
      R result{};
      with_result<Second>(std::index_sequence_for<P...>(), result, p...);
      return result;
    }
  }

 private:
  // The result's place is the second version's last parameter.
  template <auto* Second, size_t... I, class S>
  static void with_result(std::index_sequence<I...>, S& result, P&... p) {
    using To = std::tuple<Q...>;
    note((*Second)(handle, converted<std::tuple_element_t<I, To>>(p)..., &result));
  }
};

template <class T>
void trmm(char side, char uplo, char trans, char diag, int m, int n, T alpha, const T* a, int lda, T* b, int ldb) {
  const auto* second = [] {
    if constexpr (std::is_same_v<T, float>)
      return &Cublas::cublasStrmm_v2;
    else if constexpr (std::is_same_v<T, double>)
      return &Cublas::cublasDtrmm_v2;
    else if constexpr (std::is_same_v<T, std::complex<float>>)
      return &Cublas::cublasCtrmm_v2;
    else
      return &Cublas::cublasZtrmm_v2;
  }();
  note((*second)(handle, enumerator<cublasSideMode_t>(side), enumerator<cublasFillMode_t>(uplo),
                 enumerator<cublasOperation_t>(trans), enumerator<cublasDiagType_t>(diag), m, n, &alpha, a, lda, b, ldb,
                 b, ldb));
}

cublasStatus_t init() {
  return handle ? CUBLAS_STATUS_SUCCESS : note(Cublas::cublasCreate_v2(&handle));
}

cublasStatus_t shutdown() {
  if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
  return note(Cublas::cublasDestroy_v2(std::exchange(handle, nullptr)));
}

cublasStatus_t error() {
  return std::exchange(last, CUBLAS_STATUS_SUCCESS);
}

cublasStatus_t version(int* number) {
  return handle ? Cublas::cublasGetVersion_v2(handle, number) : CUBLAS_STATUS_NOT_INITIALIZED;
}

cublasStatus_t allocate(int count, int bytes, void** to) {
  if (count <= 0 || bytes <= 0 || !to) return note(CUBLAS_STATUS_INVALID_VALUE);
  const bool made = Cudart::cudaMalloc(to, size_t(count) * size_t(bytes)) == cudaSuccess;
  return note(made ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_ALLOC_FAILED);
}

cublasStatus_t release(void* memory) {
  return note(Cudart::cudaFree(memory) == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INTERNAL_ERROR);
}

cublasStatus_t set_stream(cudaStream_t stream) {
  return note(Cublas::cublasSetStream_v2(handle, stream));
}

}  // namespace

// clang-format off
#define QIAO_LEGACY(name) \
  QIAO_BLAS_BODY(Cublas, name, Legacy<std::remove_const_t<decltype(Cublas::name##_v2)>, std::remove_const_t<decltype(Cublas::name)>>::call<&Cublas::name##_v2>)
#include "shim/cublas/legacy.inc"
QIAO_BLAS_BODY(Cublas, cublasStrmm, trmm<float>)
QIAO_BLAS_BODY(Cublas, cublasDtrmm, trmm<double>)
QIAO_BLAS_BODY(Cublas, cublasCtrmm, trmm<std::complex<float>>)
QIAO_BLAS_BODY(Cublas, cublasZtrmm, trmm<std::complex<double>>)
QIAO_BLAS_BODY(Cublas, cublasInit, init)
QIAO_BLAS_BODY(Cublas, cublasShutdown, shutdown)
QIAO_BLAS_BODY(Cublas, cublasGetError, error)
QIAO_BLAS_BODY(Cublas, cublasGetVersion, version)
QIAO_BLAS_BODY(Cublas, cublasAlloc, allocate)
QIAO_BLAS_BODY(Cublas, cublasFree, release)
QIAO_BLAS_BODY(Cublas, cublasSetKernelStream, set_stream)
// clang-format on

}  // namespace qiao::shim
