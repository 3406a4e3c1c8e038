// Batches of copies, prefetches and discards in the runtime API.
#include "shim/common/batches.h"

namespace qiao::shim {
namespace {

constexpr DefaultStream kLegacy = DefaultStream::Legacy, kThread = DefaultStream::PerThread;

BatchOrders orders(const cudaMemcpyAttributes* attributes, const size_t* first, size_t count) {
  return {attributes, sizeof *attributes, first, count};
}

cudaError_t copy(const CopyBatch& batch, cudaStream_t stream, DefaultStream kind, size_t* failed = nullptr) {
  return in_runtime_context([&](runtime::Context& context) {
    size_t index = SIZE_MAX;
    Result<void> done = copy_batch(context, batch, stream, kind, index);
    if (!done && failed != nullptr) *failed = index;
    return done;
  });
}

cudaError_t copy_3d(const cudaMemcpy3DBatchOp* copies, size_t count, unsigned long long flags, cudaStream_t stream,
                    DefaultStream kind, size_t* failed = nullptr) {
  return in_runtime_context([&](runtime::Context& context) {
    size_t index = SIZE_MAX;
    Result<void> done = copy_3d_batch(context, {copies, copies ? count : 0}, flags, stream, kind, index);
    if (!done && failed != nullptr) *failed = index;
    return done;
  });
}

cudaError_t ranges(const RangeBatch& batch, cudaStream_t stream, DefaultStream kind) {
  return in_runtime_context([&](runtime::Context& context) { return check_range_batch(context, batch, stream, kind); });
}

}  // namespace

// clang-format off
cudaError_t Cudart::cudaMemcpyBatchAsync(void* const* to, const void* const* from, const size_t* sizes, size_t n, cudaMemcpyAttributes* a, size_t* first, size_t count, cudaStream_t s) { return copy({to, from, sizes, n, orders(a, first, count)}, s, kLegacy); }
cudaError_t Cudart::cudaMemcpyBatchAsync_ptsz(void* const* to, const void* const* from, const size_t* sizes, size_t n, cudaMemcpyAttributes* a, size_t* first, size_t count, cudaStream_t s) { return copy({to, from, sizes, n, orders(a, first, count)}, s, kThread); }
cudaError_t Cudart::cudaMemcpyBatchAsync_until13(void** to, void** from, size_t* sizes, size_t n, cudaMemcpyAttributes* a, size_t* first, size_t count, size_t* failed, cudaStream_t s) { return copy({to, from, sizes, n, orders(a, first, count)}, s, kLegacy, failed); }
cudaError_t Cudart::cudaMemcpyBatchAsync_ptsz_until13(void** to, void** from, size_t* sizes, size_t n, cudaMemcpyAttributes* a, size_t* first, size_t count, size_t* failed, cudaStream_t s) { return copy({to, from, sizes, n, orders(a, first, count)}, s, kThread, failed); }
cudaError_t Cudart::cudaMemcpy3DBatchAsync(size_t n, cudaMemcpy3DBatchOp* copies, unsigned long long flags, cudaStream_t s) { return copy_3d(copies, n, flags, s, kLegacy); }
cudaError_t Cudart::cudaMemcpy3DBatchAsync_ptsz(size_t n, cudaMemcpy3DBatchOp* copies, unsigned long long flags, cudaStream_t s) { return copy_3d(copies, n, flags, s, kThread); }
cudaError_t Cudart::cudaMemcpy3DBatchAsync_until13(size_t n, cudaMemcpy3DBatchOp* copies, size_t* failed, unsigned long long flags, cudaStream_t s) { return copy_3d(copies, n, flags, s, kLegacy, failed); }
cudaError_t Cudart::cudaMemcpy3DBatchAsync_ptsz_until13(size_t n, cudaMemcpy3DBatchOp* copies, size_t* failed, unsigned long long flags, cudaStream_t s) { return copy_3d(copies, n, flags, s, kThread, failed); }
cudaError_t Cudart::cudaMemPrefetchBatchAsync(void** p, size_t* sizes, size_t n, cudaMemLocation*, size_t* first, size_t count, unsigned long long flags, cudaStream_t s) { return ranges({p, sizes, n, true, first, count, flags}, s, kLegacy); }
cudaError_t Cudart::cudaMemPrefetchBatchAsync_ptsz(void** p, size_t* sizes, size_t n, cudaMemLocation*, size_t* first, size_t count, unsigned long long flags, cudaStream_t s) { return ranges({p, sizes, n, true, first, count, flags}, s, kThread); }
cudaError_t Cudart::cudaMemDiscardAndPrefetchBatchAsync(void** p, size_t* sizes, size_t n, cudaMemLocation*, size_t* first, size_t count, unsigned long long flags, cudaStream_t s) { return ranges({p, sizes, n, true, first, count, flags}, s, kLegacy); }
cudaError_t Cudart::cudaMemDiscardAndPrefetchBatchAsync_ptsz(void** p, size_t* sizes, size_t n, cudaMemLocation*, size_t* first, size_t count, unsigned long long flags, cudaStream_t s) { return ranges({p, sizes, n, true, first, count, flags}, s, kThread); }
cudaError_t Cudart::cudaMemDiscardBatchAsync(void** p, size_t* sizes, size_t n, unsigned long long flags, cudaStream_t s) { return ranges({p, sizes, n, false, nullptr, 0, flags}, s, kLegacy); }
cudaError_t Cudart::cudaMemDiscardBatchAsync_ptsz(void** p, size_t* sizes, size_t n, unsigned long long flags, cudaStream_t s) { return ranges({p, sizes, n, false, nullptr, 0, flags}, s, kThread); }
// clang-format on

}  // namespace qiao::shim
