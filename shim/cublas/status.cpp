// Status codes as text, and the logger.
#include <cstdio>
#include <cstring>

#include "shim/cublas/handle.h"

namespace qiao::shim {
namespace {

const char* name_of(cublasStatus_t status) {
  const EnumNames names = enum_names(status);
  for (size_t i = 0; i < names.count; ++i) {
    if (names.first[i].value == status) return names.first[i].name;
  }
  return "CUBLAS_STATUS_UNKNOWN";
}

const char* text_of(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "success";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "the library was not initialized";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "the resource allocation failed";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "an invalid value was used as an argument";
    case CUBLAS_STATUS_ARCH_MISMATCH:
      return "an absent device architectural feature is required";
    case CUBLAS_STATUS_MAPPING_ERROR:
      return "an access to GPU memory space failed";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "the function failed to launch on the GPU";
    case CUBLAS_STATUS_INTERNAL_ERROR:
      return "an internal operation failed";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "the functionality is not supported";
    case CUBLAS_STATUS_LICENSE_ERROR:
      return "an error was detected when checking the license";
    default:
      return "unknown status";
  }
}

cublasLogCallback log_callback = nullptr;

cublasStatus_t set_callback(cublasLogCallback callback) {
  log_callback = callback;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t get_callback(cublasLogCallback* callback) {
  if (!callback) return CUBLAS_STATUS_INVALID_VALUE;
  *callback = log_callback;
  return CUBLAS_STATUS_SUCCESS;
}

// Our own log says what fails (QIAO_LOG); `qiao trace` writes down the calls.
cublasStatus_t configure(int, int, int, const char*) {
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

QIAO_BLAS_BODY(Cublas, cublasGetStatusName, name_of)
QIAO_BLAS_BODY(Cublas, cublasGetStatusString, text_of)
QIAO_BLAS_BODY(Cublas, cublasSetLoggerCallback, set_callback)
QIAO_BLAS_BODY(Cublas, cublasGetLoggerCallback, get_callback)
QIAO_BLAS_BODY(Cublas, cublasLoggerConfigure, configure)
QIAO_BLAS_BODY(CublasLt, cublasLtGetStatusName, name_of)
QIAO_BLAS_BODY(CublasLt, cublasLtGetStatusString, text_of)

}  // namespace qiao::shim
