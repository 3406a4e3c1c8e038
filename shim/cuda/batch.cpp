// Batches of copies, prefetches and discards in the driver API.
#include "shim/common/batches.h"

namespace qiao::shim {
namespace {

constexpr DefaultStream kLegacy = DefaultStream::Legacy, kThread = DefaultStream::PerThread;

static_assert(sizeof(CUdeviceptr) == sizeof(void*));
static_assert(sizeof(CUDA_MEMCPY3D_BATCH_OP) == sizeof(cudaMemcpy3DBatchOp));
static_assert(offsetof(CUDA_MEMCPY3D_BATCH_OP, dst) == offsetof(cudaMemcpy3DBatchOp, dst));
static_assert(offsetof(CUDA_MEMCPY3D_BATCH_OP, extent) == offsetof(cudaMemcpy3DBatchOp, extent));
static_assert(offsetof(CUDA_MEMCPY3D_BATCH_OP, srcAccessOrder) == offsetof(cudaMemcpy3DBatchOp, srcAccessOrder));
static_assert(int{CU_MEMCPY_SRC_ACCESS_ORDER_DURING_API_CALL} == int{cudaMemcpySrcAccessOrderDuringApiCall});
static_assert(int{CU_MEMCPY_OPERAND_TYPE_ARRAY} == int{cudaMemcpyOperandTypeArray});

const void* const* pointers(const CUdeviceptr* list) {
  return reinterpret_cast<const void* const*>(list);
}

BatchOrders orders(const CUmemcpyAttributes* attributes, const size_t* first, size_t count) {
  return {attributes, sizeof *attributes, first, count};
}

CUresult copy(const CopyBatch& batch, CUstream stream, DefaultStream kind, size_t* failed = nullptr) {
  return in_driver_context([&](runtime::Context& context) {
    size_t index = SIZE_MAX;
    Result<void> done = copy_batch(context, batch, stream, kind, index);
    if (!done && failed != nullptr) *failed = index;
    return done;
  });
}

CUresult copy_3d(const CUDA_MEMCPY3D_BATCH_OP* copies, size_t count, unsigned long long flags, CUstream stream,
                 DefaultStream kind, size_t* failed = nullptr) {
  return in_driver_context([&](runtime::Context& context) {
    size_t index = SIZE_MAX;
    const auto* same = reinterpret_cast<const cudaMemcpy3DBatchOp*>(copies);
    Result<void> done = copy_3d_batch(context, {same, same ? count : 0}, flags, stream, kind, index);
    if (!done && failed != nullptr) *failed = index;
    return done;
  });
}

CUresult ranges(const RangeBatch& batch, CUstream stream, DefaultStream kind) {
  return in_driver_context([&](runtime::Context& context) { return check_range_batch(context, batch, stream, kind); });
}

}  // namespace

// clang-format off
CUresult Driver::cuMemcpyBatchAsync_v2(CUdeviceptr* to, CUdeviceptr* from, size_t* sizes, size_t n, CUmemcpyAttributes* a, size_t* first, size_t count, CUstream s) { return copy({pointers(to), pointers(from), sizes, n, orders(a, first, count)}, s, kLegacy); }
CUresult Driver::cuMemcpyBatchAsync_v2_ptsz(CUdeviceptr* to, CUdeviceptr* from, size_t* sizes, size_t n, CUmemcpyAttributes* a, size_t* first, size_t count, CUstream s) { return copy({pointers(to), pointers(from), sizes, n, orders(a, first, count)}, s, kThread); }
CUresult Driver::cuMemcpyBatchAsync(CUdeviceptr* to, CUdeviceptr* from, size_t* sizes, size_t n, CUmemcpyAttributes* a, size_t* first, size_t count, size_t* failed, CUstream s) { return copy({pointers(to), pointers(from), sizes, n, orders(a, first, count)}, s, kLegacy, failed); }
CUresult Driver::cuMemcpyBatchAsync_ptsz(CUdeviceptr* to, CUdeviceptr* from, size_t* sizes, size_t n, CUmemcpyAttributes* a, size_t* first, size_t count, size_t* failed, CUstream s) { return copy({pointers(to), pointers(from), sizes, n, orders(a, first, count)}, s, kThread, failed); }
CUresult Driver::cuMemcpy3DBatchAsync_v2(size_t n, CUDA_MEMCPY3D_BATCH_OP* copies, unsigned long long flags, CUstream s) { return copy_3d(copies, n, flags, s, kLegacy); }
CUresult Driver::cuMemcpy3DBatchAsync_v2_ptsz(size_t n, CUDA_MEMCPY3D_BATCH_OP* copies, unsigned long long flags, CUstream s) { return copy_3d(copies, n, flags, s, kThread); }
CUresult Driver::cuMemcpy3DBatchAsync(size_t n, CUDA_MEMCPY3D_BATCH_OP* copies, size_t* failed, unsigned long long flags, CUstream s) { return copy_3d(copies, n, flags, s, kLegacy, failed); }
CUresult Driver::cuMemcpy3DBatchAsync_ptsz(size_t n, CUDA_MEMCPY3D_BATCH_OP* copies, size_t* failed, unsigned long long flags, CUstream s) { return copy_3d(copies, n, flags, s, kThread, failed); }
CUresult Driver::cuMemPrefetchBatchAsync(CUdeviceptr* p, size_t* sizes, size_t n, CUmemLocation*, size_t* first, size_t count, unsigned long long flags, CUstream s) { return ranges({pointers(p), sizes, n, true, first, count, flags}, s, kLegacy); }
CUresult Driver::cuMemPrefetchBatchAsync_ptsz(CUdeviceptr* p, size_t* sizes, size_t n, CUmemLocation*, size_t* first, size_t count, unsigned long long flags, CUstream s) { return ranges({pointers(p), sizes, n, true, first, count, flags}, s, kThread); }
CUresult Driver::cuMemDiscardAndPrefetchBatchAsync(CUdeviceptr* p, size_t* sizes, size_t n, CUmemLocation*, size_t* first, size_t count, unsigned long long flags, CUstream s) { return ranges({pointers(p), sizes, n, true, first, count, flags}, s, kLegacy); }
CUresult Driver::cuMemDiscardAndPrefetchBatchAsync_ptsz(CUdeviceptr* p, size_t* sizes, size_t n, CUmemLocation*, size_t* first, size_t count, unsigned long long flags, CUstream s) { return ranges({pointers(p), sizes, n, true, first, count, flags}, s, kThread); }
CUresult Driver::cuMemDiscardBatchAsync(CUdeviceptr* p, size_t* sizes, size_t n, unsigned long long flags, CUstream s) { return ranges({pointers(p), sizes, n, false, nullptr, 0, flags}, s, kLegacy); }
CUresult Driver::cuMemDiscardBatchAsync_ptsz(CUdeviceptr* p, size_t* sizes, size_t n, unsigned long long flags, CUstream s) { return ranges({pointers(p), sizes, n, false, nullptr, 0, flags}, s, kThread); }
// clang-format on

}  // namespace qiao::shim
