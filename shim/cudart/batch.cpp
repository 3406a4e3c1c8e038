// Batches of copies in the runtime API: as if each were made by itself, in the order of the stream.
#include "shim/common/copy_form.h"
#include "src/runtime/copy.h"

namespace qiao::shim {
namespace {

struct Batch {
  void* const* to;
  const void* const* from;
  const size_t* sizes;
  size_t count;
  const cudaMemcpyAttributes* attributes;
  const size_t* first;  // of the copies an attribute is for
  size_t attribute_count;
};

// Whether copy `index` must have read its source when the call returns.
Result<bool> reads_now(const Batch& batch, size_t index) {
  size_t which = 0;
  while (which + 1 < batch.attribute_count && batch.first[which + 1] <= index) ++which;
  const auto order = batch.attributes[which].srcAccessOrder;
  if (order < cudaMemcpySrcAccessOrderStream || order > cudaMemcpySrcAccessOrderAny)
    return invalid(Code::InvalidValue, "the source order of a batch's copy is not known");
  return order == cudaMemcpySrcAccessOrderDuringApiCall;
}

// `failed`: the copy that was refused, or SIZE_MAX when it was the batch.
Result<void> copy_all(const Batch& batch, cudaStream_t handle, DefaultStream kind, size_t* failed) {
  *failed = SIZE_MAX;
  if (batch.to == nullptr || batch.from == nullptr || batch.sizes == nullptr || batch.count == 0 ||
      batch.attributes == nullptr || batch.first == nullptr || batch.attribute_count == 0 ||
      batch.attribute_count > batch.count || batch.first[0] != 0)
    return invalid(Code::InvalidValue, "a batch of copies lacks a list");
  Result<std::shared_ptr<runtime::Context>> context = runtime::runtime_context();
  if (!context) return context.error();
  Result<std::shared_ptr<runtime::Stream>> stream = stream_of(**context, handle, kind);
  if (!stream) return stream.error();
  if ((*stream)->options().legacy) return invalid(Code::InvalidValue, "a batch of copies in the legacy stream");
  for (size_t i = 0; i < batch.count; ++i) {
    Result<bool> now = reads_now(batch, i);
    Result<void> done = now ? runtime::copy(runtime::linear_copy(batch.to[i], batch.from[i], batch.sizes[i],
                                                                 runtime::Direction::Default),
                                            **stream, *now)
                            : now.error();
    if (done) continue;
    *failed = i;
    return done;
  }
  return {};
}

cudaError_t answer(const Batch& batch, cudaStream_t handle, DefaultStream kind, size_t* failed = nullptr) {
  size_t index = SIZE_MAX;
  return in_runtime_context([&](runtime::Context&) {
    Result<void> done = copy_all(batch, handle, kind, &index);
    if (!done && failed != nullptr) *failed = index;
    return done;
  });
}

}  // namespace

cudaError_t Cudart::cudaMemcpyBatchAsync(void* const* to, const void* const* from, const size_t* sizes, size_t count,
                                         cudaMemcpyAttributes* attributes, size_t* first, size_t attribute_count,
                                         cudaStream_t stream) {
  return answer({to, from, sizes, count, attributes, first, attribute_count}, stream, DefaultStream::Legacy);
}
cudaError_t Cudart::cudaMemcpyBatchAsync_ptsz(void* const* to, const void* const* from, const size_t* sizes,
                                              size_t count, cudaMemcpyAttributes* attributes, size_t* first,
                                              size_t attribute_count, cudaStream_t stream) {
  return answer({to, from, sizes, count, attributes, first, attribute_count}, stream, DefaultStream::PerThread);
}
cudaError_t Cudart::cudaMemcpyBatchAsync_until13(void** to, void** from, size_t* sizes, size_t count,
                                                 cudaMemcpyAttributes* attributes, size_t* first,
                                                 size_t attribute_count, size_t* failed, cudaStream_t stream) {
  return answer({to, from, sizes, count, attributes, first, attribute_count}, stream, DefaultStream::Legacy, failed);
}
cudaError_t Cudart::cudaMemcpyBatchAsync_ptsz_until13(void** to, void** from, size_t* sizes, size_t count,
                                                      cudaMemcpyAttributes* attributes, size_t* first,
                                                      size_t attribute_count, size_t* failed, cudaStream_t stream) {
  return answer({to, from, sizes, count, attributes, first, attribute_count}, stream, DefaultStream::PerThread, failed);
}

}  // namespace qiao::shim
