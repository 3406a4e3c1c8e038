#include "shim/cublas/lt_descriptors.h"

#include <algorithm>
#include <iterator>

#include "src/blas/openblas.h"

namespace qiao::shim {
namespace {

runtime::Registry<cublasLtContext>& lt_handles() {
  static auto* live = new runtime::Registry<cublasLtContext>;
  return *live;
}

cublasStatus_t create(cublasLtHandle_t* handle) {
  if (!handle) return CUBLAS_STATUS_INVALID_VALUE;
  *handle = nullptr;
  if (Result<const blas::OpenBlas*> library = blas::OpenBlas::get(); !library) return blas_answer(library.error());
  Result<std::shared_ptr<runtime::Context>> context = runtime::runtime_context();
  if (!context) return blas_answer(context.error());
  auto made = std::make_shared<cublasLtContext>();
  made->context = *context;
  *handle = lt_handles().add(std::move(made));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t destroy(cublasLtHandle_t handle) {
  return lt_handles().remove(handle) ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_INITIALIZED;
}

struct Field {
  int attribute;
  size_t offset, bytes;
};

#define QIAO_FIELD(attribute, descriptor, member) {attribute, offsetof(descriptor, member), sizeof(descriptor::member)}
#define QIAO_ELEMENT_FIELD(attribute, descriptor, member, index) \
  {attribute, offsetof(descriptor, member) + (index) * sizeof(*descriptor::member), sizeof(*descriptor::member)}

constexpr Field kLayoutFields[] = {
    QIAO_FIELD(CUBLASLT_MATRIX_LAYOUT_TYPE, Layout, type),
    QIAO_FIELD(CUBLASLT_MATRIX_LAYOUT_ORDER, Layout, order),
    QIAO_FIELD(CUBLASLT_MATRIX_LAYOUT_ROWS, Layout, rows),
    QIAO_FIELD(CUBLASLT_MATRIX_LAYOUT_COLS, Layout, columns),
    QIAO_FIELD(CUBLASLT_MATRIX_LAYOUT_LD, Layout, ld),
    QIAO_FIELD(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, Layout, batches),
    QIAO_FIELD(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, Layout, stride),
    QIAO_FIELD(CUBLASLT_MATRIX_LAYOUT_PLANE_OFFSET, Layout, plane),
    QIAO_FIELD(CUBLASLT_MATRIX_LAYOUT_BATCH_MODE, Layout, batch_mode),
};

using M = MatmulDescriptor;
constexpr Field kMatmulFields[] = {
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_COMPUTE_TYPE, M, compute),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_SCALE_TYPE, M, scale),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_POINTER_MODE, M, pointer_mode),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_TRANSA, M, transa),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_TRANSB, M, transb),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_TRANSC, M, transc),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_FILL_MODE, M, fill),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_EPILOGUE, M, epilogue),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_BIAS_POINTER, M, bias),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_BIAS_BATCH_STRIDE, M, bias_stride),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, M, aux),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, M, aux_ld),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_BATCH_STRIDE, M, aux_stride),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_ALPHA_VECTOR_BATCH_STRIDE, M, alpha_stride),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_SM_COUNT_TARGET, M, sm_count_target),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, M, a_scale),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, M, b_scale),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_C_SCALE_POINTER, M, c_scale),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_D_SCALE_POINTER, M, d_scale),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_AMAX_D_POINTER, M, amax_d),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_DATA_TYPE, M, aux_type),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_SCALE_POINTER, M, aux_scale),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_AMAX_POINTER, M, aux_amax),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_FAST_ACCUM, M, fast_accumulation),
    QIAO_FIELD(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, M, bias_type),
    QIAO_ELEMENT_FIELD(CUBLASLT_MATMUL_DESC_A_SCALE_MODE, M, scale_modes, 0),
    QIAO_ELEMENT_FIELD(CUBLASLT_MATMUL_DESC_B_SCALE_MODE, M, scale_modes, 1),
    QIAO_ELEMENT_FIELD(CUBLASLT_MATMUL_DESC_D_SCALE_MODE, M, scale_modes, 2),
};

constexpr Field kPreferenceFields[] = {
    QIAO_FIELD(CUBLASLT_MATMUL_PREF_SEARCH_MODE, Preference, search_mode),
    QIAO_FIELD(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, Preference, workspace),
    QIAO_FIELD(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, Preference, reduction_mask),
    QIAO_ELEMENT_FIELD(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, Preference, alignments, 0),
    QIAO_ELEMENT_FIELD(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, Preference, alignments, 1),
    QIAO_ELEMENT_FIELD(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, Preference, alignments, 2),
    QIAO_ELEMENT_FIELD(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, Preference, alignments, 3),
    QIAO_FIELD(CUBLASLT_MATMUL_PREF_MAX_WAVES_COUNT, Preference, waves),
    QIAO_FIELD(CUBLASLT_MATMUL_PREF_IMPL_MASK, Preference, implementation_mask),
};

