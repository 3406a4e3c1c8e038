// The cuBLASLt product, and the questions that programs ask before it. There is one algorithm: what would run is told
// as such, and what would be refused is found unsupported here already.
#include "shim/cublas/lt_matmul.h"

namespace qiao::shim {
namespace {

bool has_vectors(int32_t mode) {
  return mode >= CUBLASLT_POINTER_MODE_DEVICE_VECTOR;
}

Call start(const char* name, cublasLtHandle_t handle, const void* settings, cudaStream_t stream) {
  const auto* given = descriptor<MatmulDescriptor>(settings);
  const bool device = given && given->pointer_mode == CUBLASLT_POINTER_MODE_DEVICE;
  return Call(name, context_of(handle), stream, device);
}

// Each pointer mode's reading of alpha and beta (cublasLtPointerMode_t).
Factors factors_of(Call& call, const Matmul& p, const void* alpha, const void* beta, std::vector<Operand>& operands) {
  Factors made;
  const int32_t mode = p.settings.pointer_mode;
  if (!has_vectors(mode)) {
    made.alpha = AnyScalar(call, "alpha", alpha, p.scale), made.beta = AnyScalar(call, "beta", beta, p.scale);
    operands.push_back(made.alpha.operand("alpha"));
    operands.push_back(made.beta.operand("beta"));
    return made;
  }
  if (p.accumulator != Accumulator::Float && p.accumulator != Accumulator::Double && p.scale != Element::F32) {
    call.refuse("vectors of factors for integers or complex numbers");
  }
  call.require(alpha != nullptr, "alpha");
  const uint64_t bytes = uint64_t(p.m) * size_of(p.scale);
  made.alpha_vector = alpha;
  operands.push_back({"alpha", alpha, bytes, false});
  if (mode == CUBLASLT_POINTER_MODE_DEVICE_VECTOR) {
    call.require(beta != nullptr, "beta");
    made.beta_vector = beta;
    operands.push_back({"beta", beta, bytes, false});
  } else if (mode == CUBLASLT_POINTER_MODE_ALPHA_DEVICE_VECTOR_BETA_HOST) {
    made.beta = AnyScalar(call, "beta", beta, p.scale);
  } else {
    constexpr double kZero[2] = {};
    made.beta = AnyScalar(call, "beta", kZero, p.scale);
  }
  return made;
}

bool is_zero(const Factors& factors, Accumulator accumulator) {
  return with_accumulator(accumulator, [&](auto zero) { return factors.beta.get<decltype(zero)>() == zero; });
}

cublasStatus_t matmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t settings, const void* alpha, const void* a,
                      cublasLtMatrixLayout_t layout_a, const void* b, cublasLtMatrixLayout_t layout_b, const void* beta,
                      const void* c, cublasLtMatrixLayout_t layout_c, void* d, cublasLtMatrixLayout_t layout_d,
                      const cublasLtMatmulAlgo_t*, void*, size_t, cudaStream_t stream) {
  if (!context_of(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  Call call = start("cublasLtMatmul", handle, settings, stream);
  const Matmul p = plan_matmul(call, settings, layout_a, layout_b, layout_c, layout_d);
  if (!call.good() || p.m == 0 || p.n == 0) return call.done();
  std::vector<Operand> operands = p.operands(a, b, c, d);
  const Factors factors = factors_of(call, p, alpha, beta, operands);
  // Without C beta must be 0; one on the device is not known here.
  if (!c && call.good() &&
      (p.settings.pointer_mode != CUBLASLT_POINTER_MODE_HOST || !is_zero(factors, p.accumulator))) {
    if (p.settings.pointer_mode != CUBLASLT_POINTER_MODE_ALPHA_DEVICE_VECTOR_BETA_ZERO) {
      call.require(false, "C: a null pointer, where beta may not be 0");
    }
  }
  return call.run(std::move(operands), [=] { run_matmul(p, factors, {a, b, c, d}); });
}

constexpr int kAlgorithm = 0;
constexpr size_t kFields = 9;  // the numbers of cublasLtMatmulAlgoConfigAttributes_t

// An algorithm is its configuration, which changes nothing: 32 bits each, and a mark that it was made here.
struct Algorithm {
  static constexpr uint32_t kTag = 0x416c676f;
  uint32_t tag = kTag;
  uint32_t values[kFields] = {};
};
static_assert(sizeof(Algorithm) <= sizeof(cublasLtMatmulAlgo_t));

void make_algorithm(cublasLtMatmulAlgo_t& to) {
  const Algorithm made;
  to = {};
  std::memcpy(&to, &made, sizeof made);
}

cublasStatus_t check(cublasLtHandle_t handle, cublasLtMatmulDesc_t settings, cublasLtMatrixLayout_t a,
                     cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                     cublasLtMatmulHeuristicResult_t& result) {
  Call call = start("cublasLt heuristics", handle, settings, nullptr);
  plan_matmul(call, settings, a, b, c, d);
  result = {};
  make_algorithm(result.algo);
  result.state = call.status();
  result.wavesCount = 1;
  return call.status();
}

cublasStatus_t heuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t settings, cublasLtMatrixLayout_t a,
                         cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                         cublasLtMatmulPreference_t preference, int wanted, cublasLtMatmulHeuristicResult_t* results,
                         int* found) {
  if (!context_of(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (found) *found = 0;
  if (!results || !found || wanted <= 0 || (preference && !descriptor<Preference>(preference))) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const cublasStatus_t status = check(handle, settings, a, b, c, d, results[0]);
  if (status == CUBLAS_STATUS_SUCCESS) *found = 1;
  return status;
}

cublasStatus_t algo_check(cublasLtHandle_t handle, cublasLtMatmulDesc_t settings, cublasLtMatrixLayout_t a,
                          cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                          const cublasLtMatmulAlgo_t* algo, cublasLtMatmulHeuristicResult_t* result) {
  if (!context_of(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (!result || !descriptor<Algorithm>(algo)) return CUBLAS_STATUS_INVALID_VALUE;
  const cublasStatus_t status = check(handle, settings, a, b, c, d, *result);
  result->algo = *algo;
  return status;
}

cublasStatus_t algo_ids(cublasLtHandle_t handle, cublasComputeType_t, cudaDataType_t, cudaDataType_t, cudaDataType_t,
                        cudaDataType_t, cudaDataType_t, int wanted, int* ids, int* found) {
  if (!context_of(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (wanted <= 0 || !ids) return CUBLAS_STATUS_INVALID_VALUE;
  ids[0] = kAlgorithm;
  if (found) *found = 1;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t algo_init(cublasLtHandle_t handle, cublasComputeType_t, cudaDataType_t, cudaDataType_t, cudaDataType_t,
                         cudaDataType_t, cudaDataType_t, int id, cublasLtMatmulAlgo_t* algo) {
  if (!context_of(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (!algo || id != kAlgorithm) return CUBLAS_STATUS_INVALID_VALUE;
  make_algorithm(*algo);
  return CUBLAS_STATUS_SUCCESS;
}

// Stages and shapes of clusters are 16 bits wide in the interface, the others 32.
size_t width_of(cublasLtMatmulAlgoConfigAttributes_t attribute) {
  const bool narrow =
      attribute == CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID || attribute == CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID;
  return narrow ? sizeof(uint16_t) : sizeof(uint32_t);
}

cublasStatus_t config_set(cublasLtMatmulAlgo_t* algo, cublasLtMatmulAlgoConfigAttributes_t attribute, const void* from,
                          size_t bytes) {
  const bool known = attribute > CUBLASLT_ALGO_CONFIG_ID && size_t(attribute) < kFields;
  if (!descriptor<Algorithm>(algo) || !from || !known || bytes < width_of(attribute))
    return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(&reinterpret_cast<Algorithm*>(algo)->values[attribute], from, width_of(attribute));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t config_get(const cublasLtMatmulAlgo_t* algo, cublasLtMatmulAlgoConfigAttributes_t attribute, void* to,
                          size_t bytes, size_t* written) {
  const auto* made = descriptor<Algorithm>(algo);
  if (!made || attribute < CUBLASLT_ALGO_CONFIG_ID || size_t(attribute) >= kFields) return CUBLAS_STATUS_INVALID_VALUE;
  if (written) *written = width_of(attribute);
  if (bytes == 0) return written ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
  if (!to || bytes < width_of(attribute)) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(to, &made->values[attribute], width_of(attribute));
  return CUBLAS_STATUS_SUCCESS;
}

// The few capabilities that programs decide by; lists of tiles and stages are empty.
cublasStatus_t capability(const cublasLtMatmulAlgo_t* algo, cublasLtMatmulAlgoCapAttributes_t attribute, void* to,
                          size_t bytes, size_t* written) {
  if (!descriptor<Algorithm>(algo)) return CUBLAS_STATUS_INVALID_VALUE;
  uint32_t value = 0;
  switch (attribute) {
    case CUBLASLT_ALGO_CAP_TILE_IDS:
    case CUBLASLT_ALGO_CAP_STAGES_IDS:
      if (written) *written = 0;
      return CUBLAS_STATUS_SUCCESS;
    case CUBLASLT_ALGO_CAP_STRIDED_BATCH_SUPPORT:
    case CUBLASLT_ALGO_CAP_OUT_OF_PLACE_RESULT_SUPPORT:
      value = 1;
      break;
    case CUBLASLT_ALGO_CAP_POINTER_MODE_MASK:
      value = 31;
      break;
    case CUBLASLT_ALGO_CAP_EPILOGUE_MASK:
      value = 1023;
      break;
    case CUBLASLT_ALGO_CAP_MIN_ALIGNMENT_A_BYTES:
    case CUBLASLT_ALGO_CAP_MIN_ALIGNMENT_B_BYTES:
    case CUBLASLT_ALGO_CAP_MIN_ALIGNMENT_C_BYTES:
    case CUBLASLT_ALGO_CAP_MIN_ALIGNMENT_D_BYTES:
      value = 1;
      break;
    case CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS:
      return CUBLAS_STATUS_NOT_SUPPORTED;
    default:
      break;
  }
  if (written) *written = sizeof value;
  if (bytes == 0) return CUBLAS_STATUS_SUCCESS;
  if (!to || bytes < sizeof value) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(to, &value, sizeof value);
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

QIAO_BLAS_BODY(CublasLt, cublasLtMatmul, matmul)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulAlgoGetHeuristic, heuristic)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulAlgoCheck, algo_check)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulAlgoGetIds, algo_ids)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulAlgoInit, algo_init)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulAlgoConfigSetAttribute, config_set)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulAlgoConfigGetAttribute, config_get)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulAlgoCapGetAttribute, capability)

}  // namespace qiao::shim
