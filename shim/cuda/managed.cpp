// Managed memory of the driver API.
#include "shim/common/managed.h"

#include "shim/common/advice.h"
#include "shim/common/answer.h"

namespace qiao::shim {
namespace {

CUresult advised(CUdeviceptr pointer, size_t bytes, CUmem_advise advice, CUmemLocation place) {
  return in_driver_context([&](runtime::Context&) { return advise(pointer, bytes, advice, place); });
}

CUresult prefetched(CUdeviceptr pointer, size_t bytes, CUmemLocation place, CUstream stream, DefaultStream kind,
                    unsigned flags = 0) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    if (flags != 0) return invalid(Code::InvalidValue, "flags of a prefetch");
    if (auto live = stream_of(context, stream, kind); !live) return live.error();
    return prefetch(pointer, bytes, place);
  });
}

}  // namespace

CUresult Driver::cuMemAdvise(CUdeviceptr pointer, size_t bytes, CUmem_advise advice, CUdevice device) {
  return advised(pointer, bytes, advice, place_of(device));
}
CUresult Driver::cuMemAdvise_v2(CUdeviceptr pointer, size_t bytes, CUmem_advise advice, CUmemLocation place) {
  return advised(pointer, bytes, advice, place);
}
CUresult Driver::cuMemPrefetchAsync(CUdeviceptr pointer, size_t bytes, CUdevice device, CUstream stream) {
  return prefetched(pointer, bytes, place_of(device), stream, DefaultStream::Legacy);
}
CUresult Driver::cuMemPrefetchAsync_ptsz(CUdeviceptr pointer, size_t bytes, CUdevice device, CUstream stream) {
  return prefetched(pointer, bytes, place_of(device), stream, DefaultStream::PerThread);
}
CUresult Driver::cuMemPrefetchAsync_v2(CUdeviceptr pointer, size_t bytes, CUmemLocation place, unsigned int flags,
                                       CUstream stream) {
  return prefetched(pointer, bytes, place, stream, DefaultStream::Legacy, flags);
}
CUresult Driver::cuMemPrefetchAsync_v2_ptsz(CUdeviceptr pointer, size_t bytes, CUmemLocation place, unsigned int flags,
                                            CUstream stream) {
  return prefetched(pointer, bytes, place, stream, DefaultStream::PerThread, flags);
}
CUresult Driver::cuMemRangeGetAttribute(void* data, size_t data_bytes, CUmem_range_attribute attribute,
                                        CUdeviceptr pointer, size_t bytes) {
  return in_driver_context(
      [&](runtime::Context&) { return range_attribute(data, data_bytes, attribute, pointer, bytes); });
}
CUresult Driver::cuMemRangeGetAttributes(void** data, size_t* data_bytes, CUmem_range_attribute* attributes,
                                         size_t count, CUdeviceptr pointer, size_t bytes) {
  static_assert(sizeof *attributes == sizeof(int));
  return in_driver_context([&](runtime::Context&) {
    return range_attributes(data, data_bytes, reinterpret_cast<const int*>(attributes), count, pointer, bytes);
  });
}
CUresult Driver::cuStreamAttachMemAsync(CUstream, CUdeviceptr pointer, size_t bytes, unsigned int flags) {
  return in_driver_context([&](runtime::Context&) { return check_attachment(pointer, bytes, flags); });
}
CUresult Driver::cuStreamAttachMemAsync_ptsz(CUstream stream, CUdeviceptr pointer, size_t bytes, unsigned int flags) {
  return cuStreamAttachMemAsync(stream, pointer, bytes, flags);
}

}  // namespace qiao::shim