constexpr Field kTransformFields[] = {
    QIAO_FIELD(CUBLASLT_MATRIX_TRANSFORM_DESC_SCALE_TYPE, TransformDescriptor, scale),
    QIAO_FIELD(CUBLASLT_MATRIX_TRANSFORM_DESC_POINTER_MODE, TransformDescriptor, pointer_mode),
    QIAO_FIELD(CUBLASLT_MATRIX_TRANSFORM_DESC_TRANSA, TransformDescriptor, transa),
    QIAO_FIELD(CUBLASLT_MATRIX_TRANSFORM_DESC_TRANSB, TransformDescriptor, transb),
};
#undef QIAO_FIELD
#undef QIAO_ELEMENT_FIELD

template <class D, const auto& Fields>
const Field* find(const void* opaque, int attribute) {
  if (!descriptor<D>(opaque)) return nullptr;
  const auto* field =
      std::find_if(std::begin(Fields), std::end(Fields), [&](const Field& f) { return f.attribute == attribute; });
  return field == std::end(Fields) ? nullptr : field;
}

// A buffer larger than the attribute is taken for what it begins with: enumerations travel in several widths.
template <class D, const auto& Fields, class Opaque, class Attribute>
cublasStatus_t set(Opaque* opaque, Attribute attribute, const void* from, size_t bytes) {
  const Field* field = find<D, Fields>(opaque, attribute);
  if (!field || !from || bytes < field->bytes) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(reinterpret_cast<char*>(opaque) + field->offset, from, field->bytes);
  return CUBLAS_STATUS_SUCCESS;
}

template <class D, const auto& Fields, class Opaque, class Attribute>
cublasStatus_t get(Opaque* opaque, Attribute attribute, void* to, size_t bytes, size_t* written) {
  const Field* field = find<D, Fields>(opaque, attribute);
  if (!field || (bytes == 0 && !written)) return CUBLAS_STATUS_INVALID_VALUE;
  if (written) *written = field->bytes;
  if (bytes == 0) return CUBLAS_STATUS_SUCCESS;
  if (!to || bytes < field->bytes) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(to, reinterpret_cast<const char*>(opaque) + field->offset, field->bytes);
  return CUBLAS_STATUS_SUCCESS;
}

template <class D, class Opaque>
cublasStatus_t place(Opaque* at, size_t room, const D& made) {
  if (!at || room < sizeof(D)) return CUBLAS_STATUS_INVALID_VALUE;
  std::memset(static_cast<void*>(at), 0, room);
  std::memcpy(static_cast<void*>(at), &made, sizeof made);
  return CUBLAS_STATUS_SUCCESS;
}

template <class D, class Opaque>
cublasStatus_t make(Opaque** to, const D& made) {
  if (!to) return CUBLAS_STATUS_INVALID_VALUE;
  *to = std::make_unique<Opaque>().release();
  return place(*to, sizeof(Opaque), made);
}

template <class Opaque>
cublasStatus_t drop(Opaque* opaque) {
  std::unique_ptr<Opaque>{opaque};
  return CUBLAS_STATUS_SUCCESS;
}

Layout layout(cudaDataType type, uint64_t rows, uint64_t columns, int64_t ld) {
  Layout made;
  made.type = type, made.rows = rows, made.columns = columns, made.ld = ld;
  return made;
}
cublasStatus_t layout_create(cublasLtMatrixLayout_t* to, cudaDataType type, uint64_t rows, uint64_t columns,
                             int64_t ld) {
  return make(to, layout(type, rows, columns, ld));
}
cublasStatus_t layout_init(cublasLtMatrixLayout_t to, size_t size, cudaDataType type, uint64_t rows, uint64_t columns,
                           int64_t ld) {
  return place(to, size, layout(type, rows, columns, ld));
}

MatmulDescriptor matmul(cublasComputeType_t compute, cudaDataType_t scale) {
  MatmulDescriptor made;
  made.compute = compute, made.scale = scale;
  return made;
}
cublasStatus_t matmul_create(cublasLtMatmulDesc_t* to, cublasComputeType_t compute, cudaDataType_t scale) {
  return make(to, matmul(compute, scale));
}
cublasStatus_t matmul_init(cublasLtMatmulDesc_t to, size_t size, cublasComputeType_t compute, cudaDataType_t scale) {
  return place(to, size, matmul(compute, scale));
}

cublasStatus_t preference_create(cublasLtMatmulPreference_t* to) {
  return make(to, Preference());
}
cublasStatus_t preference_init(cublasLtMatmulPreference_t to, size_t size) {
  return place(to, size, Preference());
}

