#include "shim/cublas/handle.h"

#include "src/base/log.h"
#include "src/blas/openblas.h"

namespace qiao::shim {

runtime::Registry<cublasContext>& blas_handles() {
  static auto* live = new runtime::Registry<cublasContext>;
  return *live;
}

cublasStatus_t blas_answer(const Error& error) {
  if (!error.message.empty()) log::warn(error.message);
  switch (error.code) {
    case Code::InvalidValue:
      return CUBLAS_STATUS_INVALID_VALUE;
    case Code::OutOfMemory:
      return CUBLAS_STATUS_ALLOC_FAILED;
    case Code::NotSupported:
      return CUBLAS_STATUS_NOT_SUPPORTED;
    case Code::NotInitialized:
    case Code::SharedObjectInitFailed:
    case Code::InvalidContext:
    case Code::NoDevice:
      return CUBLAS_STATUS_NOT_INITIALIZED;
    default:
      return CUBLAS_STATUS_EXECUTION_FAILED;
  }
}

namespace {

cublasStatus_t create(cublasHandle_t* handle) {
  if (!handle) return CUBLAS_STATUS_INVALID_VALUE;
  *handle = nullptr;
  if (Result<const blas::OpenBlas*> library = blas::OpenBlas::get(); !library) return blas_answer(library.error());
  Result<std::shared_ptr<runtime::Context>> context = runtime::runtime_context();
  if (!context) return blas_answer(context.error());
  auto made = std::make_shared<cublasContext>();
  made->context = *context;
  *handle = blas_handles().add(std::move(made));
  return CUBLAS_STATUS_SUCCESS;
}

// Waits, as it frees what work in flight may use (cuBLAS, cublasDestroy()).
cublasStatus_t destroy(cublasHandle_t handle) {
  std::shared_ptr<cublasContext> gone = blas_handles().remove(handle);
  if (!gone) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (gone->context->destroyed()) return CUBLAS_STATUS_SUCCESS;
  auto stream = plain_stream_of(*gone->context, gone->stream, DefaultStream::Legacy);
  if (stream && !(*stream)->capturing()) (*stream)->synchronize();
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t set_stream(cublasHandle_t handle, cudaStream_t stream) {
  auto found = blas_handles().find(handle);
  if (!found) return CUBLAS_STATUS_NOT_INITIALIZED;
  found->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}

// One member of the handle, read or set; `Last` is the greatest value there is.
template <auto Member, class T>
cublasStatus_t get(cublasHandle_t handle, T* value) {
  auto found = blas_handles().find(handle);
  if (!found) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (!value) return CUBLAS_STATUS_INVALID_VALUE;
  *value = (*found).*Member;
  return CUBLAS_STATUS_SUCCESS;
}

template <auto Member, auto Last, class T = decltype(Last)>
cublasStatus_t set(cublasHandle_t handle, T value) {
  auto found = blas_handles().find(handle);
  if (!found) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (int(value) < 0 || value > Last) return CUBLAS_STATUS_INVALID_VALUE;
  (*found).*Member = value;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t set_math_mode(cublasHandle_t handle, cublasMath_t mode) {
  auto found = blas_handles().find(handle);
  if (!found) return CUBLAS_STATUS_NOT_INITIALIZED;
  const int plain = mode & ~CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
  if (plain < 0 || plain > CUBLAS_FP64_EMULATED_FIXEDPOINT_MATH) return CUBLAS_STATUS_INVALID_VALUE;
  found->math_mode = mode;
  return CUBLAS_STATUS_SUCCESS;
}

// Nothing here needs the memory, but where it lies must be right (cuBLAS, cublasSetWorkspace()).
cublasStatus_t set_workspace(cublasHandle_t handle, void* workspace, size_t bytes) {
  if (!blas_handles().find(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  constexpr uintptr_t kAlignment = 256;
  if (bytes != 0 && reinterpret_cast<uintptr_t>(workspace) % kAlignment != 0) return CUBLAS_STATUS_INVALID_VALUE;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t get_version(cublasHandle_t, int* version) {
  if (!version) return CUBLAS_STATUS_INVALID_VALUE;
  *version = kBlasVersion;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t get_property(libraryPropertyType type, int* value) {
  if (!value) return CUBLAS_STATUS_INVALID_VALUE;
  switch (type) {
    case MAJOR_VERSION:
      *value = kBlasMajor;
      return CUBLAS_STATUS_SUCCESS;
    case MINOR_VERSION:
      *value = kBlasMinor;
      return CUBLAS_STATUS_SUCCESS;
    case PATCH_LEVEL:
      *value = kBlasPatch;
      return CUBLAS_STATUS_SUCCESS;
  }
  return CUBLAS_STATUS_INVALID_VALUE;
}

size_t cudart_version() {
  constexpr size_t kNewest = 13000;
  return kNewest;
}

}  // namespace

QIAO_BLAS_BODY(Cublas, cublasCreate_v2, create)
QIAO_BLAS_BODY(Cublas, cublasDestroy_v2, destroy)
QIAO_BLAS_BODY(Cublas, cublasSetStream_v2, set_stream)
QIAO_BLAS_BODY(Cublas, cublasGetStream_v2, get<&cublasContext::stream, cudaStream_t>)
QIAO_BLAS_BODY(Cublas, cublasSetPointerMode_v2, set<&cublasContext::pointer_mode, CUBLAS_POINTER_MODE_DEVICE>)
QIAO_BLAS_BODY(Cublas, cublasGetPointerMode_v2, get<&cublasContext::pointer_mode, cublasPointerMode_t>)
QIAO_BLAS_BODY(Cublas, cublasSetAtomicsMode, set<&cublasContext::atomics_mode, CUBLAS_ATOMICS_ALLOWED>)
QIAO_BLAS_BODY(Cublas, cublasGetAtomicsMode, get<&cublasContext::atomics_mode, cublasAtomicsMode_t>)
QIAO_BLAS_BODY(Cublas, cublasSetMathMode, set_math_mode)
QIAO_BLAS_BODY(Cublas, cublasGetMathMode, get<&cublasContext::math_mode, cublasMath_t>)
QIAO_BLAS_BODY(Cublas, cublasSetSmCountTarget, set<&cublasContext::sm_count_target, 0x7fffffff>)
QIAO_BLAS_BODY(Cublas, cublasGetSmCountTarget, get<&cublasContext::sm_count_target, int>)
QIAO_BLAS_BODY(Cublas, cublasSetEmulationStrategy,
               set<&cublasContext::emulation_strategy, CUBLAS_EMULATION_STRATEGY_EAGER>)
QIAO_BLAS_BODY(Cublas, cublasGetEmulationStrategy, get<&cublasContext::emulation_strategy, cublasEmulationStrategy_t>)
QIAO_BLAS_BODY(Cublas, cublasSetWorkspace_v2, set_workspace)
QIAO_BLAS_BODY(Cublas, cublasGetVersion_v2, get_version)
QIAO_BLAS_BODY(Cublas, cublasGetProperty, get_property)
QIAO_BLAS_BODY(Cublas, cublasGetCudartVersion, cudart_version)

}  // namespace qiao::shim
