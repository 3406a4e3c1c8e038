// The descriptors of cuBLASLt. Programs may keep them in memory of their own, of a size that the header fixes for each
// major, so they are plain data that fits the smallest; attributes are rows of offsets.
#pragma once

#include <cstddef>
#include <memory>

#include "shim/cublas/mixed.h"

struct cublasLtContext {
  std::shared_ptr<qiao::runtime::Context> context;
};

namespace qiao::shim {

// Null when the handle is not live. A cuBLAS handle serves as well (cuBLAS, cublasLtHandle_t).
std::shared_ptr<runtime::Context> context_of(cublasLtHandle_t handle);

// The first word tells what a descriptor is, so that one never initialised is refused.
struct Layout {
  static constexpr uint32_t kTag = 0x4c61796f;
  uint32_t tag = kTag;
  int32_t order = CUBLASLT_ORDER_COL;
  uint64_t rows = 0, columns = 0;
  int64_t ld = 0, stride = 0, plane = 0;
  int32_t type = 0, batches = 1, batch_mode = CUBLASLT_BATCH_MODE_STRIDED;
};

struct MatmulDescriptor {
  static constexpr uint32_t kTag = 0x4d61746d;
  uint32_t tag = kTag;
  int32_t compute = 0, scale = 0;
  int32_t pointer_mode = CUBLASLT_POINTER_MODE_HOST;
  int32_t transa = CUBLAS_OP_N, transb = CUBLAS_OP_N, transc = CUBLAS_OP_N;
  int32_t fill = CUBLAS_FILL_MODE_FULL;
  uint32_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  int32_t aux_type = -1, bias_type = -1;  // -1: as the output
  int32_t sm_count_target = 0;
  void *bias = nullptr, *aux = nullptr;
  const void *a_scale = nullptr, *b_scale = nullptr, *c_scale = nullptr, *d_scale = nullptr, *aux_scale = nullptr;
  void *amax_d = nullptr, *aux_amax = nullptr;
  int64_t bias_stride = 0, aux_ld = 0, aux_stride = 0, alpha_stride = 0;
  int32_t scale_modes[3] = {};  // of A, B and D; the others have one mode only
  int8_t fast_accumulation = 0;
};

struct Preference {
  static constexpr uint32_t kTag = 0x50726566;
  uint32_t tag = kTag;
  uint32_t search_mode = 0, reduction_mask = 0;
  uint32_t alignments[4] = {256, 256, 256, 256};
  float waves = 0;
  uint64_t workspace = 0, implementation_mask = ~uint64_t{0};
};

struct TransformDescriptor {
  static constexpr uint32_t kTag = 0x5472616e;
  uint32_t tag = kTag;
  int32_t scale = 0, pointer_mode = CUBLASLT_POINTER_MODE_HOST;
  int32_t transa = CUBLAS_OP_N, transb = CUBLAS_OP_N;
};

constexpr size_t kSmallestDescriptor = 64, kSmallestMatmulDescriptor = 184;
static_assert(sizeof(Layout) <= kSmallestDescriptor && sizeof(Preference) <= kSmallestDescriptor);
static_assert(sizeof(TransformDescriptor) <= kSmallestDescriptor);
static_assert(sizeof(MatmulDescriptor) <= kSmallestMatmulDescriptor);

// The descriptor behind a program's pointer; null when it is none of that kind.
template <class D>
const D* descriptor(const void* opaque) {
  const auto* made = static_cast<const D*>(opaque);
  return made && made->tag == D::kTag ? made : nullptr;
}

}  // namespace qiao::shim