TransformDescriptor transform(cudaDataType scale) {
  TransformDescriptor made;
  made.scale = scale;
  return made;
}
cublasStatus_t transform_create(cublasLtMatrixTransformDesc_t* to, cudaDataType scale) {
  return make(to, transform(scale));
}
cublasStatus_t transform_init(cublasLtMatrixTransformDesc_t to, size_t size, cudaDataType scale) {
  return place(to, size, transform(scale));
}

size_t version() {
  return kBlasVersion;
}
size_t cudart_version() {
  constexpr size_t kNewest = 13000;
  return kNewest;
}
cublasStatus_t property(libraryPropertyType type, int* value) {
  return Cublas::cublasGetProperty(type, value);
}

// Our own log says what fails (QIAO_LOG); `qiao trace` writes down the calls.
template <class T>
cublasStatus_t logger(T) {
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t logger_off() {
  return CUBLAS_STATUS_SUCCESS;
}
// There is nothing to look up twice.
cublasStatus_t capacity(size_t* entries) {
  if (entries) *entries = 0;
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

std::shared_ptr<runtime::Context> context_of(cublasLtHandle_t handle) {
  if (auto found = lt_handles().find(handle)) return found->context;
  if (auto found = blas_handles().find(handle)) return found->context;
  return nullptr;
}

// clang-format off
QIAO_BLAS_BODY(CublasLt, cublasLtCreate, create)
QIAO_BLAS_BODY(CublasLt, cublasLtDestroy, destroy)
QIAO_BLAS_BODY(CublasLt, cublasLtGetVersion, version)
QIAO_BLAS_BODY(CublasLt, cublasLtGetCudartVersion, cudart_version)
QIAO_BLAS_BODY(CublasLt, cublasLtGetProperty, property)
QIAO_BLAS_BODY(CublasLt, cublasLtMatrixLayoutCreate, layout_create)
QIAO_BLAS_BODY(CublasLt, cublasLtMatrixLayoutInit_internal, layout_init)
QIAO_BLAS_BODY(CublasLt, cublasLtMatrixLayoutDestroy, drop<cublasLtMatrixLayoutOpaque_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatrixLayoutSetAttribute, set<Layout, kLayoutFields, cublasLtMatrixLayoutOpaque_t, cublasLtMatrixLayoutAttribute_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatrixLayoutGetAttribute, get<Layout, kLayoutFields, cublasLtMatrixLayoutOpaque_t, cublasLtMatrixLayoutAttribute_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulDescCreate, matmul_create)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulDescInit_internal, matmul_init)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulDescDestroy, drop<cublasLtMatmulDescOpaque_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulDescSetAttribute, set<M, kMatmulFields, cublasLtMatmulDescOpaque_t, cublasLtMatmulDescAttributes_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulDescGetAttribute, get<M, kMatmulFields, cublasLtMatmulDescOpaque_t, cublasLtMatmulDescAttributes_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulPreferenceCreate, preference_create)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulPreferenceInit_internal, preference_init)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulPreferenceDestroy, drop<cublasLtMatmulPreferenceOpaque_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulPreferenceSetAttribute, set<Preference, kPreferenceFields, cublasLtMatmulPreferenceOpaque_t, cublasLtMatmulPreferenceAttributes_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatmulPreferenceGetAttribute, get<Preference, kPreferenceFields, cublasLtMatmulPreferenceOpaque_t, cublasLtMatmulPreferenceAttributes_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatrixTransformDescCreate, transform_create)
QIAO_BLAS_BODY(CublasLt, cublasLtMatrixTransformDescInit_internal, transform_init)
QIAO_BLAS_BODY(CublasLt, cublasLtMatrixTransformDescDestroy, drop<cublasLtMatrixTransformDescOpaque_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatrixTransformDescSetAttribute, set<TransformDescriptor, kTransformFields, cublasLtMatrixTransformDescOpaque_t, cublasLtMatrixTransformDescAttributes_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtMatrixTransformDescGetAttribute, get<TransformDescriptor, kTransformFields, cublasLtMatrixTransformDescOpaque_t, cublasLtMatrixTransformDescAttributes_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtLoggerSetCallback, logger<cublasLtLoggerCallback_t>)
QIAO_BLAS_BODY(CublasLt, cublasLtLoggerSetFile, logger<FILE*>)
QIAO_BLAS_BODY(CublasLt, cublasLtLoggerOpenFile, logger<const char*>)
QIAO_BLAS_BODY(CublasLt, cublasLtLoggerSetLevel, logger<int>)
QIAO_BLAS_BODY(CublasLt, cublasLtLoggerSetMask, logger<int>)
QIAO_BLAS_BODY(CublasLt, cublasLtLoggerForceDisable, logger_off)
QIAO_BLAS_BODY(CublasLt, cublasLtHeuristicsCacheGetCapacity, capacity)
QIAO_BLAS_BODY(CublasLt, cublasLtHeuristicsCacheSetCapacity, logger<size_t>)
// clang-format on

}  // namespace qiao::shim
