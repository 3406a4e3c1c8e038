// cublasXt: products of matrices that may lie in host memory, spread over devices. Device memory is host memory here
// and the host does the work, so each is cuBLAS's own product, which is waited for; tiles and shares change nothing.

#include <algorithm>

#include "shim/cublas/call.h"

struct cublasXtContext {
  cublasHandle_t blas = nullptr;
  int block = 2048;
  cublasXtPinnedMemMode_t pinning = CUBLASXT_PINNING_DISABLED;
};

namespace qiao::shim {
namespace {

runtime::Registry<cublasXtContext>& xt_handles() {
  static auto* live = new runtime::Registry<cublasXtContext>;
  return *live;
}

cublasStatus_t create(cublasXtHandle_t* handle) {
  if (!handle) return CUBLAS_STATUS_INVALID_VALUE;
  *handle = nullptr;
  auto made = std::make_shared<cublasXtContext>();
  if (const cublasStatus_t status = Cublas::cublasCreate_v2(&made->blas); status != CUBLAS_STATUS_SUCCESS)
    return status;
  blas_handles().find(made->blas)->any_memory = true;
  *handle = xt_handles().add(std::move(made));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t destroy(cublasXtHandle_t handle) {
  const auto gone = xt_handles().remove(handle);
  return gone ? Cublas::cublasDestroy_v2(gone->blas) : CUBLAS_STATUS_NOT_INITIALIZED;
}

cublasStatus_t select(cublasXtHandle_t handle, int count, int* devices) {
  if (!xt_handles().find(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  int there = 0;
  if (Cudart::cudaGetDeviceCount(&there) != cudaSuccess || count <= 0 || !devices) return CUBLAS_STATUS_INVALID_VALUE;
  const bool known = std::all_of(devices, devices + count, [&](int device) { return device >= 0 && device < there; });
  return known ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

template <auto Member, class T>
cublasStatus_t set(cublasXtHandle_t handle, T value) {
  const auto found = xt_handles().find(handle);
  if (!found) return CUBLAS_STATUS_NOT_INITIALIZED;
  if constexpr (std::is_same_v<T, int>) {
    if (value <= 0) return CUBLAS_STATUS_INVALID_VALUE;
  }
  (*found).*Member = value;
  return CUBLAS_STATUS_SUCCESS;
}

template <auto Member, class T>
cublasStatus_t get(cublasXtHandle_t handle, T* value) {
  const auto found = xt_handles().find(handle);
  if (!found) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (!value) return CUBLAS_STATUS_INVALID_VALUE;
  *value = (*found).*Member;
  return CUBLAS_STATUS_SUCCESS;
}

// Sizes of 64 bits, unsigned here and signed there.
template <class To, class From>
To converted(From from) {
  if constexpr (std::is_same_v<From, size_t>)
    return static_cast<To>(from);
  else
    return from;
}

template <class Plain, class Xt>
struct Product;
template <class... Q, class... P>
struct Product<cublasStatus_t (*)(cublasHandle_t, Q...), cublasStatus_t (*)(cublasXtHandle_t, P...)> {
  template <auto* Plain>
  static cublasStatus_t call(cublasXtHandle_t handle, P... p) {
    const auto found = xt_handles().find(handle);
    return found ? (*Plain)(found->blas, converted<Q>(p)...) : CUBLAS_STATUS_NOT_INITIALIZED;
  }
};

}  // namespace

// clang-format off
#define QIAO_XT(name, plain) \
  QIAO_BLAS_BODY(Cublas, name, Product<std::remove_const_t<decltype(Cublas::plain)>, std::remove_const_t<decltype(Cublas::name)>>::call<&Cublas::plain>)
#include "shim/cublas/xt.inc"
QIAO_BLAS_BODY(Cublas, cublasXtCreate, create)
QIAO_BLAS_BODY(Cublas, cublasXtDestroy, destroy)
QIAO_BLAS_BODY(Cublas, cublasXtDeviceSelect, select)
QIAO_BLAS_BODY(Cublas, cublasXtSetBlockDim, set<&cublasXtContext::block, int>)
QIAO_BLAS_BODY(Cublas, cublasXtGetBlockDim, get<&cublasXtContext::block, int>)
QIAO_BLAS_BODY(Cublas, cublasXtSetPinningMemMode, set<&cublasXtContext::pinning, cublasXtPinnedMemMode_t>)
QIAO_BLAS_BODY(Cublas, cublasXtGetPinningMemMode, get<&cublasXtContext::pinning, cublasXtPinnedMemMode_t>)
// clang-format on

}  // namespace qiao::shim
