// Managed memory of the driver API.
#include "shim/common/managed.h"

#include "shim/common/answer.h"

namespace qiao::shim {
namespace {

CUresult check_range(CUdeviceptr pointer, size_t bytes) {
  return in_driver_context([&](runtime::Context&) { return check_managed(pointer, bytes); });
}

}  // namespace

CUresult Driver::cuMemAdvise(CUdeviceptr pointer, size_t bytes, CUmem_advise, CUdevice) {
  return check_range(pointer, bytes);
}
CUresult Driver::cuMemAdvise_v2(CUdeviceptr pointer, size_t bytes, CUmem_advise, CUmemLocation) {
  return check_range(pointer, bytes);
}
CUresult Driver::cuMemPrefetchAsync(CUdeviceptr pointer, size_t bytes, CUdevice, CUstream) {
  return check_range(pointer, bytes);
}
CUresult Driver::cuMemPrefetchAsync_ptsz(CUdeviceptr pointer, size_t bytes, CUdevice, CUstream) {
  return check_range(pointer, bytes);
}
CUresult Driver::cuMemPrefetchAsync_v2(CUdeviceptr pointer, size_t bytes, CUmemLocation, unsigned int, CUstream) {
  return check_range(pointer, bytes);
}
CUresult Driver::cuMemPrefetchAsync_v2_ptsz(CUdeviceptr pointer, size_t bytes, CUmemLocation, unsigned int, CUstream) {
  return check_range(pointer, bytes);
}
CUresult Driver::cuStreamAttachMemAsync(CUstream, CUdeviceptr pointer, size_t bytes, unsigned int flags) {
  return in_driver_context([&](runtime::Context&) { return check_attachment(pointer, bytes, flags); });
}
CUresult Driver::cuStreamAttachMemAsync_ptsz(CUstream stream, CUdeviceptr pointer, size_t bytes, unsigned int flags) {
  return cuStreamAttachMemAsync(stream, pointer, bytes, flags);
}

}  // namespace qiao::shim
