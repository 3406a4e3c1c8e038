// What stands behind a cublasHandle_t: the context it was made in, the stream its calls go to, and the modes.
#pragma once

#include <memory>

#include "shim/api/cublas_entry.h"
#include "shim/common/answer.h"
#include "src/runtime/registry.h"

struct cublasContext {
  std::shared_ptr<qiao::runtime::Context> context;
  cudaStream_t stream = nullptr;
  cublasPointerMode_t pointer_mode = CUBLAS_POINTER_MODE_HOST;
  cublasAtomicsMode_t atomics_mode = CUBLAS_ATOMICS_NOT_ALLOWED;
  cublasMath_t math_mode = CUBLAS_DEFAULT_MATH;
  int sm_count_target = 0;
  bool any_memory = false;  // cublasXt: operands may lie in host memory, and calls wait
  cublasEmulationStrategy_t emulation_strategy = CUBLAS_EMULATION_STRATEGY_DEFAULT;
};

namespace qiao::shim {

runtime::Registry<cublasContext>& blas_handles();

// The code for an error of ours, whose line is logged.
cublasStatus_t blas_answer(const Error& error);
inline cublasStatus_t blas_answer(const Result<void>& result) {
  return result ? CUBLAS_STATUS_SUCCESS : blas_answer(result.error());
}

// The version cuBLAS and cuBLASLt report: that of the newest toolkit whose lists we have.
inline constexpr int kBlasMajor = 13;
inline constexpr int kBlasMinor = 0;
inline constexpr int kBlasPatch = 0;
inline constexpr int kBlasVersion = kBlasMajor * 10000 + kBlasMinor * 100 + kBlasPatch;

}  // namespace qiao::shim
