// Managed memory of the runtime API: advice, prefetches and what is known of a range.
#include "shim/common/advice.h"
#include "shim/common/answer.h"

namespace qiao::shim {
namespace {

uint64_t bits(const void* pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}

CUmemLocation driver_place(const cudaMemLocation& place) {
  CUmemLocation same = {};
  same.type = static_cast<CUmemLocationType>(place.type);
  same.id = place.id;
  return same;
}

cudaError_t advised(const void* pointer, size_t bytes, cudaMemoryAdvise advice, CUmemLocation place) {
  return in_runtime_context([&](runtime::Context&) { return advise(bits(pointer), bytes, advice, place); });
}

cudaError_t prefetched(const void* pointer, size_t bytes, CUmemLocation place, cudaStream_t stream, DefaultStream kind,
                       unsigned flags = 0) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    if (flags != 0) return invalid(Code::InvalidValue, "flags of a prefetch");
    if (auto live = stream_of(context, stream, kind); !live) return live.error();
    return prefetch(bits(pointer), bytes, place);
  });
}

constexpr DefaultStream kLegacy = DefaultStream::Legacy, kThread = DefaultStream::PerThread;

}  // namespace

// clang-format off
cudaError_t Cudart::cudaMemAdvise(const void* p, size_t n, cudaMemoryAdvise advice, cudaMemLocation place) { return advised(p, n, advice, driver_place(place)); }
cudaError_t Cudart::cudaMemAdvise_v2(const void* p, size_t n, cudaMemoryAdvise advice, cudaMemLocation place) { return advised(p, n, advice, driver_place(place)); }
cudaError_t Cudart::cudaMemAdvise_until13(const void* p, size_t n, cudaMemoryAdvise advice, int device) { return advised(p, n, advice, place_of(device)); }
cudaError_t Cudart::cudaMemPrefetchAsync(const void* p, size_t n, cudaMemLocation place, unsigned int flags, cudaStream_t s) { return prefetched(p, n, driver_place(place), s, kLegacy, flags); }
cudaError_t Cudart::cudaMemPrefetchAsync_ptsz(const void* p, size_t n, cudaMemLocation place, unsigned int flags, cudaStream_t s) { return prefetched(p, n, driver_place(place), s, kThread, flags); }
cudaError_t Cudart::cudaMemPrefetchAsync_v2(const void* p, size_t n, cudaMemLocation place, unsigned int flags, cudaStream_t s) { return prefetched(p, n, driver_place(place), s, kLegacy, flags); }
cudaError_t Cudart::cudaMemPrefetchAsync_v2_ptsz(const void* p, size_t n, cudaMemLocation place, unsigned int flags, cudaStream_t s) { return prefetched(p, n, driver_place(place), s, kThread, flags); }
cudaError_t Cudart::cudaMemPrefetchAsync_until13(const void* p, size_t n, int device, cudaStream_t s) { return prefetched(p, n, place_of(device), s, kLegacy); }
cudaError_t Cudart::cudaMemPrefetchAsync_ptsz_until13(const void* p, size_t n, int device, cudaStream_t s) { return prefetched(p, n, place_of(device), s, kThread); }
// clang-format on

cudaError_t Cudart::cudaMemRangeGetAttribute(void* data, size_t data_bytes, cudaMemRangeAttribute attribute,
                                             const void* pointer, size_t bytes) {
  return in_runtime_context(
      [&](runtime::Context&) { return range_attribute(data, data_bytes, attribute, bits(pointer), bytes); });
}
cudaError_t Cudart::cudaMemRangeGetAttributes(void** data, size_t* data_bytes, cudaMemRangeAttribute* attributes,
                                              size_t count, const void* pointer, size_t bytes) {
  return in_runtime_context([&](runtime::Context&) {
    return range_attributes(data, data_bytes, reinterpret_cast<const int*>(attributes), count, bits(pointer), bytes);
  });
}

}  // namespace qiao::shim
